# SPDX-License-Identifier: Apache-2.0
"""Reading, listing, counting and deleting; the owner that a path names."""

import json
import uuid

import pytest
from lib.client import Raw, User

NOWHERE = "17a809a9-09a9-17a8-a909-a817a909a817"


def name_person(database, user, upn):
    database.execute("INSERT INTO graphprofile.person VALUES (%s, %s)", (user.id, upn))
    return upn


@pytest.fixture
def upn(user, database):
    return name_person(database, user, f"Alice.{uuid.uuid4()}_ext#EXT#@contoso.example")


FORMS = {
    "me": lambda user, upn: "/me/profile/positions",
    "me in another case": lambda user, upn: "/ME/Profile/POSITIONS",
    "id": lambda user, upn: f"/users/{user.id}/profile/positions",
    "id in quotes": lambda user, upn: f"/Users('{user.id}')/profile/positions",
    "id named": lambda user, upn: f"/users(id='{user.id}')/profile/positions",
    "id named and encoded": lambda user, upn: f"/users%28id%3D%27{user.id}%27%29/profile/positions",
    "upn": lambda user, upn: f"/users/{upn.replace('#', '%23')}/profile/positions",
    "upn in lower case": lambda user, upn: f"/users/{upn.lower().replace('#', '%23')}/profile/positions",
    "upn encoded": lambda user, upn:
        f"/users/{upn.replace('#', '%23').replace('@', '%40')}/profile/positions",
    "upn in quotes": lambda user, upn: f"/users('{upn.replace('#', '%23')}')/profile/positions",
}


@pytest.mark.parametrize("key", ["/{}", "('{}')", "/{}/", "('{}')/", "(id='{}')", "%28ID=%27{}%27%29/"])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_the_life_of_a_position(user, upn, form, key):
    collection = form(user, upn)
    sent = {"detail": {"jobTitle": "Writer"}, "isCurrent": True}
    made = user.post(sent, collection)
    assert made.status == 201
    entity = made.json
    path = collection + key.format(entity["id"])

    answer = user.get(path)
    assert answer.status == 200 and answer.json == entity
    assert answer.headers["ETag"] == made.headers["ETag"]
    listed = user.get(collection).json
    assert listed["value"] == [{k: v for k, v in entity.items() if k != "@odata.context"}]
    assert user.get(collection + "/$count").content == b"1"

    changed = user.request("PATCH", path, {"isCurrent": False})
    assert changed.status == 200
    assert user.get(path).json == changed.json
    assert changed.json["isCurrent"] is False and changed.json["detail"] == entity["detail"]

    assert user.request("DELETE", path).status == 204
    assert user.get(path).status == 404
    assert user.request("DELETE", path).status == 404
    assert user.get(collection + "/$count").content == b"0"
    assert user.rows() == []


def test_location_leads_to_the_position(user):
    made = user.post({"isCurrent": True})
    root = user.server.url + "/beta"
    assert made.headers["Location"].startswith(root)
    answer = user.get(made.headers["Location"][len(root):])
    assert answer.status == 200 and answer.json == made.json


@pytest.mark.parametrize("kind", ["o'brien; DROP TABLE", "Zoë 日本 😀", "a?b#c", "a%41b", "(')", "$x"])
def test_location_of_unusual_users(new_user, kind):
    somebody = new_user(id=kind + str(uuid.uuid4()), name="N", sub=None, upn=None)
    made = somebody.post({})
    path = made.headers["Location"][len(somebody.server.url + "/beta"):]
    assert somebody.get(path).json == made.json


def test_headers_of_a_read(user):
    entity = user.create()
    answer = user.get(f"/me/profile/positions/{entity['id']}")
    assert answer.headers["Content-Type"] == (
        "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;"
        "charset=utf-8")
    assert answer.headers["OData-Version"] == "4.0"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert answer.headers["request-id"]


def test_an_upper_case_id_is_the_same(user):
    entity = user.create()
    assert user.read(entity["id"].upper()) == entity


@pytest.mark.parametrize("path", ["/", "/$metadata", "{}", "{}/$count", "{}?$filter=id ne null&$count=true",
                                  "{}/{id}", "{}('{id}')"])
def test_head_is_get_without_a_body(user, path):
    path = path.format("/me/profile/positions", id=user.create()["id"])
    got, head = user.get(path), user.request("HEAD", path)
    assert head.status == got.status == 200 and head.content == b""
    changing = {"Date", "request-id", "client-request-id", "Keep-Alive"}
    assert {k: v for k, v in head.headers.items() if k not in changing} == {
        k: v for k, v in got.headers.items() if k not in changing}


@pytest.mark.parametrize("key", [NOWHERE, "x", "0", "..%2e", "'x'", "a" * 2000, "%27%3B%20DROP"])
def test_unused_ids(user, key):
    for method, body in (("GET", None), ("PATCH", {"isCurrent": True}), ("DELETE", None)):
        answer = user.request(method, f"/me/profile/positions/{key}", body)
        assert answer.status == 404 and answer.error["code"] == "ResourceNotFound"


# ---- the list ----

def test_an_empty_list(user):
    answer = user.get()
    assert answer.status == 200
    assert answer.json == {
        "@odata.context":
            f"{user.server.url}/beta/$metadata#users('{user.id}')/profile/positions",
        "value": []}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_trailing_slash_is_forgiven(user, upn, form):
    collection = form(user, upn)
    for number in range(3):
        for path in (collection, collection + "/$count"):
            plain, slashed = user.get(path), user.get(path + "/")
            assert slashed.status == plain.status == 200
            assert slashed.content == plain.content
            assert user.request("HEAD", path + "/").status == 200
        assert user.get(collection + "/$count/").content == str(number).encode()
        assert user.post({}, collection + "/").status == 201


def test_the_list_is_in_order_of_creation(user):
    made = [user.create({"detail": {"layer": n}})["id"] for n in range(30)]
    answer = user.get().json
    assert [entity["id"] for entity in answer["value"]] == made
    assert list(answer) == ["@odata.context", "value"]
    assert list(answer["value"][0])[:2] == ["@odata.etag", "id"]


# ---- metadata levels and formats ----

TYPED = {"@odata.type": "#microsoft.graph.workPosition",
         "detail": {"@odata.type": "#microsoft.graph.positionDetail", "jobTitle": "T"}}

NONE = [{"headers": {"Accept": "application/json;odata.metadata=none"}},
        {"query": "?$format=application/json;odata.metadata%3Dnone"},
        {"headers": {"Accept": "application/json;q=0.5, application/json; odata.metadata=\"none\""}},
        {"headers": {"Accept": "application/json;odata.metadata=full"},
         "query": "?format=application/json;odata.metadata=none"}]


@pytest.mark.parametrize("ask", NONE, ids=range(len(NONE)))
def test_no_metadata(user, ask):
    entity = user.create(TYPED)
    plain = json.loads(json.dumps(
        {k: v for k, v in entity.items() if not k.startswith("@")}))
    del plain["detail"]["@odata.type"], plain["lastModifiedBy"]["@odata.type"]
    del plain["createdBy"]["@odata.type"]
    query, headers = ask.get("query", ""), ask.get("headers")
    one = user.get(f"/me/profile/positions/{entity['id']}" + query, headers=headers)
    assert one.json == plain and "odata.metadata=none" in one.headers["Content-Type"]
    assert one.headers["ETag"].strip('"') == entity["@odata.etag"].strip('"') + "-none"
    assert user.get("/me/profile/positions" + query, headers=headers).json == {"value": [plain]}
    changed = user.patch(entity["id"], {}, headers={"Accept": "application/json;odata.metadata=none"})
    assert changed.json == plain


def test_full_metadata(user):
    headers = {"Accept": "application/json;odata.metadata=full"}
    typed, plain = user.create(TYPED), user.create()
    for entity in user.get(headers=headers).json["value"]:
        path = f"users('{user.id}')/profile/positions('{entity['id']}')"
        assert entity["@odata.editLink"] == path
        assert entity["@odata.id"] == f"{user.server.url}/beta/{path}"
        assert entity["@odata.type"] == "#microsoft.graph.workPosition"
        assert entity["@odata.etag"]
    for entity in (typed, plain):
        answer = user.get(f"/me/profile/positions/{entity['id']}", headers=headers)
        assert answer.content.count(b'"@odata.type":"#microsoft.graph.workPosition"') == 1
        assert {k: v for k, v in answer.json.items() if not k.startswith("@")} == {
            k: v for k, v in entity.items() if not k.startswith("@")}


ACCEPTED = [None, "*/*", "application/*", "application/json", "APPLICATION/JSON", "",
            "text/html, application/json;q=0.1", "text/html, */*;q=0.01",
            "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false",
            "application/json;charset=utf-8", "text/html,application/xhtml+xml,*/*;q=0.8"]
NOT_ACCEPTED = ["text/html", "application/xml", "application/json;q=0", "application/json;q=0, */*",
                "application/json;odata.metadata=verbose", "application/json;odata=verbose", "json",
                "application/atom+xml"]


def test_accept(user):
    path = f"/me/profile/positions/{user.create()['id']}"
    for accept in ACCEPTED:
        assert user.get(path, headers={"Accept": accept}).status == 200, accept
    for accept in NOT_ACCEPTED:
        answer = user.get(path, headers={"Accept": accept})
        assert answer.status == 406, accept
        assert answer.error["code"] == "NotAcceptable" and answer.error["target"] == "Accept"
    assert user.get(path + "?$format=json", headers={"Accept": "text/html"}).status == 200
    for form in ("xml", "atom", "", "text/plain"):
        assert user.get(path + f"?$format={form}").error["target"] == "$format"
    user.refused(406, {}, headers={"Accept": "text/html"})


def test_versions(user):
    for name, value, status in (
            ("OData-MaxVersion", "4.0", 200), ("OData-MaxVersion", "4.01", 200),
            ("OData-MaxVersion", "5.0", 200), ("OData-MaxVersion", "3.0", 406),
            ("OData-Version", "4.0", 200), ("OData-Version", "4.01", 200),
            ("OData-Version", "3.0", 400), ("OData-Version", "x", 400)):
        answer = user.get(headers={name: value})
        assert answer.status == status, (name, value)
        if status != 200:
            assert answer.error["target"] == name


def test_count_is_text(user):
    for n in range(3):
        for accept in (None, "text/plain", "*/*", "application/json", "text/plain;q=0.9"):
            answer = user.get("/me/profile/positions/$count", headers={"Accept": accept})
            assert answer.content == str(n).encode()
            assert answer.headers["Content-Type"] == "text/plain;charset=utf-8"
        user.create()
    assert user.get("/me/profile/positions/$count", headers={"Accept": "text/html"}).status == 406


QUERIES = [
    ("?$nonsense=1", "$nonsense"), ("?$format=json&$format=json", "$format"),
    ("?$format=json&format=json", "format"), ("?$FORMAT=json&$format=json", "$format"),
    ("?$skiptoken=x", "$skiptoken"), ("?$skiptoken=", "$skiptoken"),
]


@pytest.mark.parametrize("query, target", QUERIES)
def test_query_options_that_are_refused(user, query, target):
    answer = user.get("/me/profile/positions" + query)
    assert answer.status == 400 and answer.error["target"] == target


def test_query_strings_that_are_no_text(user):
    for query in ("a=%zz", "a=%", "a=%4", "%ff=1", "a=%00", "a=%c0%80", "a=\xff"):
        with Raw(user.server) as raw:
            raw.send(f"GET /beta/me/profile/positions?{query} HTTP/1.1\r\nHost: x\r\n"
                     f"Authorization: Bearer {user.token}\r\n\r\n".encode("latin-1"))
            assert raw.answer().error["code"] == "BadRequest", query


def test_query_options_that_are_ignored(user):
    for query in ("?", "?&&", "?api-version=1", "?x=1&x=2", "?a=b%20c+d", "?=", "?$format=json&",
                  "?%24format=json", "?%66ormat=json"):
        assert user.get("/me/profile/positions" + query).status == 200, query


def test_a_skiptoken_belongs_to_lists(user):
    path = f"/me/profile/positions/{user.create()['id']}?$skiptoken={NOWHERE}"
    assert user.get(path).status == 400


# ---- other users' positions ----

def test_an_unknown_upn(new_user):
    caller = new_user(scopes="User.ReadWrite.All")
    for method, path in (("GET", ""), ("POST", ""), ("GET", "/$count"), ("GET", "/" + NOWHERE)):
        answer = caller.request(method, f"/users/nobody@contoso.example/profile/positions{path}",
                                {} if method == "POST" else None)
        assert answer.status == 404 and answer.error["code"] == "ResourceNotFound"


def test_an_unknown_upn_is_revealed_only_to_permitted_callers(user):
    answer = user.get("/users/nobody@contoso.example/profile/positions")
    assert answer.status == 403


def test_dollar_upn(user, other, new_user, database):
    name = name_person(database, other, f"$x{uuid.uuid4()}@contoso.example")
    other.create({"allowedAudiences": "everyone"})
    caller = new_user(scopes="User.Read.All")
    assert len(caller.get(f"/users('{name}')/profile/positions").json["value"]) == 1


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("scopes", ["User.ReadWrite", "User.ReadWrite.All"])
def test_another_owners_id_under_ones_own_path(new_user, database, scopes, form):
    """Even a caller with access to it finds it only under its owner."""
    caller, other = new_user(scopes=scopes), new_user()
    base = form(caller, name_person(database, caller, f"{uuid.uuid4()}_ext#EXT#@contoso.example"))
    theirs = other.create({"isCurrent": True})
    before = other.rows("etag, document")
    for method, body in (("GET", None), ("HEAD", None), ("PATCH", {"isCurrent": False}),
                         ("DELETE", None)):
        for key in (f"/{theirs['id']}", f"('{theirs['id']}')"):
            for headers in ({}, {"If-Match": "*"}, {"If-Match": theirs["@odata.etag"]}):
                answer = caller.request(method, base + key, body, headers=headers)
                assert answer.status == 404, (method, key, headers)
    for query in ("", "?$filter=isCurrent", "?$orderby=id"):
        assert caller.get(base + query).json["value"] == []
    for query in ("", "?$filter=isCurrent"):
        assert caller.get(base + "/$count" + query).content == b"0"
    assert other.rows("etag, document") == before and caller.rows() == []


def test_without_permissions_configured_audiences_decide(server, log, database, new_user):
    owner = new_user()
    owner.create({"allowedAudiences": "me"})
    shown = owner.create()
    alice = User(server, database, id="alice")
    answer = alice.get(f"/users/{owner.id}/profile/positions", root="/unchecked",
                       auth=("alice", "secret"))
    assert [entity["id"] for entity in answer.json["value"]] == [shown["id"]]


# ---- the service ----

def test_the_service_document(user):
    for path in ("", "/"):
        answer = user.get(path)
        assert answer.status == 200
        assert answer.json == {
            "@odata.context": f"{user.server.url}/beta/$metadata",
            "value": [{"name": "users", "kind": "EntitySet", "url": "users"},
                      {"name": "me", "kind": "Singleton", "url": "me"}]}


# ---- locations ----

@pytest.mark.parametrize("path", ["/users/{}", "/Users/{}", "/USERS('{}')", "/users('{}')"])
@pytest.mark.parametrize("rest", ["/profile/positions", "/Profile/POSITIONS/", "/profile/positions/$count"])
def test_a_rule_holds_for_every_spelling_of_a_path(user, path, rest):
    """<Location "/guarded/users"> is denied to all, for every spelling of the path."""
    assert user.get(path.format(user.id) + rest, root="/guarded").status == 403
    assert user.get("/me" + rest.replace("$count", "$ref"), root="/guarded").status in (200, 405)


@pytest.mark.parametrize("path", ["/me/profile/positions/$count", "/ME/Profile/positions/$COUNT/"])
def test_a_disabled_path_is_disabled_in_every_spelling(user, path):
    assert user.get(path, root="/guarded").status == 404
    assert user.get(path.lower().replace("$count", ""), root="/guarded").status == 200


def test_a_rewritten_path_is_served(user):
    made = user.post({}, root="/rewritten")
    assert made.status == 201
    assert "/beta/users(" in made.headers["Location"]
    assert user.get("/" + "me/profile/positions", root="/rewritten").json["value"][0]["id"] == made.json["id"]
    assert user.get("-me/profile/positions", root="/rewritten/").status == 404


def test_a_root_within_another_has_its_own_url(user):
    assert user.get("/", root="/small").json["@odata.context"].startswith("https://api.example.com/small/")
    assert user.get("/", root="/small/inner").json["@odata.context"] == (
        f"{user.server.url}/small/inner/$metadata")


# ---- owners whose id looks like a userPrincipalName ----

def test_an_id_with_an_at_sign_is_an_id(new_user):
    owner, viewer = new_user(id=f"{uuid.uuid4()}@contoso.example"), new_user(scopes="User.Read.All")
    made = owner.post({"allowedAudiences": "everyone"})
    path = made.headers["Location"][len(owner.server.url + "/beta"):]
    assert owner.get(path).json == made.json
    assert viewer.get(path).json == made.json
    nobody = f"/users/{uuid.uuid4()}@contoso.example/profile/positions"
    assert viewer.get(nobody).status == 404


# ---- positions of earlier versions ----

def test_a_position_that_was_stored_before_a_property(user, database):
    """GET answers the stored text, which lacks the property; other queries read null, and the next change adds it."""
    made = user.create({"detail": {"jobTitle": "Writer"}})
    database.execute("UPDATE graphprofile.position SET document = replace(replace(document, ',\"isSearchable\":null', ''),"
                     " ',\"layer\":null', '') WHERE owner_id = %s", (user.id,))
    path = f"/me/profile/positions/{made['id']}"
    stored = user.get(path).json
    assert "isSearchable" not in stored and "layer" not in stored["detail"] and stored["detail"]["jobTitle"] == "Writer"
    [chosen] = user.get("/me/profile/positions?$select=isSearchable,detail/layer"
                        "&$filter=isSearchable eq null and detail/layer eq null").json["value"]
    assert chosen["isSearchable"] is None and chosen["detail"] == {"layer": None}
    changed = user.patch(made["id"], {"isCurrent": True}).json
    assert changed["isSearchable"] is None and changed["detail"]["layer"] is None


# ---- representations and caches ----

def test_each_representation_has_its_own_etag(user):
    """A cache must not mix them up; a write may name any of them."""
    made = user.create()
    path, tags = f"/me/profile/positions/{made['id']}", {}
    for level in ("minimal", "none", "full"):
        answer = user.get(path, headers={"Accept": f"application/json;odata.metadata={level}"})
        assert "accept" in answer.varies_by
        tags[answer.headers["ETag"]] = level
    assert len(tags) == 3 and tags[made["@odata.etag"]] == "minimal"
    for etag, level in tags.items():
        for asked in tags.values():
            answer = user.get(path, headers={"Accept": f"application/json;odata.metadata={asked}",
                                             "If-None-Match": etag})
            assert answer.status == (304 if asked == level else 200)
            assert "accept" in answer.varies_by
    for etag in tags:
        assert user.patch(made["id"], {}, headers={"If-Match": etag}).status == 200


@pytest.mark.parametrize("path", ["/$metadata", "/", "/me/profile/positions"])
def test_negotiated_answers_vary_by_accept(user, path):
    for accept in ("application/json", "text/html"):
        assert "accept" in user.get(path, headers={"Accept": accept}).varies_by


def test_the_type_comes_before_all_but_the_context(user):
    """odata.streaming=true promises this, so that a client can process the answer while it receives it."""
    made = user.create(TYPED)
    for level in ("minimal", "full"):
        headers = {"Accept": f"application/json;odata.metadata={level}"}
        entity = user.get(f"/me/profile/positions/{made['id']}", headers=headers).json
        assert list(entity)[:2] == ["@odata.context", "@odata.type"]
        [entity] = user.get(headers=headers).json["value"]
        assert list(entity)[0] == "@odata.type"
        assert list(entity).index("@odata.etag") < list(entity).index("id")
