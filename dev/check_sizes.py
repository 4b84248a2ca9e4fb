# SPDX-License-Identifier: Apache-2.0
"""Checks that a file of src/ has at most 500 lines and a function at most 50: a longer one holds two ideas.
Part of `make lint`. An argument names another checkout.

A function begins with the line of its name and ends with the first "}" at the start of a line, which is
how clang-format writes it.
"""

import re

from guard import ROOT, report

FILE, FUNCTION = 500, 50

# The line before a body: it begins with a name, and is neither a declaration nor a table.
HEAD = re.compile(r"[A-Za-z_][^;={}]*\([^;{}]*$")


def functions(lines):
    """The name and the number of lines of each function."""
    head, opened = None, None
    for number, line in enumerate(lines):
        if opened is None and HEAD.match(line):
            head = number
        elif line == "{" and head is not None:
            opened = head
        elif line == "}" and opened is not None:
            yield re.search(r"(\w+)\(", lines[opened])[1], number - opened + 1
            head = opened = None


def problems():
    for file in sorted(ROOT.glob("src/**/*.[ch]")) + [ROOT / "mod_graphprofile.c"]:
        name, lines = file.relative_to(ROOT), file.read_text().splitlines()
        if len(lines) > FILE:
            yield f"{name}: {len(lines)} lines, more than {FILE}"
        for function, length in functions(lines):
            if length > FUNCTION:
                yield f"{name}: {function} has {length} lines, more than {FUNCTION}"


if __name__ == "__main__":
    report(problems())
