# SPDX-License-Identifier: Apache-2.0
"""README's table of requests, row by row; and the names in docs/reliability.md."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
ROWS = re.findall(r"^\| `([A-Z]+) (/\S*)` \| `(\d+)`(.*)\|$", README.read_text(), re.MULTILINE)


def test_the_table_is_read():
    assert len(ROWS) == 16


@pytest.mark.parametrize("method, path, status, rest", ROWS, ids=[" ".join(row[:2]) for row in ROWS])
def test_row(user, method, path, status, rest):
    made = user.create()
    body = {"isCurrent": True} if method in ("POST", "PATCH") else None
    if path == "/$batch":
        body = {"requests": [{"id": "1", "method": "GET", "url": "/me/profile/positions"}]}
    answer = user.request(method, path.replace("{id}", made["id"]), body)
    assert answer.status == int(status)
    for name in ("Location", "ETag", "Allow"):
        if f"`{name}`" in rest:
            assert name in answer.headers


def test_every_promise_has_its_tests():
    """Every test that docs/reliability.md names exists."""
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "reliability.md").read_text()))
    there = set(re.findall(r"(?m)^def (test_\w+)", "".join(
        file.read_text() for file in (ROOT / "tests" / "http").glob("test_*.py"))))
    assert len(named) > 40 and named <= there, named - there
