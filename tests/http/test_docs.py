# SPDX-License-Identifier: Apache-2.0
"""docs/query.md, row by row; and the parts of the code that no row names."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/query.md").read_text()
OPTIONS, REST = TEXT.split("## Conditions")
CONDITIONS, NOT_THERE = REST.split("## Not implemented")


def cells(text):
    return [re.split(r" *\| *", line.strip("| ")) for line in text.splitlines()
            if re.match(r"\| (?!what|value|function|option|not there|---)", line)]


EXAMPLES = [row[1].strip("`") for row in cells(OPTIONS)] + [
    "$filter=" + row[1].strip("`") for row in cells(CONDITIONS)]


def encoded(query):
    return "&".join(f"{name}={quote(value)}" for name, _, value in (part.partition("=") for part in query.split("&")))


def test_the_tables_are_read():
    assert len(EXAMPLES) == 10 + 17 + 11 + 33 + 4


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_works(user, example):
    user.create({"detail": {"jobTitle": "Writer", "role": "Lead"}, "isCurrent": True})
    answer = user.get("/me/profile/positions?" + encoded(example))
    assert answer.status == 200, answer.content


@pytest.mark.parametrize("example", [
    example for what, examples in cells(NOT_THERE) for example in re.findall("`([^`]+)`", examples)
    if what != "other functions"])
def test_unsupported_parts_are_reported(user, example):
    query = example if example[0] == "$" and "=" in example.split("/")[0] else "$filter=" + example
    answer = user.get("/me/profile/positions?" + encoded(query))
    assert answer.status == 501 and answer.error["target"] == query.partition("=")[0], answer.content


def test_the_functions_that_are_not_there_are_listed():
    table = (ROOT / "src/odata/expression_call.c").read_text().split("missing[]")[1].split("};")[0]
    names = set(re.findall(r'\{"([a-z.]+)",', table))
    listed = next(examples for what, examples in cells(NOT_THERE) if what == "other functions")
    implemented = {row[0].strip("`") for row in cells(CONDITIONS) if row[0].startswith("`")}
    assert {name.lower() for name in re.findall(r"`([\w.]+)`", listed)} == names - implemented


def test_every_function_and_option_is_documented():
    table = (ROOT / "src/odata/expression_call.c").read_text().split("missing[]")[0]
    functions = re.findall(r'\{"(\w+)", "[A-Z?]*"', table) + ["cast", "isof", "case"]
    assert len(set(functions)) == 33
    assert {row[0].strip("`") for row in cells(CONDITIONS) if row[0].startswith("`")} == set(functions)
    options = set(re.findall(r'= \{"(\$\w+)"', (ROOT / "src/odata/query.c").read_text()))
    assert len(options) == 16 and all(f"`{option}`" in OPTIONS for option in options)
