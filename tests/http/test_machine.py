# SPDX-License-Identifier: Apache-2.0
"""The machine of the database has no room on its disk, or its network swallows everything (machine.py)."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from client import User, wait_until
from conftest import Server
from machine import Island, SmallDisk
from test_outage import AWAY, BACK, DBD, Victim, wait_until_served


def test_the_disk_is_full(state, module, sanitizers):
    """507 for what needs room; reads go on; and so do writes, by themselves, when there is room again."""
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


@pytest.mark.threads
def test_the_network_swallows_everything(state, module, sanitizers):
    """No answer and no error, neither for connections that are there nor for new ones: 504 for those who are
    served just then, 503 for the others, soon at once, and all goes on when the network does."""
    server = Server(state / "hole", module, sanitizers, "GraphProfileTimeout 1500ms\n", pghost=Island.database)
    island = Island(server.httpd.port, server.postgres.host)
    server.httpd.enter = island.enter
    try:
        server.start()
        for pattern in (DBD, AWAY, BACK):
            server.log.allow(pattern)
        wait_until_served(Victim(server))
        island.swallow()
        deadline, statuses, took = time.monotonic() + 40, [], []

        def ask(user):
            """Until most are told at once, since one at a time tries to connect."""
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
