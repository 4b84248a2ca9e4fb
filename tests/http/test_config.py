# SPDX-License-Identifier: Apache-2.0
"""The configuration as httpd reads it: what is refused at the start, and what is inherited."""

import re
import time

import pytest
from conftest import ROOT, Server
from dev import accounts
from dev.httpd import CONFIG, Httpd, free_port
from test_outage import ONE_CHILD, Victim, answers_of_a_crowd, wait_until_served

NEEDS_LOCATION = "needs a <Location> with a plain path"

REFUSED = [
    ('<Directory "/tmp">\nGraphProfile On\n</Directory>', NEEDS_LOCATION),
    ('<LocationMatch "/b.*">\nGraphProfile On\n</LocationMatch>', NEEDS_LOCATION),
    ('<Location ~ "/b.*">\nGraphProfile On\n</Location>', NEEDS_LOCATION),
    ('<Location "/b*">\nGraphProfile On\n</Location>', NEEDS_LOCATION),
    ("GraphProfile On", "GraphProfile not allowed here"),
    ("GraphProfileValidation lax", "is strict or relaxed, not lax"),
    ("GraphProfileMaxBody 0", "number of bytes"),
    ("GraphProfileMaxBody 1k", "number of bytes"),
    ("GraphProfileMaxBody -1", "number of bytes"),
    ("GraphProfilePageSize 0", "from 1 to 1000"),
    ("GraphProfilePageSize 1001", "from 1 to 1000"),
    ("GraphProfilePageSize ten", "from 1 to 1000"),
    ("GraphProfileDefaultAudience everybody", "not everybody"),
    ("GraphProfileDefaultAudience unknownFutureValue", "allowedAudiences"),
    ('<Location "/x">\nGraphProfileBaseURL /beta\n</Location>', "absolute http or https URL"),
    ('<Location "/x">\nGraphProfileBaseURL ftp://x/\n</Location>', "absolute http or https URL"),
    ('<Location "/x">\nGraphProfileBaseURL https://x/?a=b\n</Location>', "absolute http or https"),
    ("GraphProfileAnonymous maybe", "must be On or Off"),
    *((f"GraphProfileAllowOrigin {words}", "origins as browsers send them") for words in (
        "", "app.example.com", "https://app.example.com/", "https://App.example.com", "null",
        "https://*.example.com", "https://app.example.com:443", "https://app.example.com?a=b",
        "https://user@app.example.com", "* https://app.example.com", "None *", "https://x None")),
    ("GraphProfileForwarded X-Host", "does not know X-Host"),
    ("GraphProfileForwarded Forwarded X-Forwarded-Host", "takes Forwarded or the X-Forwarded"),
    ("GraphProfileForwarded X-Forwarded-Host", "GraphProfileForwarded needs mod_remoteip"),
    ("GraphProfileTimeout 0", "is a time above 0"),
    ("GraphProfileTimeout soon", "is a time above 0"),
    ("GraphProfileQueueTimeout -1", "is a time above 0"),
    ("GraphProfilePrepare maybe", "must be On or Off"),
    ('GraphProfileScopes "%{nonsense:x}"', "GraphProfileScopes: "),
    ('GraphProfileUser "%{"', "GraphProfileUser: "),
]


def check(state, module, sanitizers, extra, config=CONFIG):
    """What `apachectl configtest` says."""
    folder = state / "config"
    folder.mkdir(exist_ok=True)
    httpd = Httpd(folder, module, "/nowhere", free_port(), extra=extra + "\n",
                  environment=sanitizers, config=config)
    httpd.prepare()
    try:
        return httpd.control("-t")
    finally:
        accounts.remove_public_folder(folder)


@pytest.mark.parametrize("extra, message", REFUSED, ids=[row[0][:60] for row in REFUSED])
def test_wrong_directives_are_named(state, module, sanitizers, extra, message):
    result = check(state, module, sanitizers, extra)
    assert result.returncode != 0 and message in result.stdout, result.stdout


@pytest.mark.parametrize("extra", ["", "GraphProfileTimeout 500ms", "GraphProfileValidation relaxed",
                                   "GraphProfileAllowOrigin *", "GraphProfileAllowOrigin None",
                                   "GraphProfileAllowOrigin https://a.example http://[::1]:8000",
                                   '<Location "/">\nGraphProfile On\n</Location>'])
def test_right_directives_are_taken(state, module, sanitizers, extra):
    result = check(state, module, sanitizers, extra)
    assert result.returncode == 0, result.stdout


def test_without_mod_dbd_it_does_not_start(state, module, sanitizers):
    config = state / "without-dbd.conf"
    config.write_text(re.sub(r"(?m)^(LoadModule dbd_module|DBD).*$", "", CONFIG.read_text()))
    result = check(state, module, sanitizers, "", config)
    assert result.returncode != 0 and "GraphProfile On needs mod_dbd" in result.stdout


def test_hosts_that_share_a_pool_share_its_bound(state, module, sanitizers):
    second = free_port()
    server = Server(state / "hosts", module, sanitizers, ONE_CHILD + f"""
        DBDMin 1
        DBDKeep 2
        DBDMax 2
        GraphProfileQueueTimeout 300ms
        Listen 127.0.0.1:{second}
        <VirtualHost 127.0.0.1:{second}>
            ServerName second.example
        </VirtualHost>
    """)
    try:
        server.start()
        users = [Victim(server) for _ in range(6)]
        for user in users[3:]:
            user.server = type("Second", (), {"url": f"http://127.0.0.1:{second}"})()
        for user in (users[0], users[3]):
            wait_until_served(user)
        assert users[3].post({}).headers["Location"].startswith(f"http://second.example:{second}/")
        statuses = sorted(answer.status for answer in answers_of_a_crowd(server, users, 2))
        assert statuses == [201, 201, 503, 503, 503, 503]
        server.log.check()
    finally:
        server.stop()


def test_graceful_restarts(state, module, sanitizers):
    """What was configured by one generation does not trouble the next."""
    server = Server(state / "graceful", module, sanitizers, ONE_CHILD)
    try:
        server.start()
        server.log.allow("AH00488: long lost child came home")
        for _ in range(5):
            assert server.httpd.control("-k", "graceful").returncode == 0
            wait_until_served(Victim(server))
            time.sleep(0.3)
        server.log.check()
    finally:
        server.stop()


# ---- what is written about it ----

def test_every_directive_is_documented_and_in_the_sample():
    declared = re.findall(r'AP_INIT_[A-Z0-9_]+\("(GraphProfile\w*)"', (ROOT / "src/config.c").read_text())
    assert len(declared) > 10
    documented = re.findall(r"(?m)^\| `(GraphProfile\w*)", (ROOT / "docs/directives.md").read_text())
    sample = re.findall(r"(?m)^\s*#?(GraphProfile\w*) ", (ROOT / "conf/graphprofile.conf").read_text())
    assert sorted(declared) == sorted(documented) == sorted(sample)


def test_every_error_is_documented():
    rows = re.findall(r'(?m)^    \{(\d+), "(\w+)"', (ROOT / "src/problem.c").read_text())
    documented = re.findall(r"(?m)^\| (\d+) \| `(\w+)`", (ROOT / "docs/errors.md").read_text())
    assert len(rows) > 20 and rows[1:] == documented
    details = set(re.findall(r'complain\(reader, "(\w+)"|gp_problem_add\([^,]+, "(\w+)"',
                             "".join((ROOT / "src" / name).read_text()
                                     for name in ("reader.c", "position.c"))))
    documented = set(re.findall(r"(?m)^\| `(\w+)` \|", (ROOT / "docs/errors.md").read_text()))
    assert {a or b for a, b in details} == documented
