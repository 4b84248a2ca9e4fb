# SPDX-License-Identifier: Apache-2.0
"""Access control: every way to another user's positions, properties that only the server may write, forged
names, text that attacks SQL or the log, and the configuration that SECURITY.md recommends."""

import json
import re
import socket
import time
import uuid
from urllib.parse import quote

import pytest
from lib.client import POSITIONS, Raw
from lib.outage import Victim
from lib.server import ROOT, Server
from test_audiences import alike

# ---- another's positions ----

WHOLE = "id::text, etag, audiences, created::text, modified::text, modified_by, document"


@pytest.mark.parametrize("scopes", ["User.Read", "User.ReadWrite", "User.Read.All"])
def test_no_request_reaches_another_users_hidden_positions(new_user, database, scopes):
    """For every path, key, method and ETag: nothing about the owner is revealed or changed, and a user with
    positions answers like a user who does not exist."""
    caller, owner, nobody = new_user(scopes=scopes), new_user(), str(uuid.uuid4())
    for somebody in (caller, owner):
        database.execute("INSERT INTO graphprofile.person VALUES (%s, %s)", (somebody.id, f"{somebody.id}@x.org"))
    theirs = owner.create({"allowedAudiences": "me", "detail": {"jobTitle": "secret"}})
    before = owner.rows(WHOLE)
    own = ["/me", f"/users/{caller.id}", f"/users('{caller.id}')", f"/users/{caller.id}@x.org"]
    others = [f"/users/{owner.id}", f"/users('{owner.id}')", f"/users/{owner.id}@x.org"]
    asked = 0
    for way in own + others:
        for path in ("", "/$count", "/$ref", f"/{theirs['id']}", f"('{theirs['id']}')"):
            for method in ("GET", "HEAD", "POST", "PATCH", "DELETE"):
                if way in own and path in ("", "/$count", "/$ref"):
                    continue  # the caller's own
                for headers in ({}, {"If-Match": theirs["@odata.etag"]}, {"If-Match": "*"}, {"If-None-Match": '"x"'}):
                    body = {"isCurrent": True} if method in ("POST", "PATCH") else None
                    answer = caller.request(method, f"{way}/profile/positions{path}", body, headers=headers)
                    asked += 1
                    assert b"secret" not in answer.content and theirs["@odata.etag"] not in str(answer.headers)
                    if answer.status == 200:
                        assert scopes == "User.Read.All" and method in ("GET", "HEAD")
                        assert path == "/$count" and answer.content in (b"0", b"") \
                            or method == "HEAD" or answer.json["value"] == []
                    elif answer.status == 412: # a collection has no ETag that could match
                        assert path in ("", "/$count") and "If-Match" in headers and headers["If-Match"] != "*"
                    else:
                        assert answer.status in (403, 404, 405), (method, way, path, answer.content)
                    if way == f"/users/{owner.id}":
                        absent = caller.request(method, f"/users/{nobody}/profile/positions{path}", body,
                                                headers=headers)
                        assert alike(absent) == alike(answer), (method, path)
    assert asked == 4 * 2 * 5 * 4 + 3 * 5 * 5 * 4
    assert owner.rows(WHOLE) == before and caller.rows() == []


# ---- what only the server writes ----

FORGED = {"id": str(uuid.uuid4()), "createdDateTime": "2001-01-01T00:00:00Z",
          "lastModifiedDateTime": "2001-01-01T00:00:00Z",
          "lastModifiedBy": {"user": {"id": "mallory"}}, "createdBy": {"user": {"id": "mallory"}},
          "@odata.etag": '"mallory"', "@odata.context": "mallory", "@odata.id": "mallory", "@odata.editLink": "mallory",
          "id@odata.type": "mallory", "lastModifiedBy@odata.type": "mallory"}
FREE_AT_FIRST = ("id", "createdBy")  # the creator may choose these


@pytest.mark.parametrize("root", ["/beta", "/relaxed"])
@pytest.mark.parametrize("name", FORGED)
def test_properties_of_the_server_cannot_be_written(user, root, name):
    forged = {name: FORGED[name], "isCurrent": True}
    made = user.create({} if name in FREE_AT_FIRST else forged, root=root)
    changed = user.request("PATCH", f"{POSITIONS}/{made['id']}", forged, root=root)
    assert changed.status == 200
    for entity in (made, changed.json, user.read(made["id"])):
        assert "mallory" not in json.dumps(entity) and "2001-" not in json.dumps(entity)
        assert entity["id"] == made["id"] and entity["createdDateTime"] == made["createdDateTime"]
        assert entity["lastModifiedBy"]["user"]["id"] == entity["createdBy"]["user"]["id"] == user.id
    assert user.rows("modified_by") == [(user.id,)]


def test_other_spellings_of_properties_of_the_server(user):
    """In another case, twice, or in the wrong place, they are unknown properties."""
    made = user.create()
    before = user.rows(WHOLE)
    for name, value in FORGED.items():
        if "@" in name:
            continue
        text = json.dumps(value)
        for body in (f'{{"{name.upper()}":{text}}}', f'{{"{name[0].upper() + name[1:]}":{text}}}',
                     f'{{"{name}":{text},"{name}":{text}}}', f'{{"detail":{{"{name}":{text}}}}}',
                     f'{{"{name} ":{text}}}', f'{{"{name}\\u200b":{text}}}'):
            for answer in (user.post(data=body), user.patch(made["id"], data=body)):
                assert answer.status == 400, (body, answer.content)
                assert answer.error["details"][0]["code"] in ("UnknownProperty", "DuplicateProperty")
    assert user.rows(WHOLE) == before


# ---- forged names ----

PASSED = """
OIDCProviderIssuer https://login.example
OIDCProviderAuthorizationEndpoint https://login.example/authorize
OIDCProviderTokenEndpoint https://login.example/token
OIDCProviderJwksUri https://login.example/keys
OIDCClientID graphprofile
OIDCClientSecret secret
OIDCRedirectURI /callback
<Location "/passed">
    GraphProfile On
    AuthType openid-connect
    OIDCUnAuthAction pass
    Require all granted
</Location>
"""


def advised():
    """The directives that SECURITY.md recommends, with shorter waits."""
    lines = re.findall(r"(?m)^    ([A-Z]\w+ .*)$", (ROOT / "SECURITY.md").read_text())
    assert len(lines) == 5
    return "\n".join(lines).replace("header=10-20", "header=1-2") + "\n"


@pytest.fixture(scope="module")
def hardened(state, module, sanitizers, sanitizer_reports):
    with Server(state / "hardened", module, sanitizers, advised() + PASSED) as server:
        yield server


@pytest.fixture
def visitor(hardened):
    hardened.log.mark()
    yield Victim(hardened)
    hardened.log.check()


def test_a_user_without_a_name_is_anonymous(visitor):
    """A caller whom mod_auth_openidc lets pass has an empty name, whatever the headers contain."""
    for headers in ({}, {"OIDC_CLAIM_sub": visitor.id, "OIDC_CLAIM_oid": visitor.id}, {"OIDC-CLAIM-sub": visitor.id},
                    {"X-Remote-User": visitor.id, "Remote-User": visitor.id}):
        for method in ("GET", "POST", "DELETE", "PATCH"):
            path = POSITIONS if method in ("GET", "POST") else f"{POSITIONS}/{uuid.uuid4()}"
            answer = visitor.request(method, path, {} if method != "GET" else None, root="/passed", token="",
                                     headers=headers)
            assert answer.status == 401 and answer.error["code"] == "InvalidAuthenticationToken", (method, headers)
        for root in ("/passed", "/beta"):
            asked = visitor.request("OPTIONS", root=root, token="", headers={
                "Origin": "https://evil.example", "Access-Control-Request-Method": "POST", **headers})
            assert asked.status in (204, 401) and "Access-Control-Allow-Origin" not in asked.headers
    assert visitor.rows() == []


# ---- the server that SECURITY.md recommends ----

@pytest.mark.http1
def test_the_server_that_is_advised(visitor):
    made = visitor.post({})
    assert made.status == 201 and made.headers["Server"] == "Apache"
    assert visitor.request("TRACE", f"{POSITIONS}/{made.json['id']}").status == 405
    assert visitor.request("TRACE", "/", root="").status == 405
    assert visitor.post(data="x" * 65537).status == 413
    assert visitor.get(headers={f"X-{i}": "y" for i in range(60)}).status == 400
    assert len(visitor.rows()) == 1


@pytest.mark.measures_time
def test_a_slow_head(visitor):
    with Raw(visitor.server) as raw:
        started = time.monotonic()
        raw.send(b"GET /beta/me/profile/positions HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        raw.socket.settimeout(20)
        try:
            assert raw.socket.recv(100)[:12] in (b"HTTP/1.1 408", b"")
        except ConnectionResetError:
            pass
        assert 0.5 < time.monotonic() - started < 15
    assert visitor.get().status == 200


# ---- text that attacks a parser ----

SQL = ["'", "''", "' OR '1'='1", "'; DROP TABLE graphprofile.position; --", "\\'; SELECT pg_sleep(9); --", "$1", "$$",
       "%s%n", "$.a ? (1 == 1)", "1) OR (1=1", "a' UNION SELECT 1 --", "E'\\x27'", "\u02bc", "\uff07", "\\u0027", "/*", "*/",
       "{x}", '"; --']


@pytest.mark.usefixtures("no_database_error")
@pytest.mark.parametrize("text", SQL)
def test_text_that_looks_like_sql_stays_text(user, database, text):
    made = user.create({"detail": {"jobTitle": text}, "categories": [text], "createdBy": {text: {text: text}}})
    assert made["detail"]["jobTitle"] == text and made["createdBy"][text] == {text: text}
    literal = "'" + text.replace("'", "''") + "'"
    found = user.get(f"{POSITIONS}?$filter=" + quote(f"detail/jobTitle eq {literal}")).json["value"]
    assert [entity["id"] for entity in found] == [made["id"]]
    key = quote(text, safe="")
    for path in (f"{POSITIONS}/{key}", f"{POSITIONS}('{key}')", f"/users/{key}/profile/positions",
                 f"/users/{key}@x.org/profile/positions/{made['id']}",
                 *(f"{POSITIONS}?{option}={key}" for option in (
                     "$filter", "$orderby", "$select", "$top", "$skip", "$skiptoken", "$count", "$format", "custom")),
                 f"{POSITIONS}?$filter=detail/jobTitle%20eq%20@p&@p={key}", f"{POSITIONS}?{key}={key}"):
        answer = user.get(path)
        # Legal OData that the service does not support is 501.
        assert answer.status < 500 or answer.error["code"] == "NotImplemented", (path, answer.content)
    for name in ("If-Match", "If-None-Match", "Prefer", "Accept", "client-request-id", "OData-Version"):
        for value in (text, f'"{text}"'):
            sent = value.encode().decode("latin-1")
            assert user.get(f"{POSITIONS}/{made['id']}", headers={name: sent}).status < 500
            assert user.patch(made["id"], {}, headers={name: sent}).status < 500
    assert user.read(made["id"]) == made and len(user.rows()) == 1


def test_no_line_of_a_log_is_a_clients(user):
    """Line ends, terminal escapes and invalid UTF-8 in everything that is logged: each line still comes from
    the server, and is printable."""
    server = user.server
    access = server.state / "access_log"
    start = access.stat().st_size
    forged = "\r\n[Fri Nov 27 00:00:00.000000 2026] [graphprofile:info] forged\x1b[2J\x7f\x00\u0085\u2028\xff"
    for text in (forged, forged.replace("\x00", ""), "\n127.0.0.1 - forged -"):
        key = quote(text, safe="")
        for path in (f"{POSITIONS}/{key}", f"/{key}", f"/users/{key}/profile/positions", f"{POSITIONS}?$filter={key}",
                     f"{POSITIONS}?{key}=1", f"/users/{key}/profile/positions/{key}"):
            for method in ("GET", "DELETE"):
                assert 400 <= user.request(method, path).status < 500 or "?" in path
        user.refused(400, {"id": text, text: 1, "detail": {text: text}, "@odata.type": text})
        user.create({"detail": {"jobTitle": text.replace("\x00", "")}})
    with socket.create_connection(("127.0.0.1", server.httpd.port), timeout=60) as raw:
        raw.sendall(b"GET /beta/me/profile/\xff\x1b\x7fpositions HTTP/1.1\r\nHost: x\r\nclient-request-id: \xff\x1b\r\n"
                    b"Connection: close\r\n\r\n")
        while raw.recv(65536):
            pass
    errors = server.log.lines()
    lines = errors + access.read_bytes()[start:].decode("latin-1").split("\n")[:-1]
    assert len(errors) > 20 and len(lines) > 60
    for line in lines:
        assert re.match(r"\[\w{3} \w{3} \d\d [\d:.]+ \d{4}\] \[\w+:\w+\] \[pid|127\.0\.0\.1 ", line), line
        assert not re.match(r".{0,45}forged", line) and not re.search(r"[^ -~]", line.rstrip("\n")), line
