# SPDX-License-Identifier: Apache-2.0
"""Every property of every type, with valid and invalid values."""

import json
import uuid

import pytest
from lib.schema import ENUMS, TYPES, example, item_of, json_path, places, put

COMPUTED = ("createdDateTime", "lastModifiedDateTime", "lastModifiedBy")

# A sent value of a computed property is ignored (test_grammar.py).
PLACES = [(path, wanted) for path, wanted in places() if path[0] not in COMPUTED]


def without_server_side(entity):
    return {name: value for name, value in entity.items()
            if not name.startswith("@") and name not in COMPUTED}


@pytest.mark.parametrize("variant", range(max(len(names) for names in ENUMS.values())))
def test_a_full_position_is_answered_whole(user, variant):
    sent = example("workPosition", variant)
    sent["id"] = str(uuid.uuid4())
    entity = user.create(sent)
    assert without_server_side(entity) == without_server_side(sent)


def test_a_position_of_the_oldest_schema_is_answered_whole(user):
    def old(value, type_name):
        if type_name not in TYPES:
            return value
        return {name: old(value[name], wanted) for name, (wanted, is_old) in TYPES[type_name].items()
                if is_old}
    sent = old(example("workPosition"), "workPosition")
    del sent["id"]

    def holds(answered, expected):
        if isinstance(expected, dict):
            for name, value in expected.items():
                holds(answered[name], value)
        else:
            assert answered == expected
    holds(user.create(sent), without_server_side(sent))


def wrong_values(wanted, is_item):
    """Values of every JSON type that is invalid at a place."""
    kinds = {"string": "text", "number": 1.5, "boolean": True, "object": {}, "array": []}
    if item_of(wanted):
        taken = {"array"}
    elif wanted in TYPES:
        taken = {"object"}
    else:
        taken = {"Boolean": {"boolean"}, "Int32": set(), "Double": {"number"}}.get(wanted, {"string"})
    yield from (value for kind, value in kinds.items() if kind not in taken)
    if is_item:
        yield None
    if wanted in ENUMS:
        yield from ("nonsense", "unknownFutureValue", 1)
    if wanted == "allowedAudiences":
        yield from ("family,", "family;contacts", "Family", "family,unknownFutureValue", "64", "-8")
    if wanted == "Date":
        yield from ("2020-02-30", "2020-02-29T00:00:00Z", "2020-2-9", "Date", "", "20200229")
    if wanted == "DateTimeOffset":
        yield from ("2020-02-29", "2020-02-29T12:00:00", "yesterday", "")
    if wanted == "Int32":
        yield from (2147483648, -2147483649, 1e2)
    if wanted == "Double":
        yield "0.5"


@pytest.mark.parametrize("path, wanted", PLACES, ids=[json_path(path) for path, _ in PLACES])
def test_wrong_values_are_refused_where_they_stand(user, path, wanted):
    for value in wrong_values(wanted, isinstance(path[-1], int)):
        if path == ("source", "type") and value == "text":
            continue  # a single string is the older form of the collection
        answer = user.post(put(path, value))
        assert answer.status == 400, value
        error = answer.error
        assert error["code"] == "BadRequest" and error["target"] == json_path(path)
        assert [detail["target"] for detail in error["details"]] == [json_path(path)], value
        assert error["details"][0]["code"] in ("TypeMismatch", "InvalidValue")
    assert user.rows() == []


def test_all_problems_are_listed_at_once(user):
    """A wrong value in each primitive place, an unknown and a duplicate name: all are listed."""
    def spoil(type_name):
        if item_of(type_name):
            return [spoil(item_of(type_name))]
        if type_name in TYPES:
            return {name: spoil(row[0]) for name, row in TYPES[type_name].items()}
        return 5 if type_name != "Double" and type_name != "Int32" else "5"
    body = spoil("workPosition")
    body["detail"]["unheardOf"] = {"a": 1}
    text = json.dumps(body)[:-1] + ', "isCurrent": true}'
    primitive = [json_path(path) for path, wanted in PLACES
                 if not item_of(wanted) and wanted not in TYPES]
    answer = user.refused(400, data=text)
    assert sorted(answer.targets) == sorted(primitive + ["$.detail.unheardOf", "$.isCurrent"])
    assert answer.error["message"].endswith(f"({len(primitive) + 1} more problems in details.)")


CLOSED = [path for path, wanted in PLACES if wanted in TYPES
          and wanted not in ("identity", "identitySet")] + [()]


@pytest.mark.parametrize("path", CLOSED, ids=[json_path(path) for path in CLOSED])
def test_unknown_and_duplicate_properties_are_refused_at_any_depth(user, path):
    first = json.dumps(put(path, {"marker": 0}))
    answer = user.refused(400, data=first.replace('"marker": 0', '"surprise": [{"x": 1}]'))
    assert answer.targets == [json_path(path + ("surprise",))]
    assert answer.error["details"][0]["code"] == "UnknownProperty"
    wanted = dict(PLACES).get(path, "workPosition")
    name = next(iter(TYPES[wanted]))
    answer = user.refused(400, data=first.replace('"marker": 0', f'"{name}": null, "{name}": null'))
    assert answer.targets == [json_path(path + (name,))]
    assert answer.error["details"][0]["code"] == "DuplicateProperty"


def test_a_slip_of_case_is_named(user):
    answer = user.refused(400, {"detail": {"JobTitle": "x"}})
    assert "'jobTitle'" in answer.error["message"]


COMPLEX = [(path, wanted) for path, wanted in PLACES + [((), "workPosition")] if wanted in TYPES]


@pytest.mark.parametrize("path, wanted", COMPLEX, ids=[json_path(path) for path, _ in COMPLEX])
def test_types_must_match_the_place(user, path, wanted):
    right = [f"#microsoft.graph.{wanted}", f"microsoft.graph.{wanted}"]
    for name in right:
        assert user.post(put(path, {"@odata.type": name})).status == 201
    for name in ("#microsoft.graph.user", wanted, "", right[0] + "x", None, 1, {}, []):
        answer = user.post(put(path, {"@odata.type": name}))
        assert answer.status == 400, name
        assert answer.targets == [json_path(path) + "['@odata.type']"]
