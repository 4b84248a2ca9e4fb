# SPDX-License-Identifier: Apache-2.0
"""Faults of the database's machine: a full disk, and a network that drops every packet (machine.py). Faults
of httpd's machine: a home directory that httpd cannot read, and changes of the clock."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from lib.client import User, wait_until
from dev import accounts
from dev.httpd import free_port
from lib.machine import Island, SmallDisk
from lib.outage import AWAY, BACK, DBD, Victim, wait_until_served
from lib.server import Server
from test_filter import stamp


def test_the_disk_is_full(state, module, sanitizers):
    """507 for writes that need disk space; reads continue; writes resume by themselves when there is space
    again."""
    server = Server(state / "full", module, sanitizers, postgres=SmallDisk(state / "full", 16, fsync="off"))
    with server:
        server.postgres.psql(f"CREATE TABLESPACE small LOCATION '{server.postgres.disk}'")
        server.postgres.psql("ALTER TABLE graphprofile.position SET TABLESPACE small")
        victim, made = Victim(server), []
        wait_until_served(Victim(server))
        server.log.mark()
        server.log.expect("SQLSTATE 53100")
        server.postgres.fill()
        while True:
            answer = victim.post({"detail": {"summary": "x" * 1000}})
            if answer.status != 201:
                break
            made.append(answer.json["id"])
            assert len(made) < 100
        assert answer.status == 507 and answer.error["code"] == "InsufficientStorage"
        assert [row[0] for row in victim.rows()] == made
        users = [User(server, id=victim.id) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            answers = [one for _ in range(4) for one in pool.map(
                lambda user: (user.get(), user.post({"detail": {"summary": "x" * 5000}})), users)]
        assert {read.status for read, _ in answers} == {200}
        assert {write.status for _, write in answers} == {507}
        server.postgres.free()
        made.append(victim.create({"detail": {"summary": "x" * 5000}})["id"])
        assert [row[0] for row in victim.rows()] == made
        server.log.check()


@pytest.mark.measures_time
@pytest.mark.threads
def test_the_network_swallows_everything(state, module, sanitizers):
    """Neither answers nor errors, for existing and for new connections: 504 for the requests in progress, 503
    for the others, after a while immediately. Service resumes when the network does."""
    server = Server(state / "hole", module, sanitizers, "GraphProfileTimeout 1500ms\n", pghost=Island.database)
    island = Island(server.httpd.port, server.postgres.host)
    server.httpd.enter = island.enter
    try:
        server.start()
        for pattern in (DBD, AWAY, BACK):
            server.log.allow(pattern)
        wait_until_served(Victim(server))
        island.swallow()
        deadline, statuses, took = time.monotonic() + 120, [], []

        def ask(user):
            """Until most requests are refused immediately, because only one at a time tries to connect."""
            while sum(each < 0.5 for each in took) < 50:
                began = time.monotonic()
                assert began < deadline
                statuses.append(user.post({}).status)
                took.append(time.monotonic() - began)

        users = [Victim(server) for _ in range(8)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(ask, users))
        assert set(statuses) == {503, 504} and max(took) < 15, (statuses, took)
        island.restore()
        wait_until_served(Victim(server))
        wait_until(lambda: [user.post({}).status for user in users] == [201] * 8)
        server.log.check()
    finally:
        server.stop()
        island.close()


def test_a_home_that_cannot_be_read(state, module, sanitizers):
    """libpq looks for certificates in $HOME/.postgresql before it uses TLS, and fails if it cannot read the
    folder, for example if httpd was started with root's HOME. 503, and the log names the file; without
    HOME there is no failure."""
    server = Server(state / "home", module, sanitizers)
    server.httpd.prepare()
    postgres, port = server.postgres, free_port()
    for name in ("server.crt", "server.key"):
        shutil.copy(server.state / name, postgres.data)
        (postgres.data / name).chmod(0o600)
        accounts.give_to_postgres(postgres.data / name)
    with open(postgres.data / "pg_hba.conf", "a", encoding="utf-8") as file:
        file.write("hostssl all graphprofile 127.0.0.1/32 trust\n")
    postgres.stop()
    postgres.settings.update(ssl="on", listen_addresses="127.0.0.1", port=str(port))
    postgres.start_server()
    (server.state / "root").mkdir(mode=0o700)
    if not accounts.IS_ROOT:
        (server.state / "root").chmod(0)
    server.httpd.environment.update(HOME=str(server.state / "root"),
                                    GP_PGHOST=f"127.0.0.1 port={port} sslmode=require")
    with server:
        for pattern in (AWAY, BACK, "dbd:crit", "AH00633"):
            server.log.allow(pattern)
        server.log.expect(rf"could not open certificate file \S+{server.state.name}/root/.postgresql/")
        victim = User(server)
        answer = victim.post({})
        assert answer.status == 503 and answer.error["code"] == "ServiceNotAvailable"
        server.log.check()
        server.httpd.stop()
        del server.httpd.environment["HOME"]
        server.httpd.start()
        wait_until_served(victim)
        server.log.check()


def test_the_clock_jumps(user, database):
    """Neither order nor concurrency depends on the clock: a position from the future is read, changed, listed
    and deleted like any other, and a change based on an old version is refused."""
    first, second, third = (user.create()["id"] for _ in range(3))
    stamp(database, user, second, "2999-12-31T23:59:59.9999999Z", "2999-12-31T23:59:59.9999999Z")
    stamp(database, user, first, "1999-01-01T00:00:00.0000000Z", "2999-01-01T00:00:00.0000000Z")
    seen = user.read(second)
    assert seen["createdDateTime"].startswith("2999")
    changed = user.patch(second, {"isCurrent": True}, headers={"If-Match": seen["@odata.etag"]})
    assert changed.status == 200 and changed.json["lastModifiedDateTime"] < seen["lastModifiedDateTime"]
    assert changed.json["createdDateTime"] == seen["createdDateTime"]
    stale = user.patch(second, {"isCurrent": False}, headers={"If-Match": seen["@odata.etag"]})
    assert stale.status == 412
    assert [entity["id"] for entity in user.get().json["value"]] == [first, second, third]
    assert user.get(f"/me/profile/positions/{second}", headers={
        "If-Modified-Since": "Wed, 01 Jan 3000 00:00:00 GMT"}).status == 200
    for id in (first, second, third):
        assert user.delete(id).status == 204
