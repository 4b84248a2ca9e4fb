# SPDX-License-Identifier: Apache-2.0
"""Errors under the root are Graph's JSON, whichever module raises them; paths and methods; paths of other
modules."""

import pytest
from lib.client import POSITIONS, Raw


def raw_answer(user, text):
    with Raw(user.server) as raw:
        return raw.send(text.encode("latin-1")).answer()


def bearer(user):
    return f"Host: x\r\nAuthorization: Bearer {user.token}\r\n"


# ---- methods ----

ALLOWED = {
    "": "GET, HEAD, OPTIONS",
    "/$metadata": "GET, HEAD, OPTIONS",
    "/openapi.json": "GET, HEAD, OPTIONS",
    "/me/profile/positions": "GET, HEAD, POST, OPTIONS",
    "/me/profile/positions/$ref": "POST, OPTIONS",
    "/me/profile/positions/$count": "GET, HEAD, OPTIONS",
    "/me/profile/positions/17a809a9-09a9-17a8-a909-a817a909a817":
        "GET, HEAD, PATCH, DELETE, OPTIONS",
}


@pytest.mark.parametrize("path", ALLOWED)
def test_methods_that_a_resource_does_not_have(user, path):
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "BREW", "LOCK"):
        if method in ALLOWED[path]:
            continue
        answer = user.request(method, path, {})
        assert answer.status == 405, method
        assert answer.error["code"] == "MethodNotAllowed"
        assert answer.headers["Allow"] == ALLOWED[path]


@pytest.mark.parametrize("path", ALLOWED)
def test_options(user, path):
    answer = user.request("OPTIONS", path)
    assert answer.status == 204 and answer.headers["Allow"] == ALLOWED[path]
    assert answer.content == b""


@pytest.mark.parametrize("path", ALLOWED)
def test_paths_with_a_body_state_its_media_type(user, path):
    """RFC 5789 3.1, and RFC 9110 15.5.16 for a wrong type."""
    told = {name: "application/json" for method, name in (("POST", "Accept-Post"), ("PATCH", "Accept-Patch"))
            if method in ALLOWED[path]}
    answers = [user.request("OPTIONS", path)]
    answers += [user.request(method, path, data="x", headers={"Content-Type": "text/plain"})
                for method in ("POST", "PATCH") if method in ALLOWED[path]]
    assert [answer.status for answer in answers] == [204, 415][:len(answers)]
    for answer in answers:
        assert {name: value for name, value in answer.headers.items() if name.startswith("Accept-P")} == told


def test_a_method_in_a_header_is_not_the_method(user):
    assert user.post({}, headers={"X-HTTP-Method-Override": "DELETE"}).status == 201


def test_trace_is_refused(user):
    assert user.request("TRACE").error["code"] == "MethodNotAllowed"


# ---- paths ----

UNKNOWN = ["/me/profile/positions/$nonsense", "/me/profile/positions/$ref/x",
           "/me/profile/positions('a')/b", "/users/u/profile/positions/a/b"]
NOT_OURS = ["/me", "/me/profiles", "/me/messages", "/users", "/users/u", "/users//profile",
            "/me/profile/skills", "/users//profile/positions", "/users('')/profile/positions",
            "/users('a'b')/profile/positions", "/users(a)/profile/positions", "/mee/profile/positions",
            "/me/profile/positionsx", "/me/profile/positions()"]


@pytest.mark.parametrize("path", UNKNOWN + NOT_OURS)
def test_unknown_paths(user, path):
    answer = user.request("POST", path, {})
    assert answer.status == 404
    assert answer.error["code"] == "ResourceNotFound"


def test_other_modules_serve_their_paths(user):
    answer = user.request("GET", "/me/files/file.txt")
    assert (answer.status, answer.content) == (200, b"a file\n")
    assert user.request("GET", "/me/files/nothing.txt").error["code"] == "ResourceNotFound"


def test_a_location_can_be_taken_out(user):
    answer = user.request("GET", "/off/me/profile/positions")
    assert answer.status == 404 and b"<html>" in answer.content.lower()


# ---- errors of httpd itself ----

EARLY = [
    # request target, further headers, status
    ("/beta/me/profile/%zz", "", 400),
    ("/beta/me/profile/positions/%2F", "", 404),
    ("/beta/me/profile/positions/%00", "", 404),
    ("/beta/me/profile/positions", "Expect: nonsense\r\n", 417),
    ("/beta/me/profile/positions", "Content-Length: -1\r\n", 400),
    ("/beta/me/profile/positions", "Content-Length: 1\r\nContent-Length: 2\r\n", 400),
    ("/beta/me/profile/positions", "Transfer-Encoding: nonsense\r\n", 400),
    ("/beta/me/profile/positions", "X: " + "x" * 40000 + "\r\n", 400),
    ("/beta/me/profile/positions", "bad header\r\n", 400),
    ("/beta/me/profile/positions?$filter=" + "x" * 9000, "", 414),
    ("http://localhost/beta/me/profile/positions/" + "x" * 9000, "", 414),
]


@pytest.mark.parametrize("target, headers, status", EARLY, ids=[row[0][:60] + row[1][:20] for row in EARLY])
def test_errors_of_httpd(user, target, headers, status):
    answer = raw_answer(user, f"POST {target} HTTP/1.1\r\n{bearer(user)}{headers}"
                              "Content-Type: application/json\r\n\r\n")
    assert answer.status == status
    assert answer.error
    assert user.rows() == []


def test_a_missing_host(user):
    answer = raw_answer(user, "POST /beta/me/profile/positions HTTP/1.1\r\n\r\n")
    assert answer.status == 400 and answer.error["code"] == "BadRequest"


def test_errors_outside_the_root_are_httpds_own(user):
    for path in ("/elsewhere", "/betas/me/profile/positions"):
        answers = [user.request("GET", path, root=""),
                   raw_answer(user, f"GET {path}?{'x' * 9000} HTTP/1.1\r\n\r\n")]
        assert answers[0].status in (403, 404) and answers[1].status == 414
        for answer in answers:
            assert answer.headers["Content-Type"].startswith("text/html")


def test_no_browser_guesses_the_type_of_an_answer(user):
    """A position contains arbitrary text; no browser may treat an answer as a page or a script. Answer.error
    checks every error."""
    made = user.create()
    path = f"/me/profile/positions/{made['id']}"
    asked = [("GET", "/", None, {}), ("GET", "/$metadata", None, {}), ("GET", "/me/profile/positions", None, {}),
             ("GET", "/me/profile/positions/$count", None, {}), ("GET", path, None, {}), ("HEAD", path, None, {}),
             ("OPTIONS", path, None, {}), ("POST", "/me/profile/positions", {}, {}),
             ("POST", "/me/profile/positions", {}, {"Prefer": "return=minimal"}), ("PATCH", path, {"isCurrent": True}, {}),
             ("DELETE", path, None, {}), ("GET", path, None, {}), ("HEAD", "/nothing", None, {}), ("PUT", path, {}, {})]
    for method, where, body, headers in asked:
        answer = user.request(method, where, body, headers=headers)
        assert answer.headers["X-Content-Type-Options"] == "nosniff", (method, where)
    known = user.get(f"/me/profile/positions/{user.create()['id']}")
    same = user.get(f"/me/profile/positions/{known.json['id']}", headers={"If-None-Match": known.headers["ETag"]})
    assert same.status == 304 and same.headers["X-Content-Type-Options"] == "nosniff"
    answer = user.post({"x": 1}, root="/documents")
    assert answer.content == b"The administrator's own words"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_head_of_an_error_has_no_body(user):
    answer = user.request("HEAD", "/me/messages")
    assert answer.status == 404 and answer.content == b""
    assert answer.headers["Content-Type"] == "application/json"


def test_an_answer_in_chunks_that_fails(user):
    with Raw(user.server) as raw:
        raw.start_post(user, "Transfer-Encoding: chunked").send(b"nonsense\r\n")
        assert raw.answer().error["code"] == "BadRequest"


# ---- the administrator's own ErrorDocument ----

def test_an_error_document_wins(user):
    answer = user.post({"x": 1}, root="/documents")
    assert (answer.status, answer.content) == (400, b"The administrator's own words")
    answer = user.post({}, root="/documents", token="")
    assert (answer.status, answer.content) == (401, b"the administrator's page\n")
    assert user.request("PUT", body={}, root="/documents").error["code"] == "MethodNotAllowed"


# ---- correlation ----

def test_client_request_id_in_errors(user):
    mine = "17a809a9-09a9-17a8-a909-a817a909a817"
    headers = {"client-request-id": mine.upper()}
    for answer in (user.post({"x": 1}, headers=headers), user.post({}, token="", headers=headers),
                   user.request("GET", "/nothing", headers=headers)):
        assert answer.error["innerError"]["client-request-id"] == mine


def test_answers_reveal_no_internals(user):
    for answer in (user.post({"id": "'; DROP TABLE position; --"}), user.post({}, token="x"),
                   user.post(data="\0"), user.request("GET", "/../../etc/passwd")):
        for word in (b"SQL", b"pg_", b"graphprofile.", b"ERROR:", b"/run/", b"dbname", b".c:"):
            assert word not in answer.content


def test_an_error_document_keeps_the_headers(user):
    answer = user.request("PUT", body={}, root="/worded")
    assert answer.status == 405 and answer.headers["Allow"] == "GET, HEAD, POST, OPTIONS"
    answer = user.get(f"/users/{user.id}x/profile/positions", root="/worded")
    assert answer.status == 403 and answer.content == b"Not for you"
    assert "insufficient_scope" in answer.headers["WWW-Authenticate"]
    assert answer.headers["request-id"]


# ---- "Did you mean" ----

MISSPELT = {
    "$filter": (f"{POSITIONS}?$filter=iscurent eq true", "'isCurrent'"),
    "$filter, below": (f"{POSITIONS}?$filter=detail/jobTitel eq 'a'", "'jobTitle'"),
    "$filter, member": (f"{POSITIONS}?$filter=manager/relationship eq 'colleage'", "'colleague'"),
    "$filter, flags": (f"{POSITIONS}?$filter=allowedAudiences has 'family,organisation'", "'organization'"),
    "lambda": (f"{POSITIONS}?$filter=colleagues/any(c:c/displayname eq 'a')", "'displayName'"),
    "lambda, member": (f"{POSITIONS}?$filter=colleagues/all(c:c/relationship ne 'freind')", "'friend'"),
    "$count": (f"{POSITIONS}/$count?$filter=iscurent", "'isCurrent'"),
    "$orderby": (f"{POSITIONS}?$orderby=detail/startMonthyear desc", "'startMonthYear'"),
    "$select": (f"{POSITIONS}?$select=id,detail/company/adress", "'address'"),
    "option": (f"{POSITIONS}?$fliter=isCurrent", "$filter"),
}


@pytest.mark.parametrize("target, meant", MISSPELT.values(), ids=list(MISSPELT))
def test_a_query_gets_a_suggestion_for_a_misspelt_name(user, target, meant):
    answer = user.get(target)
    assert answer.status == 400
    assert answer.error["message"].endswith(f" Did you mean {meant}?")


def test_a_body_gets_a_suggestion_for_each_misspelt_name(user):
    body = {"iscurent": True, "salary": 1, "allowedAudiences": "famly",
            "detail": {"company": {"adress": {}}}, "colleagues": [{}, {"relationship": "freind", "userID": "x"}]}
    details = user.refused(400, body).error["details"]
    meant = {detail["target"]: detail["message"].partition(" Did you mean ")[2] for detail in details}
    assert meant == {"$.iscurent": "'isCurrent'?", "$.salary": "", "$.allowedAudiences": "'family'?",
                     "$.detail.company.adress": "'address'?", "$.colleagues[1].relationship": "'friend'?",
                     "$.colleagues[1].userID": "'userId'?"}


def test_relaxed_and_open_members_get_no_suggestion(user):
    user.create({"iscurent": True}, root="/relaxed")
    user.create({"createdBy": {"user": {"displayname": "a"}}})
    answer = user.get(f"{POSITIONS}?$filter=createdBy/user/displayname eq 'a'")
    assert answer.status == 200 and len(answer.json["value"]) == 1


def test_suggestions_are_bounded(user):
    """However many unknown names a body has, at most 256 get a message."""
    names = ",".join(f'"companyCod{i:05}":1' for i in range(45000))
    answer = user.refused(400, data='{"detail":{"company":{' + names + "}}}", root="/large")
    assert len(answer.error["details"]) == 256 and "(44999 more problems" in answer.error["message"]
