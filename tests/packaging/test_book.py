# SPDX-License-Identifier: Apache-2.0
"""The pages, literally: their shell blocks in a fresh Debian, in order, without a command of the test's own but
those that look at what came of it (make book, T=bookworm for one release)."""

import re
from pathlib import Path

import fresh
import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITES = ("bookworm", "trixie")


def blocks(page: str) -> list:
    """The shell blocks of a page, in order, as steps named by page and line."""
    text = (ROOT / page).read_text()
    return [(f"{page}:{text.count(chr(10), 0, block.start()) + 2}", block.group(1))
            for block in re.finditer(r"(?ms)^```sh\n(.*?)^```$", text)]


def again(steps: list) -> list:
    return [(f"{name}, again", text) for name, text in steps]


STATE = ("(find /etc -type f ! -name '*.cache' ! -path '*/apt/*' -exec md5sum {} + | sort -k 2;"
         " cd / && sudo -u postgres pg_dump --schema-only -d graphprofile | grep -v '^.[un]*restrict')")


@pytest.mark.parametrize("suite", SUITES)
def test_install_debian(suite):
    """docs/install-debian.md, twice over: the second time nothing changes but the row that is added."""
    *steps, removal = blocks("docs/install-debian.md")
    newest = max(int(file.name[:4]) for file in ROOT.glob("sql/0*.sql"))
    assert len(steps) == 9
    checkout = ("checkout", "cd /root/graphprofile")
    result = fresh.run(suite, [
        checkout, *steps, ("first", STATE), *again([checkout, *steps]), ("second", STATE),
        ("log", "cat /var/log/apache2/error.log"), ("writes", "cat /var/log/apache2/positions.log"),
        ("modes", "stat -c '%a %U %G %n' /etc/graphprofile /etc/graphprofile/pgpass /etc/graphprofile/users"),
        removal, ("etc", "ls /etc/graphprofile")], ROOT)
    assert result.returncode == 0, result.report()
    assert re.findall(r"(?m)^schema .*", result.stdout) == [f"schema {newest}, changed (it was 0)",
                                                            f"schema {newest}, unchanged"]
    answers = re.findall(r"HTTP/1\.1 201 Created\r?\n(?:.*\r?\n)*?Location: (.*?)\r?\n", result.stdout)
    assert result.stdout.count("HTTP/1.1 ") == len(answers) == 2
    assert all(location.startswith("http://positions.example.com/beta/users('alice')") for location in answers)
    assert re.findall(r"(?m)^ alice +\| ", result.stdout) == [" alice    | "] * 3  # one, then two rows
    assert result.seen("first") == result.seen("second")
    assert result.seen("modes").splitlines() == [
        "750 root www-data /etc/graphprofile", "600 www-data www-data /etc/graphprofile/pgpass",
        "640 root www-data /etc/graphprofile/users"]
    assert "owner=alice id=" in result.seen("writes")
    log = result.seen("log")
    assert re.search(r" mod_graphprofile/[\d.]+ configured -- resuming normal operations", log)
    assert not re.findall(r":(?:warn|error|crit|alert|emerg)\] .*", log), log
    assert result.stderr.count("Syntax OK") == 6 and "AH01574" not in result.stderr
    named = next(number for number, step in enumerate(result.steps) if "Enabling conf servername" in step.stdout)
    assert all("AH00558" not in step.stderr for step in result.steps[named:])  # before, there is no ServerName yet
    assert {"graphprofile.conf", "pgpass"} <= set(result.seen("etc").split())
