# SPDX-License-Identifier: Apache-2.0
"""Faults that test_outage.py has not: what PostgreSQL answers, processes of httpd that end, clients that
go away; and a history of readers and writers while all of it happens."""

import os
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from client import Raw, User, wait_for_lock, wait_until
from conftest import Server
from history import Event, faults
from test_outage import AWAY, BACK, DBD, Victim, terminate, wait_until_served

POOL_OF_TWO = """
DBDMin 1
DBDKeep 2
DBDMax 2
"""


@pytest.fixture(scope="module")
def shared(state, module, sanitizers, sanitizer_reports):
    with Server(state / "faults", module, sanitizers, POOL_OF_TWO) as server:
        yield server


@pytest.fixture
def victim(shared):
    user = Victim(shared)
    wait_until_served(user)
    shared.log.mark()
    yield user
    shared.log.check()


# ---- what PostgreSQL answers ----

# SQLSTATE, how often it comes, the status, and whether it is an error of ours to be logged.
STATES = [
    ("40001", 3, 201, False),  # serialization_failure: tried again
    ("40P01", 3, 201, False),  # deadlock_detected
    ("40001", 9, 503, False),  # but not for ever
    ("53100", 1, 507, True),   # disk_full
    ("53200", 1, 503, False),  # out_of_memory
    ("55P03", 1, 503, False),  # lock_not_available
    ("57014", 1, 504, False),  # query_canceled: statement_timeout
    ("22P05", 1, 400, True),   # what the checks should have found
    ("23505", 1, 409, False),  # a unique constraint of the deployer's
    ("42501", 1, 503, True),   # a grant is missing
    ("57P01", 1, 201, False),  # admin_shutdown: tried again, once
    ("57P01", 2, 503, False),
    ("08006", 1, 503, False),  # a worker of Citus is down
    ("XX000", 1, 500, True),   # internal_error
]


@pytest.mark.parametrize("sqlstate, times, status, is_logged", STATES, ids=[f"{row[0]}-{row[1]}" for row in STATES])
def test_what_postgresql_answers(victim, sqlstate, times, status, is_logged):
    server = victim.server
    if is_logged:
        server.log.expect(r"SQLSTATE " + sqlstate if sqlstate != "42501" else "not what GraphProfile needs")
        server.log.allow("500 InternalServerError")
    server.postgres.psql(f"""
        CREATE SEQUENCE harm; GRANT ALL ON harm TO graphprofile;
        CREATE FUNCTION harm() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('public.harm') <= {times} THEN RAISE EXCEPTION 'harm' USING ERRCODE = '{sqlstate}'; END IF;
            RETURN NEW; END $$;
        CREATE TRIGGER harm BEFORE INSERT ON graphprofile.position FOR EACH ROW EXECUTE FUNCTION harm()""")
    try:
        answer = victim.post({})
    finally:
        server.postgres.psql("DROP TRIGGER harm ON graphprofile.position; DROP FUNCTION harm; DROP SEQUENCE harm")
    assert answer.status == status, answer.content
    assert b"harm" not in answer.content and sqlstate.encode() not in answer.content
    assert status != 503 or int(answer.headers["Retry-After"]) >= 1
    before = len(victim.rows())
    assert before == 1 + (status == 201)  # with the one that the fixture made
    assert victim.post({}).status == 201
    assert len(victim.rows()) == before + 1


# ---- processes of httpd ----

def children(server):
    parent = server.httpd.pid()
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def under_load(server, harm, allowed=(201,)):
    """Eight writers while `harm` goes on. Returns what each was told, and the answers that broke off."""
    end, told, broken = threading.Event(), {}, []

    def write():
        user = Victim(server)
        told[user] = []
        while not end.is_set():
            try:
                answer = user.post({})
            except OSError:  # the connection ended without an answer
                broken.append(user)
                continue
            assert answer.status in allowed, answer.content
            if answer.status == 201:
                told[user].append(answer.json["id"])

    with ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(write) for _ in range(8)]
        try:
            time.sleep(0.2)
            harm()
            time.sleep(0.2)
        finally:
            end.set()
        for writer in writers:
            writer.result()
    for user, acknowledged in told.items():
        stored = [row[0] for row in user.rows()]
        assert set(acknowledged) <= set(stored) and len(stored) == len(set(stored))
        assert len(stored) <= len(acknowledged) + broken.count(user)
    return broken


def test_a_child_of_httpd_is_killed(victim):
    """kill -9: who was being served loses the connection, the others nothing; another child takes over."""
    server = victim.server
    server.log.allow(r"AH00052|AH00051|AH00488")

    def harm():
        for _ in range(3):
            os.kill(children(server)[0], signal.SIGKILL)
            time.sleep(0.4)

    broken = under_load(server, harm)
    assert len(broken) < 8 * 3 * 2
    wait_until_served(victim)
    wait_until(lambda: int(server.postgres.psql(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'graphprofile'")) <= 2 * len(children(server)))


def test_a_graceful_restart_under_load(victim):
    server = victim.server
    server.log.allow(r"AH00488")

    def harm():
        for _ in range(3):
            assert server.httpd.control("-k", "graceful").returncode == 0
            time.sleep(0.6)

    broken = under_load(server, harm)
    assert len(broken) < 8 * 3 * 2  # kept-alive connections that were just being closed
    wait_until_served(victim)


# ---- clients ----

def test_clients_that_do_not_read_hold_no_connection(victim):
    """Answers of megabytes that nobody takes: the pool of two serves the others."""
    server = victim.server
    for _ in range(60):
        victim.create({"detail": {"summary": "x" * 50000}})
    request = (f"GET /beta/me/profile/positions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {victim.token}"
               "\r\n\r\n").encode()
    raws = [Raw(server) for _ in range(12)]
    try:
        for raw in raws:
            raw.send(request)
        wait_until(lambda: all(raw.socket.recv(1, 2) for raw in raws))  # MSG_PEEK: it has begun
        others = [Victim(server) for _ in range(4)]
        assert [user.post({}).status for user in others] == [201] * 4
        assert server.postgres.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'graphprofile'"
                                    " AND state <> 'idle'") == "0"
    finally:
        for raw in raws:
            raw.socket.close()


def test_a_client_that_goes_while_its_write_waits(victim):
    """What it asked for is done once or not at all, and its place is given back."""
    server = victim.server
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        connection.autocommit = False
        cursor.execute("LOCK graphprofile.position IN EXCLUSIVE MODE")
        for _ in range(2):
            with Raw(server) as raw:
                raw.start_post(victim, "Content-Length: 2").send(b"{}")
                wait_for_lock(server)
        connection.rollback()
    wait_until(lambda: server.postgres.psql(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'graphprofile' AND state <> 'idle'") == "0")
    assert len(victim.rows()) <= 3
    assert [victim.post({}).status for _ in range(6)] == [201] * 6


def test_slow_senders_hold_no_connection(victim):
    """Sixty-four bodies that do not come to their end, over a pool of two."""
    server = victim.server
    raws = [Raw(server).start_post(victim, "Content-Length: 1000") for _ in range(30)]
    try:
        for raw in raws:
            raw.send(b'{"detail":')
        assert [Victim(server).post({}).status for _ in range(6)] == [201] * 6
    finally:
        for raw in raws:
            raw.socket.close()
    wait_until_served(victim)


# ---- a history ----

def test_the_history_checker_finds_what_is_wrong():
    a, b, c = "a", "b", "c"
    right = [Event(0, 1, a, b, 1), Event(2, 3, None, b, 1), Event(4, 5, b, c, 2), Event(6, 7, None, c, 2)]
    assert faults(a, c, 2, right) == []
    lost = [Event(0, 1, a, None, 0), Event(2, 3, "x", c, 2)]
    assert faults(a, c, 2, [Event(0, 1, a, b, 1), Event(1, 2, b, None, 0), Event(3, 4, "x", c, 3)]) == []
    wrong = {
        "twice": (c, 2, [Event(0, 1, a, b, 1), Event(0, 1, a, c, 1)]),
        "dropped": (b, 1, [*right[:1], Event(4, 5, b, c, 2)]),
        "doubled": (c, 3, right),
        "stale read": (c, 2, [*right, Event(8, 9, None, b, 1)]),
        "another value": (c, 2, [*right[:3], Event(6, 7, None, c, 5)]),
        "no chain": (c, 2, [Event(0, 1, a, b, 1), Event(4, 5, "y", c, 2)]),
        "nobody's": (c, 2, lost[1:]),
    }
    for name, (last, value, events) in wrong.items():
        assert faults(a, last, value, events), name


def test_a_history_of_many_while_all_goes_wrong(victim):
    """Writers that count by If-Match, and readers, while connections end, a child is killed and httpd
    reloads: nothing is lost, doubled or read from the past."""
    server = victim.server
    for pattern in (DBD, AWAY, BACK, "AH00052|AH00051|AH00488"):
        server.log.allow(pattern)
    owner = Victim(server)
    made = owner.create({"detail": {"layer": 0}})
    path, end, events = f"/me/profile/positions/{made['id']}", threading.Event(), []

    def again(send):
        """Until it is answered; whether an answer was lost on the way."""
        lost = False
        while True:
            try:
                answer = send()
            except OSError:
                return None
            if answer.status != 503:
                return answer
            lost = True
            if lost and end.is_set():
                return None

    def read(user):
        while not end.is_set():
            began = time.monotonic()
            answer = again(lambda: user.get(path))
            if answer is not None:
                assert answer.status == 200, answer.content
                entity = answer.json
                events.append(Event(began, time.monotonic(), None, entity["@odata.etag"],
                                    entity["detail"]["layer"]))

    def write(user):
        while not end.is_set():
            answer = again(lambda: user.get(path))
            if answer is None:
                continue
            entity = answer.json
            before, value = entity["@odata.etag"], entity["detail"]["layer"] + 1
            began = time.monotonic()
            try:
                answer = user.request("PATCH", path, {"detail": {"layer": value}}, headers={"If-Match": before})
            except OSError:
                answer = None
            assert answer is None or answer.status in (200, 412, 503), answer.content
            if answer is None or answer.status == 503:
                events.append(Event(began, time.monotonic(), before, None, value))
            elif answer.status == 200:
                events.append(Event(began, time.monotonic(), before, answer.json["@odata.etag"], value))

    users = [User(server, id=owner.id) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        running = [pool.submit(write if i < 5 else read, user) for i, user in enumerate(users)]
        for turn in range(12):
            time.sleep(0.25)
            if turn % 6 == 2:
                os.kill(random.choice(children(server)), signal.SIGKILL)
            elif turn % 6 == 5:
                server.httpd.control("-k", "graceful")
            else:
                terminate(server)
        end.set()
        for one in running:
            one.result()
    wait_until_served(victim)
    now = owner.read(made["id"])
    assert sum(event.before is not None and event.after is not None for event in events) > 20
    assert faults(made["@odata.etag"], now["@odata.etag"], now["detail"]["layer"], events) == []
