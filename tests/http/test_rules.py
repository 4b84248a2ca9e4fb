# SPDX-License-Identifier: Apache-2.0
"""The configuration of a user's path in a <Location> applies to every spelling of the path, including the
user principal name: access rules and directives, whichever module authenticates."""

import json
import re
import uuid
from types import SimpleNamespace

import jwt
import pytest
from lib.client import User
from lib.server import Server
from cryptography import x509
from dev import tokens
from dev.httpd import free_port
from test_audiences import alike

MODULES = """
LoadModule auth_basic_module "${GP_MODULES}/mod_auth_basic.so"
LoadModule authn_file_module "${GP_MODULES}/mod_authn_file.so"
LoadModule oauth2_module "${GP_MODULES}/mod_oauth2.so"
"""

AUTHENTICATION = {
    "openidc": """
        AuthType oauth20
        <RequireAll>
            Require valid-user
            Require claim aud:${GP_AUDIENCE}
        </RequireAll>
        GraphProfileScopes "%{reqenv:OIDC_CLAIM_scp}"
        GraphProfileRoles "%{reqenv:OIDC_CLAIM_roles}"
    """,
    "oauth2": """
        AuthType oauth2
        OAuth2TokenVerify jwk JWK verify.iat=skip
        OAuth2TargetPass remote_user_claim=oid&headers=Off
        <RequireAll>
            Require valid-user
            Require oauth2_claim aud:${GP_AUDIENCE}
        </RequireAll>
        GraphProfileScopes "%{reqenv:OAUTH2_CLAIM_scp}"
        GraphProfileRoles "%{reqenv:OAUTH2_CLAIM_roles}"
    """,
    "basic": """
        AuthType Basic
        AuthName basic
        AuthUserFile "${GP_PUBLIC}/users"
        Require valid-user
        GraphProfileScopes "User.ReadWrite.All"
    """,
}

# The configuration for a user of this name, in each root.
RULES = {
    "free": "",
    "denied": "Require all denied",
    "for-another": "Require user somebody-else",
    "for-the-caller": "Require user alice",
    "frozen": "AuthMerging And\n<LimitExcept GET>\nRequire all denied\n</LimitExcept>",
    "worded": 'Require all denied\nErrorDocument 403 "Its own words',
    "small": "GraphProfileMaxBody 40",
    "off": "GraphProfile Off",
    "iffy": """<If "%{REQUEST_METHOD} == 'PATCH'">\nRequire all denied\n</If>""",
    "permissions": 'GraphProfileScopes "User.Read.All"',
    "nobody's": 'GraphProfileUser "%{reqenv:NOT_SET}"',
    "audience": "GraphProfileDefaultAudience everyone\nGraphProfileCreatedBy server\nGraphProfilePageSize 1",
    "d\u00e9nied#%;": "Require all denied",
    "HTTP%2Fapp": "Require all denied",
}


def configuration(jwk):
    text = MODULES
    for name, authentication in AUTHENTICATION.items():
        text += f'<Location "/{name}">\nGraphProfile On\n{authentication}</Location>\n'.replace("JWK", jwk)
        for user, rule in RULES.items():
            text += f'<Location "/{name}/users/{user}">\n{rule}\n</Location>\n'
        text += f"""
<LocationMatch "^/{name}/users/matched-[^/]*/profile/positions/[^$]">
    Require all denied
</LocationMatch>
<If "%{{REQUEST_URI}} =~ m#^/{name}/users/conditional/#">
    Require all denied
</If>
<Location "/{name}/users/one/profile/positions/17a809a9-09a9-17a8-a909-a817a909a817">
    Require all denied
</Location>
<Location "/{name}/users/other-way">
    AuthType {"oauth20" if name == "basic" else "Basic"}
    AuthName other
    AuthUserFile "${{GP_PUBLIC}}/users"
</Location>
"""
    return text + """
<Location "/public">
    GraphProfile On
    GraphProfileAnonymous On
    Require all granted
</Location>
<Location "/public/users/denied">
    Require all denied
</Location>
<Location "/public/users/off">
    GraphProfile Off
</Location>
<Location "/public/users/frozen">
    AuthType oauth20
    Require valid-user
</Location>
<Location "/public/users/small">
    GraphProfilePageSize 1
</Location>
<Location "/public/users/worded">
    GraphProfileAnonymous Off
    GraphProfilePageSize 1
    GraphProfileAllowOrigin *
</Location>
<Location "/public/users/for-another">
    GraphProfileUser somebody
    GraphProfileScopes nothing
</Location>
<Location "/pages">
    GraphProfile On
    GraphProfileAllowOrigin https://app.example
    AuthType oauth20
    Require valid-user
</Location>
<Location "/pages/users/free">
    GraphProfileAllowOrigin None
</Location>
<Location "/pages/users/audience">
    GraphProfileAllowOrigin https://other.example
</Location>
<Location "/pages/users/denied">
    GraphProfileAllowOrigin https://other.example
    Require all denied
</Location>
"""


# A name with a slash has %2F in the path that <Location> matches.
NAMES = [*(name.replace("%2F", "/") for name in RULES), "matched-x", "conditional", "one", "other-way"]


@pytest.fixture(scope="module")
def ruled(state, module, sanitizers, sanitizer_reports):
    folder = state / "rules"
    tokens.make_keys(folder)
    certificate = x509.load_pem_x509_certificate((folder / "token.crt").read_bytes())
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(certificate.public_key()))
    text = json.dumps({**jwk, "kid": tokens.KEY_ID}).replace('"', '\\"')
    with Server(folder, module, sanitizers, configuration(f'"{text}"')) as server:
        with server.connect() as connection:
            cursor = connection.cursor()
            for name in NAMES:
                cursor.execute("INSERT INTO graphprofile.person VALUES (%s, %s)", (name, upn(name)))
        yield server


@pytest.fixture
def caller(ruled):
    with ruled.connect() as connection:
        ruled.log.mark()
        yield User(ruled, connection.cursor(), id="alice", scopes="User.ReadWrite.All")
    ruled.log.check()


def upn(name):
    return f"{name}@corp.example"


def quoted(text):
    return "".join(f"%{byte:02X}" for byte in text.encode())


def alias(key):
    """The one form that can hold any key: in the query string. The rest of the path goes into the braces."""
    return "/users(@k)/profile/positions{}?@k=" + quoted("'" + key.replace("'", "''") + "'")


def way(spelling, rest):
    """A spelling of a collection, with the rest of the path."""
    if "{}" not in spelling:
        return spelling + rest
    path, _, options = rest.partition("?")
    return spelling.format(path) + (f"&{options}" if options else "")


def by_id(name):
    return alias(name) if "/" in name else f"/users/{quoted(name)}/profile/positions"


def spellings(name):
    """Other spellings of /users/{id}/profile/positions: by name first, and by id."""
    yield from (alias(upn(name)), alias(name), alias(upn(name).upper()))
    if "/" in name:
        return
    for key in (upn(name), name):
        inner = quoted("'" + key.replace("'", "''") + "'")
        yield f"/users/{quoted(key)}/profile/positions"
        yield f"/users({inner})/profile/positions"
        yield f"/Users(ID={inner})/profile/positions"
        yield f"/USERS/{quoted(key)}/Profile/POSITIONS"
        yield f"//users//{quoted(key)}/profile//positions"
        yield f"/users/./{quoted(key)}/x/../profile/positions"
    yield f"/users/{quoted(upn(name).upper())}/profile/positions"


def owned(ruled, name):
    """The data of the user: a position that everyone may see, and one with a known id."""
    owner = User(ruled, id=name, root="/beta", scopes="User.ReadWrite")
    known = "17a809a9-09a9-17a8-a909-a817a909a817"
    owner.post({"id": known, "allowedAudiences": "everyone"})
    return owner.create({"allowedAudiences": "everyone"})["id"], known


def without_next(answer):
    """The next link repeats the spelling of the request."""
    return (answer[0], [header for header in answer[1] if header[0].lower() != "content-length"],
            re.sub(r'"@odata.nextLink":"[^"]*"', "", answer[2]))


def ask(caller, root, path, method, body):
    options = {"auth": ("alice", "secret")} if root == "/basic" else {}
    return caller.request(method, path, body, root=root, **options)


LARGE = {"detail": {"jobTitle": "x" * 60}}
READS = [("GET", "", None), ("HEAD", "", None), ("GET", "/$count", None), ("GET", "?$top=1", None)]
WRITES = [("POST", "", {}), ("POST", "/$ref", {}), ("POST", "", {"createdBy": {"user": {"id": "bob"}}}),
          ("POST", "", LARGE), ("POST", "", {"allowedAudiences": 1})]


def requests_about(id):
    yield from (("GET", f"/{id}", None), ("PATCH", f"/{id}", {}), ("PATCH", f"/{id}", LARGE),
                ("GET", f"('{id.upper()}')", None))


REFUSED = {"denied", "for-another", "d\u00e9nied#%;", "HTTP/app", "conditional", "nobody's", "worded"}


@pytest.mark.parametrize("root", AUTHENTICATION)
@pytest.mark.parametrize("name", [name for name in NAMES if name != "other-way"])
def test_a_rule_holds_for_every_way_to_name_a_user(ruled, caller, root, name):
    """The same answer as by id: refused or not, with the same headers and text."""
    ids = owned(ruled, name)
    reads = [*READS, *(request for id in (*ids, str(uuid.uuid4()), "none") for request in requests_about(id))]
    for number, spelling in enumerate(spellings(name)):
        for method, rest, body in reads if number == 0 else [reads[0], ("PATCH", f"/{ids[0]}", {})]:
            direct, other = (ask(caller, f"/{root}", way(form, rest), method, body) for form in (by_id(name), spelling))
            if name == "off":  # one spelling gets httpd's page, the others that of the module
                assert {direct.status, other.status} <= {403, 404, 405}
                continue
            assert without_next(alike(direct)) == without_next(alike(other)), (spelling, method, rest)
            assert name not in REFUSED or direct.status in (401, 403), (method, rest)
    forms = (by_id(name), next(spellings(name)))
    for method, rest, body in [*WRITES, ("DELETE", f"/{uuid.uuid4()}", None), ("DELETE", "", None)]:
        if (method, rest) == ("DELETE", ""):  # one for each
            direct, other = (ask(caller, f"/{root}", way(form, f"/{owned(ruled, name)[0]}"), method, body)
                             for form in forms)
        else:
            direct, other = (ask(caller, f"/{root}", way(form, rest), method, body) for form in forms)
        assert alike(direct) == alike(other) or name == "off", (method, rest)
    ruled.postgres.psql(f"DELETE FROM graphprofile.position WHERE owner_id = $${name}$$")


@pytest.mark.parametrize("root", AUTHENTICATION)
def test_the_rules_of_a_path(ruled, caller, root):
    """The rows of the table above, requested by the user principal name."""
    def status(name, method="GET", rest="", body=None):
        form = alias(upn(name)) if "/" in name else f"/users/{quoted(upn(name))}/profile/positions"
        return ask(caller, f"/{root}", way(form, rest), method, body).status
    for name in ("free", "for-the-caller", "matched-x", "audience", "small", "frozen", "iffy", "permissions", "one"):
        assert status(name) == 200, name
    for name in REFUSED:
        assert status(name) in ((401,) if name == "nobody's" else (401, 403) if name == "for-another" else (403,)), name
    assert status("off") in (403, 404)
    id = owned(ruled, "matched-x")[0]
    assert status("matched-x", rest=f"/{id}") == 403
    known = owned(ruled, "one")[1]
    for spelled in (f"/{known}", f"/{known.upper()}", f"('{known.upper()}')"):
        assert status("one", rest=spelled) == 403
    assert status("frozen", "POST", body={}) == status("iffy", "PATCH", f"/{uuid.uuid4()}", {}) == 403
    assert status("iffy", "DELETE", f"/{uuid.uuid4()}") == 404
    assert status("small", "POST", body={"detail": {"jobTitle": "x" * 60}}) == 413
    assert status("permissions", "POST", body={}) == 403
    made = ask(caller, f"/{root}", f"/users/{upn('audience')}/profile/positions", "POST",
               {"createdBy": {"user": {"id": "bob"}}}).json
    assert made["allowedAudiences"] == "everyone" and made["createdBy"]["user"]["id"] == "alice"


@pytest.mark.parametrize("root", AUTHENTICATION)
def test_another_authentication_cannot_be_bypassed(ruled, caller, root):
    """A sub-request would reuse the user that the root's AuthType identified. Only the id's own path
    authenticates."""
    ruled.log.allow("AH01614: client used wrong authentication scheme")
    for path in (f"/users/{upn('other-way')}", "/users/other-way"):
        answer = ask(caller, f"/{root}", f"{path}/profile/positions", "GET", None)
        assert answer.status in (401, 403) and answer.error, path


ALONE = {"path": '<Location "/beta/users/denied">\nRequire all denied\n</Location>',
         "pattern": '<LocationMatch "/denied/">\nRequire all denied\n</LocationMatch>',
         "wildcard": '<Location "/beta/*/denied/profile/positions">\nRequire all denied\n</Location>',
         "condition": '<If "%{REQUEST_URI} =~ m#/denied/#">\nRequire all denied\n</If>',
         "condition of the root": '<Location "/beta">\n<If "%{REQUEST_URI} =~ m#/denied/#">\nRequire all denied\n'
                                  "</If>\n</Location>"}


def test_each_kind_of_section_is_found_alone(state, module, sanitizers, sanitizer_reports):
    """A separate host for each kind, which has no other section that could distinguish users."""
    ports = {kind: free_port() for kind in ALONE}
    hosts = "".join(f"Listen 127.0.0.1:{port}\n<VirtualHost 127.0.0.1:{port}>\n{ALONE[kind]}\n</VirtualHost>\n"
                    for kind, port in ports.items())
    with Server(state / "alone", module, sanitizers, hosts) as server:
        server.postgres.psql(f"INSERT INTO graphprofile.person VALUES ('denied', '{upn('denied')}')")
        server.log.mark()
        for kind, port in ports.items():
            host = SimpleNamespace(url=f"http://127.0.0.1:{port}", state=server.state)
            for key in ("denied", upn("denied"), upn("DENIED")):
                answer = User(host, scopes="User.Read.All").get(f"/users/{key}/profile/positions")
                assert answer.status == 403 and answer.error["code"] == "AccessDenied", (kind, key)
        server.log.check()


def test_me_never_leads_to_another_user(ruled):
    """/me is a separate path: it never leads to another user, so rules of /users do not apply."""
    for name in ("denied", "free"):
        owner = User(ruled, id=name, scopes="User.ReadWrite")
        assert owner.get(root="/openidc").status == 200
        for key in (name, upn(name)):
            assert owner.get(f"/users/{key}/profile/positions", root="/openidc").status == (
                403 if name == "denied" else 200)


def test_a_refusal_does_not_reveal_an_owner_to_anonymous_callers(ruled, caller):
    """An anonymous caller gets the same answer as for a name that no user has."""
    unknown = {rest: alike(caller.get(f"/users/nobody@corp.example/profile/positions{rest}", root="/public", token=""))
               for rest in ("", "/$count", f"/{uuid.UUID(int=0)}")}
    for name in ("denied", "off", "frozen", "worded", "for-another"):
        owned(ruled, name)
        for rest, answer in unknown.items():
            got = alike(caller.get(f"/users/{upn(name)}/profile/positions{rest}", root="/public", token=""))
            got = str(without_next(got)).replace(upn(name), "nobody@corp.example")
            assert got == str(without_next(answer)), (name, rest)
    owned(ruled, "small")
    shown = caller.get(f"/users/{upn('small')}/profile/positions", root="/public", token="").json
    assert len(shown["value"]) == 1 and "@odata.nextLink" in shown


@pytest.mark.parametrize("name, allowed", [("free", None), ("audience", "https://other.example"),
                                           ("denied", "https://other.example"), ("small", "https://app.example")])
def test_the_owners_path_decides_which_origins_may_read(ruled, caller, name, allowed):
    """Also for an error of the handler or of another module."""
    for key in (name, upn(name)):
        for origin in ("https://app.example", "https://other.example"):
            for rest in ("", f"/{uuid.uuid4()}", "/$count"):
                answer = caller.get(f"/users/{key}/profile/positions{rest}", root="/pages", headers={"Origin": origin})
                shown = [answer.headers.get(f"Access-Control-{header}") for header in ("Allow-Origin", "Expose-Headers")]
                assert shown[0] == (origin if origin == allowed else None), (key, origin, rest)
                assert (shown[0] is None) == (shown[1] is None)
