# SPDX-License-Identifier: Apache-2.0
"""OData's grammar and JSON by the letter: each spelling that is legal is taken, what is legal and not
there is 501 and named, what is illegal is 400 or 404 with the reason."""

import pytest
from test_filter import url

# ---- paths ----


@pytest.mark.parametrize("key", [
    "()", "('')", "(id)", "(id='')", "(id ='{}')", "(id= '{}')", "( '{}')", "('{}' )", "(name='{}')",
    "(id='{}',id='{}')", "(id='{}',name='x')", "(id={})", "({})", "(@p)?@p='{}'", "(id='{}'')"])
def test_parentheses_hold_a_key(user, key):
    key = key.replace("{}", user.create({})["id"]).replace(" ", "%20")
    for method in ("GET", "PATCH", "DELETE"):
        answer = user.request(method, "/me/profile/positions" + key, {} if method == "PATCH" else None)
        assert answer.status == 404
        assert answer.error["message"].endswith("positions('..') or positions(id='..').")
    if "@" in key: # which stands for the id of a user: test_urls
        return
    answer = user.get("/users" + key + "/profile/positions")
    assert answer.status == 404 and answer.error["message"].endswith("users('..') or users(id='..').")


# ---- bodies ----

COMPUTED = [None, True, 1e300, "/Date(1720919582928)/", [], [[{"a": "b"}]], {}, {"user": {"id": {}}}]


@pytest.mark.parametrize("value", COMPUTED, ids=repr)
def test_what_the_server_sets_may_be_anything(user, value):
    names = ("createdDateTime", "lastModifiedDateTime", "lastModifiedBy")
    sent = dict.fromkeys(names, value)
    made = user.create({"isCurrent": False, **sent})
    answer = user.request("PATCH", f"/me/profile/positions/{made['id']}",
                          {"isCurrent": True, **sent, "id": value, "createdBy": value})
    assert answer.status == 200, answer.content
    assert answer.json["isCurrent"] is True
    for name in ("id", "createdBy", "createdDateTime"):
        assert answer.json[name] == made[name]
    assert answer.json["lastModifiedBy"] == made["lastModifiedBy"] and made["lastModifiedBy"]["user"]["id"] == user.id
    assert answer.json["lastModifiedDateTime"] > made["lastModifiedDateTime"]


@pytest.mark.parametrize("value, code", [
    ("[" * 15 + "]" * 15, None), ("[" * 16 + "]" * 16, "TooDeep"), ('"\\ud800"', "InvalidJson"),
    ("1,\"createdDateTime\":2", "DuplicateProperty")])
def test_what_the_server_sets_is_json_all_the_same(user, value, code):
    answer = user.post(data='{"createdDateTime":%s}' % value)
    assert answer.status == (400 if code else 201)
    assert not code or answer.error["details"][0]["code"] == code


@pytest.mark.parametrize("name", ["@odata.type", "@type"])
@pytest.mark.parametrize("before", ["#graph.", "graph.", "$metadata#graph.", "{}/$metadata#microsoft.graph.",
                                    "https://graph.microsoft.com/beta/$metadata#microsoft.graph."])
def test_a_type_may_be_named_by_alias_and_url(user, name, before):
    before = before.replace("{}", user.server.url + "/beta")
    made = user.create({name: before + "workPosition", "detail": {name: before + "positionDetail"},
                        "colleagues": [{name: before + "relatedPerson"}],
                        "colleagues" + name: f"#Collection({before.strip('#')}relatedPerson)"})
    assert made["@odata.type"] == "#microsoft.graph.workPosition"
    assert made["detail"]["@odata.type"] == "#microsoft.graph.positionDetail"
    assert made["colleagues"][0]["@odata.type"] == "#microsoft.graph.relatedPerson"
    answer = user.request("PATCH", f"/me/profile/positions/{made['id']}", {name: before + "entity"})
    assert answer.status == 400 and answer.targets == [f"$['{name}']"]


@pytest.mark.parametrize("text, stored", [
    ("8", "organization"), ("family,8", "family,organization"), ("9", "family,organization"), ("0", "me"),
    ("64", None), ("128", None), ("-1", None), ("family,64", None), ("18446744073709551624", None)])
def test_members_of_enumerations_may_be_numbers(user, text, stored):
    answer = user.post({"allowedAudiences": text})
    assert answer.status == (201 if stored else 400), answer.content
    if stored is None:
        assert answer.targets == ["$.allowedAudiences"]
        return
    assert answer.json["allowedAudiences"] == stored
    for operator in ("eq", "has"):
        for literal in (f"'{text}'", f"graph.allowedAudiences'{text}'",
                        f"microsoft.graph.allowedAudiences'{text}'"):
            found = user.get(url(filter=f"allowedAudiences {operator} {literal}"))
            assert found.status == 200 and len(found.json["value"]) == 1, (literal, found.content)


REFUSED = {
    "manager@odata.bind": "https://graph.microsoft.com/beta/users/x", "colleagues@bind": ["users/x"],
    "colleagues@odata.delta": [], "colleagues@delta": [{"userId": "x"}],
    "@removed": {"reason": "deleted"}, "@odata.removed": {"reason": "changed"},
    "@odata.context": "https://example.com/beta/$metadata#users('x')/profile/positions/$delta",
    "@context": "#positions/$deletedEntity",
}


@pytest.mark.parametrize("root", ["/beta", "/relaxed"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_asks_for_more_is_refused(user, name, root):
    made = user.post({}, root=root).json
    for method, path in (("POST", ""), ("PATCH", "/" + made["id"])):
        answer = user.request(method, "/me/profile/positions" + path, {name: REFUSED[name]}, root=root)
        assert answer.status == 400
        assert [(detail["code"], detail["target"]) for detail in answer.error["details"]] == [
            ("UnsupportedAnnotation", f"$['{name}']")]
    answer = user.request("PATCH", f"/me/profile/positions/{made['id']}", {"manager": {name: REFUSED[name]}},
                          root=root)
    assert answer.status == 400 and answer.targets == [f"$.manager['{name}']"]


def test_an_object_that_only_refers_is_refused(user):
    for value in ({"@odata.id": "users/x"}, {"@id": "users/x", "@odata.type": "#graph.relatedPerson"}):
        answer = user.post({"manager": value})
        assert answer.status == 400 and answer.targets == ["$.manager['@odata.id']"]
        answer = user.post({"colleagues": [{"userId": "y"}, value]})
        assert answer.status == 400 and answer.targets == ["$.colleagues[1]['@odata.id']"]
    assert user.get().json["value"] == []
    made = user.create({"manager": {"@odata.id": "users/x", "userId": "x"}, "@odata.id": "positions/y",
                        "@odata.context": f"{user.server.url}/beta/$metadata#users('x')/profile/positions/$entity",
                        "@odata.deltaLink": "x", "colleagues@odata.nextLink": "y"})
    assert made["manager"]["userId"] == "x"
