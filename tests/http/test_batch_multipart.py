# SPDX-License-Identifier: Apache-2.0
"""$batch in multipart/mixed (OData Protocol 4.01, 11.7.7): the form that OpenUI5, Olingo and Simple.OData.Client
send. test_batch.py and test_batch_rules.py test what both forms have in common; test_openui5.py runs OpenUI5."""

import json
import re

import pytest
from lib.client import POSITIONS, UUID_V7
from lib.multipart import CRLF, batch, change_set, joined, read, request, send
from lib.sources import number_in_the_code

ITEMS = number_in_the_code("GP_BATCH_ITEMS_DEFAULT")
COUNT = f"{POSITIONS[1:]}/$count"
MISSING = f"{POSITIONS[1:]}/00000000-0000-0000-0000-000000000000"


def titled(title):
    return {"detail": {"jobTitle": title}}


def refused(user, text, **options):
    """A malformed batch is refused as a whole, and stores no row."""
    before = user.rows("id::text, etag")
    answer = send(user, text, **options)
    assert answer.status == 400 and user.rows("id::text, etag") == before, answer.content
    return answer.error


# ---- what clients send ----

def test_each_response_is_that_of_the_request_alone(user):
    """In the order of the requests, with the Content-ID of each."""
    first, count, listed, missing, gone = batch(
        user, request("POST", body=titled("Söhne & x"), id="a-1"), request("GET", COUNT), request("GET", id="ü"),
        request("GET", MISSING), request("DELETE", MISSING))
    assert [one.status for one in (first, count, listed, missing, gone)] == [201, 200, 200, 404, 404]
    assert [one.id for one in (first, count, listed, missing, gone)] == ["a-1", None, "ü", None, None]
    assert first.json == {**user.read(first.json["id"]), "@odata.context": first.json["@odata.context"]}
    assert UUID_V7.fullmatch(first.json["id"]) and first.json["detail"]["jobTitle"] == "Söhne & x"
    assert first.headers["Location"].endswith(f"('{first.json['id']}')") and first.headers["ETag"] == first.json["@odata.etag"]
    assert count.content == b"1" and count.headers["Content-Type"].startswith("text/plain")
    alone = user.get()
    assert listed.content == alone.content and listed.headers["Content-Type"] == alone.headers["Content-Type"]
    assert missing.error["code"] == "ResourceNotFound"
    assert missing.error["innerError"]["request-id"] == missing.headers["request-id"] != gone.headers["request-id"]


def test_a_batch_of_each_form(user):
    """The same engine executes both: cheap enough for every MPM."""
    made = batch(user, request("POST", body=titled("x")), request("POST", body=titled("y")), request("GET", COUNT))
    assert [one.status for one in made] == [201, 201, 200] and made[-1].content == b"2"
    got = user.post({"requests": [{"id": str(i), "method": "GET", "url": f"{POSITIONS}/{one.json['id']}"}
                                  for i, one in enumerate(made[:2])]}, "/$batch").json["responses"]
    assert [one["body"]["detail"]["jobTitle"] for one in sorted(got, key=lambda one: one["id"])] == ["x", "y"]


def test_as_simple_odata_client_sends_it(user):
    """It puts each change into a change set, repeats the Content-ID in the request, and sends absolute URLs; deletes have no
    empty line behind their headers. A change set of one request is executed: it succeeds or fails as a whole."""
    def change(number, *lines, body=""):
        part = ["Content-Type: application/http", "Content-Transfer-Encoding: binary", f"Content-ID: {number}", "", *lines, ""]
        return f"Content-Type: multipart/mixed; boundary=changeset_{number}{CRLF}{CRLF}--changeset_{number}{CRLF}" \
            + CRLF.join(part) + body + f"--changeset_{number}--{CRLF}"
    base = f"{user.server.url}/beta{POSITIONS}"
    [[made]] = batch(user, change(
        1, f"POST {base} HTTP/1.1", "Content-ID: 1", "Prefer: return=representation", "OData-Version: 4.0",
        "Content-Type: application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8",
        body=f'{CRLF}{{"detail":{{"jobTitle":"x"}}}}{CRLF}'), continues=False)
    assert made.status == 201 and made.id == "1" and made.headers["Preference-Applied"] == "return=representation"
    url = f"{base}/{made.json['id']}"
    [[changed], read_back, [gone]] = batch(
        user, change(1, f"PATCH {url} HTTP/1.1", "Content-ID: 1", "Prefer: return=minimal", "If-Match: *",
                     "Content-Type: application/json", body=f'{CRLF}{{"isCurrent":true}}{CRLF}'),
        request("GET", url, headers={"Accept": "application/json;odata.metadata=minimal"}, id="2"),
        change(3, f"DELETE {url} HTTP/1.1", "Content-ID: 3"), continues=False)
    assert (changed.status, changed.id, changed.content) == (204, "1", b"") and made.json["id"] in changed.headers["OData-EntityId"]
    assert (gone.status, gone.id) == (204, "3") and read_back.json["isCurrent"] is True and not user.rows()


def test_as_olingo_sends_it(user):
    """An empty line in front of the first delimiter of the batch and of a change set, and no line end at its end. The
    Content-IDs of each change set begin at 1."""
    base = f"{user.server.url}/beta{POSITIONS}"
    common = f"Content-Type: application/http{CRLF}Content-Transfer-Encoding: binary{CRLF}"
    change = [
        "", "--batch_b", "Content-Type: multipart/mixed;boundary=changeset_c", "", "", "--changeset_c",
        f"{common}Content-ID:1", "", f"POST {base} HTTP/1.1", "Content-Type: application/json;odata.metadata=minimal",
        "Accept: application/json;odata.metadata=minimal", "Content-ID: 1", "", '{"isCurrent":true}', "--changeset_c--", ""]
    text = CRLF.join([
        *change, *change, "", "--batch_b", common, f"GET {base}?$select=isCurrent HTTP/1.1", "Accept: application/json;odata.metadata=full", "", "",
        "--batch_b--"])
    answer = send(user, text, "batch_b", {"Accept": "multipart/mixed", "Prefer": "odata.continue-on-error"})
    assert re.fullmatch(r"multipart/mixed; boundary=batch_[0-9a-f]{32}", answer.headers["Content-Type"])  # it reads no quotes
    assert answer.headers["Preference-Applied"] == "odata.continue-on-error"
    [[made], [second], listed] = read(answer)
    assert [(one.status, one.id) for one in (made, second)] == [(201, "1")] * 2 and made.json["id"] != second.json["id"]
    assert "odata.metadata=full" in listed.headers["Content-Type"]
    assert [one["isCurrent"] for one in listed.json["value"]] == [True, True]


def test_ways_to_write_a_url(user):
    """Absolute, the path of an absolute URL beside a Host, and relative to the root; spaces need no encoding."""
    made = user.create(titled("a b"))
    base, host = user.server.url + "/beta", user.server.url.partition("//")[2]
    ways = [(f"{base}{POSITIONS}/{made['id']}", {}), (f"/beta{POSITIONS}/{made['id']}", {"Host": host}),
            (f"{POSITIONS[1:]}/{made['id']}", {}), (f"{POSITIONS}/{made['id']}", {"Host": "elsewhere.example"})]
    assert [one.json for one in batch(user, *(request("GET", url, headers=headers) for url, headers in ways))] == [made] * len(ways)
    [found, other, upwards] = batch(
        user, request("GET", f"{COUNT}?$filter=detail/jobTitle eq 'a b'"), request("GET", f"http://other.example/beta{POSITIONS}"),
        request("GET", "../server-status"))
    assert found.content == b"1" and other.status == upwards.status == 400


def test_what_mime_allows(user):
    """Text around the parts, line ends without CR, white space behind delimiters, names in any case, headers in several lines,
    a boundary in quotes, and delimiters that begin like another."""
    body = json.dumps(titled("x"))
    text = "\n".join([
        "a preamble", "--b", "CONTENT-type:application/http;msgtype=request", "content-transfer-encoding: Binary", "",
        "get me/profile/positions/$count HTTP/1.0", "", "", "--b \t", "content-TYPE:", "\tmultipart/mixed;", " boundary=\"b b\"", "",
        "another", "--b b", "Content-Type: application/http", "Content-ID:  <1@x>  ", "", "",
        "POST me/profile/positions HTTP/1.1", "Prefer: return=minimal", "content-type: application/json;", " charset=utf-8", "",
        body, "--b b--", "--b b--", "--bb", "--b- -", "--b-- ", "--b", "an epilogue"])
    for ends in ("\n", CRLF):
        [count, [made]] = read(send(user, text.replace("\n", ends), '"b"'))
        assert count.status == 200 and made.status == 204 and made.id == "<1@x>"
    assert len(user.rows()) == 2


def test_requests_without_a_body(user):
    """Whatever empty lines are behind their headers; a POST without a body is refused by itself."""
    head = f"Content-Type: application/http{CRLF}{CRLF}GET {COUNT} HTTP/1.1"
    parts = [head, head + CRLF, head + CRLF * 2, head + CRLF * 6, head.replace(CRLF, "\n") + "\n\n\n", request("POST", body="")]
    got = batch(user, *parts)
    assert [one.status for one in got] == [200] * 5 + [400] and "Empty Payload" in got[-1].error["message"]


# ---- the order, and errors ----

def test_requests_are_executed_in_their_order(user):
    """Each sees what those before it have done."""
    id = "11111111-1111-4111-8111-111111111111"
    requests = [request("GET", COUNT), request("POST", body={"id": id}), request("GET", COUNT), request("POST", body={}),
                request("POST", body={}), request("GET", COUNT), request("DELETE", f"{POSITIONS[1:]}/{id}"), request("GET", COUNT)]
    for continues in (True, False):
        counts = [one.content for one in batch(user, *requests, continues=continues)][::2]
        assert [counts[0], counts[1], counts[3]] != counts and len(counts) == 4
        got = batch(user, *requests, continues=continues)
        before = int(got[0].content)
        assert [int(got[i].content) - before for i in (2, 5, 7)] == [1, 3, 2]
    twice = batch(user, *(request("POST", body={"id": id, **titled(str(i))}) for i in range(3)))
    assert [one.status for one in twice] == [201, 409, 409] and user.read(id)["detail"]["jobTitle"] == "0"


def test_the_first_error_ends_the_batch_unless_the_client_prefers_otherwise(user):
    parts = [request("POST", body={}), request("POST", body={"x": 1}), request("POST", body={}), request("GET", COUNT)]
    for prefer in (None, "continue-on-error=false", "return=minimal"):
        before = len(user.rows())
        answer = send(user, joined(parts), headers={"Prefer": prefer})
        assert [one.status for one in read(answer)] == [201, 400] and "Preference-Applied" not in answer.headers
        assert len(user.rows()) == before + 1
    for prefer in ("continue-on-error", "odata.continue-on-error", "odata.continue-on-error=true", "Continue-On-Error = \"true\""):
        answer = send(user, joined(parts), headers={"Prefer": prefer})
        assert [one.status for one in read(answer)] == [201, 400, 201, 200]
        assert answer.headers["Preference-Applied"] == ("odata." if "odata." in prefer else "") + "continue-on-error"


def test_a_change_set_of_several_requests_is_refused(user):
    """With one response, and nothing of it is executed: it would have to succeed or fail as a whole."""
    several = change_set(request("POST", body={}, id="1"), request("POST", body={}, id="2"), request("POST", body={}, id="3"))
    other = change_set(request("POST", body={}, id="4"), request("DELETE", MISSING, id="5"))
    [made, first, second, count] = batch(user, change_set(request("POST", body={}, id="6")), several, other, request("GET", COUNT))
    assert [one.status for one in (*made, first, second, count)] == [201, 501, 501, 200] and count.content == b"1"
    assert first.error["code"] == "NotImplemented" and first.id is None and "change set" in first.error["message"]
    assert [one.status for one in batch(user, several, request("GET", COUNT), continues=False)] == [501]
    assert len(user.rows()) == 1


def test_a_change_set_that_fails_has_one_response(user):
    """Not a part of multipart/mixed, and the Content-ID tells which request failed."""
    [failed, after] = batch(user, change_set(request("PATCH", MISSING, {}, id="0.0")), request("GET", COUNT))
    assert (failed.status, failed.id, after.status) == (404, "0.0", 200)


def test_references_are_refused(user):
    [made, path, tag] = batch(
        user, change_set(request("POST", body={}, id="1")), request("GET", "$1", id="2"),
        request("PATCH", MISSING, {}, id="3", headers={"If-Match": "$1"}))
    assert made[0].status == 201 and path.status == tag.status == 501


def test_a_reference_is_one_to_an_earlier_request(user):
    """$metadata and $batch are resources, whatever the Content-IDs are."""
    got = batch(user, request("GET", "$2", id="1"), request("GET", "$metadata", id="metadata"),
                request("GET", "/$metadata?$format=json", id="2"), request("GET", "$METADATA"), request("GET", "$batch", id="batch"),
                request("POST", "$batch", {}), request("GET", "$metadata/x"), request("GET", "$2?x=y"))
    assert [one.status for one in got] == [404, 200, 200, 200, 400, 400, 404, 501]


def test_requests_without_a_path_have_the_request_id_of_the_batch(user):
    """httpd looks their paths up only if they may be executed."""
    parts = [change_set(request("POST", body={}), request("POST", body={})), request("GET", COUNT, id="1"), request("GET", "$1"),
             request("GET", f"http://other.example/beta{POSITIONS}"), request("TRACE"), request("GET", MISSING)]
    answer = send(user, joined(parts), headers={"Prefer": "continue-on-error"})
    several, count, *refused_early, missing = read(answer)
    assert [one.status for one in (several, *refused_early, missing)] == [501, 501, 400, 405, 404]
    assert {one.headers["request-id"] for one in (several, *refused_early)} == {answer.headers["request-id"]}
    assert answer.headers["request-id"] != count.headers["request-id"] != missing.headers["request-id"]


def test_answers_of_each_kind(user):
    """Without a body (204, 304, HEAD), with a condition that does not hold, and with an item's own Accept."""
    made = user.create(titled("x"))
    url, etag = f"{POSITIONS[1:]}/{made['id']}", made["@odata.etag"]
    got = batch(user, request("GET", url, headers={"If-None-Match": etag}), request("HEAD", url),
                request("PATCH", url, {}, headers={"If-Match": 'W/"0"'}), request("PUT", url, {}), request("GET", url, headers={
                    "Accept": "application/xml"}), request("POST", body=titled(1)), request("DELETE", url, headers={"If-Match": etag}))
    assert [one.status for one in got] == [304, 200, 412, 405, 406, 400, 204]
    assert got[0].headers["ETag"] == got[1].headers["ETag"] == etag
    assert "Content-Type" not in got[1].headers and "Allow" in got[3].headers
    assert got[5].error["details"][0]["target"] == user.post(titled(1)).error["details"][0]["target"]


def test_headers_that_identify_the_caller_have_no_effect_in_a_part(user, other):
    """Nor does a length that contradicts the part."""
    theirs = {"Authorization": f"Bearer {other.token}", "Cookie": "x=y", "X-Forwarded-Host": "evil.example",
              "Content-Length": "2", "Transfer-Encoding": "chunked"}
    [made] = batch(user, request("POST", body=titled("x"), headers=theirs))
    assert made.status == 201 and len(user.rows()) == 1 and not other.rows() and "evil" not in made.headers["Location"]


def test_permissions_and_nested_batches(user, new_user):
    reader = new_user(scopes="User.Read")
    got = batch(reader, request("GET"), request("POST", body={}), request("POST", "$batch", {"requests": []}), request("TRACE"))
    assert [one.status for one in got] == [200, 403, 400, 405] and not reader.rows()
    assert send(user, joined([request("GET")]), token="").status == 401


def test_the_form_of_the_answer(user):
    """It is that of the batch; a client that does not accept that form learns so before anything is executed."""
    text = joined([request("POST", body={})])
    for accept, status in (("multipart/mixed", 200), ("*/*", 200), ("application/json, multipart/*;q=0.5", 200), (None, 200),
                           ("application/json", 406), ("multipart/mixed;q=0", 406)):
        before = len(user.rows())
        answer = send(user, text, headers={"Accept": accept})
        assert answer.status == status and len(user.rows()) == before + (status == 200), accept
        assert answer.headers["Content-Type"].startswith("multipart/mixed; " if status == 200 else "application/json")
    assert user.post({"requests": []}, "/$batch", headers={"Accept": "multipart/mixed"}).status == 406
    boundaries = {send(user, joined([request("GET", COUNT)])).headers["Content-Type"] for _ in range(3)}
    assert len(boundaries) == 3
    assert user.request("OPTIONS", "/$batch").headers["Accept-Post"] == "application/json, multipart/mixed"


def test_the_service_describes_it(user):
    container = user.get("/$metadata?$format=json").json["microsoft.graph"]["GraphService"]
    assert container["@Org.OData.Capabilities.V1.BatchSupport"]["SupportedFormats"] == ["application/json", "multipart/mixed"]
    assert "<String>multipart/mixed</String>" in user.get("/$metadata").content.decode()
    described = user.get("/openapi.json").json["components"]
    for content in (described["requestBodies"]["batch"], described["responses"]["batch"]):
        assert list(content["content"]) == ["application/json", "multipart/mixed"]


# ---- malformed batches ----

@pytest.mark.parametrize("parameters", ["", "; boundary=", "; boundary=\"\"", "; boundary=\"x \"", "; boundary=\"x\\y\"", "; boundary=\"x", "; boundary=x=y",
                                        "; boundary=x; boundary=y", "; boundary=\"é\"", "; boundary=x y", "; charset=utf-8"])
def test_a_batch_needs_a_valid_boundary(user, parameters):
    answer = user.request("POST", "/$batch", data=joined([request("POST", body={})], "x"),
                          headers={"Content-Type": ("multipart/mixed" + parameters).encode()})
    assert answer.status == 400 and answer.error["target"] == "Content-Type" and "boundary" in answer.error["message"]
    assert not user.rows()


def test_the_length_of_a_boundary(user):
    most = number_in_the_code("GP_BOUNDARY_MAX")
    for length, status in ((1, 200), (most - 1, 200), (most, 200), (most + 1, 400)):
        assert send(user, joined([request("GET", COUNT)], "b" * length), "b" * length).status == status


HTTP = "Content-Type: application/http\n"
GET = "GET me/profile/positions HTTP/1.1\n"
SET = "Content-Type: multipart/mixed; boundary=s\n\n"


@pytest.mark.parametrize("text, line, message", [
    ("", 0, "no delimiter with the boundary"), ("x\n--c\n--bb\n", 3, "no delimiter with the boundary"), ("--b--\n", 1, "no requests"),
    (f"--b\n{HTTP}\n{GET}", 4, "ends without its last delimiter"), (f"--b\n{HTTP}\n{GET}\n{{}}", 6, "ends without its last delimiter"),
    (f"--b\n{HTTP}\n{GET}\n--b", 6, "no request"), (f"--b\n{HTTP}\n--b--\n", 4, "no request"), (f"--b\n{HTTP}--b--\n", 3, "no request"),
    ("--b\n\nGET x HTTP/1.1\n\n--b--\n", 2, "application/http or multipart/mixed"),
    ("--b\nContent-Type: application/json\n\n{}\n--b--\n", 3, "application/http or multipart/mixed"),
    (f"--b\n{HTTP}{HTTP}\n{GET}\n--b--\n", 3, "Content-Type occurs twice"),
    (f"--b\n{HTTP}x\n\n{GET}\n--b--\n", 3, "expected a header"), (f"--b\n{HTTP}: x\n\n{GET}\n--b--\n", 3, "expected a header"),
    (f"--b\n{HTTP}Content-Transfer-Encoding: base64\n\n{GET}\n--b--\n", 4, "must be binary"),
    *((f"--b\n{HTTP}\n{line}\n\n--b--\n", 4, "expected a request") for line in (
        "GET", "GET /x", "GET HTTP/1.1", " HTTP/1.1", "/x GET HTTP/1.1", "GET /x HTTP", "GET /x http/1.1", "G(T /x HTTP/1.1", "{}")),
    *((f"--b\n{HTTP}\nGET /x {version}\n\n--b--\n", 4, "expected a request") for version in (
        "HTTP/x", "HTTP/1", "HTTP/1.", "HTTP/1,1", "HTTP/1.1.1", "HTTP/11.1")),
    (f"--b\n{HTTP}\n{GET}DELETE http://host/x HTTP/1.1\n\n--b--\n", 5, "expected a header"),
    (f'--b\n{HTTP}\nPOST x HTTP/1.1\n{{"isCurrent":true}}\n--b--\n', 5, "expected a header"),
    (f'--b\n{HTTP}\n{GET} If-Match: "1"\n\n--b--\n', 5, "expected a header"),
    (f'--b\n{HTTP}\n{GET}If-Match : "1"\n\n--b--\n', 5, "expected a header"), (f"--b\n {HTTP}\n{GET}\n--b--\n", 2, "expected a header"),
    (f"--b\n{HTTP}\nGET /\x01 HTTP/1.1\n\n--b--\n", 4, "control character"),
    (f"--b\n{HTTP}\nGET /\0 HTTP/1.1\n\n--b--\n", 4, "control character"),
    (f"--b\n{HTTP}\nG\0 / HTTP/1.1\n\n--b--\n", 4, "control character"),
    (f"--b\n{HTTP}Content-ID: \x7f\n\n{GET}\n--b--\n", 3, "control character"),
    (f"--b\n{HTTP}\n{GET}Prefer: \udcff\n\n--b--\n", 5, "not UTF-8"), (f"--b\n{HTTP}\n{GET}Prefer: a\nPREFER: b\n\n--b--\n", 6, "PREFER occurs twice"),
    (f"--b\n{HTTP}\n{GET}oops\n\n--b--\n", 5, "expected a header"),
    (f"--b\n{HTTP}Content-ID: 1\n\n{GET}\n--b\n{HTTP}Content-ID: 1\n\n{GET}\n--b--\n", 10, "Content-ID 1 has to be unique"),
    (f"--b\n{SET}" + f"--s\n{HTTP}Content-ID: 1\n\nPOST x HTTP/1.1\n\n{{}}\n" * 2 + "--s--\n--b--\n", 14, "Content-ID 1 has to be unique"),
    ("--b\nContent-Type: multipart/mixed\n\n--s\n--b--\n", 3, "needs a valid boundary"),
    (f"--b\n{SET}--s--\n--b--\n", 4, "change set has no requests"), (f"--b\n{SET}x\n--b--\n", 5, "change set has no requests"),
    ("--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n", 4, "change set has no requests"),
    (f"--b\n{SET}--s\n{HTTP}\nPOST x HTTP/1.1\n\n{{}}\n--b--\n", 10, "change set ends without"),
    (f"--b\n{SET}--s\n{HTTP}\n{GET}\n--s--\n--b--\n", 7, "cannot contain a GET"),
    (f"--b\n{SET}--s\n{SET}--t\n{HTTP}\nPOST x HTTP/1.1\n\n--t--\n--s--\n--b--\n", 6, "cannot contain a change set")])
def test_what_is_wrong_is_told_with_its_line(user, text, line, message):
    """In a batch whose first request is valid, which is not executed."""
    valid = f"--b\n{HTTP}\nPOST me/profile/positions HTTP/1.1\n\n{{}}\n" if text.startswith("--b\n") else ""
    for before, ends in (("", "\n"), (valid, CRLF)):
        error = refused(user, (before + text).replace("\n", ends).encode("utf-8", "surrogateescape"), boundary="b")
        number = line + before.count("\n")
        assert error["message"].startswith(f"Invalid batch payload format. Line {number}: ") and message in error["message"], error
        assert error["target"] == f"line {number}"


# ---- limits ----

def test_the_length_of_a_content_id(user):
    most = number_in_the_code("GP_BATCH_ID_MAX")
    for id in ("x" * (most - 1), "x" * most, "é" * (most // 2)):
        [count] = batch(user, request("GET", COUNT, id=id))
        assert count.status == 200 and count.id == id
    error = refused(user, joined([request("POST", body={}, id="x" * (most + 1))]))
    assert f"longer than {most} bytes" in error["message"] and "xx" not in error["message"]


def test_as_many_requests_as_a_batch_holds(user):
    """Those in change sets count, too. With one more, no request is executed."""
    for number in (ITEMS - 1, ITEMS):
        parts = [request("GET", COUNT)] * (number - 1) + [change_set(request("POST", body={}))]
        assert len(batch(user, *parts)) == number
    several = change_set(*[request("POST", body={})] * 2)
    error = refused(user, joined([request("POST", body={})] * (ITEMS - 1) + [several]), boundary="batch_1")
    assert error["message"] == f"Invalid batch payload format. L{error['target'][1:]}: A batch has at most {ITEMS} requests."
    assert len(user.rows()) == 2


@pytest.mark.http1  # httpx cannot take an answer that comes before the body has ended
def test_the_body_of_a_batch_in_multipart(user):
    most, text = number_in_the_code("GP_BATCH_BYTES_DEFAULT"), joined([request("GET", COUNT)])
    for size, status in ((most - 1, 200), (most, 200), (most + 1, 413)):
        assert send(user, text + "." * (size - len(text))).status == status


def test_a_body_in_multipart_is_as_large_as_one_alone(user):
    most = number_in_the_code("GP_BODY_DEFAULT")
    empty = len(json.dumps(titled("")))
    got = batch(user, *(request("POST", body=titled("x" * (most + i - empty))) for i in (-1, 0, 1)))
    assert [one.status for one in got] == [201, 201, 413] and f"larger than {most} bytes" in got[2].error["message"]


def test_many_headers_take_no_more_than_their_bytes(user):
    """A megabyte of headers that are not used, folded lines, and lines that begin like delimiters."""
    most = number_in_the_code("GP_BATCH_BYTES_DEFAULT")
    part = request("GET", COUNT)
    for filler in ("x:\r\n", "x: y\r\n z\r\n", "Prefer: a" + "\r\n a" * 100000 + "\r\n"):
        text = joined([part.replace("HTTP/1.1\r\n", "HTTP/1.1\r\n" + filler * max(1, (most - 1000) // len(filler) if len(filler) < 100 else 1))])
        [count] = read(send(user, text, headers={"Prefer": "continue-on-error"}))
        assert count.status == (400 if filler.startswith("Prefer") else 200)
    assert refused(user, "--batch_2\n" * (most // 10))["message"].endswith("no delimiter with the boundary of the Content-Type.")
