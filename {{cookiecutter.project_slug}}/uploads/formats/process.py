"""The other side of apart.py: one function is called for one file, and the process ends.

Started as a script with `-I -S`, so that nothing of the site is imported: neither Django nor its
settings, which hold passwords. What the function needs has to be imported with its module: once a
stranger's bytes are read, no further file can be opened, nor a connection.
"""

import importlib
import json
import os
import sys
from contextlib import suppress

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None

NEW_USER_AND_NETWORK = 0x10000000 | 0x40000000  # of Linux: CLONE_NEWUSER, CLONE_NEWNET
SET_DEATH_SIGNAL, KILL = 1, 9


def main(wanted):
    sys.path[:] = wanted["path"]
    parent = os.fdopen(1, "wb", closefd=False)
    try:
        module = importlib.import_module(wanted["module"], wanted["package"])
    except Exception as error:  # its library is not installed as it should be
        parent.write(json.dumps({"failed": f"{error}"[:500], "unloadable": True}).encode() + b"\n")
        parent.flush()
        return
    function = getattr(module, wanted["function"])
    os.lseek(0, 0, os.SEEK_SET)
    source = os.fdopen(0, "rb", closefd=False)
    files = [source]
    if wanted["target"]:
        files.append(open(wanted["target"], "r+b"))  # noqa: SIM115  the process ends with it
    apart_from_all()
    limit(wanted["megabytes"], wanted["seconds"], wanted["largest_mb"])
    parent.write(answer_of(function, files, wanted["values"]))
    parent.flush()
    os._exit(0)  # what is left of a half-read file may crash where it is tidied up


def answer_of(function, files, values):
    """The bytes that the other side reads."""
    try:
        answer, content = function(*files, **values)
        for file in files[1:]:
            file.close()
    except Exception as error:  # hostile bytes raise anything; what it was is for the log
        while error.__context__:  # a full disk, say, after which a file could not be closed
            error = error.__context__
        said = f"{type(error).__name__}: {error}"[:500]
        answer, content = {"failed": said, "errno": getattr(error, "errno", None)}, b""
    return json.dumps(answer).encode() + b"\n" + content


def apart_from_all():
    """On Linux: no network, where that is allowed, and no life without the process that asked."""
    with suppress(ImportError, OSError, AttributeError, TypeError):
        import ctypes

        system = ctypes.CDLL(None)
        system.prctl(SET_DEATH_SIGNAL, KILL)
        system.unshare(NEW_USER_AND_NETWORK)


def limit(megabytes, seconds, largest_mb):
    """Where the system has them: of memory, of the processor's time, of files and descriptors."""
    if resource is None:
        return
    free = os.dup(0)
    os.close(free)
    limits = {
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": int(seconds) + 1,
        "RLIMIT_FSIZE": int(largest_mb * 1024 * 1024),
        "RLIMIT_NOFILE": free,  # the first that is not in use: no file and no socket can be opened
    }
    with suppress(OSError):  # Linux: beside what is mapped by now, most of it the libraries' code
        with open("/proc/self/statm") as file:
            mapped = int(file.read().split()[0]) * resource.getpagesize()
        limits = {"RLIMIT_AS": mapped + int(megabytes * 1024 * 1024)} | limits
    for name, most in limits.items():
        with suppress(AttributeError, ValueError, OSError):  # macOS takes some of them only
            resource.setrlimit(getattr(resource, name), (most, most))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
