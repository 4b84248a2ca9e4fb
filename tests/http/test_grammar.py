# SPDX-License-Identifier: Apache-2.0
"""OData's grammar and JSON to the letter: every legal spelling is accepted; legal but unsupported parts are
501 and named; illegal parts are 400 or 404 with the reason."""

import re
from urllib.parse import quote

import pytest
from test_filter import ELSEWHERE, url

# ---- paths ----


@pytest.mark.parametrize("key", [
    "()", "('')", "(id)", "(id='')", "(id ='{}')", "(id= '{}')", "( '{}')", "('{}' )", "(name='{}')",
    "(id='{}',id='{}')", "(id='{}',name='x')", "(id={})", "({})", "(id='{}'')"])
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
def test_ignored_values_may_have_any_type(user, value):
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
def test_ignored_values_must_be_json(user, value, code):
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
def test_unsupported_annotations_are_refused(user, name, root):
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


# ---- expressions ----

# Legal but unsupported parts, and their names in the answer. test_filter.py has functions and
# operators.
MISSING = {
    "filter": {
        "colleagues/$count($search=a) gt 0": "$count with $search",
        "$root/users('x')/displayName eq 'a'": "$root", "id in $root/users": "$root",
        'detail eq {"role":"a"}': "JSON", "categories eq [{}]": "JSON", "id eq binary'AA=='": "Edm.Binary",
        "id eq geography'SRID=0;Point(1 2)'": "Edm.Geography",
        "detail/@Core.Description eq 'a'": "@Core.Description", "@Org.Term ne null": "@Org.Term",
        "geo.length(id) eq 1": "geo.length"},
    "orderby": {"$root/users('x')/displayName": "$root"},
    "select": {"colleagues($top=1)": "$top", "@Core.Description": "@Core.Description",
               "microsoft.graph.*": "operations"},
    "search": {'a AND (b OR NOT "c d")': "$search"},
    "compute": {"detail/layer mul 2 as twice": "$compute"},
    "apply": {"filter(isCurrent)/aggregate($count as n)": "$apply"},
    "index": {"0": "$index"}, "deltatoken": {"x": "$deltatoken"}, "schemaversion": {"*": "$schemaversion"},
    "id": {"users/x": "$id"},
}
MISSING_ROWS = [(option, text, name) for option, rows in MISSING.items() for text, name in rows.items()]


@pytest.mark.parametrize("option, text, name", MISSING_ROWS)
def test_legal_but_unsupported_parts_are_named(user, option, text, name):
    answer = user.get(url(**{option: text}))
    assert answer.status == 501, answer.content
    assert answer.error["code"] == "NotImplemented"
    assert answer.error["target"] == "$" + option and name in answer.error["message"]


ILLEGAL = {
    "filter": ["-", "- eq 1", "-'a' eq 1", "detail/layer add", "id add 1 eq 2", "now(", "now(1) eq null", "cast()",
               "cast(id,Edm.Nothing) eq 1", "round('a') eq 1", "$root", "$root/", "$root/users('x' eq 1", "[", "[1}",
               '{"a":1', "id eq {", "colleagues/$count($filter=true", "colleagues/$count($filter=true) eq 'a'", "colleagues/$count($top=1) gt 0",
               "id/$count($filter=a) gt 0", "colleagues/$filter gt 1", "@", "detail/@", "24:00 eq null",
               "id eq duration'P1D", "case(isCurrent) eq 1", "nothing add 1 eq 2", "detail eq manager",
               ".a eq 1", "now() and nothing", "1 add 2"],
    "orderby": ["-", "1 asc desc", "$root desc", "now( desc", "categories", "detail"],
    "select": ["colleagues($top)", "colleagues($top=1", "@", "other.*", "detail($expand=x)", "colleagues($top=1),nothing"],
    "search": ["", "AND", "a OR", '"', "(a", "a)"],
    "compute": ["", "id", "id as", "id as $x", "nothing as x", "1 add as x"],
    "apply": ["", "nothing(x)", "filter(x", "filter(x)/"],
    "index": [""], "deltatoken": [""], "schemaversion": [""], "id": [""],
}
ILLEGAL_ROWS = [(option, text) for option, texts in ILLEGAL.items() for text in texts]


@pytest.mark.parametrize("option, text", ILLEGAL_ROWS)
def test_illegal_expressions_are_refused_with_the_position(user, option, text):
    answer = user.get(url(**{option: text}))
    assert answer.status == 400, answer.content
    assert answer.error["target"] == "$" + option
    assert not text or re.match(r"At position \d+: ", answer.error["message"]), answer.error["message"]


@pytest.mark.parametrize("text", [text for text in ELSEWHERE if "(" in text])
def test_unsupported_functions_must_be_complete(user, text):
    """Without its last parenthesis, every unsupported function is a syntax error."""
    answer = user.get(url(filter=text.replace(")", "", 1) if text.count(")") == 1 else text[:text.index(")")]))
    assert answer.status == 400, answer.content


def test_expand_of_everything_adds_nothing(user):
    made = user.create({"manager": {"userId": "x"}})
    for path in ("", "/" + made["id"]):
        plain = user.get("/me/profile/positions" + path)
        assert user.get(f"/me/profile/positions{path}?$expand=*").json == plain.json
    for text in ("", "manager", "*/$ref", "*($levels=2)", "nothing"):
        assert user.get(url(expand=text)).status == 400


# ---- pages ----

OTHERS = ["api-version=2.0", "x=%20+%2B%26%3D", "x=2", "y", "=z", "id=7", "a=b=c==", "@t=%27it%27%27s%27",
          "w=%F0%9F%98%80", "skip-token=1", "v=$skiptoken", "u=http://h/?p;q,r:s@t!*()~"]


def test_links_keep_the_options_of_others(user):
    """In their order, byte for byte; and no link has the $skiptoken of another page."""
    for _ in range(8):
        user.create({"isCurrent": True})
    query = OTHERS[:3] + ["$top=7"] + OTHERS[3:6] + [
        "$filter=isCurrent%20and%20@t%20ne%20null", "$skip=1"] + OTHERS[6:]
    path, pages, tokens = "/me/profile/positions?" + "&".join(query), [], set()
    while path:
        answer = user.get(path, root="/paged")
        assert answer.status == 200, answer.content
        pages.append(answer.json["value"])
        link = answer.json.get("@odata.nextLink")
        path = link and link[len(user.server.url + "/paged"):]
        if path:
            parts = path.partition("?")[2].split("&")
            assert [part for part in parts if part.lstrip("$").split("=")[0] not in ("top", "skiptoken", "skip")] == [
                part for part in query if part not in ("$top=7", "$skip=1")]
            token, = (part for part in parts if part.startswith("$skiptoken="))
            tokens.add(token)
    assert [len(page) for page in pages] == [3, 3, 1] and len(tokens) == 2


def test_links_encode_what_a_url_cannot_hold(user):
    for _ in range(4):
        user.create()
    link = user.get('/me/profile/positions?q="<x>|^`{}\\', root="/paged").json["@odata.nextLink"]
    assert "?q=%22%3Cx%3E%7C%5E%60%7B%7D%5C&$skiptoken=" in link
    link = user.get(f"/me/profile/positions?q={quote('ë')}", root="/paged").json["@odata.nextLink"]
    assert "?q=%C3%AB&$skiptoken=" in link
