# SPDX-License-Identifier: Apache-2.0
"""The samples in conf/ at work: tokens of Entra ID with mod_auth_openidc and with mod_oauth2, user names and
passwords, and a session cookie. (Client certificates: test_certificates.py.)"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import time
from contextlib import closing

import jwt
import pytest
from lib.client import User
from lib.server import ROOT, Server
from cryptography.hazmat.primitives.asymmetric import rsa
from dev import tokens

TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
AUDIENCE = "4c9b7a1e-3b6f-4a57-9f0d-6e1d2c3b4a59"
ISSUER = f"https://login.microsoftonline.com/{TENANT}/v2.0"
JWKS = "https://login.microsoftonline.com/${GRAPHPROFILE_TENANT}/discovery/v2.0/keys"

MODULES = """
LoadModule auth_basic_module "${GP_MODULES}/mod_auth_basic.so"
LoadModule authn_file_module "${GP_MODULES}/mod_authn_file.so"
LoadModule auth_form_module "${GP_MODULES}/mod_auth_form.so"
LoadModule session_module "${GP_MODULES}/mod_session.so"
LoadModule session_cookie_module "${GP_MODULES}/mod_session_cookie.so"
LoadModule request_module "${GP_MODULES}/mod_request.so"
LoadModule oauth2_module "${GP_MODULES}/mod_oauth2.so"
LoadModule headers_module "${GP_MODULES}/mod_headers.so"
LoadModule cache_module "${GP_MODULES}/mod_cache.so"
LoadModule cache_disk_module "${GP_MODULES}/mod_cache_disk.so"
OIDCCABundlePath "${GP_PUBLIC}/ca.crt"
<Location "/keys.json">
    Require all granted
</Location>
<Directory "${GP_PUBLIC}/htdocs">
    Require all granted
</Directory>
"""

SESSION = """
<LocationMatch "^/(session|login)">
    AuthType Form
    AuthName session
    AuthFormProvider file
    AuthUserFile "${GP_PUBLIC}/users"
    Session On
    SessionCookieName session path=/
</LocationMatch>
<Location "/session">
    GraphProfile On
    Require valid-user
</Location>
# A cache that keeps what it should not. (mod_cache_socache would answer a revalidation without a body.)
CacheEnable disk /session
CacheRoot "${GP_PUBLIC}/cache"
CacheStorePrivate On
CacheHeader On
<Location "/login">
    SetHandler form-login-handler
    AuthFormLoginSuccessLocation /session
</Location>
"""

# Another application on the same server: its issuer signs with a secret, and mod_oauth2 caches its tokens.
LAX = """
<Location "/{}">
    GraphProfile On
    AuthType oauth2
    OAuth2TokenVerify plain secret verify.exp=required&verify.iat=skip
    OAuth2TargetPass remote_user_claim=oid&headers=Off
    Require valid-user
</Location>
"""

def ready(name, root, replacements):
    """A file of conf/ unchanged, except for the administrator's values and the root."""
    text = (ROOT / "conf" / f"{name}.conf").read_text()
    ours = f'<Location "{root}">\n    GraphProfile On\n    GraphProfileAllowOrigin https://app.example'
    for old, new in {'<Location "/beta">': ours, **replacements}.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="module")
def key():
    """Entra ID's signing key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def gateway(state, module, sanitizers, sanitizer_reports, key):
    server = Server(state / "gateway", module, sanitizers)
    values = {"Define GRAPHPROFILE_TENANT 00000000-0000-0000-0000-000000000000":
              f"Define GRAPHPROFILE_TENANT {TENANT}",
              "Define GRAPHPROFILE_AUDIENCE 11111111-1111-1111-1111-111111111111":
              f"Define GRAPHPROFILE_AUDIENCE {AUDIENCE}",
              JWKS: f"{server.httpd.tls_url}/keys.json"}
    server.httpd.extra = MODULES + SESSION + LAX.format("before") + ready("entra-id", "/entra", {
        **values, "exec:/bin/cat /etc/graphprofile/passphrase": "x"}) + ready("oauth2", "/oauth2", {
            **values, "jwks_uri.ssl_verify=true": "jwks_uri.ssl_verify=false"}) + ready(
                "basic", "/basic", {"/etc/graphprofile/users": "${GP_PUBLIC}/users"}
            ) + LAX.format("after")
    (server.httpd.public / "cache").mkdir()
    (server.httpd.public / "cache").chmod(0o777)
    server.httpd.prepare()
    public = {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": "entra"}
    others = [{**public, "kid": f"another-{i}", "issuer": ISSUER, "x5t": "t" * 27, "x5c": ["A" * 1600]}
              for i in range(8)]  # as many keys as Entra ID may have
    (server.httpd.public / "htdocs" / "keys.json").write_text(json.dumps({"keys": [*others, public]}))
    # A place that httpd's children can read. mod_auth_openidc 2.4.16 and later reads it at the start.
    shutil.copy(server.httpd.ca, server.httpd.public)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def new(gateway, key):
    """Makes users with tokens of Entra ID."""
    with closing(gateway.connect()) as connection:
        gateway.log.mark()

        def make(root, **options):
            options = {"key": key, "kid": "entra", "aud": AUDIENCE, "iss": ISSUER, "appid": None,
                       "azp": "app-7", **options}
            return User(gateway, connection.cursor(), root=root, **options)
        yield make
    gateway.log.check()


BEARER = pytest.mark.parametrize("root", ["/entra", "/oauth2"])


@BEARER
def test_tokens_of_entra_id(new, root):
    user = new(root, name="Zoë Ω", scopes="openid User.ReadWrite")
    entity = user.create()
    assert entity["createdBy"]["user"] == {"id": user.id, "displayName": "Zoë Ω"}
    assert entity["createdBy"]["application"]["id"] == "app-7"
    assert user.read(entity["id"]) == entity
    assert user.delete(entity["id"]).status == 204
    assert new(root, azp=None, appid="app-1").create()["createdBy"]["application"]["id"] == "app-1"


@BEARER
def test_permissions_of_entra_id(new, root):
    """Scopes are a text and roles an array, which each of the two modules formats differently."""
    owner = new(root)
    path = f"/users/{owner.id}/profile/positions"
    rows = [({"scopes": "User.Read"}, 403, 403), ({"scopes": "openid User.Read.All"}, 200, 403),
            ({"scopes": "", "roles": "Other.Role User.Read.All"}, 200, 403),
            ({"scopes": "", "roles": "Other.Role User.ReadWrite.All Third"}, 200, 201),
            ({"scopes": "", "roles": "Other.Role"}, 403, 403),
            ({"scopes": "User.Read", "roles": "User.ReadWrite.All Other"}, 403, 403)]
    for token, read, write in rows:
        caller = new(root, **token)
        assert (caller.get(path).status, caller.post({}, path).status) == (read, write), token
        assert caller.get().status == (400 if not token["scopes"] and read == 200 else
                                       200 if token["scopes"] else
                                       400 if token["roles"] else 403), token
    assert len(owner.rows()) == 1


BAD_TOKENS = {
    "expired": {"ttl": -60}, "without expiry": {"exp": None},
    "other audience": {"aud": "https://graph.microsoft.com"}, "no audience": {"aud": None},
    "other issuer": {"iss": tokens.ISSUER}, "no issuer": {"iss": None}, "almost the issuer": {"iss": ISSUER + "/"},
    "no user": {"oid": None}, "empty user": {"oid": ""},
    "other key": {"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)},
    "unknown key": {"kid": "another"},
    "secret": {"algorithm": "HS256", "key": "secret"}, "no signature": {"algorithm": "none"},
    # For the same client, of a user with a role, with another subject.
    "ID token": {"scopes": "", "roles": "User.ReadWrite.All", "sub": "pairwise"},
    "ID token without subject": {"scopes": "", "roles": "User.ReadWrite.All", "sub": None},
}


def refused_twice(caller, scheme, **options):
    """Write and read, each twice: a refusal must not be cached as anything else."""
    for _ in range(2):
        answer = caller.refused(401, {}, **options)
        assert answer.headers["WWW-Authenticate"].startswith(scheme)
        assert caller.get(**options).status == 401


@BEARER
@pytest.mark.parametrize("claims", BAD_TOKENS.values(), ids=BAD_TOKENS)
def test_tokens_that_are_refused(new, root, claims):
    refused_twice(new(root, **claims), "Bearer")


@pytest.mark.measures_time
@BEARER
def test_a_token_that_expires_after_a_success(new, root):
    caller = new(root, ttl=3)
    expiry = time.time() + 3
    made = caller.create()
    while caller.get().status == 200:
        assert time.time() < expiry + 1
        time.sleep(0.1)
    refused_twice(caller, "Bearer")
    refused_twice(caller, "Bearer", headers={"X-Graphprofile-Now": "t=1000000000000000"})  # set by conf/oauth2.conf
    assert caller.rows() == [(made["id"],)]


@pytest.mark.parametrize("elsewhere", ["/before", "/after"])
def test_a_token_that_another_location_has_accepted(new, elsewhere):
    """mod_oauth2 caches accepted tokens with the token alone as the key."""
    caller = new("/oauth2", algorithm="HS256", key="secret")
    assert caller.get(root=elsewhere).status == 200
    refused_twice(caller, "Bearer")
    caller = new("/oauth2")
    assert caller.get().status == 200
    assert caller.get(root=elsewhere).status == 401


def liboauth2_version():
    asked = subprocess.run(["dpkg-query", "-W", "-f", "${Version}\n", "liboauth2-0*"], capture_output=True, text=True,
                           check=False)
    return tuple(int(part) for part in re.match(r"\d+(\.\d+)*", asked.stdout.strip()).group().split("."))


@pytest.mark.measures_time
def test_why_the_sample_compares_the_expiry_itself(new):
    """Up to 2.2.1, mod_oauth2 does not check the expiry of a cached token."""
    caller = new("/oauth2", algorithm="HS256", key="secret", ttl=2)
    expiry = time.time() + 2
    assert caller.get(root="/before").status == 200
    while time.time() < expiry + 1.5:
        time.sleep(0.1)
    assert caller.get(root="/before").status == (200 if liboauth2_version() <= (2, 2, 1) else 401)


@BEARER
def test_the_keys_are_fetched_once(new, gateway, root):
    """It does not fetch the keys for each request, even if no token is cached."""
    def fetched():
        return (gateway.state / "access_log").read_text().count('"GET /keys.json')

    assert new(root).get().status == 200
    before = fetched()
    for _ in range(5):
        assert new(root).get().status == 200
    assert fetched() == before > 0


def test_mod_auth_openidc_is_deprecated_at_the_start(gateway):
    """A line of docs/troubleshooting.md, and the reason why the docs recommend oauth2.conf for a new
    installation."""
    line = r"oidc_check_config_oauth: The OAuth 2.0 Resource Server functionality is deprecated"
    assert re.search(line, (gateway.state / "error_log").read_text())


def test_each_file_has_its_tests():
    assert {file.stem for file in (ROOT / "conf").glob("*.conf")} \
        == {"graphprofile", "entra-id", "oauth2", "basic", "client-certificate",
            "json-logs", "rate-limits"}  # tested in test_trace.py and test_rate_limits.py


@BEARER
def test_headers_from_a_client(new, root):
    """Neither headers with names of claims nor a second token identify the caller."""
    user, mallory = new(root, scopes="User.Read"), "mallory"
    for prefix in ("OIDC_CLAIM_", "OIDC-CLAIM-", "OAUTH2_CLAIM_", "OAUTH2-CLAIM-"):
        for claim, value in (("oid", mallory), ("scp", "User.ReadWrite.All"), ("name", mallory),
                             ("roles", "User.ReadWrite.All"), ("aud", AUDIENCE), ("exp", "9999999999")):
            user.refused(403, {}, headers={prefix + claim: value})
            user.refused(401, {}, token="", headers={prefix + claim: value})
    writer = new(root)
    for header in ("X-Remote-User", "Remote-User", "REMOTE_USER"):
        entity = writer.create(headers={header: mallory})
        assert entity["createdBy"]["user"]["id"] == writer.id


# ---- user names and passwords ----

def test_names_and_passwords(new):
    user = new("/basic", id="o'brien")
    secret = {"auth": (user.id, "secret")}
    entity = user.create(**secret)
    assert entity["createdBy"]["user"]["id"] == user.id
    assert user.get(**secret).status == 200
    assert user.post({}, "/users/bob/profile/positions", **secret).status == 403
    assert user.delete(entity["id"], **secret).status == 204


BAD_CREDENTIALS = {
    "none": {}, "wrong password": {"auth": ("o'brien", "Secret")}, "no password": {"auth": ("o'brien", "")},
    "unknown name": {"auth": ("nobody", "secret")}, "no name": {"auth": ("", "secret")},
    "name in other case": {"auth": ("O'Brien", "secret")}, "stored password": {"auth": (
        "o'brien", "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=")},
    "no colon": {"headers": {"Authorization": "Basic " + base64.b64encode(b"o'brien").decode()}},
    "no base64": {"headers": {"Authorization": "Basic o'brien:secret"}},
    "other scheme": {"headers": {"Authorization": "Digest " + base64.b64encode(b"o'brien:secret").decode()}},
    "in another header": {"headers": {"Proxy-Authorization": "Basic " + base64.b64encode(
        b"o'brien:secret").decode()}},
}


@pytest.mark.parametrize("credentials", BAD_CREDENTIALS.values(), ids=BAD_CREDENTIALS)
def test_names_and_passwords_that_are_refused(new, credentials):
    user = new("/basic", id="o'brien")
    assert user.get(auth=("o'brien", "secret")).status == 200
    user.token = ""
    refused_twice(user, "Basic", **credentials)
    assert user.get(**credentials).error["message"] == "The user name or password is missing or wrong."


def test_a_password_that_changes_after_a_success(new, gateway):
    users = gateway.httpd.public / "users"
    before = users.read_text()
    user = new("/basic", id=f"u{time.time_ns()}")
    secret = {"auth": (user.id, "secret")}
    users.write_text(f"{before}{user.id}:{before.splitlines()[0].partition(':')[2]}\n")
    try:
        assert user.get(**secret).status == 200
        users.write_text(f"{before}{user.id}:{{SHA}}{base64.b64encode(hashlib.sha1(b'new').digest()).decode()}\n")
        refused_twice(user, "Basic", **secret)
        assert user.get(auth=(user.id, "new")).status == 200
    finally:
        users.write_text(before)
    refused_twice(user, "Basic", auth=(user.id, "new"))


# ---- sessions, and the browser's own credentials ----

def log_in(gateway, user):
    user.token = ""
    answer = user.session.post(f"{gateway.url}/login", allow_redirects=False, data={
        "httpd_username": user.id, "httpd_password": "secret"})
    assert answer.status_code == 302 and "session" in user.session.cookies


@pytest.mark.http1
def test_a_cache_keeps_users_apart(new, gateway):
    """Even a cache that stores private answers."""
    gateway.log.allow("AH00717: Premature end of cache headers")  # mod_cache_disk logs this when the client leaves
    users = [new("/session", id=name) for name in ("alice", "o'brien")]
    for user in users:
        log_in(gateway, user)
    made = [user.create()["id"] for user in users]
    states = set()
    for _ in range(3):
        for user, id in zip(users, made):
            for path in ("/me/profile/positions", f"/me/profile/positions/{id}"):
                answer = user.get(path)
                states.add(answer.headers["X-Cache"].split(" ")[0])
                assert answer.status == 200 and answer.content.count(id.encode()) >= 1
                assert made[1 - made.index(id)].encode() not in answer.content
    assert states == {"MISS", "REVALIDATE"}
    for user, id in zip(users, made):
        assert user.delete(id).status == 204
        assert user.get(f"/me/profile/positions/{id}").status == 404

@pytest.mark.http1
def test_a_page_of_another_site_cannot_write_by_a_sessions_cookie(new, gateway):
    user = new("/session", id="alice")
    assert user.post({}, token="").status == 401
    log_in(gateway, user)
    entity = user.create(headers={"Sec-Fetch-Site": "same-origin"})
    cross = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    for answer in (user.refused(403, {}, headers=cross),
                   user.patch(entity["id"], {"isCurrent": True}, headers=cross),
                   user.delete(entity["id"], headers=cross)):
        assert answer.status == 403 and answer.error["target"] == "Sec-Fetch-Site"
    assert user.read(entity["id"]) == entity
    # The media types that a form can send are not JSON, whatever parameters they have.
    for media in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        user.refused(415, data=b"{}", headers={"Content-Type": media})
    # Reading is harmless: the page cannot see the answer.
    assert user.get(headers=cross).status == 200
    for site in ("same-origin", "same-site", "none"):
        assert user.patch(entity["id"], {}, headers={"Sec-Fetch-Site": site}).status == 200
    assert user.delete(entity["id"]).status == 204


def test_the_same_with_a_password_that_the_browser_remembers(new):
    user = new("/basic", id="alice")
    secret = {"auth": (user.id, "secret")}
    user.refused(403, {}, headers={"Sec-Fetch-Site": "cross-site"}, **secret)
    assert user.post({}, headers={"Sec-Fetch-Site": "same-origin"}, **secret).status == 201


@pytest.mark.parametrize("root", ["/entra", "/oauth2", "/basic"])
def test_preflights_need_no_credentials(new, root):
    """Whichever module authenticates."""
    somebody = new(root)
    somebody.token = ""
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST",
             "Access-Control-Request-Headers": "authorization,content-type,sdkversion"}
    answer = somebody.request("OPTIONS", headers=asked)
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    refused = somebody.refused(401, {}, headers={"Origin": "https://app.example"})
    assert refused.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert "WWW-Authenticate" in refused.headers["Access-Control-Expose-Headers"]
    other = somebody.request("OPTIONS", headers={**asked, "Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers


def test_a_page_that_has_a_token_may_write(new):
    assert new("/entra").post({}, headers={"Sec-Fetch-Site": "cross-site"}).status == 201
