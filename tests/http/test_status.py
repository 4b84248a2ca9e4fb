# SPDX-License-Identifier: Apache-2.0
"""The views of an operator: mod_status, notes in the access log, readiness."""

import os
import re
from pathlib import Path
import signal
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
import requests
from lib.client import TIMEOUT, wait_for_lock, wait_until
from lib.outage import AWAY, DBD, Victim, be_patient, terminate, wait_until_served
from dev.httpd import CONFIG, free_port
from lib.processes import children
from lib.server import ROOT, Server
from test_faults import renew_children
from test_outage import HARMS

pytestmark = pytest.mark.threads

STATUS = """
LoadModule status_module "${GP_MODULES}/mod_status.so"
<Location "/status">
    SetHandler server-status
    Require all granted
</Location>
"""
# Two children, of which each has two connections.
WATCHED = STATUS + """
<LocationMatch "^(/beta)?/ready$">
    SetHandler graphprofile-ready
    Require all granted
</LocationMatch>
DBDMax 2
DBDKeep 2
GraphProfileQueueTimeout 300ms
LogFormat "%U %>s op=%{graphprofile-operation}n time=%{graphprofile-db-time}n wait=%{graphprofile-db-wait}n rows=%{graphprofile-rows}n" notes
CustomLog "${GP_STATE}/notes_log" notes
ErrorDocument 405 /nowhere
"""
# The directives with which a host of dev/httpd.conf serves positions.
OURS = re.compile(r'^DBD.*\n|^<Location "/beta">\n(?:.*\n)*?</Location>\n', re.MULTILINE)
OPERATIONS = ["none", "service", "metadata", "openapi", "batch", "list", "count", "create", "read", "update", "delete",
              "profile", "erase", "options"]


@pytest.fixture(scope="module")
def watched(state, module, sanitizers, sanitizer_reports):
    with Server(state / "status", module, sanitizers, WATCHED) as server:
        be_patient(server)
        yield server


@pytest.fixture
def user(watched):
    user = Victim(watched)
    wait_until_served(user)
    wait_until(lambda: numbers(watched)["Processes"] == 2)
    watched.log.mark()
    yield user
    watched.log.check()


def fetch(server, path, method="GET"):
    """As a load balancer would: without a token, on a connection of its own."""
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, server.url + path, timeout=TIMEOUT)


def numbers(server):
    """Return the numbers of the module on the page of mod_status."""
    text = fetch(server, "/status?auto").text
    return Counter({name: int(value)
                    for name, value in re.findall(r"(?m)^GraphProfile(\w+): (-?\d+)$", text)})


@contextmanager
def requests_in_the_database(server, count):
    """Send this number of requests, which wait for a lock. The context is a list of their answers to come."""
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        connection.autocommit = False
        cursor.execute("LOCK graphprofile.position IN EXCLUSIVE MODE")
        with ThreadPoolExecutor(count) as pool:
            yield [pool.submit(Victim(server).post_alone) for _ in range(count)]
            connection.rollback()


@contextmanager
def timeouts(server, **times):
    """Set other timeouts than be_patient sets for the role."""
    for name, time_ in times.items():
        server.postgres.psql(f"ALTER ROLE graphprofile SET {name}_timeout = '{time_}'")
    terminate(server)
    try:
        yield
    finally:
        be_patient(server)


# ---- counters ----

def test_requests_are_counted_by_operation_and_status(user):
    user.get("/me/elsewhere")  # on the same connection: what came before it has been counted then
    before = numbers(user.server)
    made = user.create()
    one = f"/me/profile/positions/{made['id']}"
    expected = Counter(["Create2xx"])
    for operation, status, (method, path, options) in [
            ("Create", 2, ("POST", "/me/profile/positions/$ref", {"body": {}})),
            ("Create", 4, ("POST", "/me/profile/positions", {"body": {"isCurrent": 1}})),
            ("Create", 4, ("POST", "/me/profile/positions", {"body": {}, "token": ""})),
            ("List", 2, ("GET", "/me/profile/positions", {})),
            ("List", 4, ("GET", "/me/profile/positions?$filter=", {})),
            ("List", 2, ("HEAD", "/users/" + user.id + "/profile/positions", {})),
            ("Count", 2, ("GET", "/me/profile/positions/$count", {})),
            ("Read", 2, ("GET", one, {})),
            ("Read", 3, ("GET", one, {"headers": {"If-None-Match": "*"}})),
            ("Read", 4, ("GET", one.replace(made["id"][:8], "ffffffff"), {})),
            ("Update", 2, ("PATCH", one, {"body": {"isCurrent": True}})),
            ("Update", 4, ("PATCH", one, {"body": {}, "headers": {"If-Match": '"x"'}})),
            ("Delete", 2, ("DELETE", one, {})),
            ("Delete", 4, ("DELETE", one, {})),
            ("Service", 2, ("GET", "/", {})),
            ("Metadata", 2, ("GET", "/$metadata", {})),
            ("Openapi", 2, ("GET", "/openapi.json", {})),
            ("Openapi", 3, ("GET", "/openapi.json", {"headers": {"If-None-Match": "*"}})),
            ("Batch", 4, ("POST", "/$batch", {"body": {}})),
            ("Options", 2, ("OPTIONS", one, {})),
            ("None", 4, ("PUT", one, {})),  # by way of an ErrorDocument
            ("None", 4, ("GET", "/me/profile/positions/$nothing", {}))]:
        answer = user.request(method, path, **options)
        assert answer.status // 100 == status, (method, path, answer.content)
        expected[f"{operation}{status}xx"] += 1
    fetch(user.server, "/beta/me/elsewhere")  # not ours

    def counted():
        now = numbers(user.server)
        return Counter({name: now[name] - before[name] for name in now
                        if name.endswith("xx") and now[name] != before[name]})
    wait_until(lambda: sum(counted().values()) >= sum(expected.values()))
    assert counted() == expected
    assert {f"{name.capitalize()}{status}xx" for name in OPERATIONS for status in (2, 3, 4, 5)} \
        == {name for name in before if name.endswith("xx")}


def test_the_numbers_are_of_all_processes(user):
    """Whichever child serves a request or shows the page; and a reload forgets nothing."""
    server, before = user.server, numbers(user.server)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: Victim(server).get().status, range(60))) == {200}
    wait_until(lambda: numbers(server)["List2xx"] == before["List2xx"] + 60)
    server.log.allow("AH00488: long lost child came home")
    generation = re.search("ParentServerConfigGeneration: .*", fetch(server, "/status?auto").text)[0]
    assert server.httpd.control("-k", "graceful").returncode == 0
    wait_until(lambda: generation not in fetch(server, "/status?auto").text)
    assert numbers(server)["List2xx"] == before["List2xx"] + 60
    # The gauges are those of the new children.
    wait_until(lambda: numbers(server)["Processes"] == 2)
    wait_until_served(user)
    wait_until(lambda: numbers(server)["ConnectionsMax"] == 4)


def test_the_database_is_counted(user):
    before = numbers(user.server)
    for _ in range(5):
        assert user.get().status == 200
    now = numbers(user.server)
    assert now["Statements"] == before["Statements"] + 5
    assert before["StatementMicroseconds"] < now["StatementMicroseconds"]
    assert before["WaitMicroseconds"] <= now["WaitMicroseconds"]
    assert now["Connects"] >= 1 and now["ConnectionsMax"] == 4
    terminate(user.server)
    assert user.get().status == 200
    reconnects, before = now["Reconnects"], numbers(user.server)
    assert before["Reconnects"] == reconnects + 1
    with requests_in_the_database(user.server, 1) as [answer]:
        wait_for_lock(user.server)
        terminate(user.server)
        wait_for_lock(user.server)
    assert answer.result().status == 201
    assert numbers(user.server)["Retries"] == before["Retries"] + 1


def test_late_statements_are_counted(user):
    server, before = user.server, numbers(user.server)
    with timeouts(server, statement="200ms", lock="1s"):
        with requests_in_the_database(server, 1) as [answer]:
            assert answer.result().status == 504
    assert numbers(server)["StatementTimeouts"] == before["StatementTimeouts"] + 1


def test_waits_are_counted(user):
    """Two children of two connections: four are in the database, the others wait and are refused."""
    server, before = user.server, numbers(user.server)
    with requests_in_the_database(server, 12) as answers:
        wait_until(lambda: numbers(server)["ConnectionsWaiting"] > 0)
        wait_for_lock(server, 1)
        assert 1 <= numbers(server)["ConnectionsInUse"] <= 4
        wait_until(lambda: numbers(server)["QueueTimeouts"] > before["QueueTimeouts"])
    answers = [answer.result() for answer in answers]
    assert {answer.status for answer in answers} <= {201, 503}
    refused = sum(b"busy" in answer.content for answer in answers)
    now = numbers(server)
    assert refused >= 1 and now["QueueTimeouts"] - before["QueueTimeouts"] == refused
    assert now["ConnectionsInUse"] == now["ConnectionsWaiting"] == 0
    assert now["WaitMicroseconds"] - before["WaitMicroseconds"] > refused * 290_000
    assert now["StatementMicroseconds"] > before["StatementMicroseconds"] + 290_000


def test_a_child_that_is_killed_takes_its_gauges_along(user):
    renew_children(user.server)
    server, before = user.server, numbers(user.server)
    killed = children(server)
    with requests_in_the_database(server, 3) as answers:
        wait_for_lock(server, 2)
        assert numbers(server)["ConnectionsInUse"] >= 2
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        for answer in answers:
            with pytest.raises(requests.ConnectionError):
                answer.result()
    wait_until(lambda: set(children(server)).isdisjoint(killed) and len(children(server)) == 2)
    wait_until(lambda: numbers(server)["Processes"] == 2)
    wait_until(lambda: numbers(server)["ConnectionsMax"] == 4)  # a child sets it after it has taken its slot
    now = numbers(server)
    assert now["ConnectionsInUse"] == now["ConnectionsWaiting"] == 0 and now["ConnectionsMax"] == 4
    assert now["List2xx"] >= before["List2xx"] and now["Statements"] >= before["Statements"]
    wait_until_served(user)
    wait_until(lambda: numbers(server)["Create2xx"] == before["Create2xx"] + 1)


# ---- the page ----

VERSION = re.match(r"graphprofile \(([\d.]+)\)", (ROOT / "debian/changelog").read_text()).group(1)


def test_the_version_is_reported(user):
    """In mod_status and in the start line of the error log; to clients only as far as ServerTokens says."""
    user.get()
    assert f"\nGraphProfileVersion: {VERSION}\n" in fetch(user.server, "/status?auto").text
    answer = user.get()
    assert "graphprofile" not in answer.headers.get("Server", "").lower()
    log = Path(user.server.httpd.error_log).read_text(errors="replace")
    assert re.search(rf" mod_graphprofile/{VERSION}.* configured -- resuming normal operations", log)
    assert f'"{VERSION}"' in (ROOT / "src/base/version.h").read_text()


def test_every_number_and_note_is_documented():
    counters = (ROOT / "src/store/counters.c").read_text()
    totals = (ROOT / "src/http/totals.c").read_text()
    documented = (ROOT / "docs/monitoring.md").read_text()
    names = re.findall(r'= \{"(\w+)",\s+"', counters) + ["Processes", "Version"]
    assert len(names) == 19
    assert sorted(re.findall(r"(?m)^\| `GraphProfile(\w+)`", documented)) \
        == sorted(names + ["Create2xx"])
    notes = re.findall(r'"(graphprofile-[\w-]+)"', totals)
    notes.remove("graphprofile-totals")
    assert notes and re.findall(r"(?m)^\| `%\{(graphprofile-[\w-]+)\}n`", documented) == notes
    for operation in OPERATIONS:
        assert f"`{operation}`" in documented


# ---- notes ----

def test_a_request_leaves_notes(user):
    server = user.server
    log = server.state / "notes_log"
    at = log.stat().st_size
    collection = "/me/profile/positions"
    made = [user.create()["id"] for _ in range(3)]
    assert user.get().status == 200
    assert user.get(f"{collection}/{made[0]}").status == 200
    assert user.post({"isCurrent": 1}).status == 400
    assert user.request("PUT").status == 405
    fetch(server, "/beta/elsewhere")  # not ours
    with requests_in_the_database(server, 1) as [answer]:
        wait_for_lock(server)
        time.sleep(0.1)
    assert answer.result().status == 201

    def written(prefix):
        """Lines come when a request is over, which may be after the next one on another connection."""
        return [line.split() for line in log.read_text()[at:].splitlines() if line.startswith(prefix)]

    wait_until(lambda: len(written("/beta/me")) == 8 and written("/beta/elsewhere"))
    def noted(prefix):
        """Status, operation, time, wait and rows of each."""
        return [[status, *(word.partition("=")[2] for word in words)] for _, status, *words in written(prefix)]

    notes = noted("/beta/me")
    done = [note for note in notes if note[0] in ("200", "201")]
    assert sorted([operation, rows] for _, operation, _, _, rows in done) \
        == [["create", "1"]] * 4 + [["list", "4"], ["read", "1"]]
    assert all(int(spent) > 0 and int(waited) >= 0 for _, _, spent, waited, _ in done)
    assert max(int(spent) for _, _, spent, _, _ in done) > 100_000
    refused = sorted(note for note in notes if note not in done)
    assert refused[0] == ["400", "create", "0", "0", "0"] and [note[1:] for note in refused[1:]] == [["none", "0", "0", "0"]]
    assert [note[1:] for note in noted("/beta/elsewhere")] == [["-"] * 4]


# ---- readiness ----

@pytest.mark.parametrize("path", ["/ready", "/beta/ready"])
def test_ready(user, path):
    answer = fetch(user.server, path)
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["Cache-Control"] == "no-store"
    for method, status in (("GET", 200), ("HEAD", 200), ("POST", 405)):
        answer = fetch(user.server, path, method)
        assert answer.status_code == status and answer.headers["X-Content-Type-Options"] == "nosniff"


def assert_unready(answer):
    assert answer.status_code == 503 and answer.text == "unavailable\n"
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_neither_ready_nor_closed_while_the_database_is_away(user):
    server = user.server
    server.log.allow(DBD)
    server.log.expect(AWAY)
    before = numbers(server)
    assert before["BreakersOpen"] == 0
    server.postgres.stop("fast")
    for path in ["/ready", "/beta/ready"] * 3:
        assert_unready(fetch(server, path))
    assert user.get().status == 503
    now = numbers(server)
    assert 1 <= now["BreakersOpen"] <= 2
    assert now["BreakerOpenings"] - before["BreakerOpenings"] == now["BreakersOpen"]
    assert now["List5xx"] - before["List5xx"] <= 1 and now["ConnectionsInUse"] == 0
    server.postgres.start_server()
    # Each process finds out when it serves a request. The MPM decides which process serves it.
    wait_until(lambda: fetch(server, "/ready").status_code == 200
               and numbers(server)["BreakersOpen"] < now["BreakersOpen"])


def lose(server):
    """Stop the database, and wait until every process has found out."""
    server.postgres.stop("fast")
    wait_until(lambda: fetch(server, "/ready").status_code == 503 and numbers(server)["BreakersOpen"] == 2)


@pytest.mark.measures_time
def test_the_breaker_closes_by_itself(user):
    """The gauge shows an outage until it ends, and then its end, without any request."""
    server = user.server
    server.log.allow(DBD)
    server.log.expect(AWAY)
    server.postgres.stop("fast")
    assert {user.get().status for _ in range(10)} == {503}
    lost = numbers(server)["BreakersOpen"]
    assert lost >= 1
    time.sleep(2.5)
    assert numbers(server)["BreakersOpen"] == lost
    server.postgres.start_server()
    began = time.monotonic()
    wait_until(lambda: numbers(server)["BreakersOpen"] == 0)
    assert time.monotonic() - began < 6  # a second passes between two probes
    before = numbers(server)
    assert user.get().status == 200
    assert numbers(server)["BreakerOpenings"] == before["BreakerOpenings"]


def test_an_outage_is_logged_once(user):
    """One process logs an outage, not each. The next outage is logged again."""
    server = user.server
    for _ in range(2):
        server.log.mark()
        server.log.allow(DBD)
        server.log.expect(AWAY)
        lose(server)
        time.sleep(1.5)
        assert fetch(server, "/ready").status_code == 503
        server.postgres.start_server()
        wait_until(lambda: numbers(server)["BreakersOpen"] == 0)
        wait_until_served(user)
        [away], [back] = server.log.find(AWAY), server.log.find("the database is reached again")
        assert f'connection to server on socket "{server.postgres.host}' in away and "[graphprofile:error]" in away
        assert "[graphprofile:notice]" in back
        server.log.check()


def test_mod_dbd_logs_little_during_an_outage(user):
    """It logs two lines for each attempt; a probe that fails logs none."""
    server = user.server
    server.log.allow(DBD)
    server.log.expect(AWAY)
    lose(server)
    lines = len(server.log.find(DBD))
    time.sleep(3.5)
    assert len(server.log.find(DBD)) == lines
    server.postgres.start_server()
    wait_until_served(user)


def test_an_outage_ends_in_the_log_even_without_its_witnesses(user):
    server = user.server
    server.log.allow(DBD)
    server.log.expect(AWAY)
    lose(server)
    killed = children(server)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: set(children(server)).isdisjoint(killed) and len(children(server)) == 2)
    wait_until(lambda: numbers(server)["BreakersOpen"] == 0)  # the new processes have served no request yet
    server.postgres.start_server()
    server.log.allow("exit signal Killed")
    wait_until_served(user)
    assert len(server.log.find("the database is reached again")) == 1


@pytest.mark.measures_time
def test_a_server_ends_during_a_probe(state, module, sanitizers, sanitizer_reports):
    """The machine of the database does not answer. The end of httpd waits for the probe only."""
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        with Server(state / "silent", module, sanitizers, STATUS, pghost=f"127.0.0.1 port={silent.getsockname()[1]}"
                    ) as server:
            server.log.allow(DBD)
            server.log.expect(AWAY)
            wait_until(lambda: fetch(server, "/beta/me/profile/positions").status_code == 401)
            assert Victim(server).get().status == 503
            wait_until(lambda: numbers(server)["BreakersOpen"] >= 1)
            time.sleep(1.5)
            began = time.monotonic()
            server.httpd.stop()
            assert time.monotonic() - began < 8
            server.log.check()


@pytest.mark.parametrize("harm, mend", [HARMS["no schema"], HARMS["no table"], HARMS["too old"]])
def test_not_ready_without_the_schema(user, harm, mend):
    server = user.server
    server.log.allow("the database is not what GraphProfile needs")  # each child says it once
    server.postgres.psql(harm)
    terminate(server)
    try:
        assert_unready(fetch(server, "/ready"))
    finally:
        server.postgres.psql(mend)
    wait_until(lambda: fetch(server, "/ready").status_code == 200)


@pytest.mark.measures_time
def test_ready_does_not_hang(user):
    """All connections are in use by requests that wait for a lock."""
    server = user.server
    with requests_in_the_database(server, 40) as answers:
        wait_until(lambda: numbers(server)["ConnectionsInUse"] == 4)
        started = time.monotonic()
        assert_unready(fetch(server, "/ready"))
        assert time.monotonic() - started < 6  # the statements take 9 s
    assert {answer.result().status for answer in answers} == {201, 503}
    assert fetch(server, "/ready").status_code == 200


def test_ready_is_of_one_host(state, module, sanitizers, sanitizer_reports):
    """The host that serves positions, and has their database, is not the main one."""
    port = free_port()
    text = CONFIG.read_text()
    server = Server(state / "host", module, sanitizers, f"""
        Listen 127.0.0.1:{port}
        <VirtualHost 127.0.0.1:{port}>
            {"".join(OURS.findall(text))}
        </VirtualHost>
        <Location "/ready">
            SetHandler graphprofile-ready
            Require all granted
        </Location>
    """)
    server.httpd.config = server.state / "host.conf"
    server.httpd.config.write_text(OURS.sub("", text))
    try:
        server.start()
        server.log.expect("graphprofile-ready: this host has no location with GraphProfile On")
        assert fetch(server, "/ready").status_code == 500
        server.httpd.port = port
        assert fetch(server, "/ready").text == "ok\n"
        server.log.check()
    finally:
        server.stop()


def test_the_page_is_html(user):
    user.get()
    page = fetch(user.server, "/status")
    assert page.headers["Content-Type"].startswith("text/html")
    section = page.text.partition("<h1>GraphProfile</h1>")[2]
    for operation in OPERATIONS:
        assert re.search(rf"<tr><td>{operation}</td>(<td>\d+</td>){{4}}</tr>", section), operation
    assert re.search(r"<h2>Database</h2>\s*<table.*\s<tr><td>serving processes</td><td>\d+</td></tr>", section)
    assert re.search(r"<tr><td>connections in use</td><td>\d+</td></tr>", section)
    assert re.search(r"<tr><td>time in statements</td><td>\d+\.\d{3} s</td></tr>", section)
    assert f"<p>mod_graphprofile {VERSION};" in section and "once more" not in section
    page = fetch(user.server, "/status?notable").text
    section = page.partition("<h1>GraphProfile</h1>")[2]
    assert "<t" not in section and "<dt>list " in section and "<dt>connections in use " in section
    for page in (section, fetch(user.server, "/status?auto").text):
        assert user.server.postgres.host not in page
