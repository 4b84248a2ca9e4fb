# SPDX-License-Identifier: Apache-2.0
"""The list in pages, during writes, and its memory."""

import json
import random
import threading
import uuid
from contextlib import closing

import pytest
from lib.client import User, wait_until
from lib.outage import ONE_CHILD
from lib.processes import children, kilobytes
from lib.server import Server


def walk(user, path="/me/profile/positions", root="/paged", between=None):
    """Every page from the first, by nextLink; between(id) is called with the id of the next position."""
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
            between(path.partition("$skiptoken=")[2])


@pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 5, 6, 7])
def test_pages_of_three(user, number):
    made = [user.create()["id"] for _ in range(number)]
    pages, ids = walk(user)
    assert ids == made
    assert pages == max(1, -(-number // 3))  # a next link only if there are more


@pytest.mark.parametrize("number, top, pages", [
    (7, 2, 4), (6, 2, 3), (6, 5, 2), (6, 9, 2), (6, 6, 2), (5, 5, 1), (3, 1, 3), (0, 2, 1)])
def test_top_as_the_size_of_a_page(user, number, top, pages):
    """/top-page has at most five positions on a page."""
    made = [user.create()["id"] for _ in range(number)]
    path = f"/me/profile/positions?$top={top}"
    assert walk(user, path, "/top-page") == (pages, made)
    assert walk(user, path + "&$orderby=id desc", "/top-page") == (pages, made[::-1])
    assert walk(user, path) == (max(1, -(-min(top, number) // 3)), made[:top])  # the default: all pages together


def test_top_as_the_page_size_combines_with_other_options(user):
    made = [user.create({"detail": {"layer": number}})["id"] for number in range(6)]
    path = "/me/profile/positions?$skip=1&$count=true&$filter=detail/layer lt 5&$top="
    assert walk(user, path + "2", "/top-page") == (2, made[1:5])
    page = user.get(path + "2", root="/top-page").json
    assert page["@odata.count"] == 5 and "$top=2" in page["@odata.nextLink"]
    none = user.get(path + "0", root="/top-page").json  # Graph has no such page; no page of OData follows it
    assert none["value"] == [] and none["@odata.count"] == 5 and "@odata.nextLink" not in none
    for top, preferred, size in (("3", "2", 2), ("2", "3", 2), ("9", "9", 5)):
        answer = user.get("/me/profile/positions?$top=" + top, root="/top-page",
                          headers={"Prefer": f"odata.maxpagesize={preferred}"})
        assert len(answer.json["value"]) == size
        assert answer.headers["Preference-Applied"] == f"odata.maxpagesize={size}"


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


def fill(database, owner, number, size=1500):
    """Insert positions directly, with ids in the module's form, from long ago."""
    rest = json.dumps({"detail": {"summary": "x" * size}}, separators=(",", ":"))[1:]
    database.execute(
        "INSERT INTO graphprofile.position SELECT %s, id::uuid, md5(id), 8, now(), now(), 'x',"
        " '{\"id\":\"' || id || '\",' || %s FROM (SELECT '01800000-' || lpad(to_hex(n / 4096), 4, '0')"
        "  || '-7' || lpad(to_hex(n %% 4096), 3, '0') || '-8000-000000000000' AS id"
        "  FROM generate_series(1, %s) AS n) AS ids",
        (owner, rest, number))


class Disturber(threading.Thread):
    """Deletes and inserts positions throughout an owner's list until it is stopped."""

    def __init__(self, writer, doomed):
        super().__init__()
        self.writer, self.doomed = writer, doomed
        self.made, self.done = [], 0
        self.end, self.failure = threading.Event(), None

    def run(self):
        dice = random.Random(1)
        try:
            while not self.end.is_set() and len(self.doomed) > 1:
                self.delete(self.doomed.pop())
                self.insert(f"{dice.choice(self.doomed)[:24]}{dice.getrandbits(48):012x}")
                self.made.append(self.writer.create()["id"])
                self.delete(self.made.pop(dice.randrange(len(self.made))))
        except BaseException as failure:  # the test raises it, so that it is not lost
            self.failure = failure

    def delete(self, id_):
        assert self.writer.delete(id_).status == 204
        self.done += 1

    def insert(self, id_):
        self.made.append(self.writer.create({"id": id_})["id"])
        self.done += 1

    def keep_pace(self, number):
        """Wait for a number of writes."""
        wait_until(lambda: self.done >= number or self.failure)

    def stop(self):
        self.end.set()
        self.join()
        if self.failure:
            raise self.failure


def test_a_long_walk_among_writes(user, server, database):
    """10,000 positions: each position that stays is returned exactly once while others are added and removed
    everywhere."""
    number = 10000
    fill(database, user.id, number)
    filled = {row[0] for row in user.rows()}
    doomed = random.Random(1).sample(sorted(filled), 2500)
    stay = filled - set(doomed)
    disturber = Disturber(User(server, database, id=user.id, root="/any-number"), doomed)
    pages = 0

    def between(_):
        nonlocal pages
        pages += 1
        disturber.keep_pace(4 * pages)

    disturber.start()
    try:
        _, ids = walk(user, root="/beta", between=between)
    finally:
        disturber.stop()
    assert pages >= 75 and disturber.done >= 300
    assert len(ids) == len(set(ids)) and ids == sorted(ids)
    assert stay <= set(ids)
    assert [id_ for id_ in ids if id_.startswith("01800000") and id_ not in filled], "no new one met"


@pytest.mark.parametrize("change", ["it is deleted", "another comes before it", "and behind it",
                                    "all that follow are deleted"])
def test_the_next_position_changes_between_pages(user, database, change):
    """The position that a next link names may be deleted, or no longer be the next, when the client follows
    the link."""
    fill(database, user.id, 20)
    all_ids = [row[0] for row in user.rows()]
    expected, begun = list(all_ids), []

    def between(next_id):
        if begun and change != "it is deleted":
            return
        begun.append(next_id)
        at = expected.index(next_id)
        if change == "it is deleted":
            assert user.delete(next_id).status == 204
            expected.remove(next_id)
        elif change == "another comes before it":  # it comes after all answered positions: too late
            last = expected[at - 1]
            assert user.create({"id": last[:-1] + "1"})["id"] > last
        elif change == "and behind it":
            expected.insert(at + 1, user.create({"id": next_id[:-1] + "1"})["id"])
        else:
            for id_ in expected[at:]:
                assert user.delete(id_).status == 204
            del expected[at:]

    _, ids = walk(user, between=between)
    assert begun and ids == expected


@pytest.mark.threads
def test_the_memory_of_httpd_stays_flat(state, module, sanitizers):
    """Walks over 40 MB, in pages that end at their byte limit: 200 MB more take less than a quarter of a
    walk."""
    server = Server(state / "memory", module, sanitizers, ONE_CHILD + "GraphProfilePageSize 1000\n")
    try:
        server.start()
        user = User(server)
        with closing(server.connect()) as connection:
            fill(connection.cursor(), user.id, 2000, 20000)
        walk(user, root="/beta")
        [child] = children(server)
        before = kilobytes(child, "VmRSS")
        for _ in range(5):
            pages, ids = walk(user, root="/beta")
            assert pages > 40 and len(set(ids)) == 2000
        after = kilobytes(child, "VmRSS")
        if not sanitizers:  # theirs grows by the memory that they keep
            assert after - before < 10000, (before, after)
        server.log.check()
    finally:
        server.stop()
