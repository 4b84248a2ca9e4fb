# SPDX-License-Identifier: Apache-2.0
"""Every call into the database's library fails once, one after the other, for every operation: the answer is
a documented one, no write is doubled or lost, and no connection is lost."""

import mmap
import struct
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from lib.outage import AWAY, BACK, DBD, ONE_CHILD, Victim, end_connections, wait_until_served
from lib.server import Server
from test_pipeline import BEFORE, ONE_CONNECTION, ROLE, posts, together, trigger, victims

pytestmark = pytest.mark.http1  # mod_http2 ends the process if its own allocations fail

# Calls are counted over all children, so there must be one child.
POOL = """
GraphProfileErase On
DBDMin 0
DBDKeep 2
DBDMax 2
GraphProfileTimeout 5s
<IfModule mpm_prefork_module>
    MaxRequestWorkers 1
    KeepAlive Off
</IfModule>
"""


UNWATCHED = "cannot enforce deadlines on a database connection"


class Nth:
    """The call to fail, in the file that fail_nth.c maps."""

    def __init__(self, path):
        path.write_bytes(bytes(16))
        path.chmod(0o666)
        self.path = path
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 16)

    def arm(self, nth, is_answer=0, descriptors=False):
        """is_answer: 1 loses the answer of a statement, 2 loses it and keeps what the server sends after it, 3 loses its
        rows, and the connection stays."""
        self.memory[:] = struct.pack("iiii", nth, is_answer, descriptors, 0)

    def disarm(self):
        """Returns the number of calls."""
        calls = struct.unpack("iiii", self.memory[:])[3]
        self.memory[:] = bytes(16)
        return calls


@contextmanager
def preloaded(state, module, sanitizers, extra):
    preload = f"{sanitizers.get('LD_PRELOAD', '')} {module.parent / 'tests' / 'fail_nth.so'}".strip()
    server = Server(state, module, {**sanitizers, "LD_PRELOAD": preload}, extra)
    nth = Nth(server.httpd.public / "nth")
    server.httpd.environment["FAIL_NTH"] = str(nth.path)
    with server:
        yield server, nth


@pytest.fixture(scope="module")
def failing(state, module, sanitizers, sanitizer_reports):
    with preloaded(state / "nth-failure", module, sanitizers, ONE_CHILD + POOL) as failing:
        yield failing


def assert_no_place_is_lost(server):
    """More clients than the pool has connections are served."""
    wait_until_served(Victim(server))
    with ThreadPoolExecutor(6) as pool:
        assert {answer.status for answer in pool.map(lambda _: Victim(server).post({}), range(12))} == {201}


OPERATIONS = {
    "create": (lambda user, id: user.post({}), {201}),
    "read": (lambda user, id: user.get(f"/me/profile/positions/{id}"), {200}),
    "list": (lambda user, id: user.get(), {200}),
    "count": (lambda user, id: user.get("/me/profile/positions/$count"), {200}),
    "filter": (lambda user, id: user.get("/me/profile/positions?$filter=id ne null&$orderby=id"), {200}),
    "patch": (lambda user, id: user.patch(id, {"isCurrent": True}), {200}),
    "delete": (lambda user, id: user.delete(id), {204}),
    "profile": (lambda user, id: user.get("/me/profile?$expand=positions($count=true)"), {200}),
    "erase": (lambda user, id: user.request("DELETE", "/me/profile"), {204}),
}


@pytest.mark.parametrize("when", ["warm", "cold", "answer"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_the_nth_call_fails(failing, name, when):
    """Warm: on a connection with all statements prepared. Cold: on a connection that was just lost. Answer:
    the call is executed, but its answer is lost."""
    server, nth = failing
    call, success = OPERATIONS[name]
    server.log.mark()
    for pattern in (DBD, AWAY, BACK, UNWATCHED):
        server.log.allow(pattern)
    statuses = []
    for n in range(1, 60):
        user = Victim(server)
        wait_until_served(user)
        id = user.create()["id"]
        assert call(Victim(server), id).status in (*success, 404)  # all statements are prepared
        if when != "warm":
            end_connections(server)
        before = set(user.rows("id::text, etag"))
        nth.arm(n, is_answer=when == "answer")
        answer = call(user, id)
        calls = nth.disarm()
        statuses.append(answer.status)
        after = set(user.rows("id::text, etag"))
        assert answer.status in success | {503}, (n, answer.content)
        assert len({id for id, _ in after}) == len(after)
        if name == "erase":  # all or nothing
            assert len(before) >= 2 and after in ([set()] if answer.status in success else [set(), before]), n
        elif name not in ("create", "patch", "delete"):
            assert after == before, n
        elif answer.status in success:
            assert len(after ^ before) == {"create": 1, "patch": 2, "delete": 1}[name], n
        else:
            assert len(after ^ before) <= 2 and len(before - after) <= 1 and len(after - before) <= 1, n
        if calls < n:
            break
    assert calls < n, "there were more calls than that"
    assert statuses[-1] in success and len(statuses) > 1, statuses
    # A single failure is retried without an effect on the client, except one during the commit of a create, which is two
    # calls (PQpipelineSync, PQflush): a statement that may have been committed is not run again.
    in_doubt = sum(status == 503 for status in statuses)
    assert when == "cold" or in_doubt <= 2 * (name == "create" and when == "warm"), statuses
    assert_no_place_is_lost(server)
    server.log.check()


def test_libpq_has_no_memory_for_the_answer_to_a_create(failing):
    """Nothing is committed before all answers have come, so the second attempt stores the position."""
    server, nth = failing
    user = Victim(server)
    wait_until_served(user)
    server.log.mark()
    server.postgres.psql("CREATE SEQUENCE attempts; GRANT ALL ON attempts TO graphprofile")
    try:
        with trigger(server, BEFORE, "NEW.modified_by := nextval('public.attempts');"):
            nth.arm(1, is_answer=3)
            made = user.create()
            assert nth.disarm() > 1
    finally:
        server.postgres.psql("DROP SEQUENCE attempts")
    assert [row[1] for row in user.rows("id::text, modified_by") if row[0] == made["id"]] == ["2"]
    assert_no_place_is_lost(server)
    server.log.check()


@pytest.mark.threads
@pytest.mark.parametrize("when", ["warm", "answer", "answer-but-not-the-next"])
def test_the_nth_call_of_a_batch_fails(state, module, sanitizers, when):
    """Each of its statements is still executed once."""
    with preloaded(state / f"nth-of-a-batch-{when}", module, sanitizers, ONE_CONNECTION) as (server, nth):
        server.postgres.psql(ROLE)
        end_connections(server)
        for pattern in (DBD, AWAY, BACK, UNWATCHED):
            server.log.allow(pattern)
        in_doubt = 0
        for n in range(1, 60):
            wait_until_served(Victim(server))
            users = victims(server, 3)
            answers, _ = together(server, posts(users), lambda: nth.arm(n, ["warm", "answer", "answer-but-not-the-next"].index(when)))
            calls = nth.disarm()
            statuses = [answer.status for answer in answers]
            in_doubt += statuses == [503] * 3
            assert statuses in ([201] * 3, [503] * 3), n
            assert [user.rows() for user in users] == [
                [(answer.json["id"],)] if answer.status == 201 else [] for answer in answers], n
            if calls < n:
                break
        assert in_doubt <= 2 * (when == "warm")  # the commit was requested, and the connection broke
        assert 7 <= calls < n, "there were more calls than that, or no batch"


def test_no_descriptors(failing):
    """A connection without a watched deadline is not used, because it could hang forever."""
    server, nth = failing
    server.log.mark()
    user = Victim(server)
    wait_until_served(user)
    server.log.expect(UNWATCHED)
    server.log.expect(AWAY)
    end_connections(server)
    nth.arm(0, descriptors=True)
    try:
        assert user.post({}).status == 503
    finally:
        nth.disarm()
    assert_no_place_is_lost(server)
    server.log.check()
