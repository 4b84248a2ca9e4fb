# SPDX-License-Identifier: Apache-2.0
"""The database ends, returns, hangs, or has an unfit schema."""

import itertools
import os
import re
import signal
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from lib import graph_js
import psycopg2
import pytest
from lib.batches import batch, get, patch, post
from lib.client import Raw, wait_for_lock, wait_until, waiting_for_lock
from lib.outage import AWAY, BACK, DBD, ONE_CHILD, Victim, be_patient, crash, end_connections, signal_all, terminate, \
    wait_until_served
from lib.processes import children
from lib.proxy import Proxy
from lib.server import Server
from lib.sources import number_in_the_code

@pytest.fixture(scope="module")
def shared(state, module, sanitizers, sanitizer_reports):
    """A server that the tests of this file may harm. Each test must restore it."""
    server = Server(state / "outage", module, sanitizers, ONE_CHILD)
    be_patient(server)
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def victim(shared):
    shared.postgres.start_server() if not shared.postgres.is_running() else None
    user = Victim(shared)
    wait_until_served(user)
    shared.log.mark()
    yield user
    shared.log.check()


def warm(user, connections=8):
    """Make the pool open several connections, by requests that wait for each other. If opening takes so long that the
    first request times out, the next try finds the connections open."""
    def try_once():
        with closing(user.server.connect()) as connection, connection.cursor() as cursor, \
                closing(user.server.connect()) as watching, watching.cursor() as watcher, \
                ThreadPoolExecutor(connections) as pool:
            connection.autocommit = False
            cursor.execute("LOCK graphprofile.position IN EXCLUSIVE MODE")
            made = [pool.submit(Victim(user.server).post_alone) for _ in range(connections)]
            wait_until(lambda: waiting_for_lock(watcher) >= connections
                       or any(answer.done() for answer in made))
            connection.rollback()
            return {answer.result().status for answer in made} == {201}

    wait_until(try_once, 60)


def assert_unavailable(answer):
    assert answer.status == 503, answer.content
    assert answer.error["code"] == "ServiceNotAvailable"
    assert int(answer.headers["Retry-After"]) >= 1


def assert_within(seconds, started):
    assert time.monotonic() - started < seconds


# ---- connections end between two requests ----

@pytest.mark.threads
def test_restarted_between_requests(victim):
    warm(victim)
    victim.server.postgres.stop("fast")
    victim.server.postgres.start_server()
    for _ in range(20):  # each of the pool's connections was stale
        assert victim.post({}).status == 201


@pytest.mark.threads
def test_terminated_between_requests(victim):
    warm(victim)
    for _ in range(3):
        terminate(victim.server)
        assert victim.post({}).status == 201


@pytest.mark.threads
def test_terminated_before_requests_at_once(victim):
    warm(victim)
    terminate(victim.server)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda user: user.post({}).status,
                                [Victim(victim.server) for _ in range(16)]))
    assert set(answers) == {201}


def seconds_of_cpu(child):
    fields = Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime, stime


@pytest.mark.threads
@pytest.mark.parametrize("connections", ["idle", "busy"])
def test_ended_connections_cost_nothing(victim, connections):
    """No thread goes on to look at the sockets of connections that PostgreSQL has ended."""
    server = victim.server
    warm(victim)  # the connections stay for a second
    if connections == "idle":
        end_connections(server)
    else:
        with closing(server.connect()) as connection, connection.cursor() as cursor, ThreadPoolExecutor(6) as pool:
            connection.autocommit = False
            cursor.execute("LOCK graphprofile.position IN EXCLUSIVE MODE")
            made = [pool.submit(Victim(server).post_alone) for _ in range(6)]
            wait_for_lock(server, 6)
            terminate(server)
            connection.rollback()
            assert {answer.result().status for answer in made} <= {201, 503}  # a second one may have ended meanwhile
    [child] = children(server)
    before = seconds_of_cpu(child)
    time.sleep(1.5)
    assert seconds_of_cpu(child) - before < 0.5


# ---- down ----

@pytest.mark.measures_time
@pytest.mark.threads
def test_down_and_back(victim):
    log = victim.server.log
    log.allow(DBD)
    victim.server.postgres.stop("fast")
    for _ in range(5):
        started = time.monotonic()
        assert_unavailable(victim.post({}))
        assert_within(2, started)
    started = time.monotonic()
    assert_unavailable(victim.get("/users/no@where/profile/positions"))
    assert_within(2, started)
    with ThreadPoolExecutor(16) as pool:
        users = [Victim(victim.server) for _ in range(16)]
        started = time.monotonic()
        for answer in pool.map(lambda user: user.post({}), users):
            assert_unavailable(answer)
            assert_within(3, started)
    log.expect(AWAY)
    assert len(log.find(AWAY)) == 1, "one line for one change of state"
    victim.server.postgres.start_server()
    wait_until_served(victim, 3)
    assert len(log.find(BACK)) == 1
    assert len(victim.rows()) == 2  # the one of the fixture, and this one


def test_a_batch_whose_database_dies(victim):
    """Each request is answered once, and each position that the client sends again is stored once."""
    server = victim.server
    for pattern in (DBD, AWAY, BACK):
        server.log.allow(pattern)
    held = victim.create()["id"]
    ids = {name: str(uuid.uuid4()) for name in ("before", "beside", "after")}
    requests = [post({"id": ids["before"]}, id="before"), patch(held, {"isCurrent": True}, id="held", dependsOn=["before"]),
                post({"id": ids["beside"]}, id="beside", dependsOn=["before"]),
                post({"id": ids["after"]}, id="after", dependsOn=["beside"]), get(id="read", dependsOn=["beside"])]
    with ThreadPoolExecutor(1) as pool, closing(server.connect()) as connection, connection.cursor() as cursor:
        connection.autocommit = False
        cursor.execute("SELECT 1 FROM graphprofile.position WHERE id = %s FOR UPDATE", (held,))
        sent = pool.submit(batch, victim, requests)
        wait_for_lock(server)
        server.postgres.stop("immediate")
        got = sent.result()
    assert got["before"]["status"] == got["beside"]["status"] == 201
    for name in ("held", "after", "read"):
        assert got[name]["status"] in (503, 504), got[name]
        assert got[name]["status"] == 504 or int(got[name]["headers"]["Retry-After"]) >= 1
    server.postgres.start_server()
    wait_until_served(Victim(server))
    again = batch(victim, [{**one, "dependsOn": []} for one in requests])
    assert [again[name]["status"] for name in ("before", "held", "beside", "after", "read")] == [409, 200, 409, 201, 200]
    assert sorted(row[0] for row in victim.rows() if row[0] in ids.values()) == sorted(ids.values())


def test_httpd_starts_first(state, module, sanitizers):
    server = Server(state / "first", module, sanitizers, ONE_CHILD)
    try:
        server.postgres.stop("fast")
        server.start()
        server.log.allow(DBD)
        user = Victim(server)
        assert_unavailable(user.post({}))
        server.postgres.start_server()
        wait_until_served(user)
        server.log.expect(AWAY)
        server.log.check()
    finally:
        server.stop()


def test_crashed(victim):
    """PostgreSQL crashes, and recovers when it starts."""
    log = victim.server.log
    log.allow(DBD)
    log.allow(AWAY)
    acknowledged = [victim.create()["id"] for _ in range(20)]
    crash(victim.server.postgres)
    assert_unavailable(victim.post({}))
    victim.server.postgres.start_server()
    wait_until_served(victim)
    stored = [row[0] for row in victim.rows()]
    assert set(acknowledged) <= set(stored) and len(stored) == len(set(stored))


# ---- connections end during a request ----

class Relayed(Server):
    """A server that reaches PostgreSQL through a relay, which fails on demand."""

    def __init__(self, state, module, sanitizers, extra):
        super().__init__(state, module, sanitizers, extra)
        self.proxy = Proxy(self.postgres.host)
        self.httpd.environment["GP_PGHOST"] = self.proxy.host

    def stop(self):
        self.proxy.close()
        super().stop()


@pytest.fixture(scope="module")
def relayed(state, module, sanitizers, sanitizer_reports):
    """A user of that server, which has a short deadline."""
    with Relayed(state / "relayed", module, sanitizers, ONE_CHILD
                 + "GraphProfileTimeout 3s\nGraphProfileErase On\n") as server:
        be_patient(server)  # the module's deadline comes first
        yield server


@pytest.fixture
def relayed_victim(relayed):
    user = Victim(relayed)
    wait_until_served(user)
    relayed.log.mark()
    yield user
    relayed.log.check()


FAULTS = ["cut before", "cut commit", "cut after", "forget"]


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "cut commit"])
def test_broken_in_mid_insert(relayed_victim, fault):
    """The position is stored once and acknowledged, whether or not PostgreSQL had executed the first attempt."""
    user, proxy = relayed_victim, relayed_victim.server.proxy
    before = user.rows()
    proxy.arm(fault)
    entity = user.create({"isCurrent": True})
    assert proxy.hit.is_set()
    [(id_, etag)] = [row for row in user.rows("id::text, etag") if (row[0],) not in before]
    assert id_ == entity["id"] and entity["@odata.etag"] == f'"{etag}"'


def test_a_stale_connection_does_not_count_as_an_attempt(relayed_victim):
    """The module detects a stale connection before it sends a statement, so a loss during the statement is retried."""
    user, proxy = relayed_victim, relayed_victim.server.proxy
    end_connections(user.server)
    proxy.arm("cut before")
    assert user.post({}).status == 201
    assert proxy.hit.is_set()


def test_a_clients_id_is_no_conflict_with_itself(relayed_victim):
    user, proxy = relayed_victim, relayed_victim.server.proxy
    mine = "17a809a9-09a9-17a8-a909-a817a909a817"
    proxy.arm("cut after")
    assert user.create({"id": mine})["id"] == mine
    assert proxy.hit.is_set()
    proxy.arm("cut before")
    assert user.post({"id": mine}).status == 409
    assert [row[0] for row in user.rows()].count(mine) == 1


CHANGES = {
    "changed": "UPDATE graphprofile.position SET etag = repeat('f', 32) WHERE owner_id = %s",
    "deleted": "DELETE FROM graphprofile.position WHERE owner_id = %s",
    "replaced": "UPDATE graphprofile.position SET etag = repeat('f', 32), created = now(), modified_by = 'other'"
                " WHERE owner_id = %s",
}


@pytest.mark.parametrize("body", [{}, {"id": "27a809a9-09a9-17a8-a909-a817a909a817"}], ids=["ours", "the client's"])
@pytest.mark.parametrize("what", CHANGES)
def test_a_create_whose_fate_another_hides(relayed, relayed_victim, what, body):
    """The create was committed, its answer was lost, and another client changes or deletes the row before the module
    reads it. That is no conflict, and a deleted row does not come back."""
    user, server = Victim(relayed), relayed
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        server.proxy.then = lambda: cursor.execute(CHANGES[what], (user.id,))
        server.proxy.arm("cut after")
        answer = user.post(body)
    assert server.proxy.hit.is_set()
    assert_unavailable(answer)
    assert user.rows("etag") == ([] if what == "deleted" else [("f" * 32,)])


def test_a_create_that_was_not_committed_is_made_once(relayed, relayed_victim):
    """Before the commit is sent, the create has no effect. So a row with this id is another client's."""
    mine = "37a809a9-09a9-17a8-a909-a817a909a817"
    user, proxy = Victim(relayed), relayed.proxy
    proxy.arm("cut before")
    assert user.create({"id": mine})["id"] == mine
    assert proxy.hit.is_set()
    made = user.rows("id::text, etag")
    proxy.arm("cut before")
    assert user.post({"id": mine}).status == 409
    assert proxy.hit.is_set() and user.rows("id::text, etag") == made


def test_a_create_that_may_have_been_committed_is_not_made_again(relayed, relayed_victim):
    """The connection breaks during the commit, and the row does not exist. The commit may have failed, or another client
    may have deleted the row since. So the module does not store it again, and answers that the outcome is unknown."""
    user, proxy = Victim(relayed), relayed.proxy
    proxy.arm("cut commit")
    assert_unavailable(user.post({}))
    assert proxy.hit.is_set() and user.rows() == []


@pytest.fixture(scope="module")
def unpiped(state, module, sanitizers, sanitizer_reports):
    """A server that prepares a statement by a step of its own."""
    with Relayed(state / "unpiped", module, sanitizers, ONE_CHILD + "GraphProfilePipeline Off\n") as server:
        wait_until_served(Victim(server))
        yield server
        server.log.check()


@pytest.mark.parametrize("fault", ["cut before", "cut after"])
@pytest.mark.parametrize("first", ["gp_schema_version", "gp_delete"])
def test_an_unsent_statement_has_not_run(unpiped, fault, first):
    """The connection breaks in a step before the statement. So a position that does not exist was not deleted: 404."""
    user, server = Victim(unpiped), unpiped
    server.log.mark()
    made, kept = user.create(), user.create()
    assert user.delete(made["id"]).status == 204
    end_connections(server)  # so that there is something to prepare
    kinds = b"BP" if first == "gp_schema_version" else b"Q"
    server.proxy.arm(fault, first, kinds)
    for id in (made["id"], kept["id"].replace(kept["id"][:8], "00000000")):
        assert user.delete(id).status == 404
    assert server.proxy.hit.is_set()
    assert len(server.log.find("deleted owner=")) == 1
    end_connections(server)
    server.proxy.arm(fault, first, kinds)
    assert user.delete(kept["id"]).status == 204
    assert server.proxy.hit.is_set()
    [line] = server.log.find(f"deleted owner={user.id} id={kept['id']}")
    assert f"etag-before={kept['@odata.etag'][1:-1]} " in line.replace("%22", "")


def test_a_server_that_has_forgotten_its_prepared_statements(unpiped):
    """The module connects again, prepares again, and runs the statement, which had not run."""
    user = Victim(unpiped)
    unpiped.log.mark()
    user.create()
    unpiped.proxy.arm("forget")
    made = user.create()
    assert unpiped.proxy.hit.is_set()
    assert [row[0] for row in user.rows()].count(made["id"]) == 1 and len(user.rows()) == 2


def if_match(form, entity):
    """Return the If-Match header of a change: none, the ETag, or `*`."""
    return {"plain": {}, "etag": {"If-Match": entity["@odata.etag"]}, "any": {"If-Match": "*"}}[form]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("form", ["plain", "etag", "any"])
def test_broken_in_mid_update(relayed_victim, fault, form):
    """The change happens once: the row has the ETag of the answer, not that of another attempt."""
    user, proxy = relayed_victim, relayed_victim.server.proxy
    made = user.create({"detail": {"layer": 1}})
    proxy.arm(fault, "gp_replace")
    answer = user.patch(made["id"], {"isCurrent": True}, headers=if_match(form, made))
    assert proxy.hit.is_set() and answer.status == 200
    assert answer.json["isCurrent"] is True and answer.json["@odata.etag"] != made["@odata.etag"]
    assert user.read(made["id"]) == answer.json


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("form", ["plain", "etag", "any"])
def test_broken_in_mid_delete(relayed_victim, fault, form):
    user, proxy = relayed_victim, relayed_victim.server.proxy
    made, kept = user.create(), user.create()
    proxy.arm(fault, "gp_delete")
    assert user.delete(made["id"], headers=if_match(form, made)).status == 204
    assert proxy.hit.is_set()
    assert user.delete(made["id"], headers=if_match(form, made)).status == 404
    assert user.read(kept["id"])["@odata.etag"] == kept["@odata.etag"]
    assert user.delete(kept["id"], headers={"If-Match": made["@odata.etag"]}).status == 412


@pytest.mark.parametrize("fault, status", zip(FAULTS, (204, 204, 204, 404)), ids=FAULTS)
def test_broken_in_mid_delete_of_nothing(relayed_victim, fault, status):
    """A lost attempt may have deleted the position, so a second attempt that finds no row is a success."""
    user, proxy = relayed_victim, relayed_victim.server.proxy
    made, kept = user.create(), user.create()
    assert user.delete(made["id"]).status == 204
    proxy.arm(fault, "gp_delete")
    assert user.delete(made["id"]).status == status
    assert proxy.hit.is_set()
    assert user.read(kept["id"]) == kept


@pytest.mark.parametrize("fault", FAULTS)
def test_broken_in_mid_erase(relayed_victim, fault):
    """All positions are deleted, and each has one audit line. The ETags in a lost answer are unknown."""
    user, server = relayed_victim, relayed_victim.server
    for _ in range(3):
        user.create()
    rows = user.rows("id::text, etag")
    server.proxy.arm(fault, "gp_erase_")
    assert user.request("DELETE", "/me/profile").status == 204
    assert server.proxy.hit.is_set() and user.rows() == []
    lines = server.log.find(f"deleted owner={user.id} ")
    assert len(lines) == len(rows) > 3
    for id, etag in rows:
        told = "unknown" if fault == "cut after" else etag
        assert [line for line in lines if f"id={id} etag-before={told} etag-after=- " in line], fault


def test_an_erasure_that_hangs(relayed_victim):
    """The answer is 504 at the deadline. The statement deletes all positions or none."""
    user, server = relayed_victim, relayed_victim.server
    server.log.allow(AWAY)
    for _ in range(3):
        user.create()
    before = user.rows()
    server.proxy.arm("hang", "gp_erase_")
    assert user.request("DELETE", "/me/profile").status == 504
    assert server.proxy.hit.is_set() and user.rows() in ([], before)
    server.proxy.release.set()
    assert user.request("DELETE", "/me/profile").status == 204 and user.rows() == []


@pytest.mark.parametrize("fault", FAULTS)
def test_broken_in_mid_delete_of_what_has_changed(relayed_victim, fault):
    """The condition applies to the second attempt, too."""
    user, proxy = relayed_victim, relayed_victim.server.proxy
    made = user.create()
    changed = user.patch(made["id"], {"isCurrent": True}).json
    proxy.arm(fault, "gp_delete")
    assert user.delete(made["id"], headers=if_match("etag", made)).status == 412
    assert proxy.hit.is_set()
    assert user.read(made["id"]) == changed


def test_an_update_whose_fate_another_hides(relayed_victim):
    """The answer is lost, and another client changes the row before the second attempt."""
    user, server = relayed_victim, relayed_victim.server
    made = user.create({"detail": {"layer": 1}})
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        server.proxy.then = lambda: cursor.execute(
            "UPDATE graphprofile.position SET etag = %s WHERE id = %s", ("f" * 32, made["id"]))
        server.proxy.arm("cut after", "gp_replace")
        answer = user.patch(made["id"], {"isCurrent": True})
    assert_unavailable(answer)
    now = user.read(made["id"])
    assert now["@odata.etag"] == f'"{"f" * 32}"' and now["isCurrent"] is True


def test_reads_survive_a_broken_connection(relayed_victim):
    user, proxy = relayed_victim, relayed_victim.server.proxy
    made = user.create()
    large = Victim(user.server)  # whose positions are more than one statement reads
    for _ in range(12):
        large.create({"detail": {"summary": "x" * 60000}})
    for fault in FAULTS:
        for needle, read in (("gp_read", lambda: user.get(f"/me/profile/positions/{made['id']}")),
                             ("gp_list", user.get),
                             ("gp_list_behind", lambda: user.get("/me/profile/positions?$skip=1")),
                             ("gp_list", lambda: user.get("/me/profile/positions?$filter=isCurrent")),
                             ("gp_list", lambda: user.get("/me/profile/positions?$orderby=id")),
                             ("gp_list", lambda: user.get("/me/profile/positions/$count?$filter=isCurrent")),
                             ("gp_pick", lambda: large.get("/me/profile/positions?$orderby=id")),
                             ("gp_count", lambda: user.get("/me/profile/positions/$count")),
                             ("gp_person", lambda: user.get("/users/no@where/profile/positions"))):
            proxy.arm(fault, needle)
            assert read().status == (403 if needle == "gp_person" else 200)
            assert proxy.hit.is_set(), needle


@pytest.mark.measures_time
def test_a_hung_statement_ends_at_the_deadline(relayed_victim):
    user, proxy = relayed_victim, relayed_victim.server.proxy
    proxy.arm("hang")
    started = time.monotonic()
    answer = user.post({})
    assert 2.9 < time.monotonic() - started < 9  # at the 3 s of this server, not the usual 10 s
    assert answer.status == 504 and answer.error["code"] == "GatewayTimeout"
    assert proxy.hit.is_set()
    assert user.post({}).status == 201  # on a new connection
    proxy.release.set()


@pytest.mark.measures_time
def test_all_statements_of_a_request_have_one_deadline(relayed_victim):
    """The module looks a name up, then writes. The write has the time of the 3 s that the look-up leaves."""
    user, server = relayed_victim, relayed_victim.server
    name = f"{user.id}@example.org"
    made = user.create({})
    server.postgres.psql("ALTER ROLE graphprofile SET lock_timeout = 0")
    terminate(server)
    try:
        with closing(server.connect()) as names, closing(server.connect()) as writes, ThreadPoolExecutor(1) as pool:
            names.cursor().execute("INSERT INTO graphprofile.person VALUES (%s, %s)", (user.id, name))
            names.autocommit = writes.autocommit = False
            names.cursor().execute("LOCK graphprofile.person IN ACCESS EXCLUSIVE MODE")
            writes.cursor().execute("LOCK graphprofile.position IN EXCLUSIVE MODE")
            started = time.monotonic()
            answer = pool.submit(user.request, "PATCH", f"/users/{name}/profile/positions/{made['id']}",
                                 {"isCurrent": True})
            wait_for_lock(server)
            time.sleep(max(0, started + 2.4 - time.monotonic()))
            names.rollback()
            assert answer.result().status == 504
            assert time.monotonic() - started < 5  # 5.4 s if each statement had all of the time
    finally:
        server.postgres.psql("ALTER ROLE graphprofile RESET lock_timeout")
        terminate(server)


@pytest.mark.measures_time
@pytest.mark.threads
def test_all_requests_of_a_batch_have_one_deadline(relayed_victim):
    """A request whose turn comes after the deadline is not executed."""
    user, server = relayed_victim, relayed_victim.server
    server.postgres.psql("ALTER ROLE graphprofile SET lock_timeout = 0")
    terminate(server)
    try:
        with closing(server.connect()) as writes:
            writes.autocommit = False
            writes.cursor().execute("LOCK graphprofile.position IN EXCLUSIVE MODE")
            got = batch(user, [get("/$metadata", id="quick"), post({"id": str(uuid.uuid4())}, id="held"),
                               post({}, id="late", dependsOn=["quick"])])
    finally:
        server.postgres.psql("ALTER ROLE graphprofile RESET lock_timeout")
        terminate(server)
    assert [got[name]["status"] for name in ("held", "quick", "late")] == [504, 200, 503]
    assert got["late"]["headers"]["Retry-After"] == "1"


@pytest.mark.measures_time
@pytest.mark.threads
def test_statements_that_are_late_at_once(relayed_victim):
    """The module cancels each late statement, but the cancel requests do not pile up."""
    user, server, most = relayed_victim, relayed_victim.server, number_in_the_code("GP_CANCELS_MAX")
    server.postgres.psql("ALTER ROLE graphprofile SET lock_timeout = 0")
    terminate(server)
    try:
        for number in (most - 1, most, most + 1):
            with closing(server.connect()) as connection, connection.cursor() as cursor, \
                    ThreadPoolExecutor(number) as pool:
                connection.autocommit = False
                cursor.execute("LOCK graphprofile.position IN EXCLUSIVE MODE")
                users = [Victim(server, id=user.id) for _ in range(number)]
                answers = [pool.submit(each.post_alone) for each in users]
                wait_for_lock(server, number)
                before, server.proxy.silent = server.proxy.connections, True  # cancelling never ends, either
                assert [answer.result().status for answer in answers] == [504] * number
                wait_until(lambda: server.proxy.connections - before >= min(number, most))
                time.sleep(0.1)
                assert server.proxy.connections - before == min(number, most)
                server.proxy.silent = False
                server.proxy.release.set()
                connection.rollback()
            wait_until_served(user)
            server.proxy.release.clear()
    finally:
        server.proxy.silent = False
        server.proxy.release.set()
        be_patient(server)


@pytest.mark.measures_time
def test_a_server_that_accepts_without_answering_delays_no_request_for_long(relayed_victim):
    """One request waits for connect_timeout, then the breaker opens."""
    user, server = relayed_victim, relayed_victim.server
    server.log.allow(DBD)
    server.log.expect(AWAY)
    server.proxy.silent = True
    terminate(server)
    users = [Victim(server) for _ in range(16)]
    started = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        for answer in pool.map(lambda each: each.post({}), users):
            assert_unavailable(answer)
            assert_within(8, started)
    server.proxy.silent = False
    server.proxy.release.set()
    wait_until_served(user)


@pytest.mark.measures_time
@pytest.mark.threads
def test_a_stopped_server(victim):
    """After SIGSTOP the kernel still accepts connections, but PostgreSQL answers nothing, not even cancel requests."""
    server = victim.server
    server.log.allow(DBD)
    server.log.allow(AWAY)
    warm(victim)
    users = [Victim(server) for _ in range(8)]
    signal_all(server.postgres, signal.SIGSTOP)
    try:
        started = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda user: user.post({}), users))
        assert {answer.status for answer in answers} == {504} and time.monotonic() - started < 13
    finally:
        signal_all(server.postgres, signal.SIGCONT)
    wait_until_served(victim)


def test_connections_that_are_always_terminated(victim):
    """Every connection ends again and again under load. Each acknowledged position is stored once."""
    server = victim.server
    server.log.allow(DBD)
    server.log.allow(AWAY)
    users = [Victim(server) for _ in range(32)]  # so many that no user reaches the limit of positions
    end = threading.Event()
    acknowledged = {user.id: [] for user in users}
    attempts = {user.id: 0 for user in users}

    def write(own):
        for user in itertools.cycle(own):
            if end.is_set():
                break
            attempts[user.id] += 1
            answer = user.post({})
            user.session.close()  # when all threads are busy, the event MPM closes idle connections, even as a request arrives
            assert answer.status in (201, 503), answer.content
            if answer.status == 201:
                acknowledged[user.id].append(answer.json["id"])

    with ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(write, users[number::8]) for number in range(8)]
        for _ in range(40):
            time.sleep(0.1)
            terminate(server)
        end.set()
        for writer in writers:
            writer.result()
    for user in users:
        stored = [row[0] for row in user.rows()]
        assert len(acknowledged[user.id]) > 5
        assert set(acknowledged[user.id]) <= set(stored)
        assert len(stored) == len(set(stored)) <= attempts[user.id]


def test_changes_while_connections_end_all_the_time(victim):
    """Each change happens once and is acknowledged, or is 503, and then the ETag tells whether it happened. No other
    client writes, so no client may take its own change for another's (412, 404)."""
    server = victim.server
    server.log.allow(DBD)
    server.log.allow(AWAY)
    users = [Victim(server) for _ in range(8)]
    end = threading.Event()

    def until_served(send):
        while True:
            answer = send()
            if answer.status != 503:
                return answer

    def write(user):
        entity, layer, lost = until_served(lambda: user.post({"detail": {"layer": 0}})).json, 0, 0
        path = f"/me/profile/positions/{entity['id']}"
        while not end.is_set():
            answer = user.patch(entity["id"], {"detail": {"layer": layer + 1}},
                                headers={"If-Match": entity["@odata.etag"]})
            assert answer.status in (200, 503), answer.content
            now = until_served(lambda: user.get(path)).json
            was_done = now["@odata.etag"] != entity["@odata.etag"]
            assert was_done or answer.status == 503
            assert answer.status == 503 or now == answer.json
            lost += answer.status == 503
            layer += was_done
            assert now["detail"]["layer"] == layer
            entity = now
            doomed = until_served(lambda: user.post({})).json["id"] if layer % 4 == 0 else None
            if doomed and user.delete(doomed).status != 204:
                assert until_served(lambda: user.delete(doomed)).status in (204, 404)
        return layer, lost

    with ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(write, user) for user in users]
        for _ in range(30):
            time.sleep(0.1)
            terminate(server)
        end.set()
        done = [writer.result() for writer in writers]
    assert all(layer > 10 for layer, _ in done), done


# ---- backends that ignore interrupts ----

ENDLESS = "PERFORM pg_catalog.strpos(repeat('a', 400000), 'b' || repeat('a', 40000));"


@pytest.mark.threads
def test_backends_that_cannot_be_ended_are_no_more_than_the_pool_has(state, module, sanitizers):
    """A function that checks for no interrupts continues after the deadline, the cancel request and the end of its
    client. Its connection keeps its place until the backend ends; otherwise the number of backends would grow."""
    with Server(state / "endless", module, sanitizers, ONE_CHILD + """
            DBDMin 1
            DBDKeep 4
            DBDMax 4
            GraphProfileTimeout 500ms
            GraphProfileQueueTimeout 500ms
            """) as server, ThreadPoolExecutor(12) as pool, \
            closing(server.connect()) as connection, connection.cursor() as cursor:
        users = [Victim(server) for _ in range(12)]
        wait_until_served(users[0])
        server.postgres.psql(f"""
            CREATE FUNCTION endless() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN {ENDLESS} RETURN NEW; END $$;
            CREATE TRIGGER endless BEFORE INSERT ON graphprofile.position FOR EACH ROW EXECUTE FUNCTION endless()""")

        def backends():
            cursor.execute("SELECT count(*), count(*) FILTER (WHERE state = 'active') FROM pg_stat_activity"
                           " WHERE usename = 'graphprofile'")
            return cursor.fetchone()

        deadline, most = time.monotonic() + 120, 0
        answers = [pool.submit(user.post_alone) for user in users for _ in range(2)]
        while not all(answer.done() for answer in answers) or backends()[1] > 0:
            all_, _ = backends()
            most = max(most, all_)
            time.sleep(0.02)
            assert time.monotonic() < deadline
        assert {answer.result().status for answer in answers} <= {503, 504}
        assert any(answer.result().status == 504 for answer in answers)
        assert most == 4
        server.postgres.psql("DROP TRIGGER endless ON graphprofile.position")
        for user in users[:6]:  # all places are free again
            wait_until_served(user)
        assert backends()[0] <= 4
        server.log.check()


@pytest.mark.threads
def test_a_connection_of_one_request_ends_with_it(state, module, sanitizers):
    """With DBDPersist Off, the connection is in the memory of the request. To keep it until its backend ends would be a
    use after free."""
    with Server(state / "once", module, sanitizers, ONE_CHILD + """
            DBDPersist Off
            GraphProfileTimeout 200ms
            """) as server, ThreadPoolExecutor(4) as pool:
        users = [Victim(server) for _ in range(4)]
        wait_until_served(users[0])
        server.postgres.psql(f"""
            CREATE FUNCTION endless() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN {ENDLESS} RETURN NEW; END $$;
            CREATE TRIGGER endless BEFORE INSERT ON graphprofile.position FOR EACH ROW EXECUTE FUNCTION endless()""")
        for _ in range(2):
            answers = list(pool.map(lambda user: user.post_alone(), users))
            assert {answer.status for answer in answers} == {504}
        server.postgres.psql("DROP TRIGGER endless ON graphprofile.position")
        for user in users:
            wait_until_served(user)
        server.log.check()


# ---- waiting ----

def answers_of_a_crowd(server, users, connections):
    """Return the answers of users who send requests at once, while some hold all connections until the others are
    answered."""
    with closing(server.connect()) as connection, connection.cursor() as cursor, \
            ThreadPoolExecutor(len(users)) as pool:
        connection.autocommit = False
        cursor.execute("LOCK graphprofile.position IN EXCLUSIVE MODE")
        made = [pool.submit(user.post_alone) for user in users]
        wait_for_lock(server, connections)
        wait_until(lambda: sum(answer.done() for answer in made) >= len(users) - connections)
        connection.rollback()
        return [answer.result() for answer in made]


@pytest.mark.measures_time
@pytest.mark.threads
def test_the_queue_is_bounded(state, module, sanitizers):
    server = Server(state / "queue", module, sanitizers, ONE_CHILD + """
        DBDMin 1
        DBDKeep 2
        DBDMax 2
        GraphProfileQueueTimeout 300ms
    """)
    try:
        server.start()
        be_patient(server)
        wait_until_served(Victim(server))
        users = [Victim(server) for _ in range(6)]
        started = time.monotonic()
        answers = answers_of_a_crowd(server, users, 2)
        assert sorted(answer.status for answer in answers) == [201, 201, 503, 503, 503, 503]
        for answer in answers:
            if answer.status == 503:
                assert_unavailable(answer)
                assert_within(3, started)
                assert "busy" in answer.error["message"]
        assert server.postgres.psql("SELECT count(*) FROM pg_stat_activity"
                                    " WHERE usename = 'graphprofile'") == "2"
        server.log.check()
    finally:
        server.stop()


@pytest.mark.threads
def test_requests_of_disconnected_clients_do_not_run(state, module, sanitizers):
    """When their turn comes, requests of disconnected clients do not run, because they would delay the others."""
    from test_status import STATUS, numbers
    with Server(state / "gone", module, sanitizers, ONE_CHILD + STATUS + """
            DBDMin 1
            DBDKeep 2
            DBDMax 2
            GraphProfileQueueTimeout 30s
            """) as server, ThreadPoolExecutor(3) as pool, \
            closing(server.connect()) as connection, connection.cursor() as cursor:
        be_patient(server)
        wait_until_served(Victim(server))
        busy, gone, patient = (Victim(server) for _ in range(3))
        connection.autocommit = False
        cursor.execute("LOCK graphprofile.position IN EXCLUSIVE MODE")
        made = [pool.submit(each.post_alone) for each in (busy, Victim(server, id=busy.id))]
        wait_for_lock(server, 2)
        raws = [Raw(server).start_post(gone, "Content-Length: 2").send(b"{}") for _ in range(12)]
        wait_until(lambda: numbers(server)["ConnectionsWaiting"] == len(raws))
        made.append(pool.submit(patient.post, {}))
        wait_until(lambda: numbers(server)["ConnectionsWaiting"] == len(raws) + 1)
        for raw in raws:
            raw.__exit__()
        time.sleep(0.1)  # the module looks only at clients that have waited for more than 10 ms
        connection.rollback()
        assert [answer.result().status for answer in made] == [201] * 3
        wait_until(lambda: len(server.log.find("the client has gone while its request waited")) == len(raws))
        assert gone.rows() == []
        server.log.check()


@pytest.mark.measures_time
def test_a_lock_is_not_waited_for_without_end(victim):
    """Longer than the lock_timeout that sql/ sets."""
    victim.server.postgres.psql("ALTER ROLE graphprofile SET lock_timeout = '1s'")
    terminate(victim.server)
    try:
        with closing(victim.server.connect()) as connection, connection.cursor() as cursor:
            connection.autocommit = False
            cursor.execute("LOCK graphprofile.position IN EXCLUSIVE MODE")
            started = time.monotonic()
            assert_unavailable(victim.post({}))
            assert_within(3, started)
            connection.rollback()
    finally:
        be_patient(victim.server)
    assert victim.post({}).status == 201


def test_graphs_own_client_tries_again(victim):
    """POST is answered 503 while the database is down. The client waits for Retry-After, and tries again."""
    server = victim.server
    server.log.allow(DBD)
    server.log.expect(AWAY)
    server.postgres.stop("fast")
    user = Victim(server)
    client = graph_js.start("retry.js", user)
    assert server.log.find(AWAY)
    server.postgres.start_server()
    made = graph_js.finish(client)
    assert user.rows() == [(made,)]
    log = (server.state / "access_log").read_text()
    statuses = re.findall(rf'{user.id} .*"POST /beta/me/profile/positions HTTP/1.1" (\d+)', log)
    assert set(statuses[:-1]) == {"503"} and statuses[-1] == "201"


# ---- unfit databases ----

def harm_and_mend(server, harm, mend):
    """Harm the database, and expect 503 and one log line. Mend it, and expect the service to recover by itself."""
    user = Victim(server)
    unfit = r"the database is not what GraphProfile needs"
    server.log.expect(unfit)
    server.postgres.psql(harm)
    terminate(server)
    try:
        for _ in range(4):
            answer = user.post({})
            assert answer.status == 503 and int(answer.headers["Retry-After"]) >= 1
        assert len(server.log.find(unfit)) == 1
    finally:
        server.postgres.psql(mend)
    wait_until_served(user)
    assert server.log.find("the database is what GraphProfile needs now")
    assert len(user.rows()) == 1


HARMS = {
    "no table": ("ALTER TABLE graphprofile.position RENAME TO away",
                 "ALTER TABLE graphprofile.away RENAME TO position"),
    "no schema": ("ALTER SCHEMA graphprofile RENAME TO away",
                  "ALTER SCHEMA away RENAME TO graphprofile"),
    "no column": ("ALTER TABLE graphprofile.position RENAME COLUMN etag TO away",
                  "ALTER TABLE graphprofile.position RENAME COLUMN away TO etag"),
    "no grant": ("REVOKE INSERT ON graphprofile.position FROM graphprofile",
                 "GRANT INSERT ON graphprofile.position TO graphprofile"),
    "too old": ("UPDATE graphprofile.schema_version SET version = -version WHERE version > 2",
                "UPDATE graphprofile.schema_version SET version = -version WHERE version < 0"),
}


@pytest.mark.threads
@pytest.mark.parametrize("harm, mend", HARMS.values(), ids=HARMS.keys())
def test_the_schema_is_not_there(victim, harm, mend):
    harm_and_mend(victim.server, harm, mend)


def test_the_table_is_dropped_under_prepared_statements(victim):
    """The same without new connections: prepared statements fail and recover, too."""
    server = victim.server
    server.log.expect(r"the database is not what GraphProfile needs")
    harm, mend = HARMS["no table"]
    server.postgres.psql(harm)
    try:
        assert victim.post({}).status == 503
    finally:
        server.postgres.psql(mend)
    assert victim.post({}).status == 201


def test_read_only(victim):
    server = victim.server
    server.postgres.psql("ALTER DATABASE graphprofile SET default_transaction_read_only = on",
                         database="postgres")
    terminate(server)
    try:
        assert_unavailable(victim.post({}))
    finally:
        server.postgres.psql("ALTER DATABASE graphprofile RESET default_transaction_read_only",
                             database="postgres")
    assert victim.post({}).status == 201  # the connection was dropped, the new one writes


def test_a_transaction_left_open(state, module, sanitizers):
    """Another module that shares the pool leaves it open. A write in it would never be committed."""
    server = Server(state / "open", module, sanitizers, ONE_CHILD + 'DBDInitSQL "BEGIN"\n')
    try:
        server.start()
        user = Victim(server)
        made = user.create()["id"]
        assert user.rows() == [(made,)]
        server.log.check()
    finally:
        server.stop()


@pytest.mark.threads
def test_fewer_connections_than_the_pool_would_have(state, module, sanitizers):
    """The granted connections serve all requests."""
    server = Server(state / "few", module, sanitizers, ONE_CHILD)
    server.postgres.psql("ALTER ROLE graphprofile CONNECTION LIMIT 3")
    try:
        server.start()
        server.log.allow(DBD)
        users = [Victim(server) for _ in range(12)]
        with ThreadPoolExecutor(12) as pool:
            answers = [answer for _ in range(5)
                       for answer in pool.map(lambda user: user.post({}), users)]
        assert [answer.content for answer in answers if answer.status != 201] == []
        server.log.check()
    finally:
        server.stop()


@pytest.mark.threads
def test_one_grant_is_missing(victim):
    """The success of another statement does not clear the report."""
    server = victim.server
    server.log.expect(r"the database is not what GraphProfile needs")
    server.postgres.psql("REVOKE INSERT ON graphprofile.position FROM graphprofile")
    try:
        for _ in range(5):
            assert victim.post({}).status == 503
            assert victim.get().status == 200
    finally:
        server.postgres.psql("GRANT INSERT ON graphprofile.position TO graphprofile")
    assert len(server.log.find("the database is not what")) == 1
    assert not server.log.find("needs now", timeout=0)
    assert victim.post({}).status == 201
    assert len(server.log.find("needs now")) == 1


@pytest.mark.threads
def test_one_refusal_beside_a_reconnection_is_no_outage(victim):
    """The connections of the pool are stale, several requests reconnect at once, and PostgreSQL admits one of them."""
    server = victim.server
    server.log.allow(DBD)
    server.postgres.psql("ALTER ROLE graphprofile CONNECTION LIMIT 1")
    try:
        with ThreadPoolExecutor(4) as pool:
            for _ in range(8):
                warm(victim, 1)
                server.postgres.psql("ALTER ROLE graphprofile CONNECTION LIMIT -1")
                warm(victim, 4)
                server.postgres.psql("ALTER ROLE graphprofile CONNECTION LIMIT 1")
                end_connections(server)
                users = [Victim(server) for _ in range(4)]
                answers = list(pool.map(lambda user: user.post_alone(), users))
                assert [answer.content for answer in answers if answer.status != 201] == []
    finally:
        server.postgres.psql("ALTER ROLE graphprofile CONNECTION LIMIT -1")
    assert not server.log.find(AWAY, timeout=0)


@pytest.mark.measures_time
@pytest.mark.threads
def test_waiting_requests_continue_when_connections_are_granted_again(state, module, sanitizers):
    """No request gives a connection back, so the module itself must find out that PostgreSQL grants more."""
    with Server(state / "granted", module, sanitizers, ONE_CHILD + "GraphProfileQueueTimeout 8s\n") as server, \
            closing(server.connect()) as connection, connection.cursor() as cursor, \
            ThreadPoolExecutor(5) as pool:
        server.log.allow(DBD)
        wait_until_served(Victim(server))
        server.postgres.psql("ALTER ROLE graphprofile SET lock_timeout = '20s';"
                             " ALTER ROLE graphprofile SET statement_timeout = '20s';"
                             " ALTER ROLE graphprofile CONNECTION LIMIT 1")
        terminate(server)
        connection.autocommit = False
        cursor.execute("LOCK graphprofile.position IN EXCLUSIVE MODE")
        busy = pool.submit(Victim(server).post_alone)
        wait_for_lock(server)
        reading = [pool.submit(Victim(server).get) for _ in range(4)]
        assert server.log.find("the database grants no further connection")
        server.postgres.psql("ALTER ROLE graphprofile CONNECTION LIMIT -1")
        started = time.monotonic()
        assert [answer.result().status for answer in reading] == [200] * 4
        assert time.monotonic() - started < 5 and not busy.done()
        connection.rollback()
        assert busy.result().status == 201
        server.log.check()


def test_too_many_connections(victim):
    server = victim.server
    server.log.allow(DBD)
    server.log.expect(AWAY)
    server.postgres.psql("ALTER ROLE graphprofile CONNECTION LIMIT 0")
    terminate(server)
    try:
        assert_unavailable(victim.post({}))
    finally:
        server.postgres.psql("ALTER ROLE graphprofile CONNECTION LIMIT -1")
    wait_until_served(victim)


def test_without_prepared_statements(state, module, sanitizers):
    server = Server(state / "unprepared", module, sanitizers, ONE_CHILD + "GraphProfilePrepare Off\n")
    try:
        server.start()
        user = Victim(server)
        mine = user.create({"isCurrent": True})["id"]
        assert user.post({"id": mine}).status == 409
        terminate(server)
        gone = user.create()["id"]
        assert user.patch(mine, {"detail": {"jobTitle": "T"}}).status == 200
        assert user.delete(gone).status == 204
        for query in ("", "?$filter=detail/jobTitle eq 'T'", "?$orderby=id", "?$count=true&$orderby=id desc"):
            [listed] = user.get("/me/profile/positions" + query).json["value"]
            assert {**listed, "@odata.context": None} == {**user.read(mine), "@odata.context": None}
        assert user.get("/me/profile/positions/$count?$filter=isCurrent").content == b"1"
        assert [row[0] for row in user.rows()] == [mine]
        with psycopg2.connect(host=server.postgres.host, dbname="graphprofile",
                              user="postgres") as connection, connection.cursor() as cursor:
            cursor.execute("SELECT query FROM pg_stat_activity WHERE usename = 'graphprofile'")
            assert all(not row[0].startswith("PREPARE") for row in cursor.fetchall())
        server.log.check()
    finally:
        server.stop()
