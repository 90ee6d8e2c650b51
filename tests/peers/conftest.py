"""What is run inside a generated project is not collected here."""

collect_ignore = ["inside", "packages", "suites"]
