# SPDX-License-Identifier: Apache-2.0
"""The largest size of a position and of a page: one below the limit, at it and one above it, reached by many
small requests."""

import json

import pytest
from lib.client import POSITIONS
from lib.sources import number_in_the_code
from test_paging import fill

DOCUMENT = number_in_the_code("GP_DOCUMENT_BODIES") * number_in_the_code("GP_BODY_DEFAULT")
FLOOR = number_in_the_code("GP_DOCUMENT_FLOOR")
PAGE = number_in_the_code("GP_PAGE_BYTES_MAX")
SMALL = {"/compact": 20000, "/compact-relaxed": 20000, "/small": FLOOR}


# ---- positions ----

def stored(user, id) -> int:
    """The bytes of a document."""
    return dict(user.rows("id::text, octet_length(document)"))[id]


def make(user, size: int) -> str:
    """A position of a given size, made by many small changes, where the limit is highest."""
    id = user.create(root="/large")["id"]
    names = ("description", "jobTitle", "employeeId", "level", "secondaryRole", "secondaryJobTitle", "employeeType")
    assert user.patch(id, {"detail": {"role": "", **dict.fromkeys(names, "")}}, root="/large").status == 200
    for name in names:
        room = min(size - stored(user, id), 50_000)
        assert user.patch(id, {"detail": {name: "x" * room}}, root="/large").status == 200
    assert stored(user, id) == size
    return id


@pytest.mark.parametrize("root, limit", [("/beta", DOCUMENT), ("/relaxed", DOCUMENT), *SMALL.items()])
def test_a_changed_document(user, no_database_error, root, limit):
    id = make(user, limit - 500)
    for size in (limit - 1, limit):
        assert user.patch(id, {"detail": {"role": "x" * (size - limit + 500)}}, root=root).status == 200
        assert stored(user, id) == size
    before = user.rows("document, etag, modified")
    refused = user.patch(id, {"detail": {"role": "x" * 501}}, root=root)
    assert refused.status == 413 and refused.error["code"] == "PositionTooLarge"
    assert refused.error["message"] == f"The stored position would take {limit + 1} bytes, more than {limit}."
    assert user.rows("document, etag, modified") == before


@pytest.mark.parametrize("root", ["/compact", "/compact-relaxed"])
def test_a_new_document(user, no_database_error, root):
    limit = SMALL[root]
    empty = stored(user, user.create({"detail": {"role": ""}}, root=root)["id"])
    for size in (limit - 1, limit):
        id = user.create({"detail": {"role": "x" * (size - empty)}}, root=root)["id"]
        assert stored(user, id) == size
    refused = user.refused(413, {"detail": {"role": "x" * (limit + 1 - empty)}}, root=root)
    assert refused.error["code"] == "PositionTooLarge"


@pytest.mark.parametrize("root", ["/beta", "/relaxed"])
def test_a_document_by_many_changes(user, root):
    """Each change is as large as a body may be, and sets another property. Without the limit, the result was
    2,081,291 bytes."""
    strings = ["description", "jobTitle", "role", "summary", "employeeId", "employeeType", "level", "secondaryJobTitle",
               "secondaryRole"]
    of_company = ["displayName", "pronunciation", "department", "officeLocation", "webUrl", "companyCode",
                  "costCenter", "division", "secondaryDepartment"]
    changes = [{"detail": {name: "x" * 65_400}} for name in strings] \
        + [{"detail": {"company": {name: "x" * 65_400}}} for name in of_company]
    if root == "/relaxed":
        changes += [{f"x{i}": "x" * 65_400} for i in range(40)]
    id = user.create(root=root)["id"]
    statuses = [user.patch(id, change, root=root).status for change in changes]
    assert statuses == [200] * 3 + [413] * (len(changes) - 3)
    assert 3 * 65_400 < stored(user, id) <= DOCUMENT


def test_members_by_many_changes(user):
    """Each change adds the maximum of undeclared members to the present ones."""
    id, most, statuses = user.create(root="/relaxed")["id"], number_in_the_code("GP_MEMBERS_MAX"), []
    while 413 not in statuses and len(statuses) < 100:
        change = {f"member{len(statuses)}x{i}": "x" * 20 for i in range(most)}
        statuses.append(user.patch(id, change, root="/relaxed").status)
    assert statuses == [200] * (len(statuses) - 1) + [413] and len(statuses) > 10
    assert stored(user, id) <= DOCUMENT
    assert user.get(f"{POSITIONS}?$select=id", root="/relaxed").json["value"] == [{"id": id} | {
        "@odata.etag": user.get(f"{POSITIONS}/{id}", root="/relaxed").json["@odata.etag"]}]


def test_a_document_that_is_too_large_already(user):
    """After the limit was lowered: the position can be read and deleted, and changed as long as it does not
    grow."""
    root, id = "/compact", make(user, 30_000)
    read = user.get(f"{POSITIONS}/{id}", root=root)
    assert read.status == 200
    assert [entity["id"] for entity in user.get(root=root).json["value"]] == [id]
    assert user.patch(id, {"detail": {"description": "y" * len(read.json["detail"]["description"])}},
                      root=root).status == 200
    assert stored(user, id) == 30_000
    assert user.patch(id, {"detail": {"role": "x"}}, root=root).error["code"] == "PositionTooLarge"
    assert user.patch(id, {"detail": {"description": "", "role": "x"}}, root=root).status == 200
    assert stored(user, id) < 30_000
    assert user.delete(id, root=root).status == 204


# ---- pages ----

def fill_sizes(user, sizes) -> list:
    """Positions of these sizes, in order; returns their ids."""
    fill(user.database, user.id, len(sizes), 0)
    ids = [row[0] for row in user.rows()]
    for number, (id, size) in enumerate(zip(ids, sizes)):
        start, end = '{"id":"%s","isCurrent":%s,"detail":{"layer":%d,"summary":"' % (
            id, json.dumps(number % 2 == 0), len(ids) - number), '"}}'
        user.database.execute("UPDATE graphprofile.position SET document = %s || repeat('x', %s) || %s WHERE owner_id = %s"
                              " AND id = %s", (start, size - len(start) - len(end), end, user.id, id))
    return ids


def pages(user, query, preference=None) -> list:
    """The ids of each page, walked by nextLink."""
    path, found = POSITIONS + query, []
    while path:
        answer = user.get(path, headers={"Prefer": preference})
        assert answer.status == 200, answer.content
        found.append([entity["id"] for entity in answer.json["value"]])
        path = answer.json.get("@odata.nextLink", "")[len(user.server.url + user.root):]
    return found


@pytest.mark.parametrize("query", ["", "?$filter=true", "?$orderby=id", "?$skip=0&$select=id"])
def test_the_bytes_of_a_page(user, no_database_error, query):
    """The limit GP_PAGE_BYTES_MAX."""
    parts = [PAGE // 4] * 3
    for last in (PAGE - sum(parts) - 1, PAGE - sum(parts), PAGE - sum(parts) + 1):
        user.database.execute("DELETE FROM graphprofile.position WHERE owner_id = %s", (user.id,))
        ids = fill_sizes(user, [*parts, last, 200])
        first = 4 if sum(parts) + last <= PAGE else 3
        first += sum(parts) + last + 200 <= PAGE
        assert pages(user, query) == [ids[:first], ids[first:]]


@pytest.mark.parametrize("size", [PAGE - 1, PAGE, PAGE + 1, 3 * PAGE])
def test_a_page_has_one_position_at_least(user, size):
    ids = fill_sizes(user, [200, size, size, 200])
    assert [len(page) for page in pages(user, "")] == [1, 1, 1, 1]
    assert sum(pages(user, ""), []) == ids


def test_the_page_limit_counts_full_metadata(new_user):
    """An owner's id of 2000 bytes is twice in each position's URLs, with three bytes for each byte."""
    user = new_user(id="{" * 2000, name="N", sub=None, upn=None)
    user.database.execute("DELETE FROM graphprofile.position WHERE owner_id = %s", (user.id,))
    ids = fill_sizes(user, [200] * 100)
    found = pages(user, "?$format=application/json;odata.metadata%3Dfull")
    assert sum(found, []) == ids and [len(page) for page in found] == [42, 42, 16]
    assert len(pages(user, "")) == 1


SIZES = [100_000, 300, 250_000, 524_000, 600_000, 300, 300, 262_144, 262_144, 262_144, 500, 131_072, 131_072, 131_072,
         131_072, 700_000, 200, 200, 200, 200]


@pytest.mark.parametrize("query, expected", [
    ("", slice(None)), ("?$top=9", slice(9)), ("?$skip=3", slice(3, None)), ("?$skip=3&$top=8", slice(3, 11)),
    ("?$filter=isCurrent", slice(None, None, 2)), ("?$filter=isCurrent&$skip=1&$top=6", slice(2, 14, 2)),
    ("?$orderby=detail/layer", slice(None, None, -1)), ("?$orderby=detail/layer&$skip=2&$top=9", slice(17, 8, -1)),
    ("?$orderby=detail/layer&$filter=isCurrent&$top=7", slice(18, 5, -2)), ("?$top=30&$select=id", slice(None)),
    ("?$count=true&$top=20", slice(None))])
@pytest.mark.parametrize("preference", [None, "odata.maxpagesize=4"])
def test_a_walk_over_pages_that_end_by_their_bytes(user, no_database_error, query, expected, preference):
    """Each position is returned once, in order, whatever the sizes are."""
    ids = fill_sizes(user, SIZES)
    sizes = dict(zip(ids, SIZES))
    found = pages(user, query, preference)
    assert sum(found, []) == ids[expected]
    for page, following in zip(found, found[1:]):
        assert page and (len(page) == 1 or sum(sizes[id] for id in page) <= PAGE)
        assert len(page) == 4 or sum(sizes[id] for id in [*page, following[0]]) > PAGE
