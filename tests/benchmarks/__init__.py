"""The figures that the README states, each against its limit in the same run.

uv run python -m tests.benchmarks          all of them, one table
uv run python -m tests.benchmarks paging   one of them

Every module here measures a generated project against a peer or against itself, by turns in one
run, and judges the medians: no limit is a time of its own, which another machine would not keep.
CPU time is taken where nothing is waited for, as a busy machine changes it less. Linux and macOS
only; memory, nginx (Debian's, with wrk) and buckets on Linux only.
"""
