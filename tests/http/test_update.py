# SPDX-License-Identifier: Apache-2.0
"""PATCH: merged properties, unchanged properties, and concurrent writers."""

import copy
import random
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from lib.client import User, wait_for_lock
from lib.schema import ENUMS, GIVEN, TYPES, example, item_of, json_path, places, put

SERVER_SIDE = ("id", "createdDateTime", "createdBy", "lastModifiedDateTime", "lastModifiedBy")


def content(entity):
    """The part of an entity that a client may change."""
    return {name: value for name, value in entity.items()
            if name not in SERVER_SIDE + ("@odata.context", "@odata.etag")}


def full(user):
    return user.create({name: value for name, value in example("workPosition").items()
                        if name != "id"})


def test_a_change_is_answered_stored_and_stamped(user, new_user):
    made = user.create({"detail": {"jobTitle": "Writer"}, "isCurrent": True})
    answer = user.patch(made["id"], {"detail": {"jobTitle": "Editor"}})
    changed = answer.json
    assert answer.status == 200
    assert content(changed) == {**content(made), "detail": {**made["detail"], "jobTitle": "Editor"}}
    assert changed["@odata.etag"] == answer.headers["ETag"] != made["@odata.etag"]
    assert changed["lastModifiedDateTime"] > made["lastModifiedDateTime"]
    for name in ("id", "createdDateTime", "createdBy"):
        assert changed[name] == made[name]
    assert user.read(made["id"]) == changed
    assert user.rows("etag, modified_by") == [(changed["@odata.etag"].strip('"'), user.id)]


def test_a_deep_change_leaves_every_sibling(user):
    made = full(user)
    changed = user.patch(made["id"], {"detail": {"company": {"address": {"city": "Oslo"}}}}).json
    expected = copy.deepcopy(content(made))
    expected["detail"]["company"]["address"]["city"] = "Oslo"
    assert content(changed) == expected


SETTABLE = [(path, wanted) for path, wanted in places()
            if path[0] not in SERVER_SIDE and not any(isinstance(step, int) for step in path)]


@pytest.mark.parametrize("path, wanted", SETTABLE, ids=[json_path(path) for path, _ in SETTABLE])
def test_each_property_alone(user, path, wanted):
    """Changed, cleared by null, and set again: everything else stays."""
    made = full(user)
    value = example(wanted, 3, path)
    cleared = [] if item_of(wanted) else "me" if path == ("allowedAudiences",) else None
    expected = content(made)
    stored = expected
    for step in path:
        stored = stored[step]
    assert value != stored
    for sent, kept in ((value, value), (None, cleared), (value, value)):
        place = expected = copy.deepcopy(expected)
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = kept
        answer = user.patch(made["id"], put(path, sent))
        assert answer.status == 200 and content(answer.json) == expected


def test_an_object_upon_null_is_created(user):
    made = user.create()
    changed = user.patch(made["id"], {"detail": {"company": {"displayName": "C"}}}).json
    assert changed["detail"]["company"]["displayName"] == "C"
    assert changed["detail"]["company"]["address"] is None
    assert changed["detail"]["jobTitle"] is None and "secondaryRole" in changed["detail"]


def test_collections_are_replaced(user):
    made = full(user)
    changed = user.patch(made["id"], {"colleagues": [{"displayName": "One"}], "categories": []}).json
    assert changed["colleagues"] == [{"displayName": "One", "relationship": None,
                                      "userPrincipalName": None, "userId": None}]
    assert changed["categories"] == []


@pytest.mark.parametrize("body", [
    {}, {"@odata.context": "x", "@odata.etag": "y", "@whatever": {"a": [1]}},
    {"id": str(uuid.uuid4()), "createdDateTime": "2001-01-01T00:00:00Z",
     "lastModifiedDateTime": "2001-01-01T00:00:00Z", "createdBy": {"user": {"id": "x"}},
     "lastModifiedBy": {"user": None}},
    {"allowedAudiences": ""}, {"allowedAudiences": "unknownFutureValue"},
    {"detail": {}, "manager": {"@a.b": 1}},
], ids=["empty", "annotations", "read-only", "unreadable flags", "sentinel", "empty objects"])
def test_changes_without_an_effect(user, body):
    made = full(user)
    answer = user.patch(made["id"], body)
    assert answer.status == 200 and answer.json == made
    assert answer.headers["ETag"] == made["@odata.etag"]
    assert user.read(made["id"]) == made


def test_an_entity_may_be_sent_back_whole(user):
    """SDKs send it with its context, etag, id and stamps."""
    made = full(user)
    changed = user.patch(made["id"], {**made, "isCurrent": False}).json
    assert content(changed) == {**content(made), "isCurrent": False}


def test_the_sentinel_leaves_the_rest_of_the_change(user):
    made = user.create({"manager": {"relationship": "manager"}})
    changed = user.patch(made["id"], {"manager": {"relationship": "unknownFutureValue",
                                                  "displayName": "M"}}).json
    assert changed["manager"]["relationship"] == "manager"
    assert changed["manager"]["displayName"] == "M"


def test_audiences_are_kept_for_sql(user):
    made = user.create()
    for sent, flags in (("family", 1), (None, 0), ("me", 0), ("everyone,contacts", 34)):
        user.patch(made["id"], {"allowedAudiences": sent})
        assert user.rows("audiences") == [(flags,)]


def test_types_may_be_added_by_a_change(user):
    made = user.create({"detail": {}})
    changed = user.patch(made["id"], {"detail": {"@odata.type": "#microsoft.graph.positionDetail",
                                                 "role": "r"}}).json
    assert changed["detail"]["@odata.type"] == "#microsoft.graph.positionDetail"
    again = user.patch(made["id"], {"detail": {"role": "s"}}).json
    assert again["detail"]["@odata.type"] == "#microsoft.graph.positionDetail"


def test_return_minimal(user):
    made = user.create()
    answer = user.patch(made["id"], {"isCurrent": True}, headers={"Prefer": "return=minimal"})
    assert answer.status == 204 and answer.content == b""
    assert answer.headers["Preference-Applied"] == "return=minimal"
    now = user.read(made["id"])
    assert now["isCurrent"] is True and answer.headers["ETag"] == now["@odata.etag"]
    answer = user.patch(made["id"], {"isCurrent": None}, headers={"Prefer": "return=representation"})
    assert answer.status == 200
    assert answer.headers["Preference-Applied"] == "return=representation"


BAD = [({"isCurrent": "yes"}, 400), ({"unknown": 1}, 400), ([], 400), (5, 400),
       ({"detail": {"startMonthYear": "2020"}}, 400), ({"createdDateTime": 5, "isCurrent": 5}, 400)]


@pytest.mark.parametrize("body, status", BAD)
def test_bad_changes_change_nothing(user, body, status):
    made = user.create()
    answer = user.patch(made["id"], body)
    assert answer.status == status and answer.error
    assert user.read(made["id"]) == made


@pytest.mark.http1
def test_other_bad_requests(user):
    made = user.create()
    path = f"/me/profile/positions/{made['id']}"
    for options, status in (({"data": "{"}, 400), ({"data": ""}, 400),
                            ({"body": {}, "headers": {"Content-Type": "text/plain"}}, 415),
                            ({"data": "{}" + " " * 70000}, 413)):
        assert user.request("PATCH", path, **options).status == status
    assert user.read(made["id"]) == made


def test_relaxed(user):
    made = user.create({"x": 1, "detail": {"y": {"z": 1}, "startMonthYear": "Date"}}, root="/relaxed")
    path = f"/me/profile/positions/{made['id']}"

    def patch(body):
        answer = user.request("PATCH", path, body, root="/relaxed")
        assert answer.status == 200
        return answer.json
    changed = patch({"x": 2, "new": [1], "detail": {"y": None, "role": 5}})
    assert (changed["x"], changed["new"], changed["detail"]["role"]) == (2, [1], 5)
    assert "y" not in changed["detail"] and changed["detail"]["startMonthYear"] == "Date"
    # A position from a relaxed location can be changed in a strict one.
    assert user.patch(made["id"], {"isCurrent": True}).json["x"] == 2


# ---- random documents, random changes ----

def random_json(dice, depth=0):
    """Arbitrary JSON, as an undeclared member may contain."""
    if depth < 2 and dice.random() < 0.5:
        return dice.choice([[random_json(dice, depth + 1) for _ in range(dice.randrange(3))],
                            {name: random_json(dice, depth + 1)
                             for name in "abc" if dice.random() < 0.5}])
    return dice.choice([None, True, 5, -0.5, "text", "", {}, []])


def random_value(dice, wanted, relaxed=False):
    """A valid value of a type, with random members."""
    if item_of(wanted):
        return [random_value(dice, item_of(wanted), relaxed) for _ in range(dice.randrange(3))]
    if wanted in ENUMS:
        return dice.choice(ENUMS[wanted])
    if wanted in TYPES:
        value = {name: None if dice.random() < 0.2 else random_value(dice, row[0], relaxed)
                 for name, row in TYPES[wanted].items() if dice.random() < 0.5}
        if relaxed or GIVEN["types"][wanted]["openType"]:
            value.update({name: random_json(dice) for name in ("x", "y z", "é")
                          if dice.random() < 0.3})
        if value and dice.random() < 0.2:
            value["@odata.type"] = "#microsoft.graph." + wanted
        return value
    if relaxed and dice.random() < 0.1:
        return dice.choice(["text", "", 5, -0.5, True])
    return {"String": dice.choice(["", "a", "Zoë \"quoted\" \\ \n", "😀", "x" * dice.randrange(50)]),
            "Boolean": dice.random() < 0.5, "Int32": dice.randrange(-2**31, 2**31),
            "Double": dice.choice([0, -1.5, 1e300, "NaN", 12345678]),
            "Date": f"{dice.randrange(1, 9999):04}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}",
            "DateTimeOffset": "2020-02-29T12:00:00Z"}[wanted]


def completed(value, wanted):
    """Return a value as answers have it: with every declared property, null or [] if it is unset."""
    if item_of(wanted):
        return [completed(item, item_of(wanted)) for item in value or []]
    if wanted not in TYPES or value is None:
        return value
    return {**value, **{name: completed(value.get(name), row[0])
                        for name, row in TYPES[wanted].items()}}


def merged(value, change, wanted):
    """A second implementation of OData's PATCH."""
    if wanted not in TYPES or change is None or value is None:
        return change
    result = dict(value)
    for name, new in change.items():
        if name in TYPES[wanted]:
            result[name] = merged(value.get(name), new, TYPES[wanted][name][0])
        elif new is None:
            result.pop(name, None)  # null removes an undeclared member
        else:
            result[name] = new
    return result


@pytest.mark.parametrize("root", ["/beta", "/relaxed"])
@pytest.mark.parametrize("seed", range(30))
def test_random_changes_of_random_documents(user, seed, root):
    """A change may contain properties that the server decides: they have no effect."""
    dice = random.Random(seed)
    expected = {**random_value(dice, "workPosition", root == "/relaxed"), "id": str(uuid.uuid4())}
    made = user.create(expected, root=root)
    assert made["id"] == expected["id"]
    expected.setdefault("allowedAudiences", "organization")
    if expected.get("createdBy"):
        assert made["createdBy"] == completed(expected["createdBy"], "identitySet")
    path = f"/me/profile/positions/{made['id']}"
    for _ in range(8):
        change = random_value(dice, "workPosition", root == "/relaxed")
        expected = merged(expected, change, "workPosition")
        answer = user.request("PATCH", path, change, root=root)
        assert answer.status == 200, answer.content
        answered = completed(expected, "workPosition")
        if answered["allowedAudiences"] is None:
            answered["allowedAudiences"] = "me"
        assert content(answer.json) == content(answered), change
        for name in ("id", "createdDateTime", "createdBy"):
            assert answer.json[name] == made[name], name
        assert user.get(path, root=root).json == answer.json


# ---- many writers ----

def same_user(user):
    """Another connection of the same user."""
    return User(user.server, id=user.id)


def count_together(writers, each, counters):
    """Writers count up, all from the same version. `counters`: for each writer, the id of the position. Returns how often
    a writer met a conflict."""
    together = threading.Barrier(len(writers), timeout=60)

    def count(writer, id):
        conflicts, counted = 0, 0
        while counted < each:
            now = writer.read(id)
            if conflicts + counted == 0:
                together.wait()
            answer = writer.patch(id, {"detail": {"layer": now["detail"]["layer"] + 1}},
                                  headers={"If-Match": now["@odata.etag"]})
            assert answer.status in (200, 412), answer.content
            conflicts += answer.status == 412
            counted += answer.status == 200
        return conflicts

    with ThreadPoolExecutor(len(writers)) as pool:
        return sum(pool.map(count, writers, counters))


def test_counting_with_if_match_loses_nothing(user):
    """Sixteen writers count to 64; at first, all have read the same version, so all but one conflict."""
    made = user.create({"detail": {"layer": 0}})
    assert count_together([same_user(user) for _ in range(16)], 4, [made["id"]] * 16) >= 15
    assert user.read(made["id"])["detail"]["layer"] == 64


def test_counting_by_several_users_loses_nothing(user):
    """Changes of several owners run as one statement."""
    owners = [User(user.server) for _ in range(6)]
    made = [owner.create({"detail": {"layer": 0}})["id"] for owner in owners]
    assert count_together([same_user(owner) for owner in owners * 3], 8, made * 3) > 0
    assert [owner.read(id)["detail"]["layer"] for owner, id in zip(owners, made)] == [24] * 6


def test_changes_of_different_properties_all_survive(user):
    texts = [path for path, wanted in places("positionDetail") if wanted == "String"][:16]
    assert len(texts) == 16
    for _ in range(5):
        made = user.create()
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(
                lambda path: same_user(user).patch(made["id"], {"detail": put(path, ".".join(path))}),
                texts))
        assert {answer.status for answer in answers} == {200}
        now = user.read(made["id"])["detail"]
        for path in texts:
            value = now
            for step in path:
                value = value[step]
            assert value == ".".join(path)


def test_deleting_at_once_succeeds_once(user):
    made = user.create()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: same_user(user).delete(made["id"]).status, range(8)))
    assert sorted(answers) == [204] + [404] * 7


@pytest.mark.plain
@pytest.mark.parametrize("headers, status", [({}, 404), ({"If-Match": "*"}, 404),
                                             ({"If-None-Match": '"x"'}, 404)])
def test_deleting_a_position_during_another_delete(user, server, headers, status):
    """The statement waits for the row, and then finds it deleted."""
    made = user.create()
    with closing(server.connect()) as connection, connection.cursor() as cursor, \
            ThreadPoolExecutor(1) as pool:
        connection.autocommit = False
        cursor.execute("DELETE FROM graphprofile.position WHERE id = %s", (made["id"],))
        waiting = pool.submit(user.delete, made["id"], headers=headers)
        wait_for_lock(server)
        connection.commit()
        assert waiting.result().status == status


@pytest.mark.plain
def test_a_change_that_always_comes_too_late(user, server):
    """Another writer is always faster: the attempts are limited."""
    made = user.create()
    server.postgres.psql(f"""
        CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
        CREATE TRIGGER late BEFORE UPDATE ON graphprofile.position FOR EACH ROW
            WHEN (OLD.owner_id = '{user.id}') EXECUTE FUNCTION late()""")
    try:
        answer = user.patch(made["id"], {"isCurrent": True})
    finally:
        server.postgres.psql("DROP TRIGGER late ON graphprofile.position; DROP FUNCTION late")
    assert answer.status == 503 and answer.error and int(answer.headers["Retry-After"]) >= 1
    assert user.read(made["id"]) == made


def test_a_change_of_an_invalid_document(user, database):
    """A user wrote to the table by hand: the document is not overwritten."""
    made, theirs = user.create(), '{"isCurrent":true,"isCurrent":false}'
    database.execute("UPDATE graphprofile.position SET document = %s WHERE id = %s", (theirs, made["id"]))
    user.server.log.expect("the stored document is not a position")
    user.server.log.allow("500 InternalServerError")
    answer = user.patch(made["id"], {"isCurrent": True})
    assert answer.status == 500 and answer.error["code"] == "InternalServerError"
    assert user.rows("document") == [(theirs,)]


@pytest.mark.plain
@pytest.mark.parametrize("method", ["patch", "delete"])
def test_if_match_is_judged_when_the_row_is_free(user, server, method):
    """The row changes between the check of its ETag and the write."""
    made = user.create()
    with closing(server.connect()) as connection, connection.cursor() as cursor, \
            ThreadPoolExecutor(1) as pool:
        connection.autocommit = False
        cursor.execute("UPDATE graphprofile.position SET etag = %s WHERE id = %s",
                       ("f" * 32, made["id"]))
        waiting = pool.submit(user.request, method.upper(), f"/me/profile/positions/{made['id']}",
                              {"isCurrent": True}, headers={"If-Match": made["@odata.etag"]})
        wait_for_lock(server)
        connection.commit()
        assert waiting.result().status == 412
    assert user.rows("etag") == [("f" * 32,)]
