# SPDX-License-Identifier: Apache-2.0
"""docs/query.md, row by row; and what the code has that stands in no row."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/query.md").read_text()
OPTIONS, CONDITIONS = TEXT.split("## Conditions")


def cells(text):
    return [re.split(r" *\| *", line.strip("| ")) for line in text.splitlines()
            if re.match(r"\| (?!what|value|function|option|---)", line)]


EXAMPLES = [row[1].strip("`") for row in cells(OPTIONS)] + [
    "$filter=" + row[1].strip("`") for row in cells(CONDITIONS)]


def test_the_tables_are_read():
    assert len(EXAMPLES) == 9 + 12 + 9 + 17


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_works(user, example):
    user.create({"detail": {"jobTitle": "Writer", "role": "Lead"}, "isCurrent": True})
    query = "&".join(f"{name}={quote(value)}" for name, _, value in
                     (part.partition("=") for part in example.split("&")))
    answer = user.get("/me/profile/positions?" + query)
    assert answer.status == 200, answer.content


def test_every_function_and_option_stands_there():
    functions = re.findall(r'\{"(\w+)", "[SIDT?]+"', (ROOT / "src/expression.c").read_text())
    assert len(functions) == 17
    assert {row[0].strip("`") for row in cells(CONDITIONS) if row[0].startswith("`")} == set(functions)
    options = set(re.findall(r'= \{"(\$\w+)"', (ROOT / "src/query.c").read_text()))
    assert len(options) == 12 and all(f"`{option}`" in OPTIONS for option in options)
