# SPDX-License-Identifier: Apache-2.0
"""A caller with many requests does not prevent callers with few requests from being served."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
from lib.client import wait_until
from lib.outage import ONE_CHILD, Victim, terminate, wait_until_served
from lib.server import Server

pytestmark = pytest.mark.threads

MODEST, GREEDY = 12, 36  # fewer threads than callers: a child has 25


def post(user):
    """On a separate connection: the event MPM closes idle connections when it has no thread left."""
    return user.post({}, headers={"Connection": "close"})


# Storing a row takes a fixed time, but no processor time.
SLOW = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.05); RETURN NEW; END $$;
CREATE TRIGGER slow BEFORE INSERT ON graphprofile.position FOR EACH ROW EXECUTE FUNCTION slow()"""


@contextmanager
def greedy(server):
    """One caller, on many connections, which sends the next request after each answer. Returns the statuses."""
    end, statuses, id = threading.Event(), [], Victim(server).id

    def ask():
        user = Victim(server, id=id)
        while not end.is_set():
            status = post(user).status
            statuses.append(status)
            if status == 503:
                time.sleep(0.2)

    with ThreadPoolExecutor(GREEDY) as pool:
        running = [pool.submit(ask) for _ in range(GREEDY)]
        try:
            wait_until(lambda: len(statuses) > GREEDY)
            yield statuses
        finally:
            end.set()
        for one in running:
            one.result()


def modest(users, times):
    """Each caller sends this many requests, one at a time. Returns the sorted durations without the first of
    each caller, which may find all threads with the greedy caller, alone until then."""
    def ask(user):
        took = []
        for _ in range(times + 1):
            began = time.monotonic()
            answer = post(user)
            took.append(time.monotonic() - began)
            assert answer.status == 201, answer.content
        return took[1:]

    with ThreadPoolExecutor(len(users)) as pool:
        return sorted(seconds for took in pool.map(ask, users) for seconds in took)


def p99(took):
    return took[len(took) * 99 // 100]


@pytest.mark.measures_time
@pytest.mark.parametrize("pipeline", ["On", "Off"])
def test_a_greedy_caller_leaves_the_others_their_share(state, module, sanitizers, pipeline):
    """Twelve modest callers: none gets a 503, and their p99 is at most twice that without the greedy one."""
    with Server(state / f"shares-{pipeline}", module, sanitizers, ONE_CHILD + f"""
            GraphProfilePipeline {pipeline}
            DBDMax 4
            DBDKeep 4
            """) as server:
        server.postgres.psql(SLOW)
        users = [Victim(server) for _ in range(MODEST)]
        for user in users:
            wait_until_served(user)
        alone, beside = [], []
        for _ in range(4):  # alternately, because the machine may be busy
            alone += modest(users, 10)
            with greedy(server) as statuses:
                beside += modest(users, 10)
            assert set(statuses) <= {201, 503} and 201 in statuses
        alone, beside = p99(sorted(alone)), p99(sorted(beside))
        print(f"p99 alone {alone:.3f} s, beside a greedy caller {beside:.3f} s")
        assert sanitizers or beside <= 2 * alone  # sanitizers take a core of the machine for themselves
        server.log.check()


def test_one_caller_alone_may_have_all(state, module, sanitizers):
    """Without others, all requests of one caller are served, even more than there are threads."""
    with Server(state / "alone", module, sanitizers, ONE_CHILD + "GraphProfileQueueTimeout 20s\n") as server:
        server.postgres.psql(SLOW)
        time.sleep(1.1)
        with greedy(server) as statuses:
            time.sleep(1)
        assert set(statuses) == {201}
        server.log.check()


@pytest.mark.parametrize("pipeline", ["On", "Off"])
def test_searches_leave_connections_for_others(state, module, sanitizers, pipeline):
    """One of four connections reads on for searches, however many wait."""
    with Server(state / f"searches-{pipeline}", module, sanitizers, ONE_CHILD + f"""
            GraphProfilePipeline {pipeline}
            GraphProfileQueueTimeout 60s
            GraphProfileTimeout 60s
            DBDMax 4
            DBDKeep 4
            """) as server, closing(server.connect()) as connection, ThreadPoolExecutor(8) as pool:
        owner, other = Victim(server), Victim(server)
        wait_until_served(other)
        cursor = connection.cursor()
        cursor.execute("SELECT pg_advisory_lock(1)")
        # Whoever reads a late position of the owner waits for the lock.
        server.postgres.psql(f"""
            INSERT INTO graphprofile.position SELECT '{owner.id}', (lpad(to_hex(n), 12, '0') || '70008000000000000000')::uuid,
                'e', 0, now(), now(), 'x', '{{"isCurrent":null}}' FROM generate_series(1, 300) AS n;
            ALTER TABLE graphprofile.position ENABLE ROW LEVEL SECURITY;
            CREATE POLICY slow ON graphprofile.position USING (CASE
                WHEN owner_id = '{owner.id}' AND id > '00000000-00c8-7000-8000-000000000000'
                THEN pg_advisory_xact_lock_shared(1) IS NOT NULL ELSE true END) WITH CHECK (true);
            ALTER ROLE graphprofile SET lock_timeout = '60s'; ALTER ROLE graphprofile SET statement_timeout = '60s'""")
        terminate(server)
        searches = [pool.submit(Victim(server, id=owner.id).get, "/me/profile/positions/$count?$filter=isCurrent eq null")
                    for _ in range(6)]
        wait_until(lambda: server.postgres.psql("SELECT count(*) FROM pg_locks WHERE NOT granted") == "1")
        for _ in range(10):
            made = other.create()
            assert other.read(made["id"]) == made and other.get().status == 200
        assert server.postgres.psql("SELECT count(*) FROM pg_locks WHERE NOT granted") == "1"
        assert not any(search.done() for search in searches)
        cursor.execute("SELECT pg_advisory_unlock(1)")
        assert [search.result().content for search in searches] == [b"300"] * 6
        server.log.check()
