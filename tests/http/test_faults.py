# SPDX-License-Identifier: Apache-2.0
"""Faults that test_outage.py does not cover: errors of PostgreSQL, processes of PostgreSQL and httpd that end
under load, clients that leave."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import pytest
import requests
from lib.client import Raw, wait_for_lock, wait_until
from lib.outage import AWAY, BACK, DBD, Victim, be_patient, crash, signal_all, terminate, wait_until_served
from lib.processes import children
from lib.server import Server

# A pool of two connections in each of four children with 25 threads.
POOL_OF_TWO = """
StartServers 4
MaxRequestWorkers 100
DBDMin 1
DBDKeep 2
DBDMax 2
GraphProfileTimeout 3s
"""


@pytest.fixture(scope="module")
def shared(state, module, sanitizers, sanitizer_reports):
    with Server(state / "faults", module, sanitizers, POOL_OF_TWO) as server:
        be_patient(server)
        yield server


@pytest.fixture
def victim(shared):
    user, crowd = Victim(shared), [Victim(shared) for _ in range(8)]
    wait_until_served(user)
    with ThreadPoolExecutor(8) as pool:  # each child notices by itself that the database is back
        wait_until(lambda: {answer.status for _ in range(4) for answer in pool.map(lambda each: each.post({}), crowd)}
                   == {201})
    shared.log.mark()
    yield user
    shared.log.check()


# ---- errors of PostgreSQL ----

# SQLSTATE, the number of times, the status, and whether the module logs an error.
STATES = [
    ("40001", 3, 201, False),  # serialization_failure: tried again
    ("40P01", 3, 201, False),  # deadlock_detected
    ("40001", 9, 503, False),  # but not without end
    ("53100", 1, 507, True),   # disk_full
    ("53200", 1, 503, False),  # out_of_memory
    ("55P03", 1, 503, False),  # lock_not_available
    ("57014", 1, 504, False),  # query_canceled: statement_timeout
    # The module's checks should have prevented these: untranslatable_character,
    # character_not_in_repertoire, invalid_text_representation, numeric_value_out_of_range,
    # invalid_datetime_format.
    *((state, 1, 400, True) for state in ("22P05", "22021", "22P02", "22003", "22007", "54001")),
    ("23505", 1, 409, False),  # a unique constraint of the administrator
    ("42501", 1, 503, True),   # a grant is missing
    ("57P01", 1, 201, False),  # admin_shutdown: tried again, once
    ("57P01", 2, 503, False),
    ("08006", 1, 503, False),  # a worker of Citus is down
    ("XX000", 1, 500, True),   # internal_error
]


@pytest.mark.parametrize("sqlstate, times, status, is_logged", STATES, ids=[f"{row[0]}-{row[1]}" for row in STATES])
def test_errors_of_postgresql(victim, sqlstate, times, status, is_logged):
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
    assert before == 1 + (status == 201)  # including the fixture's position
    assert victim.post({}).status == 201
    assert len(victim.rows()) == before + 1


def refusals(server, message, before=0):
    return server.postgres.log.read_text().count(message) - before


def test_serialization_failures(victim):
    """Real failures, with SERIALIZABLE as the default: the module retries, and no change is lost."""
    server, message = victim.server, "could not serialize access"
    server.postgres.psql("ALTER ROLE graphprofile SET default_transaction_isolation = serializable")
    terminate(server)
    try:
        id, before = victim.create({"detail": {}})["id"], refusals(server, message)
        with closing(server.connect()) as connection, connection.cursor() as cursor:
            connection.autocommit = False
            cursor.execute("UPDATE graphprofile.position SET modified = modified WHERE id = %s", (id,))
            with ThreadPoolExecutor(1) as pool:
                changed = pool.submit(victim.patch, id, {"isCurrent": True})
                wait_for_lock(server)
                connection.commit()
                assert changed.result().status == 200
        assert refusals(server, message, before) >= 1
        assert victim.read(id)["isCurrent"] is True
    finally:
        server.postgres.psql("ALTER ROLE graphprofile RESET default_transaction_isolation")
        terminate(server)


def test_a_deadlock(victim):
    """A real deadlock, by a trigger of the administrator: PostgreSQL ends one transaction, which the module
    retries."""
    server, message = victim.server, "deadlock detected"
    one, two = victim.create()["id"], victim.create()["id"]
    server.postgres.psql(f"""
        CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM pg_sleep(0.2);
            PERFORM 1 FROM graphprofile.position WHERE id IN ('{one}', '{two}') AND id <> NEW.id FOR UPDATE;
            RETURN NULL; END $$;
        CREATE TRIGGER other AFTER UPDATE ON graphprofile.position FOR EACH ROW EXECUTE FUNCTION other();
        ALTER ROLE graphprofile SET deadlock_timeout = '50ms'""")
    terminate(server)
    try:
        users = [(victim, one), (Victim(server, id=victim.id), two)]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda each: each[0].patch(each[1], {"isCurrent": True}), users))
        assert [answer.status for answer in answers] == [200, 200]
        assert refusals(server, message) >= 1
    finally:
        server.postgres.psql("DROP TRIGGER other ON graphprofile.position; DROP FUNCTION other;"
                             " ALTER ROLE graphprofile RESET deadlock_timeout")
        terminate(server)


# ---- under load ----

def under_load(server, harm, allowed=(201,)):
    """Eight writers before, during and after `harm`: every acknowledged write has been committed exactly
    once, no other rows exist, and each writer is served again. Returns the number of writes with an
    unknown outcome."""
    end, told, untold = threading.Event(), {}, []

    def write():
        user = Victim(server)
        told[user] = []
        while not end.is_set():
            try:
                answer = user.post({})
            except OSError as error:  # the connection ended without an answer
                assert not isinstance(error, requests.Timeout), "a request hangs"
                untold.append(user)
                continue
            assert answer.status in allowed, answer.content
            if answer.status == 201:
                told[user].append(answer.json["id"])
            else:
                untold.append(user)

    def all_served():
        """Waits until each has been answered once more, or one has failed."""
        before = {user: len(acknowledged) for user, acknowledged in told.items()}
        wait_until(lambda: any(writer.done() for writer in writers) or len(told) == 8 and all(
            len(acknowledged) > before.get(user, 0) for user, acknowledged in told.items()))

    with ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(write) for _ in range(8)]
        try:
            all_served()
            harm()
            all_served()
        finally:
            end.set()
        for writer in writers:
            writer.result()
    for user, acknowledged in told.items():
        stored = [row[0] for row in user.rows()]
        assert set(acknowledged) <= set(stored) and len(stored) == len(set(stored))
        assert len(stored) <= len(acknowledged) + untold.count(user)
    return len(untold)


def kill_a_backend(server):
    """kill -9 of a backend that serves httpd: PostgreSQL then ends all backends and recovers."""
    def find():
        return server.postgres.psql("SELECT max(pid) FROM pg_stat_activity WHERE usename = 'graphprofile'")

    wait_until(find)
    os.kill(int(find()), signal.SIGKILL)


@pytest.mark.parametrize("how", ["a backend killed", "all killed", "immediate stop", "fast stop"])
def test_postgresql_ends_under_load(victim, how):
    """Acknowledged writes are committed exactly once; service resumes by itself when PostgreSQL does."""
    server = victim.server
    for pattern in (DBD, AWAY, BACK):
        server.log.allow(pattern)

    def harm():
        if how == "a backend killed":
            kill_a_backend(server)
            time.sleep(0.3)
            return
        if how == "all killed":
            crash(server.postgres)
        else:
            server.postgres.stop(how.split()[0])
        time.sleep(0.3)
        server.postgres.start_server()

    under_load(server, harm, (201, 503))


def test_postgresql_is_stopped_under_load(victim):
    """SIGSTOP of all of PostgreSQL: every query hangs until its deadline (504), and the threads are free
    again."""
    server = victim.server
    for pattern in (DBD, AWAY, BACK):
        server.log.allow(pattern)
    answers = []

    def harm():
        signal_all(server.postgres, signal.SIGSTOP)
        try:
            with ThreadPoolExecutor(8) as pool:
                answers.extend(pool.map(lambda _: victim.get(), range(8)))
        finally:
            signal_all(server.postgres, signal.SIGCONT)

    under_load(server, harm, (201, 503, 504))
    assert {answer.status for answer in answers} <= {503, 504}


def renew_children(server):
    """Ends children in order before others are killed, which would lose their counters (gcov)."""
    before = children(server)
    assert server.httpd.control("-k", "graceful").returncode == 0
    wait_until(lambda: before and set(children(server)).isdisjoint(before))


def test_a_child_of_httpd_is_killed(victim):
    """kill -9: clients of this child lose their connection, other clients notice nothing; another child takes
    over."""
    server = victim.server
    server.log.allow(r"AH00488")
    renew_children(server)

    def harm():
        for _ in range(3):
            os.kill(children(server)[0], signal.SIGKILL)
            time.sleep(0.4)

    assert under_load(server, harm) < 8 * 3 * 2
    wait_until(lambda: int(server.postgres.psql(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'graphprofile'")) <= 2 * len(children(server)))


def test_a_child_of_httpd_that_crashes_is_seen(victim):
    """Every test detects a crash of the module. Other children take over."""
    server = victim.server
    renew_children(server)
    for child in children(server):  # this one may be ending anyway
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGSEGV)
    assert server.log.find("exit signal Segmentation fault")
    with pytest.raises(AssertionError, match="exit signal"):
        server.log.check()
    server.log.mark()
    wait_until_served(victim)


@pytest.mark.http1
def test_a_graceful_restart_under_load(victim):
    server = victim.server
    server.log.allow(r"AH00488")

    def harm():
        for _ in range(3):
            assert server.httpd.control("-k", "graceful").returncode == 0
            time.sleep(0.6)

    assert under_load(server, harm) < 8 * 3 * 2  # kept-alive connections that were being closed


# ---- clients ----

def test_clients_that_do_not_read_hold_no_connection(victim):
    """Answers of megabytes that no client reads: the pool of two still serves others."""
    server = victim.server
    for _ in range(60):
        victim.create({"detail": {"summary": "x" * 50000}})
    request = (f"GET /beta/me/profile/positions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {victim.token}"
               "\r\n\r\n").encode()
    raws = [Raw(server) for _ in range(12)]
    try:
        for raw in raws:
            raw.send(request)
        wait_until(lambda: all(raw.socket.recv(1, 2) for raw in raws))  # MSG_PEEK: the answer has begun
        others = [Victim(server) for _ in range(4)]
        assert [user.post({}).status for user in others] == [201] * 4
        assert server.postgres.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'graphprofile'"
                                    " AND state <> 'idle'") == "0"
    finally:
        for raw in raws:
            raw.socket.close()


def test_a_client_that_leaves_while_its_write_waits(victim):
    """Its write happens once or not at all, and its place in the gate is freed."""
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
    """Sixty-four bodies that never end."""
    server = victim.server
    raws = [Raw(server).start_post(victim, "Content-Length: 1000") for _ in range(64)]
    try:
        for raw in raws:
            raw.send(b'{"detail":')
        assert [Victim(server).post({}).status for _ in range(6)] == [201] * 6
        assert server.postgres.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'graphprofile'"
                                    " AND state <> 'idle'") == "0"
    finally:
        for raw in raws:
            raw.socket.close()
    wait_until_served(Victim(server))  # the other client's session may be closing
