# SPDX-License-Identifier: Apache-2.0
"""docs/troubleshooting.md: the log lines that no other test provokes, and the page itself."""

import re
from pathlib import Path

import pytest
from lib.client import User
from lib.outage import AWAY, DBD
from lib.server import ROOT, Server
from dev import accounts
from dev.httpd import free_port

PAGE = (ROOT / "docs/troubleshooting.md").read_text()
ROWS = re.findall(r"(?m)^\| `(.*?)`.* \| `(test_\w+)` \|$", PAGE)

SECRET = "Xyzzy"
REASONS = {
    "Connection refused": "host=127.0.0.1 port={free} dbname=graphprofile user=graphprofile",
    "password authentication failed": "host=127.0.0.1 port={port} dbname=graphprofile user=graphprofile password=" + SECRET,
    "no password supplied": "host=127.0.0.1 port={port} dbname=graphprofile user=graphprofile",
    "does not exist": "host={socket} port={port} dbname=nowhere user=graphprofile",
}


@pytest.fixture(scope="module")
def listening(state, module, sanitizers):
    """A server whose PostgreSQL accepts passwords over TCP."""
    server = Server(state / "reasons", module, sanitizers)
    port = free_port()
    with open(server.postgres.data / "pg_hba.conf", "a", encoding="utf-8") as file:
        file.write("host all graphprofile 127.0.0.1/32 scram-sha-256\n")
    server.postgres.psql("ALTER ROLE graphprofile PASSWORD 'right'")
    server.postgres.stop()
    server.postgres.settings.update(listen_addresses="127.0.0.1", port=str(port))
    server.postgres.start_server()
    server.port = port
    yield server
    server.stop()


@pytest.mark.parametrize("reason", REASONS)
def test_the_reason_of_a_failed_connection_is_logged(listening, reason):
    """Once, in libpq's words, without the password; the client does not see it."""
    httpd = listening.httpd
    params = REASONS[reason].format(free=free_port(), port=listening.port, socket=listening.postgres.host)
    httpd.extra = f'DBDParams "{params} connect_timeout=2"\n'
    httpd.start()
    try:
        listening.log.mark()
        for pattern in (DBD, AWAY):
            listening.log.allow(pattern)
        answer = User(listening).post({})
        assert answer.status == 503 and answer.error["code"] == "ServiceNotAvailable"
        lines = listening.log.find(AWAY)
        assert lines and all(re.search(rf"\[graphprofile:error\].*cannot be reached: .*{reason}", line)
                             for line in lines), lines
        assert not [line for line in listening.log.lines() if SECRET in line]
        assert reason.encode() not in answer.content
        listening.log.check()
    finally:
        httpd.stop()


def test_a_user_file_that_cannot_be_read(state, module, sanitizers):
    """500, and httpd's line names the file."""
    if not accounts.IS_ROOT:
        pytest.skip("files that httpd's user cannot read are made by root")
    folder = state / "closed"
    folder.mkdir()
    folder.chmod(0o700)
    (folder / "users").write_text("alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")
    with Server(state / "closed-users", module, sanitizers, f"""
            LoadModule auth_basic_module "${{GP_MODULES}}/mod_auth_basic.so"
            LoadModule authn_file_module "${{GP_MODULES}}/mod_authn_file.so"
            <Location "/basic">
                GraphProfile On
                AuthType Basic
                AuthName basic
                AuthUserFile "{folder}/users"
                Require valid-user
            </Location>
            """) as server:
        server.log.expect("AH01620: Could not open password file")
        user = User(server, root="/basic")
        answer = user.post({}, auth=("alice", "secret"))
        assert answer.status == 500 and answer.error["code"] == "InternalServerError", answer.content
        server.log.check()


def test_every_line_of_the_page_has_its_test():
    assert len(ROWS) > 18
    texts = [file.read_text() for file in (ROOT / "tests").glob("*/test_*.py")]
    for line, test in ROWS:
        [text] = [text for text in texts if f"\ndef {test}(" in text]
        assert line.split(" .. ")[-1].rpartition(":")[2].strip() in text, (line, test)  # it looks for that line
    source = "".join(file.read_text() for file in Path(ROOT / "src").glob("*/*.c"))
    source = re.sub(r'"\s*\n\s*"', "", source)
    for line, _ in ROWS:
        words = line.split(" .. ")[0].rstrip(":")
        if words.startswith(("needs", "the database", "GraphProfileUserName", "failed: SQLSTATE")):
            assert words.replace("GraphProfileUserName", "%s") in source or words in source, words
