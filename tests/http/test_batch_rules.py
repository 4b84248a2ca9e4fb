# SPDX-License-Identifier: Apache-2.0
"""A batch bypasses no rule: httpd's configuration and the token allow for a path in a batch what they allow for it
alone. Each test sends a request alone and in a batch, and compares the two answers."""

import base64
import re
import uuid
from contextlib import closing

import pytest
import requests
from lib import batches
from lib.batches import batch, delete, get, item, patch, post
from lib.client import POSITIONS, User, wait_until
from lib.server import Server

MODULES = """
LoadModule auth_basic_module "${GP_MODULES}/mod_auth_basic.so"
LoadModule authn_file_module "${GP_MODULES}/mod_authn_file.so"
LoadModule rewrite_module "${GP_MODULES}/mod_rewrite.so"
LoadModule alias_module "${GP_MODULES}/mod_alias.so"
LoadModule setenvif_module "${GP_MODULES}/mod_setenvif.so"
"""


def section(path, rules, kind="Location"):
    return f'<{kind} "{path}">\n{rules}\n</{kind}>\n'


DENIED = "Require all denied"
BASIC = 'AuthType Basic\nAuthName basic\nAuthUserFile "${GP_PUBLIC}/users"\nRequire valid-user'

# For each root: the directives of its own section, and further sections.
ROOTS = {
    "users": ("", section("/users/users", DENIED)),
    "limit": ("", section("/limit/me", f"AuthMerging And\n<Limit POST>\n{DENIED}\n</Limit>")),
    # These paths have the configuration of the batch, so httpd itself would not check their access again.
    "same": (f"<Limit DELETE PATCH>\n{DENIED}\n</Limit>\n<LimitExcept DELETE PATCH>\nRequire valid-user\n</LimitExcept>", ""),
    "expression": ("<RequireAll>\nRequire valid-user\nRequire not method PATCH\n"
                   "Require expr %{REQUEST_URI} !~ m#/positions/[$]count#\n</RequireAll>", ""),
    "one": ("", section("/one/me/profile/positions/17a809a9-09a9-17a8-a909-a817a909a817", DENIED)),
    "pattern": ("", section("^/pattern/me/profile/positions/[^$]", DENIED, "LocationMatch")),
    "condition": ("", section("%{REQUEST_URI} =~ m#^/condition/me/# && %{REQUEST_METHOD} == 'PATCH'", DENIED, "If")),
    "line": ("", section("%{THE_REQUEST} =~ m#^DELETE /line/me/profile#", DENIED, "If")),
    "rewritten": ("", 'RewriteEngine On\nRewriteRule "^/rewritten/users/" - [F]\n'
                  'RewriteRule "^/rewritten/me/profile/positions/[$]count$" "https://elsewhere.example/" [R]\n'),
    "handled": ("", section("/handled/users", "SetHandler another-handler")),
    "owner-handled": ("", section("/owner-handled/users/hidden", "SetHandler another-handler")),
    "elsewhere": ("", section("/elsewhere/users", 'RewriteEngine On\nRewriteRule "positions$" "/metrics"')),
    "other-way": ("", section("/other-way/users", BASIC)),
    "small-body": ("", section("/small-body/users", "GraphProfileMaxBody 60")
                   + section("/small-body/me/profile/positions/$ref", "LimitRequestBody 40")),
    "paged-users": ("", section("/paged-users/users", "GraphProfilePageSize 1\nGraphProfileDefaultAudience everyone")),
    "scopes": ("", section("/scopes/users", 'GraphProfileScopes "User.Read.All"')),
    "pages": ("GraphProfileAllowOrigin https://app.example", section("/pages/users", "GraphProfileAllowOrigin None")),
    "owner-pages": ("GraphProfileAllowOrigin https://app.example",
                    section("/owner-pages/users/hidden", "GraphProfileAllowOrigin None")),
    "inner": ("", section("/inner/deep", "GraphProfile On") + section("/inner/me/profile/positions/$count", "GraphProfile Off")),
    "off": ("GraphProfileBatch Off", ""),
    "few": ("GraphProfileBatchItems 3", ""),
    "bytes": ("GraphProfileBatchBytes 500", ""),
    "plain": ("", ""),
}


def configuration():
    text = MODULES
    for name, (own, sections) in ROOTS.items():
        text += section(f"/{name}", 'GraphProfile On\nAuthType oauth20\n' + (
            "" if "Require" in own else "Require valid-user\n") +
                        'GraphProfileScopes "%{reqenv:OIDC_CLAIM_scp}"\nGraphProfileRoles "%{reqenv:OIDC_CLAIM_roles}"\n'
                        + own) + sections
    text += section("/basic", f"GraphProfile On\n{BASIC}") + section("/basic/users", "Require user o'brien")
    text += section("/public", "GraphProfile On\nGraphProfileAnonymous On\nRequire all granted")
    text += section("/metrics", "SetHandler graphprofile-metrics\nRequire all granted")
    return text + section("/granted", "GraphProfile On\nRequire all granted")


@pytest.fixture(scope="module")
def ruled(state, module, sanitizers, sanitizer_reports):
    with Server(state / "batch-rules", module, sanitizers, configuration()) as server:
        yield server


@pytest.fixture(name="caller")
def _caller(ruled):
    with closing(ruled.connect()) as connection:
        ruled.log.mark()
        yield User(ruled, connection.cursor(), scopes="User.ReadWrite.All")
    ruled.log.check()


def compare(caller, root, method, url, body=None, **options):
    """Send a request alone and in a batch. @return the status and the error's code, which are the same in both"""
    alone = caller.request(method, url, body, root=root, **options)
    request = item(method, url) if body is None else item(method, url, body=body)
    got = batch(caller, [request, get("/$metadata?$format=json", id="2")], root=root, **options)
    assert got["2"]["status"] == 200
    assert got["1"]["status"] == alone.status, (method, url, alone.content, got["1"])
    code = got["1"]["body"]["error"]["code"] if alone.status >= 400 else None
    if alone.status >= 400 and method != "HEAD":
        assert code == alone.json["error"]["code"]
        assert got["1"]["body"]["error"]["message"] == alone.json["error"]["message"]
        assert got["1"]["headers"].get("WWW-Authenticate") == alone.headers.get("WWW-Authenticate")
    return alone.status, code


def hide(caller):
    """A user with the id hidden."""
    caller.database.execute("INSERT INTO graphprofile.person VALUES ('hidden', 'hidden@corp.example') ON CONFLICT DO NOTHING")


def test_a_location_refuses_in_a_batch_too(caller):
    for method, body in (("GET", None), ("POST", {}), ("GET", None)):
        assert compare(caller, "/users", method, f"/users/{caller.id}/profile/positions", body) == (403, "AccessDenied")
        assert compare(caller, "/users", method, POSITIONS, body)[0] in (200, 201)
    assert len(caller.rows()) == 2


def test_limit_applies_to_the_method_in_a_batch(caller):
    """<Limit> in a section of the path, and in a section that also applies to the batch."""
    assert compare(caller, "/limit", "POST", POSITIONS, {}) == (403, "AccessDenied") and not caller.rows()
    assert compare(caller, "/limit", "GET", POSITIONS) == (200, None)
    made = caller.create(root="/same")["id"]
    for method, body in (("DELETE", None), ("PATCH", {})):
        assert compare(caller, "/same", method, f"{POSITIONS}/{made}", body) == (403, "AccessDenied")
    assert compare(caller, "/same", "GET", f"{POSITIONS}/{made}") == (200, None)
    assert [row[0] for row in caller.rows()] == [made]


def test_require_sees_the_method_and_path_in_a_batch(caller):
    """Require method and Require expr in a section that also applies to the batch, which has another method and path."""
    made = caller.create(root="/expression")["id"]
    assert compare(caller, "/expression", "PATCH", f"{POSITIONS}/{made}", {})[0] == 403
    assert compare(caller, "/expression", "GET", f"{POSITIONS}/$count")[0] == 403
    assert compare(caller, "/expression", "GET", POSITIONS)[0] == 200
    assert compare(caller, "/condition", "PATCH", f"{POSITIONS}/{made}", {})[0] == 403
    assert compare(caller, "/condition", "GET", f"{POSITIONS}/{made}")[0] == 200
    assert compare(caller, "/line", "DELETE", f"{POSITIONS}/{made}")[0] == 403 and len(caller.rows()) == 1
    assert compare(caller, "/pattern", "GET", f"{POSITIONS}/{made}")[0] == 403
    assert compare(caller, "/pattern", "GET", f"{POSITIONS}/$count")[0] == 200


def test_every_spelling_of_a_path_has_its_rules(caller):
    known = "17a809a9-09a9-17a8-a909-a817a909a817"
    spellings = [f"{POSITIONS}/{known}", f"/ME/Profile/POSITIONS('{known.upper()}')", f"//me//profile/positions/{known.upper()}",
                 f"/%6de/profile/positions/{known}", f"/me/profile/positions(id='{known}')"]
    for url in spellings[:2] + spellings[3:]:
        assert compare(caller, "/one", "GET", url)[0] == 403, url
    assert compare(caller, "/one", "GET", f"{POSITIONS}/{uuid.uuid4()}")[0] == 404
    assert batch(caller, [get(spellings[2])], root="/one")["1"]["status"] in (400, 403)


def test_other_modules_may_take_a_path_in_a_batch(caller):
    """A rule of mod_rewrite with F refuses. mod_rewrite ignores a rule with R for sub-requests (docs/batch.md). A path
    with GraphProfile Off does not exist."""
    assert caller.get(f"{POSITIONS}/$count", root="/rewritten").status == 302
    got = batch(caller, [get(f"/users/{caller.id}/profile/positions", id="1"), get(f"{POSITIONS}/$count", id="2"), get(id="3")],
                root="/rewritten")
    assert got["1"]["status"] in (403, 404) and got["2"]["status"] == got["3"]["status"] == 200
    got = batch(caller, [get(f"{POSITIONS}/$count", id="1"), get("/deep/me/profile/positions", id="2"), get(id="3")], root="/inner")
    assert [got[id]["status"] for id in "123"] == [404, 404, 200]


def test_a_path_with_another_handler_is_404_in_a_batch(caller):
    """SetHandler, or a rule of mod_rewrite in the section of the path, gives requests to it to another module."""
    url = f"/users/{caller.id}/profile/positions"
    for method, body in (("GET", None), ("POST", {})):
        assert compare(caller, "/handled", method, url, body) == (404, "ResourceNotFound")
        assert compare(caller, "/handled", method, POSITIONS, body)[0] in (200, 201)
    alone = requests.get(f"{caller.server.url}/elsewhere{url}", headers={"Authorization": f"Bearer {caller.token}"}, timeout=60)
    assert "graphprofile_requests_total" in alone.text
    got = batch(caller, [get(url, id="1"), post({}, url, id="2"), get(id="3")], root="/elsewhere")
    assert [got[id]["status"] for id in "123"] == [404, 404, 200] and len(caller.rows()) == 2
    hide(caller)
    for key in ("hidden", "hidden@corp.example"):
        assert compare(caller, "/owner-handled", "GET", f"/users/{key}/profile/positions") == (404, "ResourceNotFound"), key


def test_a_path_with_another_authtype_is_refused_in_a_batch(caller):
    """The caller is authenticated once, by the AuthType of the batch. Other credentials in the request do not count."""
    url = f"/users/{caller.id}/profile/positions"
    caller.log = None
    got = batch(caller, [get(url, id="1", headers={"Authorization": "Basic YWxpY2U6c2VjcmV0"}), get(id="2")], root="/other-way")
    assert got["1"]["status"] in (401, 403) and got["2"]["status"] == 200


@pytest.mark.parametrize("scopes, own, others", [("User.Read", 200, 403), ("User.Read.All", 200, 200)])
def test_a_scope_to_read_does_not_write_in_a_batch(ruled, caller, scopes, own, others):
    """Each request needs the permission of its own operation."""
    reader = User(ruled, caller.database, scopes=scopes)
    theirs = caller.create({"allowedAudiences": "everyone"}, root="/plain")["id"]
    mine = User(ruled, caller.database, id=reader.id).create(root="/plain")["id"]
    url = f"/users/{caller.id}/profile/positions"
    got = batch(reader, [get(id="1"), post({}, id="2"), patch(mine, {}, id="3"), delete(mine, id="4"), get(url, id="5"),
                         post({}, url, id="6"), item("DELETE", f"{url}/{theirs}", id="7")], root="/plain")
    assert [got[str(i)]["status"] for i in range(1, 8)] == [own, 403, 403, 403, others, 403, 403]
    assert "insufficient_scope" in got["2"]["headers"]["WWW-Authenticate"]
    assert len(reader.rows()) == len(caller.rows()) == 1
    assert compare(reader, "/plain", "POST", POSITIONS, {}) == (403, "AccessDenied")


def test_the_scopes_of_each_path_apply(caller):
    """httpd evaluates GraphProfileScopes for the path of each request."""
    assert compare(caller, "/scopes", "GET", f"/users/{caller.id}/profile/positions")[0] == 200
    assert compare(caller, "/scopes", "POST", f"/users/{caller.id}/profile/positions", {})[0] == 403
    assert compare(caller, "/scopes", "POST", POSITIONS, {})[0] == 201


def test_roles_apply_in_a_batch(ruled, caller):
    application = User(ruled, caller.database, scopes="", roles="User.Read.All")
    assert compare(application, "/plain", "GET", POSITIONS)[0] == 400
    assert compare(application, "/plain", "GET", f"/users/{caller.id}/profile/positions")[0] == 200
    assert compare(application, "/plain", "POST", f"/users/{caller.id}/profile/positions", {})[0] == 403


def test_credentials_in_a_request_have_no_effect(ruled, caller):
    """Headers that identify the caller, the client or the message have no effect in a request of the batch."""
    other = User(ruled, caller.database)
    secret = other.create({"allowedAudiences": "me"}, root="/plain")["id"]
    forged = {"Authorization": f"Bearer {other.token}", "Cookie": "x=y", "Host": "evil.example", "X-Forwarded-Host": "evil.example",
              "X-Forwarded-For": "10.0.0.1", "X-Forwarded-Proto": "gopher", "Forwarded": "host=evil.example;for=10.0.0.1", "Content-Length": "3",
              "Transfer-Encoding": "chunked", "Connection": "close", "Upgrade": "h2c", "Expect": "x", "Range": "bytes=0-1", "Origin": "https://x",
              "Sec-Fetch-Site": "cross-site", "X-Remote-User": other.id, "OIDC_CLAIM_scp": "User.ReadWrite.All", "OIDC_CLAIM_oid": other.id,
              "Content-Language": "x", "If-Modified-Since": "Sat, 29 Oct 2050 19:43:31 GMT"}
    forged.update({name.lower() + " ": value for name, value in forged.items()})
    got = batch(caller, [post({}, id="1", headers=forged), get(f"{POSITIONS}/{secret}", id="2", headers=forged), get(id="3", headers=forged)],
                root="/plain")
    assert [got[id]["status"] for id in "123"] == [201, 404, 200]
    assert got["1"]["body"]["createdBy"]["user"]["id"] == caller.id and len(caller.rows()) == 1 and len(other.rows()) == 1
    assert got["1"]["headers"]["Location"].startswith(ruled.url) and got["3"]["body"]["@odata.context"].startswith(ruled.url)


def test_the_settings_of_each_path_apply(caller):
    """The size of a body, the size of a page, and the default audience."""
    large = {"detail": {"jobTitle": "x" * 60}}
    url = f"/users/{caller.id}/profile/positions"
    assert compare(caller, "/small-body", "POST", url, large) == (413, "RequestEntityTooLarge")
    assert compare(caller, "/small-body", "POST", f"{POSITIONS}/$ref", large) == (413, "RequestEntityTooLarge")
    assert compare(caller, "/small-body", "POST", POSITIONS, large)[0] == 201
    made = batch(caller, [post({}, url)], root="/paged-users")["1"]["body"]
    assert made["allowedAudiences"] == "everyone"
    assert len(batch(caller, [get(url)], root="/paged-users")["1"]["body"]["value"]) == 1


def test_origins_apply_to_each_path(caller):
    """A page may read the answer of the batch, but not an answer in it that GraphProfileAllowOrigin of its path forbids."""
    url = f"/users/{caller.id}/profile/positions"
    before = len(caller.rows())
    for origin, statuses in (("https://app.example", [200, 403, 403]), ("https://other.example", [200, 200, 201]), (None, [200, 200, 201])):
        answer = caller.post({"requests": [get(id="1"), get(url, id="2"), post({}, url, id="3")]}, "/$batch", root="/pages",
                             headers={"Origin": origin})
        assert [one["status"] for one in answer.json["responses"]] == statuses, origin
        assert ("Access-Control-Allow-Origin" in answer.headers) == (origin == "https://app.example")
        assert "Access-Control-Allow-Origin" not in answer.json["responses"][0]["headers"]
    assert len(caller.rows()) == before + 2
    hide(caller)
    for origin, status in (("https://app.example", 403), (None, 200)):
        answer = caller.post({"requests": [get("/users/hidden@corp.example/profile/positions")]}, "/$batch", root="/owner-pages",
                             headers={"Origin": origin})
        assert answer.json["responses"][0]["status"] == status


def test_a_page_of_another_site_does_not_write(ruled, caller):
    """The browser adds the credentials by itself."""
    alice = User(ruled, caller.database, id="alice", root="/basic")
    answer = alice.post({"requests": [post({}, id="1"), get(id="2")]}, "/$batch", auth=("alice", "secret"),
                        headers={"Sec-Fetch-Site": "cross-site"})
    assert [one["status"] for one in answer.json["responses"]] == [403, 200] and not alice.rows()


def test_user_principal_names_have_the_rules_of_the_id(ruled, caller):
    """A request by user principal name has the rules of the path with the id, in a batch, too."""
    upn = f"{caller.id}@corp.example"
    caller.database.execute("INSERT INTO graphprofile.person VALUES (%s, %s)", (caller.id, upn))
    caller.create({"allowedAudiences": "everyone"}, root="/plain")
    for root in ("/users", "/plain", "/paged-users", "/limit", "/scopes"):
        for key in (upn, caller.id):
            for method, body in (("GET", None), ("POST", {})):
                status = compare(caller, root, method, f"/users/{key}/profile/positions", body)[0]
                assert status == (403 if root == "/users" or (root, method) == ("/scopes", "POST") else 201 if body == {} else 200)


def test_a_password_authenticates_the_whole_batch(ruled, caller):
    """httpd checks the password once, for the batch. Require user of each path still applies."""
    alice = User(ruled, caller.database, id="alice", root="/basic")
    other = {"Authorization": "Basic " + base64.b64encode(b"o'brien:secret").decode()}
    got = batch(alice, [post({}, id="1", headers=other), get(id="2"), get("/users/alice/profile/positions", id="3", headers=other),
                        get("/users/alice/profile/positions", id="4")], auth=("alice", "secret"))
    assert got["1"]["status"] == 201 and got["2"]["status"] == 200 and got["1"]["body"]["createdBy"]["user"]["id"] == "alice"
    assert got["3"]["status"] in (401, 403) and got["4"]["status"] in (401, 403)
    assert alice.get("/users/alice/profile/positions", auth=("o'brien", "secret")).status == 200
    assert alice.post({"requests": [get()]}, "/$batch", auth=("alice", "wrong")).status == 401
    alice.database.execute("DELETE FROM graphprofile.position WHERE owner_id = 'alice'")


def test_anonymous_batches_only_read(ruled, caller):
    """Without a caller, a batch reads what `everyone` may read, and only below a root that allows anonymous callers."""
    caller.create({"allowedAudiences": "everyone"}, root="/plain")
    url = f"/users/{caller.id}/profile/positions"
    got = batch(caller, [get(url, id="1"), get(id="2"), post({}, url, id="3"), get("/$metadata", id="4")], root="/public", token="")
    assert [got[id]["status"] for id in "1234"] == [200, 401, 401, 200]
    assert len(got["1"]["body"]["value"]) == 1 and got["2"]["headers"]["WWW-Authenticate"] == "Bearer"
    assert caller.post({"requests": [get()]}, "/$batch", root="/granted", token="").status == 401


# ---- logs and metrics ----

def test_each_request_is_recorded(ruled, caller):
    """Each request has its audit line, a line if it fails, and counts by its operation."""
    before = metrics(ruled)
    got = batch(caller, [post({}, id="1"), get(id="2"), post({"x": 1}, id="3"), get("/nothing", id="4")], root="/plain")
    lines = ruled.log.find(f"created owner={caller.id} id={got['1']['body']['id']} .* request-id={got['1']['headers']['request-id']} ")
    assert len(lines) == 1
    assert ruled.log.find(f"400 BadRequest.* request-id {got['3']['headers']['request-id']}")
    assert ruled.log.find(f"404 ResourceNotFound.* request-id {got['4']['headers']['request-id']}")
    wanted = {("batch", "2xx"): 1, ("create", "2xx"): 1, ("create", "4xx"): 1, ("list", "2xx"): 1}

    def moved():
        now = metrics(ruled)
        return {key: now[key] - before.get(key, 0) for key in now if now[key] != before.get(key, 0)}
    wait_until(lambda: moved() == wanted)


def metrics(server):
    """How many requests of each operation and class of status were answered."""
    text = requests.get(server.url + "/metrics", timeout=60).text
    return {match.groups()[:2]: int(match[3]) for match in
            re.finditer(r'graphprofile_requests_total\{operation="(\w+)",status="(\w+)"\} (\d+)', text)}


# ---- directives ----

def test_batches_can_be_disabled(caller):
    answer = caller.post({"requests": [get()]}, "/$batch", root="/off")
    assert answer.status == 404 and answer.error["code"] == "ResourceNotFound"
    assert "/$batch" not in caller.get("/openapi.json", root="/off").json["paths"]
    assert "/$batch" in caller.get("/openapi.json", root="/few").json["paths"]
    for root, there in (("/off", False), ("/few", True)):
        container = caller.get("/$metadata?$format=json", root=root).json["microsoft.graph"]["GraphService"]
        support = container["@Org.OData.Capabilities.V1.BatchSupport"]
        assert support["Supported"] is there and ("SupportedFormats" in support) is there
        assert f'Property="Supported" Bool="{str(there).lower()}"' in caller.get("/$metadata", root=root).content.decode()


def test_directives_set_the_limits(caller):
    for number, status in ((2, 200), (3, 200), (4, 400)):
        answer = caller.post({"requests": [get(id=str(i)) for i in range(number)]}, "/$batch", root="/few")
        assert answer.status == status
    text = '{"requests":[{"id":"1","method":"GET","url":"/me/profile/positions"}]}'
    for size, status in ((499, 200), (500, 200), (501, 413)):
        assert caller.post(data=text + " " * (size - len(text)), path="/$batch", root="/bytes").status == status
    assert batches.batch(caller, [get(id=str(i)) for i in range(20)], root="/plain")
