# SPDX-License-Identifier: Apache-2.0
"""The list in pages, among writes, and how much memory it takes."""

import json
import random
import threading
import uuid
from pathlib import Path

import pytest
from client import User


def walk(user, path="/me/profile/positions", root="/paged", between=None):
    """Every page from the first, by nextLink."""
    pages, ids = 0, []
    while True:
        answer = user.get(path, root=root)
        assert answer.status == 200, answer.content
        page = answer.json
        pages += 1
        ids += [entity["id"] for entity in page["value"]]
        next_link = page.get("@odata.nextLink")
        if next_link is None:
            assert "@odata.nextLink" not in page
            return pages, ids
        assert next_link.startswith(user.server.url + root + "/")
        path = next_link[len(user.server.url + root):]
        if between:
            between()


@pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 5, 6, 7])
def test_pages_of_three(user, number):
    made = [user.create()["id"] for _ in range(number)]
    pages, ids = walk(user)
    assert ids == made
    assert pages == max(1, -(-number // 3))  # a next link only where there is more


def test_the_next_page_is_addressed_as_the_first(user, database):
    for _ in range(5):
        user.create()
    upn = f"{uuid.uuid4()}@contoso.example"
    database.execute("INSERT INTO graphprofile.person VALUES (%s, %s)", (user.id, upn))
    for path, start in ((f"/users/{user.id}/profile/positions", f"/users('{user.id}')/"),
                        (f"/users/{upn}/profile/positions", f"/users('{upn}')/"),
                        ("/me/profile/positions", "/me/")):
        page = user.get(path, root="/paged").json
        assert page["@odata.nextLink"].startswith(user.server.url + "/paged" + start)
        assert len(walk(user, path)[1]) == 5


def test_the_default_page_holds_a_hundred(user, database):
    fill(database, user.id, 101)
    page = user.get().json
    assert len(page["value"]) == 100 and "@odata.nextLink" in page
    pages, ids = walk(user, root="/beta")
    assert pages == 2 and len(set(ids)) == 101


def fill(database, owner, number, size=1500):
    """Put positions into the table at once, with ids as the module makes them, long ago."""
    rest = json.dumps({"detail": {"summary": "x" * size}}, separators=(",", ":"))[1:]
    database.execute(
        "INSERT INTO graphprofile.position SELECT %s, id::uuid, md5(id), 8, now(), now(), 'x',"
        " '{\"id\":\"' || id || '\",' || %s FROM (SELECT '01800000-' || lpad(to_hex(n / 4096), 4, '0')"
        "  || '-7' || lpad(to_hex(n %% 4096), 3, '0') || '-8000-000000000000' AS id"
        "  FROM generate_series(1, %s) AS n) AS ids",
        (owner, rest, number))


def resident(server):
    """Kilobytes of memory that each child of httpd holds."""
    parent = server.httpd.pid()
    found = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        except OSError:
            continue
        if int(fields["PPid"]) == parent:
            found[status.parent.name] = int(fields["VmRSS"].split()[0])
    return found


def test_a_long_walk_among_writes(user, server, database, sanitizers):
    """10,000 positions: each that stays is met exactly once while others come and go."""
    number = 10000
    fill(database, user.id, number)
    stay = {row[0] for row in user.rows()}
    dice = random.Random(1)
    doomed = set(dice.sample(sorted(stay), 500))
    stay -= doomed
    end = threading.Event()
    failures = []

    def disturb():
        writer = User(server, database, id=user.id)
        try:
            for id_ in sorted(doomed, key=lambda _: dice.random()):
                if end.is_set():
                    return
                assert writer.delete(id_).status == 204
                writer.create()
        except AssertionError as failure:
            failures.append(failure)

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        _, ids = walk(user, root="/beta")
    finally:
        end.set()
        thread.join()
    assert not failures
    assert len(ids) == len(set(ids)) and ids == sorted(ids)
    assert stay <= set(ids)

    before = resident(server)
    for _ in range(3):
        walk(user, root="/beta")
    if not sanitizers:  # theirs grows by what it keeps back
        after = resident(server)
        grown = {pid: after[pid] - before[pid] for pid in before if pid in after}
        assert grown and max(grown.values()) < 4096, grown
