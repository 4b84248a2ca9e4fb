# SPDX-License-Identifier: Apache-2.0
"""What one ordinary account may cost the others: an owner with very many positions, expressions made to be
expensive, and the number of positions itself."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from conftest import Server
from test_limits import POSITIONS
from test_outage import ONE_CHILD, Victim, wait_until_served

MANY = 300_000
SCAN = 2000  # GP_SCAN_MAX
SCOPES = "User.ReadWrite User.ReadBasic.All"


def make_hidden(server, owner, number):
    """Positions that nobody else sees, with ids in the order of time."""
    server.postgres.psql(
        "INSERT INTO graphprofile.position SELECT '%s', (lpad(to_hex(n), 12, '0') || '70008000000000000000')::uuid,"
        " 'e', 0, now(), now(), 'x', '{\"isCurrent\":null}' FROM generate_series(1, %d) AS n" % (owner, number))


@pytest.fixture(scope="module")
def crowded(state, module, sanitizers, sanitizer_reports):
    """A server with an owner of 300,000 positions, all hidden, as they were made one after the other."""
    with Server(state / "crowded", module, sanitizers, ONE_CHILD, "debug") as server:
        server.owner = str(uuid.uuid4())
        make_hidden(server, server.owner, MANY)
        server.postgres.psql("VACUUM (ANALYZE) graphprofile.position")
        wait_until_served(Victim(server))
        server.log.mark()
        yield server


@pytest.mark.threads
@pytest.mark.parametrize("path", ["", "/$count", "?$count=true"])
def test_an_owner_with_very_many_hidden_positions(crowded, path):
    """Who asks for them again and again keeps nobody else waiting."""
    ended, hogs = Event(), [Victim(crowded, scopes=SCOPES) for _ in range(16)]

    def hog(user):
        asked = 0
        while not ended.is_set():
            answer = user.get(f"/users/{crowded.owner}/profile/positions{path}")
            assert answer.status in (200, 503)
            asked += answer.status == 200
        return asked

    colleague = Victim(crowded)
    colleague.create()
    users = [Victim(crowded, scopes=SCOPES) for _ in range(4)]
    slowest = {}

    def work(user):
        for _ in range(12):
            made = None
            for method, path, body in (("POST", POSITIONS, {}), ("GET", POSITIONS, None), ("GET", None, None),
                                       ("GET", f"/users/{colleague.id}/profile/positions", None),
                                       ("GET", f"{POSITIONS}/$count", None),
                                       ("GET", f"{POSITIONS}?$filter=isCurrent eq null", None)):
                started = time.monotonic()
                answer = user.request(method, path or f"{POSITIONS}/{made}", body)
                took = time.monotonic() - started
                assert answer.status in (200, 201), (method, path, answer.content)
                slowest[method, path] = max(took, slowest.get((method, path), 0))
                made = answer.json["id"] if method == "POST" else made

    with ThreadPoolExecutor(20) as pool:
        asked = [pool.submit(hog, user) for user in hogs]
        try:
            time.sleep(1)
            for one in [pool.submit(work, user) for user in users]:
                one.result()
        finally:
            ended.set()
        assert sum(one.result() for one in asked) > 0
    crowded.log.check()
    assert max(slowest.values()) < 1, slowest


@pytest.mark.parametrize("hidden", [SCAN - 1, SCAN, SCAN + 1])
def test_cheap_statements_look_at_a_bounded_number_of_rows(crowded, hidden):
    """What lies behind so many hidden rows is found all the same, by statements of another class."""
    owner, viewer = str(uuid.uuid4()), Victim(crowded, scopes=SCOPES)
    make_hidden(crowded, owner, hidden)
    path = f"/users/{owner}/profile/positions"

    def look(expected):
        crowded.log.mark()
        assert [entity["@odata.etag"] for entity in viewer.get(path).json["value"]] == ['"seen"'] * expected
        assert viewer.get(f"{path}/$count").content == str(expected).encode()
        lines = "".join(crowded.log.lines())
        for name in ("list_all", "count_all"):
            assert ("statement gp_" + name in lines) == (hidden + expected > SCAN), (name, lines)

    look(0)
    crowded.postgres.psql("INSERT INTO graphprofile.position SELECT owner_id, 'ffffffff-0000-7000-8000-000000000000',"
                          " 'seen', 8, created, modified, modified_by, document FROM graphprofile.position"
                          f" WHERE owner_id = '{owner}' LIMIT 1")
    look(1)


@pytest.mark.parametrize("hidden", [SCAN - 1, SCAN, SCAN + 1])
def test_an_owner_is_found_by_name_behind_hidden_positions(crowded, hidden):
    """Where the id looks like a user principal name: somebody of whom nothing is seen is nobody."""
    owner, viewer = f"{uuid.uuid4()}@x.org", Victim(crowded, scopes=SCOPES)
    make_hidden(crowded, owner, hidden)
    path = f"/users/{owner}/profile/positions"
    crowded.log.mark()
    before = viewer.get(path)
    assert ("statement gp_person_all" in "".join(crowded.log.lines())) == (hidden > SCAN)
    crowded.postgres.psql("INSERT INTO graphprofile.position SELECT owner_id, 'ffffffff-0000-7000-8000-000000000000',"
                          " 'seen', 8, created, modified, modified_by, document FROM graphprofile.position"
                          f" WHERE owner_id = '{owner}' LIMIT 1")
    assert before.status == 404 and len(viewer.get(path).json["value"]) == 1
