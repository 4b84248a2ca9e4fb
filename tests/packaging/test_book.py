# SPDX-License-Identifier: Apache-2.0
"""Runs the shell blocks of the pages literally in a fresh Debian, in order; the test adds only commands that
check the results (make book, T=bookworm for one release)."""

import re
import textwrap
from pathlib import Path

import fresh
import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITES = ("bookworm", "trixie")


def blocks(page: str, section: str = "", language: str = "sh") -> list:
    """The shell blocks of a page, or of the section with that heading, in order, as steps named by page and line."""
    text = (ROOT / page).read_text()
    heading = re.search(rf"(?m)^## {re.escape(section)}$", text)
    assert heading or not section, (page, section)
    start = heading.end() if section else 0
    end = text.find("\n## ", start) if section else -1
    return [(f"{page}:{text.count(chr(10), 0, block.start()) + 2}", textwrap.dedent(block.group(2)))
            for block in re.finditer(rf"(?ms)^( *)```{language}\n(.*?)^\1```$", text)
            if start <= block.start() and (end < 0 or block.end() <= end)]


def the_block(page: str, section: str) -> tuple:
    [step] = blocks(page, section)
    return step


def again(steps: list) -> list:
    return [(f"{name}, again", text) for name, text in steps]


NEWEST = max(int(file.name[:4]) for file in ROOT.glob("sql/0*.sql"))
CHECKOUT = ("checkout", "cd /root/graphprofile")


def schema_of(database: str) -> str:
    return f"cd / && sudo -u postgres pg_dump --schema-only -d {database} | grep -v '^.[un]*restrict'"


STATE = ("(find /etc -type f ! -name '*.cache' ! -path '*/apt/*' -exec md5sum {} + | sort -k 2; "
         + schema_of("graphprofile") + ")")


def callers(sample: str) -> list:
    """The commands of the table in docs/install-debian.md and of the sample itself, with the sample in place
    of basic.conf; then a request without a token."""
    row = re.search(rf"(?m)^\| `{sample}` .*$", (ROOT / "docs/install-debian.md").read_text()).group()
    comment = re.findall(r"(?m)^# Create it once, as root: (.*)$", (ROOT / "conf" / sample).read_text())
    commands = [*re.findall("`((?:apt-get install|a2enmod) [^`]+)`", row), *comment]
    assert len(commands) >= 2, row
    return [(sample, "\n".join(commands) + f"""
mv /etc/graphprofile/basic.conf /root
cp /usr/share/doc/libapache2-mod-graphprofile/conf/{sample} /etc/graphprofile/
apache2ctl configtest
service apache2 restart"""),
            (f"answer by {sample}", "curl -sS -i http://127.0.0.1/beta/me/profile/positions"),
            (f"without {sample}", f"rm /etc/graphprofile/{sample}\nmv /root/basic.conf /etc/graphprofile/")]


COUNT = """printf 'user = "alice:%s"\\n' "$(cat /etc/graphprofile/alice)" |
    curl -K - --fail-with-body -sS 'http://127.0.0.1/beta/me/profile/positions/$count'"""

# With every character that the file, SQL or a shell treats specially; in the file, ":" and "\" have a "\" before them.
OWN_PASSWORD = r"""cat > /etc/graphprofile/pgpass <<'END'
*:*:graphprofile:graphprofile:a\:b\\c'd "$e\\\:
END"""

# Mistakes of administrators; each prints the message of configtest.
NO_DRIVER = "dpkg --remove --force-depends libaprutil1-dbd-pgsql; ! apache2ctl configtest 2>&1"
NOT_ENABLED = """a2dismod graphprofile
printf '<Location "/outside">\\nGraphProfile On\\n</Location>\\n' > /etc/apache2/conf-enabled/outside.conf
! apache2ctl configtest 2>&1"""

ENABLED = """a2enmod graphprofile
apache2ctl configtest
mv /etc/apache2/conf-enabled/outside.conf /etc/graphprofile/"""


@pytest.mark.parametrize("suite", SUITES)
def test_install_debian(suite):
    """docs/install-debian.md, twice: the second run changes nothing but the added row."""
    *steps, removal = blocks("docs/install-debian.md")
    assert len(steps) == 9
    result = fresh.run(suite, [
        CHECKOUT, *steps, ("first", STATE), ("no unit tests again", "export DEB_BUILD_OPTIONS=nocheck"),
        *again([CHECKOUT, *steps]), ("second", STATE),
        ("log", "cat /var/log/apache2/error.log"), ("writes", "cat /var/log/apache2/positions.log"),
        ("modes", "stat -c '%a %U %G %n' /etc/graphprofile /etc/graphprofile/pgpass /etc/graphprofile/users"),
        ("rotation", "cat /etc/logrotate.d/apache2"), *callers("oauth2.conf"), *callers("entra-id.conf"),
        ("own password", OWN_PASSWORD), ("own password, set", the_block("docs/install-debian.md", "3. The password")[1]),
        ("restart", "service apache2 restart"), ("answer with the own password", COUNT),
        ("no driver", NO_DRIVER), ("driver again", "apt-get install libaprutil1-dbd-pgsql\napache2ctl configtest"),
        ("not enabled", NOT_ENABLED), ("enabled again", ENABLED),
        removal, ("etc", "ls /etc/graphprofile")], ROOT)
    assert result.returncode == 0, result.report()
    assert re.findall(r"(?m)^schema .*", result.stdout) == [f"schema {NEWEST}, changed (it was 0)",
                                                            f"schema {NEWEST}, unchanged"]
    first, _ = the_block("docs/install-debian.md", "6. The first row")
    for row in first, f"{first}, again":
        assert re.match(r"HTTP/1\.1 201 Created\r?\n(?:.*\r?\n)*?"
                        r"Location: http://positions\.example\.com/beta/users\('alice'\)", result.seen(row))
    assert re.findall(r"(?m)^ alice +\| ", result.stdout) == [" alice    | "] * 3  # one, then two rows
    assert result.seen("first") == result.seen("second")
    assert result.seen("modes").splitlines() == [
        "750 root www-data /etc/graphprofile", "600 www-data www-data /etc/graphprofile/pgpass",
        "640 root www-data /etc/graphprofile/users"]
    assert "owner=alice id=" in result.seen("writes") and "/var/log/apache2/*.log {" in result.seen("rotation")
    for sample in "oauth2.conf", "entra-id.conf":
        assert result.seen(f"answer by {sample}").startswith("HTTP/1.1 401 Unauthorized"), sample
    assert result.seen("answer with the own password") == "2"
    log = result.seen("log")
    assert re.search(r" mod_graphprofile/[\d.]+ configured -- resuming normal operations", log)
    assert not re.findall(r":(?:warn|error|crit|alert|emerg)\] .*", log), log
    assert result.stderr.count("Syntax OK") == 10 and "AH01574" not in result.stderr
    # The lines of docs/troubleshooting.md that need a whole machine; the page's advice has helped.
    named = next(number for number, step in enumerate(result.steps) if "Enabling conf servername" in step.stdout)
    without = "AH00558: apache2: Could not reliably determine the server's fully qualified domain name"
    told = [without in step.stdout + step.stderr for step in result.steps]
    assert any(told[:named]) and not any(told[named:])
    assert "Can't load driver file apr_dbd_pgsql.so" in result.seen("no driver")
    assert "Invalid command 'GraphProfile'" in result.seen("not enabled")
    assert {"graphprofile.conf", "pgpass"} <= set(result.seen("etc").split())


ROWS = "cd / && sudo -u postgres psql -X -A -d {} -c 'SELECT * FROM graphprofile.position ORDER BY id'"
RIGHTS = "cd / && sudo -u postgres psql -X -A -t -c \"SELECT datacl FROM pg_database WHERE datname = '{}'\""

EMPTY = "cd / && sudo -u postgres psql -X -v ON_ERROR_STOP=1 -d graphprofile -c 'DELETE FROM graphprofile.position'"


@pytest.mark.parametrize("suite", SUITES)
def test_readme_and_deployment(suite):
    """README's commands on a machine with only make, except `make check`, which runs this test; then
    docs/deployment.md, with the section of docs/install-debian.md that it refers to, docs/upgrade.md and
    docs/backup.md."""
    demo, check, start, install, apxs = blocks("README.md")
    assert check[1].startswith("make check ")
    packages, database, configuration, restart = blocks("docs/deployment.md", "In an httpd that you have")
    [upgrade] = blocks("docs/upgrade.md")
    backup, restore, check_restored, serve = blocks("docs/backup.md")
    [(data, query)] = blocks("docs/deployment.md", "The owner's data", "sql")
    row = the_block("docs/install-debian.md", "6. The first row")
    result = fresh.run(suite, [
        ("make", "apt-get update; apt-get install -y make"), CHECKOUT, demo, start,
        packages, CHECKOUT, apxs, install, ("enabled", "a2query -m graphprofile"),
        database, the_block("docs/install-debian.md", "3. The password"), configuration, restart, row,
        upgrade, *again([row]),
        backup, restore, ("rows", ROWS.format("graphprofile")), ("restored rows", ROWS.format("restored")),
        ("schema", schema_of("graphprofile")), ("restored schema", schema_of("restored")),
        ("rights", RIGHTS.format("graphprofile")), ("restored rights", RIGHTS.format("restored")),
        check_restored, ("empty the old database", EMPTY), serve, ("answer from the restored database", COUNT),
        (data, "sudo -u postgres psql -X -v ON_ERROR_STOP=1 -d graphprofile <<'END'\n"
         + query.replace("'..'", "'alice'") + "END\n"),
        ("log", "cat /var/log/apache2/error.log"), CHECKOUT,
        ("uninstall", "a2dismod graphprofile\nmake uninstall\napache2ctl configtest")], ROOT)
    assert result.returncode == 0, result.report()
    for name, _ in demo, start, row:
        assert "HTTP/1.1 201 Created" in result.seen(name)
    assert re.findall(r"(?m)^schema .*", result.stdout) == [
        f"schema {NEWEST}, changed (it was 0)", f"schema {NEWEST}, unchanged",
        f"schema {NEWEST}, changed (it was 0)", f"schema {NEWEST}, unchanged"]
    for name in "rows", "schema", "rights":
        assert result.seen(name) == result.seen(f"restored {name}")
    assert "2 lines, 0 with problems" in result.seen(check_restored[0])
    assert result.seen("empty the old database") == "DELETE 2\n"
    assert result.seen("answer from the restored database") == "2"
    assert result.seen("rows").endswith("\n(2 rows)\n") and "(2 rows)\n" in result.seen(data)
    assert result.seen(data).endswith("DELETE 2\n")
    assert not re.findall(r":(?:warn|error|crit|alert|emerg)\] .*", result.seen("log")), result.seen("log")
