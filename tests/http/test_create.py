# SPDX-License-Identifier: Apache-2.0
"""POST of a valid position."""

import copy
import json
import time
import uuid

import pytest
from lib.client import DATETIME, UUID, UUID_V7
from lib.server import ROOT

EXAMPLE = json.loads((ROOT / "dev" / "position.json").read_text())

# The example of Graph's own page "Create workPosition".
DOCUMENTED = {
    "detail": {
        "company": {
            "displayName": "Adventureworks Ltd.",
            "department": "Consulting",
            "officeLocation": "AW23/344",
            "address": {
                "type": "business",
                "street": "123 Patriachy Ponds",
                "city": "Moscow",
                "countryOrRegion": "Russian Federation",
                "postalCode": "RU-34621",
            },
            "webUrl": "https://www.adventureworks.com",
        },
        "jobTitle": "Senior Product Branding Manager II",
        "role": "consulting",
    },
    "isCurrent": True,
}

COLLECTIONS = ["/me/profile/positions", "/me/profile/positions/$ref"]


def holds(answered, sent, path="$"):
    """Everything that was sent is in the answer, with the same value."""
    if isinstance(sent, dict):
        assert isinstance(answered, dict), path
        for name, value in sent.items():
            assert name in answered, f"{path}.{name}"
            holds(answered[name], value, f"{path}.{name}")
    elif isinstance(sent, list):
        assert isinstance(answered, list) and len(answered) == len(sent), path
        for index, value in enumerate(sent):
            holds(answered[index], value, f"{path}[{index}]")
    else:
        assert answered == sent and isinstance(answered, type(sent)), path


@pytest.mark.parametrize("path", COLLECTIONS)
@pytest.mark.parametrize("body", [EXAMPLE, DOCUMENTED, {}], ids=["specified", "documented", "empty"])
def test_examples_are_created(user, path, body):
    answer = user.post(body, path)
    assert answer.status == 201
    entity = answer.json
    holds(entity, body)
    assert UUID_V7.fullmatch(entity["id"])
    assert DATETIME.fullmatch(entity["createdDateTime"])
    assert entity["lastModifiedDateTime"] == entity["createdDateTime"]
    assert entity["lastModifiedBy"]["user"] == {"id": user.id, "displayName": user.id}
    assert user.rows() == [(entity["id"],)]


def test_every_declared_property_is_answered(user):
    entity = user.create({"detail": {"company": {"address": {}}}, "manager": {}, "source": {},
                          "inference": {}, "sources": [{}], "colleagues": [{}]})
    assert list(entity) == [
        "@odata.context", "@odata.etag", "id", "allowedAudiences", "inference", "createdDateTime",
        "createdBy", "lastModifiedDateTime", "lastModifiedBy", "source", "sources", "isSearchable",
        "categories", "detail", "manager", "colleagues", "isCurrent"]
    assert entity["inference"] == {"confidenceScore": None, "userHasVerifiedAccuracy": None}
    assert entity["source"] == {"type": []}
    assert entity["sources"] == [{"isDefaultSource": None, "properties": [], "sourceId": None}]
    assert entity["isSearchable"] is None and entity["isCurrent"] is None
    assert entity["categories"] == []
    assert list(entity["detail"].items()) == [
        ("company", {
            "displayName": None, "pronunciation": None, "department": None, "officeLocation": None,
            "address": {"type": None, "postOfficeBox": None, "street": None, "city": None,
                        "state": None, "countryOrRegion": None, "postalCode": None},
            "webUrl": None, "companyCode": None, "costCenter": None, "division": None,
            "secondaryDepartment": None}),
        ("description", None), ("endMonthYear", None), ("jobTitle", None), ("role", None),
        ("startMonthYear", None), ("summary", None), ("employeeId", None), ("employeeType", None),
        ("layer", None), ("level", None), ("secondaryJobTitle", None), ("secondaryRole", None)]
    person = {"displayName": None, "relationship": None, "userPrincipalName": None, "userId": None}
    assert entity["manager"] == person and entity["colleagues"] == [person]


def test_unset_properties_are_null_or_empty(user):
    entity = user.create()
    for name in ("inference", "source", "isSearchable", "detail", "manager", "isCurrent"):
        assert entity[name] is None
    for name in ("sources", "categories", "colleagues"):
        assert entity[name] == []


def test_explicit_null_is_unset(user):
    """Except for allowedAudiences, where null means only the owner."""
    unset = user.create({"allowedAudiences": "me"})
    named = user.create({name: None for name in unset if not name.startswith("@")})
    for name in ("createdDateTime", "lastModifiedDateTime", "id", "@odata.etag"):
        del unset[name], named[name]
    assert named == unset


def test_the_row_equals_the_answer(user):
    entity = user.create(EXAMPLE)
    [(owner, id_, etag, audiences, modified_by, document)] = user.rows(
        "owner_id, id::text, etag, audiences, modified_by, document")
    stored = json.loads(document)
    assert [name for name in entity if name in stored] == list(stored) and stored == {
        name: value for name, value in entity.items()
        if name not in ("@odata.context", "@odata.etag")}
    assert (owner, id_, audiences, modified_by) == (user.id, entity["id"], 8, user.id)
    assert entity["@odata.etag"] == f'"{etag}"'


def test_headers(user):
    answer = user.post(EXAMPLE)
    entity, headers = answer.json, answer.headers
    base = f"{user.server.url}/beta"
    assert headers["Location"] == f"{base}/users('{user.id}')/profile/positions('{entity['id']}')"
    assert headers["ETag"] == entity["@odata.etag"] and headers["ETag"].startswith('"')
    assert headers["OData-Version"] == "4.0"
    assert headers["Content-Type"] == ("application/json;odata.metadata=minimal;"
                                       "odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
    assert headers["Cache-Control"] == "private, no-cache"
    assert int(headers["Content-Length"]) == len(answer.content)
    assert UUID.fullmatch(headers["request-id"])
    assert headers["client-request-id"] == headers["request-id"]
    assert entity["@odata.context"] == \
        f"{base}/$metadata#users('{user.id}')/profile/positions/$entity"


def test_client_request_id_is_echoed_if_it_is_a_guid(user):
    mine = str(uuid.uuid4())
    answer = user.post({}, headers={"client-request-id": mine})
    assert answer.headers["client-request-id"] == mine != answer.headers["request-id"]
    answer = user.post({}, headers={"client-request-id": "x\"},{'"})
    assert answer.headers["client-request-id"] == answer.headers["request-id"]


def test_each_write_has_its_own_ids(user):
    made = [user.post({}) for _ in range(5)]
    assert len({answer.json["id"] for answer in made}) == 5
    assert len({answer.headers["ETag"] for answer in made}) == 5
    assert len({answer.headers["request-id"] for answer in made}) == 5
    assert [row[0] for row in user.rows()] == [answer.json["id"] for answer in made]


def test_time_is_now(user):
    before = time.time()
    entity = user.create()
    made = time.mktime(time.strptime(entity["createdDateTime"][:19] + " UTC",
                                     "%Y-%m-%dT%H:%M:%S %Z")) - time.timezone
    assert before - 2 < made < time.time() + 2


# ---- ids ----

def test_a_clients_own_id_is_honoured_once(user, other):
    mine = "17A809A9-09a9-17a8-a909-a817a909a817"
    entity = user.create({"id": mine, "isCurrent": True})
    assert entity["id"] == mine.lower()
    answer = user.refused(409, {"id": mine})
    assert answer.error["code"] == "NameAlreadyExists" and answer.error["target"] == "$.id"
    [(document,)] = user.rows("document")
    assert json.loads(document)["isCurrent"] is True
    assert other.create({"id": mine})["id"] == mine.lower()  # another owner's id is a different position


def test_an_id_that_is_not_a_uuid_is_refused(user):
    assert user.refused(400, {"id": "first"}).targets == ["$.id"]


# ---- properties that the server decides ----

def test_stamps_that_are_sent_are_ignored(user):
    entity = user.create({
        "createdDateTime": "2001-01-01T00:00:00Z",
        "lastModifiedDateTime": "2001-01-01T00:00:00Z",
        "lastModifiedBy": {"user": {"id": "somebody else"}},
    })
    assert entity["createdDateTime"] > "2026" and entity["lastModifiedDateTime"] > "2026"
    assert entity["lastModifiedBy"]["user"]["id"] == user.id


def test_created_by_is_kept_as_sent_or_stamped(new_user):
    alice = new_user(name="Alice", appid="app-1")
    sent = {"user": {"id": "bob", "displayName": "Bob"}, "application": None}
    assert alice.create({"createdBy": sent})["createdBy"]["user"] == sent["user"]
    for body in ({}, {"createdBy": None}):
        assert alice.create(body)["createdBy"] == {
            "@odata.type": "#microsoft.graph.identitySet",
            "application": {"id": "app-1", "displayName": None},
            "device": None,
            "user": {"id": alice.id, "displayName": "Alice"},
        }


def test_audiences(user, new_user):
    assert user.create()["allowedAudiences"] == "organization"
    for sent, answered, flags in (
            ("me", "me", 0), ("everyone", "everyone", 32), ("contacts, family", "family,contacts", 3),
            ("me,organization", "me,organization", 8), ("", "me", 0), (None, "me", 0)):
        user = new_user()
        assert user.create({"allowedAudiences": sent})["allowedAudiences"] == answered
        assert user.rows("audiences") == [(flags,)]


NO_AUDIENCE = [None, "", "0", 0, "none", "None", "unknownFutureValue", " ", ",", "me,", [], {}, False]


@pytest.mark.parametrize("root", ["/beta", "/small", "/relaxed"])
@pytest.mark.parametrize("sent", NO_AUDIENCE, ids=repr)
def test_a_value_without_an_audience_admits_no_other_user(user, sent, root):
    """The default, which admits others, applies only to an absent property. Any other value without an
    audience is refused, or makes the position visible to its owner alone; on creation and on change."""
    answer = user.post({"allowedAudiences": sent}, root=root)
    assert answer.status in (201, 400), answer.content
    assert user.rows("audiences") == [(0,)] * (answer.status == 201)
    if sent in (None, ""):
        assert answer.json["allowedAudiences"] == "me"
    for before, flags in (("me", 0), ("family", 1)):
        made = user.create({"allowedAudiences": before})
        path = f"/me/profile/positions/{made['id']}"
        answer = user.request("PATCH", path, {"allowedAudiences": sent, "isCurrent": True}, root=root)
        assert answer.status in (200, 400), answer.content
        user.database.execute("SELECT audiences FROM graphprofile.position WHERE owner_id = %s AND id = %s",
                              (user.id, made["id"]))
        after = user.database.fetchone()[0]
        assert after in (0, flags)
        if sent is None:
            assert after == 0 and answer.json["allowedAudiences"] == "me"
        if sent == "":
            assert after == flags and answer.json["allowedAudiences"] == before


def test_the_source_of_createdby_is_configurable(new_user):
    """The specification's example sends createdBy. If the server decides, a false createdBy has no effect, in
    the owner's list and in another's."""
    writer, owner = new_user(scopes="User.ReadWrite.All"), new_user()
    forged = {"user": {"id": owner.id, "displayName": "The CEO"}}
    for path in ("/me/profile/positions", f"/users/{owner.id}/profile/positions"):
        kept, stamped = (writer.post({"createdBy": forged}, path, root=root).json["createdBy"]
                         for root in ("/beta", "/stamped"))
        assert kept["user"] == forged["user"]
        assert stamped["user"]["id"] == writer.id and "CEO" not in str(stamped)
        assert writer.refused(400, {"createdBy": 1}, path, root="/stamped").targets == ["$.createdBy"]


def test_default_audience_and_base_url_can_be_configured(user):
    answer = user.post({}, root="/small")
    assert answer.json["allowedAudiences"] == "family,contacts"
    assert answer.headers["Location"].startswith("https://api.example.com/small/users('")
    assert answer.json["@odata.context"].startswith("https://api.example.com/small/$metadata#")


def test_a_spoofed_host_is_nowhere(user):
    answer = user.post({}, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example",
                                    "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"})
    assert answer.status == 201
    assert b"evil" not in answer.content and "evil" not in str(answer.headers)


# ---- annotations and open types ----

def test_types_are_kept_as_sent(user):
    entity = user.create({"@odata.type": "microsoft.graph.workPosition",
                          "detail": {"@odata.type": "#microsoft.graph.positionDetail"},
                          "colleagues": [{"@odata.type": "#microsoft.graph.relatedPerson"}]})
    assert list(entity)[:4] == ["@odata.context", "@odata.type", "@odata.etag", "id"]
    assert entity["@odata.type"] == "microsoft.graph.workPosition"
    assert next(iter(entity["detail"].items())) == ("@odata.type", "#microsoft.graph.positionDetail")
    assert entity["colleagues"][0]["@odata.type"] == "#microsoft.graph.relatedPerson"


def test_other_annotations_are_ignored(user):
    entity = user.create({"@odata.context": "x", "@odata.etag": "y", "@odata.id": [1, {"a": 2}],
                          "categories@odata.type": "#Collection(String)", "@my.own": None})
    assert not [name for name in entity if "@" in name
                and name not in ("@odata.context", "@odata.etag")]
    assert entity["@odata.etag"] != "y"


def test_identities_are_open(user):
    identity = {"id": "1", "tenantId": "t", "numbers": [1, 2.50, -0, 1e3], "deep": {"a": [{}, None]}}
    sent = {"user": identity, "phone": {"id": "+1"}}
    entity = user.create({"createdBy": sent})
    holds(entity["createdBy"], copy.deepcopy(sent))
    assert list(entity["createdBy"]["user"]) == ["id", "displayName", "tenantId", "numbers", "deep"]


def test_source_type_may_be_one_string(user):
    assert user.create({"source": {"type": "UPA"}})["source"] == {"type": ["UPA"]}


# ---- text ----

@pytest.mark.parametrize("text", [
    "", " ", "Zoë", "日本語", "😀 \U0010ffff", "a\"b\\c/d\b\f\n\r\t\x01\x7f", "<script>&'%s%n${}",
    "\u2028\u2029\ufeff", "x" * 20000,
], ids=range(9))
def test_text_comes_back_as_it_was(user, text):
    entity = user.create({"detail": {"jobTitle": text}, "categories": [text]})
    assert entity["detail"]["jobTitle"] == text and entity["categories"] == [text]
    [(stored,)] = user.rows("document::jsonb #>> '{detail,jobTitle}'")
    assert stored == text


def test_escapes_are_read(user):
    answer = user.post(data=r'{"detail":{"jobTitle":"\u00e9\ud83d\ude00\/\"\\"}}')
    assert answer.json["detail"]["jobTitle"] == "é😀/\"\\"


def test_numbers_are_kept_as_written(user):
    answer = user.post(data='{"inference":{"confidenceScore":0.50}}')
    assert b'"confidenceScore":0.50,' in answer.content
    for special in ("NaN", "INF", "-INF"):
        entity = user.create({"inference": {"confidenceScore": special}})
        assert entity["inference"]["confidenceScore"] == special


# ---- who ----

@pytest.mark.parametrize("kind", ["o'brien; DROP TABLE", "Zoë 日本 😀", "x" * 1000, "é" * 1000,
                                  "a/b?c#d", "a%41b", "..", "$@", "(')"], ids=range(9))
def test_unusual_users_are_served(new_user, kind):
    somebody = new_user(id=kind + str(uuid.uuid4()), name="N", sub=None, upn=None)
    entity = somebody.create({"isCurrent": True})
    assert entity["lastModifiedBy"]["user"]["id"] == somebody.id
    assert [row[0] for row in somebody.rows()] == [entity["id"]]


@pytest.mark.parametrize("form", ["/users/{}/profile/positions", "/users('{}')/profile/positions",
                                  "/users/{}/profile/positions/$ref",
                                  "/USERS('{}')/Profile/POSITIONS/", "/Me/profile/Positions/$REF"])
def test_the_forms_of_the_path(user, form):
    answer = user.post({}, form.format(user.id))
    assert answer.status == 201
    assert user.rows() == [(answer.json["id"],)]


# ---- preferences ----

def test_return_minimal(user):
    answer = user.post(EXAMPLE, headers={"Prefer": "respond-async, Return=minimal; x=y"})
    assert answer.status == 204 and answer.content == b""
    assert answer.headers["Preference-Applied"] == "return=minimal"
    assert answer.headers["OData-EntityId"] == answer.headers["Location"]
    [(id_, etag)] = user.rows("id::text, etag")
    assert answer.headers["ETag"] == f'"{etag}"'
    assert answer.headers["Location"].endswith(f"/positions('{id_}')")
    assert "Content-Type" not in answer.headers


def test_return_representation(user):
    answer = user.post({}, headers={"Prefer": "return=representation"})
    assert answer.status == 201
    assert answer.headers["Preference-Applied"] == "return=representation"
    assert "Preference-Applied" not in user.post({}, headers={"Prefer": "odata.foo"}).headers


# ---- relaxed validation ----

PLACEHOLDERS = copy.deepcopy(EXAMPLE)
PLACEHOLDERS["allowedAudiences"] = "String"
PLACEHOLDERS["inference"]["confidenceScore"] = "Double"
PLACEHOLDERS["detail"]["company"]["address"]["type"] = "String"
PLACEHOLDERS["detail"]["startMonthYear"] = PLACEHOLDERS["detail"]["endMonthYear"] = "Date"


@pytest.mark.parametrize("path", COLLECTIONS)
def test_relaxed_takes_the_specifications_placeholders(user, path):
    answer = user.post(PLACEHOLDERS, path, root="/relaxed")
    assert answer.status == 201
    holds(answer.json, PLACEHOLDERS)
    assert user.rows("audiences") == [(0,)]  # an unreadable value admits no other user
    assert len(user.refused(400, PLACEHOLDERS, path).targets) == 5


def test_relaxed_keeps_unknown_properties(user):
    sent = {"nickname": "x", "detail": {"x": {"y": [1, None]}, "layer": "top", "jobTitle": 5},
            "categories": [1, "a", False], "isCurrent": "yes", "colleagues": [{"age": 7}]}
    holds(user.create(sent, root="/relaxed"), sent)
