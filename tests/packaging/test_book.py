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
    """The shell blocks of a page, in order."""
    return re.findall(r"(?ms)^```sh\n(.*?)^```$", (ROOT / page).read_text())


def look(name: str, command: str) -> str:
    """A look at the machine between the steps, found by the name in what the run prints."""
    return f"echo '<<{name}'; {command}; echo '{name}>>'\n"


def seen(told: str, name: str) -> str:
    """What a look has printed, without the shell's trace of the commands."""
    printed = re.search(rf"(?s)\n<<{name}\n(.*?)\n?{name}>>\n", told).group(1)
    return "\n".join(line for line in printed.splitlines() if not line.startswith("+ "))


STATE = ("find /etc -type f ! -name '*.cache' ! -path '*/apt/*' -exec md5sum {} + | sort -k 2;"
         " cd / && sudo -u postgres pg_dump --schema-only -d graphprofile | grep -v '^.[un]*restrict'")


@pytest.mark.parametrize("suite", SUITES)
def test_install_debian(suite):
    """docs/install-debian.md, twice over: the second time nothing changes but the row that is added."""
    *steps, removal = blocks("docs/install-debian.md")
    newest = max(int(file.name[:4]) for file in ROOT.glob("sql/0*.sql"))
    assert len(steps) == 9
    once = "cd /root/graphprofile\n" + "".join(steps)
    result = fresh.run(suite, once + look("first", STATE) + once + look("second", STATE)
                       + look("log", "cat /var/log/apache2/error.log")
                       + look("writes", "cat /var/log/apache2/positions.log")
                       + look("modes", "stat -c '%a %U %G %n' /etc/graphprofile /etc/graphprofile/pgpass"
                                       " /etc/graphprofile/users")
                       + removal + look("etc", "ls /etc/graphprofile"), ROOT)
    told = result.stdout
    assert result.returncode == 0, told[-6000:]
    assert re.findall(r"(?m)^schema .*", told) == [f"schema {newest}, changed (it was 0)",
                                                   f"schema {newest}, unchanged"]
    answers = re.findall(r"HTTP/1\.1 .*\r?\n(?:.*\r?\n)*?Location: (.*?)\r?\n", told)
    assert told.count("HTTP/1.1 201 Created") == len(answers) == 2
    assert all(location.startswith("http://positions.example.com/beta/users('alice')") for location in answers)
    assert re.findall(r"(?m)^ alice +\| ", told) == [" alice    | "] * 3  # one, then two rows
    assert seen(told, "first") == seen(told, "second")
    assert seen(told, "modes").splitlines() == [
        "750 root www-data /etc/graphprofile", "600 www-data www-data /etc/graphprofile/pgpass",
        "640 root www-data /etc/graphprofile/users"]
    assert "owner=alice id=" in seen(told, "writes")
    log = seen(told, "log")
    assert re.search(r" mod_graphprofile/[\d.]+ configured -- resuming normal operations", log)
    assert not re.findall(r":(?:warn|error|crit|alert|emerg)\] .*", log), log
    assert told.count("Syntax OK") == 6 and "AH01574" not in told
    assert "AH00558" not in told.partition("Enabling conf servername")[2]  # before, there is no ServerName yet
    assert {"graphprofile.conf", "pgpass"} <= set(seen(told, "etc").split())
