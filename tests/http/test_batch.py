# SPDX-License-Identifier: Apache-2.0
"""$batch: valid batches, and the answer to each request in them. test_batch_rules.py tests the requests that
must be refused; test_graph_js.py runs the clients' own batch classes."""

import base64
import json
import re
import uuid
from urllib.parse import quote

import pytest
from lib import batches
from lib.batches import batch, delete, get, item, patch, post
from lib.client import POSITIONS, UUID, UUID_V7
from lib.sources import number_in_the_code
from test_config import check

ITEMS = number_in_the_code("GP_BATCH_ITEMS_DEFAULT")


def titled(title):
    return {"detail": {"jobTitle": title}}


def refused(user, body, status=400, **options):
    """An invalid batch is refused as a whole, and stores no row."""
    before = user.rows("id::text, etag")
    answer = user.request("POST", "/$batch", **({"data": body} if isinstance(body, (str, bytes)) else {"body": body}),
                          **options)
    assert answer.status == status, answer.content
    assert user.rows("id::text, etag") == before
    return answer.error


# ---- valid and invalid batches ----

def test_as_many_as_a_batch_holds(user):
    """A batch of twenty requests runs, with ids in any order. With one more, no request runs."""
    for number in (ITEMS - 1, ITEMS):
        ids = [str(uuid.uuid4()) for _ in range(number)]
        got = batch(user, [get(id=id) for id in ids])
        assert set(got) == set(ids) and all(one["status"] == 200 for one in got.values())
    error = refused(user, {"requests": [post({}, id=str(i)) for i in range(ITEMS + 1)]})
    assert error["code"] == "BadRequest" and f"at most {ITEMS} requests" in error["message"]


@pytest.mark.parametrize("body, target", [
    ({"requests": []}, "$.requests"), ({}, "$.requests"), ({"requests": None}, "$.requests"), ({"requests": {}}, "$.requests"),
    ({"requests": "x"}, "$.requests"), ([], "$"), ("[]", "$"), ("3", "$"), ({"requests": [1]}, "$.requests"),
    ({"requests": [None]}, "$.requests"), ({"requests": [[]]}, "$.requests"),
    ({"Requests": [{"id": "1", "method": "GET", "url": "/me/profile/positions"}]}, "$.requests")])
def test_invalid_batches(user, body, target):
    """A batch that is no list of requests is refused with the place of the error."""
    error = refused(user, body)
    assert error["target"].startswith(target[0]) and "Invalid batch payload format." in error["message"]


@pytest.mark.parametrize("text, code", [("", "Empty Payload"), ("{", "ends too early"), ('{"requests":[}', "not valid JSON"),
                                        ('{"requests":[{"id":"\udcff"}]}', "UTF-8"), ('{"requests":[]} x', "garbage"),
                                        ('{"requests":[{"id":"\\u0000"}]}', "U+0000")])
def test_what_is_no_json(user, text, code):
    assert code in refused(user, text.encode("utf-8", "surrogateescape"))["message"]


@pytest.mark.parametrize("change, member", [
    ({"id": None}, "id"), ({"id": ""}, "id"), ({"id": 1}, "id"), ({"id": ...}, "id"), ({"id": ["1"]}, "id"),
    ({"method": None}, "method"), ({"method": ...}, "method"), ({"method": ""}, "method"), ({"method": "GET /x"}, "method"),
    ({"method": 1}, "method"), ({"url": ...}, "url"), ({"url": ""}, "url"), ({"url": 1}, "url"), ({"url": {}}, "url"),
    ({"headers": "x"}, "headers"), ({"headers": ["x"]}, "headers"), ({"headers": {"Prefer": ["x"]}}, "Prefer"),
    ({"headers": {"Prefer": "a\r\nX: b"}}, "headers"), ({"headers": {"x": {}}}, "headers"),
    ({"dependsOn": "1"}, "dependsOn"), ({"dependsOn": [1]}, "dependsOn"), ({"dependsOn": {}}, "dependsOn"),
    ({"atomicityGroup": 1}, "atomicityGroup"), ({"atomicityGroup": {}}, "atomicityGroup")])
def test_invalid_requests(user, change, member):
    """If one request is malformed, no other one runs."""
    broken = {name: value for name, value in {**post({}, id="2"), **change}.items() if value is not ...}
    error = refused(user, {"requests": [post({}, id="1"), broken]})
    assert error["target"].startswith("$.requests[1]"), error
    assert member in error["target"] or member == "Prefer" or not error["target"].endswith("]")


def test_ids(user):
    """Ids are case-sensitive, and must be unique."""
    for id in ("1", "é\"\\", "$1"):
        error = refused(user, {"requests": [post({}, id=id), get(id="x"), post({}, id=id)]})
        assert error["message"] == f"Request Id {id} has to be unique in a batch."
        assert error["target"] == "$.requests[2].id"
    got = batch(user, [get(id=id) for id in ("a", "A", "ä", " ")])
    assert {one["status"] for one in got.values()} == {200} and len(got) == 4


@pytest.mark.parametrize("member", ["id", "atomicityGroup"])
def test_the_length_of_an_id(user, member):
    most = number_in_the_code("GP_BATCH_ID_MAX")
    for name in ("x" * (most - 1), "x" * most, "é" * (most // 2)):
        [one] = batch(user, [{**get(), member: name}]).values()
        assert one["status"] == 200 and one[member] == name
    error = refused(user, {"requests": [{**post({}), member: "x" * (most + 1)}]})
    assert error["target"] == f"$.requests[0].{member}"
    assert f"longer than {most} bytes" in error["message"] and "xx" not in error["message"]


@pytest.mark.parametrize("text", [
    '{"requests":[%s],"requests":[%s]}', '{"requests":[{"id":"1","id":"2","method":"GET","url":"/me/profile/positions"}]}',
    '{"requests":[{"id":"1","method":"GET","url":"/me/profile/positions","x":1,"x":2}]}', '{"x":1,"x":1,"requests":[%s]}',
    '{"requests":[{"id":"1","method":"GET","url":"/me/profile/positions","headers":{"Accept":"a","accept":"b"}}]}',
    '{"requests":[{"id":"1","method":"GET","url":"/me/profile/positions","headers":{"x":"a","x":"b"}}]}'])
def test_a_name_stands_once_in_an_object(user, text):
    one = json.dumps(post({}))
    assert "occurs twice" in refused(user, text.replace("%s", one))["message"]


def test_what_is_not_known_is_ignored(user):
    got = batch(user, [{**get(), "x": {"y": [1, {"z": None}]}, "depends_on": ["9"], "headers": None, "dependsOn": None,
                        "atomicityGroup": None, "if": None, "body": None}], extra={"y": [[[]]], "z": {"requests": 1}})
    assert got["1"]["status"] == 200


def test_only_post_and_only_these_forms(user):
    body = {"requests": [get()]}
    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE"):
        answer = user.request(method, "/$batch")
        assert answer.status == 405 and answer.headers["Allow"] == "POST, OPTIONS", method
    assert user.request("OPTIONS", "/$batch").headers["Accept-Post"] == "application/json, multipart/mixed"
    for media in ("text/plain", "application/xml", "multipart/form-data; boundary=x", "multipart/mixedx", None):
        error = refused(user, json.dumps(body), 415, headers={"Content-Type": media})
        assert error["target"] == "Content-Type"
    assert user.post(body, "/$batch", headers={"Content-Type": "application/json; charset=utf-8"}).status == 200
    assert user.post(body, "/$Batch/").status == 200
    assert user.post(body, "/%24batch").status == 200
    assert user.post(body, "/$batch?$top=1").error["target"] == "$top"
    assert user.post(body, "/$batch", headers={"Accept": "application/xml"}).status == 406
    assert user.post(body, "/$batch", token="").status == 401
    answer = user.post(body, "/$batch")
    assert answer.headers["OData-Version"] == "4.0" and answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Content-Type"].startswith("application/json;odata.metadata=minimal;")


# ---- urls ----

def test_ways_to_write_a_url(user):
    """The urls of clients' own batch classes (docs/batch.md lists them)."""
    made = user.create(titled("x"))
    base = user.server.url + "/beta"
    ways = [f"{before}me/profile/positions/{made['id']}" for before in
            ("/", "", "/beta/", "beta/", f"{base}/", f"HTTP{base[4:]}/", f"https{base[4:]}/")]
    got = batch(user, [get(way, id=way) for way in ways])
    assert {json.dumps(one["body"]) for one in got.values()} == {json.dumps(made)}, got


@pytest.mark.parametrize("url, statuses", [
    ("http://example.org/beta/me/profile/positions", {400}), ("https://evil.example/me/profile/positions", {400}),
    ("//example.org/beta/me/profile/positions", {400}), ("/../server-status", {400}), ("../me/profile/positions", {400}),
    ("/%2e%2e/server-status", {400}), ("/me/../../server-status", {400}), ("/me/%2E./profile/positions", {400}),
    ("/me/..%5c/x", {400}), ("/./me/profile/positions", {400}), ("/me/%00/x", {400}), ("/me\x01/profile/positions", {400}),
    ("/me", {404}), ("/users", {404}), ("/groups", {404}), ("/server-status", {404}), ("/file.txt", {404}),
    ("/beta/beta/me/profile/positions", {404}), ("/v1.0/me/profile/positions", {404}), ("/me/profile/positions/$x", {404}),
    ("/..%2f..%2fserver-status", {400}), ("/me%2f..%2f..%2fserver-status", {400}), ("file:///etc/passwd", {404}), ("/small/me/profile/positions", {404}),
    ("/$batch", {400}), ("$batch", {400}), ("/%24batch", {400}), ("/$BATCH/", {400})])
def test_urls_outside_of_the_root(user, url, statuses):
    """A batch reaches nothing else of the server, and no batch in a batch."""
    got = batch(user, [get(url, id="1"), post({"requests": [get()]}, url, id="2"), get(id="3")])
    for id in "12":
        assert got[id]["status"] in statuses and got[id]["body"]["error"]["code"] in ("BadRequest", "ResourceNotFound"), got
    assert got["3"]["status"] == 200
    absolute = batch(user, [get(user.server.url + "/file.txt")])["1"]
    assert absolute["status"] == 404


def test_characters_of_a_url(user):
    """Raw and percent-encoded characters are equal. An escape stays unchanged."""
    for title in ("R&D", "O'Neil", "zażółć 😀", "100%", "a+b", "#1", "x y", "%41"):
        made = user.create(titled(title))
        literal = "'" + title.replace("'", "''") + "'"
        encoded = quote(f"detail/jobTitle eq {literal}", safe="")
        spellings = [encoded, f"detail/jobTitle eq {quote(literal, safe='')}"]
        if not re.search("[&%+]", title):
            spellings.append(f"detail/jobTitle eq {literal}")
        if title == "100%":  # some clients decode a whole url
            spellings.append(f"detail/jobTitle eq {literal}")
        got = batch(user, [get(f"{POSITIONS}?$filter={way}", id=way) for way in spellings])
        for way, one in got.items():
            assert [row["id"] for row in one["body"]["value"]] == [made["id"]], (title, way, one)
    error = batch(user, [get(f"{POSITIONS}?$filter=detail/jobTitle eq 'R&D'")])["1"]
    assert error["status"] == 400


def test_a_url_is_as_long_as_a_request_line(user):
    """httpd's LimitRequestLine applies to each url."""
    start = f"{POSITIONS}/$count?x="
    for length, status in ((8189, 200), (8190, 200), (8191, 414)):
        assert batch(user, [get(start + "y" * (length - len("/beta" + start)))])["1"]["status"] == status


def test_a_header_is_as_long_as_a_field(user):
    """httpd's LimitRequestFieldSize (locations.conf) applies to each header of a request."""
    name, limit = "If-None-Match", 32768
    for length, status in ((limit - 1, 200), (limit, 200), (limit + 1, 400)):
        value = f'"{"x" * (length - len(name) - len(": ") - 2)}"'
        got = batch(user, [get("/me/profile", id="1", headers={name: value}), get(id="2")])
        assert [got[id]["status"] for id in "12"] == [status, 200], length
    assert got["1"]["body"]["error"]["target"] == name


# ---- methods and bodies ----

def test_methods_in_any_case(user):
    got = batch(user, [item("post", POSITIONS, id="1", body={}), item("Get", POSITIONS, id="2", dependsOn=["1"]),
                       item("HEAD", POSITIONS, id="3"), item("OPTIONS", POSITIONS, id="4"), item("PUT", POSITIONS, id="5"),
                       item("TRACE", POSITIONS, id="6"), item("CONNECT", POSITIONS, id="7"), item("MERGE", POSITIONS, id="8")])
    assert [got[str(i)]["status"] for i in range(1, 9)] == [201, 200, 200, 204, 405, 405, 405, 405]
    assert len(got["2"]["body"]["value"]) == 1
    assert "body" not in got["3"] and "body" not in got["4"]
    assert got["4"]["headers"]["Allow"] == got["5"]["headers"]["Allow"] == "GET, HEAD, POST, OPTIONS"


def test_a_body_without_a_content_type(user):
    """kiota's TypeScript core sends none."""
    got = batch(user, [post(titled("x"), id="1"),
                       post(titled("y"), id="2", headers={"Content-Type": "text/plain"}),
                       post(titled("z"), id="3", headers={"content-type": "application/json;charset=utf-8"}),
                       post(json.dumps(titled("t")), id="4")])
    assert [got[id]["status"] for id in "1234"] == [201, 415, 201, 201]
    assert got["2"]["body"]["error"]["code"] == "UnsupportedMediaType"
    assert got["1"]["body"]["detail"]["jobTitle"] == "x"
    rows = user.rows("id::text")
    assert {row[0] for row in rows} == {got[id]["body"]["id"] for id in "134"}


def test_no_body(user):
    """A write without a body is 400. A read needs none."""
    made = user.create()
    got = batch(user, [item("POST", POSITIONS, id="1"), item("PATCH", f"{POSITIONS}/{made['id']}", id="2"),
                       item("POST", POSITIONS, id="3", body=None, headers={"Content-Type": "application/json"}),
                       item("GET", POSITIONS, id="4", body=None), post({}, id="5")])
    assert [got[id]["status"] for id in "12345"] == [400, 400, 400, 200, 201]
    assert got["1"]["body"]["error"]["message"] == "Empty Payload. JSON content expected."
    assert batch(user, [item("DELETE", f"{POSITIONS}/{made['id']}", body=None)])["1"]["status"] == 204


@pytest.mark.parametrize("body", [1, True, "x", "", [], [{}], 1.5e3])
def test_bodies_that_are_no_object(user, body):
    got = batch(user, [item("POST", POSITIONS, body=body, headers={"Content-Type": "application/json"}), get(id="2")])
    assert got["1"]["status"] == 400 and got["2"]["status"] == 200 and not user.rows()


def test_what_is_wrong_in_a_body_is_told_as_ever(user):
    wrong = {"detail": {"jobTitle": 1, "x": 2}, "isCurrent": "no"}
    alone = user.post(wrong)
    got = batch(user, [post(wrong)])["1"]
    assert got["status"] == 400
    assert got["body"]["error"]["details"] == alone.error["details"]
    twice = '{"requests":[{"id":"1","method":"POST","url":"%s","body":{"isCurrent":true,"isCurrent":true}}]}' % POSITIONS
    assert user.request("POST", "/$batch", data=twice).json["responses"][0]["status"] == 400


def test_bodies_in_base64(user):
    """Both alphabets are accepted, padded or not."""
    for title in ("", "x", "xy", "xyz", "ÿþ??>>", "~" * 50):
        raw = json.dumps(titled(title), ensure_ascii=False).encode()
        spellings = {way for encode in (base64.b64encode, base64.urlsafe_b64encode)
                     for way in (encode(raw).decode(), encode(raw).decode().rstrip("="))}
        got = batch(user, [post(way, id=way, headers={"Content-Type": "application/json"}) for way in spellings])
        for way, one in got.items():
            assert one["status"] == 201 and one["body"]["detail"]["jobTitle"] == title, (way, one)
    for way in ("e30=A", "e30===", "e30=e30=", "e", "é30="):
        got = batch(user, [post(way, headers={"Content-Type": "application/json"})])["1"]
        assert got["status"] == 400, way


# ---- answers ----

def test_each_answer_is_that_of_the_request_alone(user, other):
    """Status, body and headers, except those that always differ between requests."""
    made = user.create(titled("x"))
    path = f"{POSITIONS}/{made['id']}"
    paths = ["/", "/$metadata?$format=json", "/openapi.json", POSITIONS, f"{POSITIONS}?$top=1&$count=true", f"{POSITIONS}/$count", path,
             f"{path}?$select=isCurrent", f"{POSITIONS}/{uuid.uuid4()}", f"{POSITIONS}?$filter=x", f"/users/{other.id}/profile/positions",
             f"/users/{user.id}/profile/positions", f"/users/{uuid.uuid4()}@x.org/profile/positions", "/me/profile/positions/$ref"]
    got = batch(user, [get(way, id=way) for way in paths])
    for way in paths:
        alone, one = user.get(way), got[way]
        assert one["status"] == alone.status, way
        body = one["body"] if isinstance(one["body"], str) else batches.without_ids(one["body"])
        assert body == (alone.content.decode() if isinstance(body, str) else batches.without_ids(alone.json)), way
        assert list(one["headers"])[0] == "Content-Type" and one["headers"]["Content-Type"] == alone.headers["Content-Type"]
        for name in ("ETag", "OData-Version", "Cache-Control", "Allow", "WWW-Authenticate", "Content-Language", "Location"):
            assert one["headers"].get(name) == alone.headers.get(name), (way, name)
        assert UUID.fullmatch(one["headers"]["request-id"])
    assert len({one["headers"]["request-id"] for one in got.values()}) == len(paths)


def test_answers_of_writes(user):
    """Answers of writes have Location and ETag; a deletion has no body."""
    made = batch(user, [post(titled("x"))])["1"]
    assert made["status"] == 201 and UUID_V7.fullmatch(made["body"]["id"])
    assert made["headers"]["ETag"] == made["body"]["@odata.etag"]
    assert made["headers"]["Location"].startswith(f"{user.server.url}/beta/users") and user.read(made["body"]["id"]) == made["body"]
    id = made["body"]["id"]
    changed = batch(user, [patch(id, titled("y"))])["1"]
    assert changed["status"] == 200 and changed["body"]["detail"]["jobTitle"] == "y"
    gone = batch(user, [delete(id)])["1"]
    assert gone["status"] == 204 and "body" not in gone and gone["headers"]["OData-Version"] == "4.0"
    assert "Content-Type" not in gone["headers"]
    assert batch(user, [delete(id)])["1"]["status"] == 404


def test_text_and_other_media(user):
    """Text is a JSON string in the answer; other media types are base64url."""
    user.create()
    got = batch(user, [get(f"{POSITIONS}/$count", id="1"), get("/$metadata", id="2")])
    assert got["1"]["body"] == "1" and got["1"]["headers"]["Content-Type"].startswith("text/plain")
    text = got["2"]["body"]
    assert base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) == user.get("/$metadata").content
    assert got["2"]["headers"]["Content-Type"].startswith("application/xml")


def test_conditions_and_preferences(user):
    """Each applies to its own request. Those of the batch do not apply to its requests."""
    made = user.create(titled("x"))
    id, etag = made["id"], made["@odata.etag"]
    path = f"{POSITIONS}/{id}"
    got = batch(user, [
        patch(id, titled("y"), id="1", headers={"If-Match": '"x"'}), get(path, id="2", headers={"if-none-match": etag}),
        post({}, id="3", headers={"Prefer": "return=minimal"}), get(path, id="4", headers={"Accept": "application/json;odata.metadata=none"}),
        get(path, id="5", headers={"Accept": "application/xml"}), delete(id, id="6", headers={"If-None-Match": etag}),
        get(path, id="7", headers={"OData-MaxVersion": "3.0"}), get(path, id="8", headers={"Isolation": "snapshot"}),
        patch(id, titled("z"), id="9", headers={"If-Match": etag}, dependsOn=["2", "4"])],
        headers={"Prefer": "return=minimal", "Accept": "application/json;odata.metadata=none"})
    assert {id: one["status"] for id, one in got.items()} == {
        "1": 412, "2": 304, "3": 204, "4": 200, "5": 406, "6": 412, "7": 406, "8": 412, "9": 200}
    assert "body" not in got["2"] and got["2"]["headers"]["ETag"] == etag
    assert "body" not in got["3"] and got["3"]["headers"]["Preference-Applied"] == "return=minimal"
    assert got["3"]["headers"]["Location"] == got["3"]["headers"]["OData-EntityId"]
    assert "@odata.context" not in got["4"]["body"] and "@odata.context" in got["9"]["body"]
    answer = user.post({"requests": [get(path)]}, "/$batch", headers={"If-Match": etag})
    assert answer.status == 412


def test_request_ids(user):
    mine, whole = str(uuid.uuid4()), str(uuid.uuid4())
    got = batch(user, [get(id="1", headers={"client-request-id": mine}), get(id="2"), get("/nothing", id="3")],
                headers={"client-request-id": whole})
    assert [got[id]["headers"]["client-request-id"] for id in "123"] == [mine, whole, whole]
    assert got["3"]["body"]["error"]["innerError"]["client-request-id"] == whole


# ---- dependencies ----

def test_a_chain_that_breaks(user):
    """If a request fails, all that depend on it, directly or indirectly, are 424 and do not run."""
    made = user.create(titled("x"))
    rows = user.rows("etag")
    got = batch(user, [get(f"{POSITIONS}/{uuid.uuid4()}", id="1"), patch(made["id"], titled("y"), id="2", dependsOn=["1"]),
                       delete(made["id"], id="3", dependsOn=["2"])])
    assert [got[id]["status"] for id in "123"] == [404, 424, 424] and user.rows("etag") == rows
    assert got["2"]["body"]["error"]["code"] == "FailedDependency" and got["2"]["body"]["error"]["target"] == "dependsOn"
    assert got["3"]["headers"]["Content-Type"] == "application/json"


@pytest.mark.parametrize("depends", [{"1": ["2"]}, {"1": ["1"]}, {"2": ["x"]}, {"1": ["3"], "2": ["1"], "3": ["2"]},
                                     {"3": ["1", "2", "4"]}, {"2": [""]}])
def test_impossible_dependencies(user, depends):
    """Dependencies on a later request, on itself, on an unknown one, and in a circle."""
    error = refused(user, {"requests": [{**post({}, id=id), "dependsOn": depends.get(id, [])} for id in "1234"]})
    assert error["message"].startswith(f"Invalid dependency for request Id {min(depends)}: ")
    assert error["target"].endswith(".dependsOn")


def test_dependencies_of_many_kinds(user):
    """Fan-out, fan-in, chains and requests without dependencies, mixed."""
    got = batch(user, [post(titled("a"), id="a"), get(f"{POSITIONS}/$count", id="b", dependsOn=["a"]), post(titled("c"), id="c", dependsOn=["a"]),
                       get(f"{POSITIONS}/$count", id="d", dependsOn=["c", "b"]), post({"x": 1}, id="e"), get(id="f", dependsOn=["a", "e"]),
                       get(id="g", dependsOn=["a", "a"])])
    assert {id: one["status"] for id, one in got.items()} == {"a": 201, "b": 200, "c": 201, "d": 200, "e": 400, "f": 424, "g": 200}
    assert got["d"]["body"] == "2"
    last = batch(user, [post({}, id="0"), *(patch(f"$nothing{i}", {}, id=str(i), dependsOn=["0"]) for i in range(1, 3))])
    assert last["1"]["status"] == 404


def test_a_chain_is_carried_out_in_its_order(user):
    made = user.create()
    chain = [patch(made["id"], {"categories": [str(i)]}, id=str(i), dependsOn=[str(i - 1)] if i else []) for i in range(ITEMS)]
    got = batch(user, chain)
    assert [got[str(i)]["body"]["categories"] for i in range(ITEMS)] == [[str(i)] for i in range(ITEMS)]
    assert user.read(made["id"])["categories"] == [str(ITEMS - 1)]


def test_changes_of_one_position_in_one_batch(user):
    """Without dependencies they run concurrently; none is lost."""
    made = user.create()
    got = batch(user, [patch(made["id"], {"detail": {name: "x"}}, id=name) for name in ("jobTitle", "role", "summary", "description")])
    assert {one["status"] for one in got.values()} == {200}
    assert [user.read(made["id"])["detail"][name] for name in got] == ["x"] * 4


def test_unsupported_parts_are_refused(user):
    """Parts of OData that no client of Graph uses are refused, together with requests that depend on them."""
    made = user.create()
    got = batch(user, [
        {**post({}, id="1"), "atomicityGroup": "g"}, {**post({}, id="2"), "atomicityGroup": "g"}, get(id="3", dependsOn=["g"]),
        get("$1/profile", id="4"), get("/$1", id="5"), patch(made["id"], {}, id="6", headers={"If-Match": "$1"}),
        {**get(id="7"), "if": "$1/$succeeded"}, {**get(id="8"), "if": {"x": 1}}, get(id="9")])
    assert [got[str(i)]["status"] for i in range(1, 10)] == [501, 501, 424, 501, 501, 501, 424, 424, 200]
    later = batch(user, [get("$2", id="1"), get("/$metadata", id="2"), get("$metadata", id="metadata"), get("$metadata", id="3")])
    assert [later[id]["status"] for id in ("1", "2", "metadata", "3")] == [404, 200, 200, 200]
    assert got["1"]["atomicityGroup"] == "g" and "atomicityGroup" not in got["9"]
    assert len(user.rows()) == 1


def test_a_group_of_one_request_is_carried_out(user):
    """It is all or nothing by itself. A name that several requests have is a group, wherever they are, even if it is an id.
    dependsOn means the request, then."""
    got = batch(user, [{**post({}, id="1"), "atomicityGroup": "g"}, get(f"{POSITIONS}/$count", id="2", dependsOn=["g"]),
                       {**post({}, id="3"), "atomicityGroup": "1"}, {**post({"x": 1}, id="4"), "atomicityGroup": "h"},
                       get(id="5", dependsOn=["h"]), {**post({}, id="6"), "atomicityGroup": "1"},
                       get(id="7", dependsOn=["1"]), get(id="g")])
    assert [got[id]["status"] for id in "1234567g"] == [201, 200, 501, 400, 424, 501, 200, 200]
    assert got["1"]["atomicityGroup"] == "g" and got["3"]["body"]["error"]["target"] == "atomicityGroup" and len(user.rows()) == 1


def test_stopping_at_the_first_error(user):
    requests = [post({}, id="1"), post({"x": 1}, id="2"), post({}, id="3")]
    for prefer in ("continue-on-error=false", "odata.continue-on-error=false", "return=minimal, Continue-On-Error=false"):
        before = len(user.rows())
        answer = user.post({"requests": requests}, "/$batch", headers={"Prefer": prefer})
        assert [(one["id"], one["status"]) for one in answer.json["responses"]] == [("1", 201), ("2", 400)]
        applied = ("odata." if "odata." in prefer else "") + "continue-on-error=false"
        assert answer.headers["Preference-Applied"] == applied and len(user.rows()) == before + 1
    for prefer in ("continue-on-error", "continue-on-error=true", "odata.continue-on-error", None):
        answer = user.post({"requests": requests}, "/$batch", headers={"Prefer": prefer})
        assert [one["status"] for one in answer.json["responses"]] == [201, 400, 201]
        assert "Preference-Applied" not in answer.headers


# ---- limits ----

def padded(size):
    """A batch of one request whose body has this size in bytes."""
    text = json.dumps({"requests": [get()]})
    return text + " " * (size - len(text))


@pytest.mark.http1  # httpx cannot take an answer that comes before the body has ended
def test_the_body_of_a_batch(user):
    most = number_in_the_code("GP_BATCH_BYTES_DEFAULT")
    for size in (most - 1, most):
        assert user.post(data=padded(size), path="/$batch").status == 200
    error = refused(user, padded(most + 1), 413)
    assert f"larger than {most} bytes" in error["message"]


@pytest.mark.http1
def test_the_body_of_a_batch_in_chunks(user):
    most = number_in_the_code("GP_BATCH_BYTES_DEFAULT")
    for size, status in ((most, 200), (most + 1, 413)):
        text = padded(size).encode()
        chunks = (text[start:start + 65536] for start in range(0, len(text), 65536))
        assert user.post(data=chunks, path="/$batch").status == status


def test_a_body_in_a_batch_is_as_large_as_one_alone(user):
    most = number_in_the_code("GP_BODY_DEFAULT")

    def sized(length):
        start, end = '{"detail":{"summary":"', '"}}'
        return start + "x" * (length - len(start) - len(end)) + end
    got = batch(user, [item("POST", POSITIONS, id=str(i), body=json.loads(sized(most + i))) for i in (-1, 0, 1)], compact=True)
    assert [got[id]["status"] for id in ("-1", "0", "1")] == [201, 201, 413]
    assert got["1"]["body"]["error"]["message"] == f"The request body is larger than {most} bytes."


def test_as_many_large_bodies_as_fit(user):
    size, most = number_in_the_code("GP_BODY_DEFAULT"), number_in_the_code("GP_BATCH_BYTES_DEFAULT")
    got = batch(user, [post(titled("x" * (size - 100)), id=str(i)) for i in range(most // size - 1)])
    assert {one["status"] for one in got.values()} <= {201, 503} and len(user.rows()) == [
        one["status"] for one in got.values()].count(201) > 10


def test_answers_that_are_large_together(user):
    """All answers of a batch are in memory at the same time. The client must send requests beyond the limit
    again."""
    most = number_in_the_code("GP_ANSWERS_CONNECTION_MAX")
    for _ in range(9):
        user.create(titled("x" * 60000))
    [(size,)] = [(len(user.get().content),)]
    fit = most // size
    got = batch(user, [get(id=str(i)) for i in range(fit + 2)])
    statuses = [got[str(i)]["status"] for i in range(fit + 2)]
    assert statuses[:fit - 1] == [200] * (fit - 1) and statuses[-1] == 503 and set(statuses) == {200, 503}
    late = got[str(fit + 1)]
    assert late["headers"]["Retry-After"] == "1" and "Send this request again" in late["body"]["error"]["message"]


def test_answers_without_a_body_are_not_large(user):
    """They take none of the memory of the batch, however large the body would be."""
    for _ in range(9):
        user.create(titled("x" * 60000))
    etag = user.get("/me/profile").headers["ETag"]
    known = [get("/me/profile", id=str(i), headers={"If-None-Match": etag}) for i in range(ITEMS)]
    assert {one["status"] for one in batch(user, known).values()} == {304}
    heads = [item("HEAD", POSITIONS, id=str(i)) for i in range(ITEMS - 1)]
    assert {one["status"] for one in batch(user, [*heads, get(id="last")]).values()} == {200}


@pytest.mark.parametrize("directive, least, most", [
    ("GraphProfileBatchItems", 1, "GP_BATCH_ITEMS_CEILING"), ("GraphProfileBatchBytes", 1, "GP_BATCH_BYTES_CEILING")])
def test_a_directive_of_batches(state, module, sanitizers, directive, least, most):
    most = number_in_the_code(most)
    for number in (least - 1, least, most, most + 1):
        result = check(state, module, sanitizers, f"{directive} {number}")
        assert (result.returncode == 0) == (least <= number <= most), result.stdout
        assert result.returncode == 0 or f"from {least} to {most}" in result.stdout
