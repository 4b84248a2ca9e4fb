# SPDX-License-Identifier: Apache-2.0
"""Callers: valid and invalid tokens, and their permissions."""

import base64
import json
import subprocess
import time

import pytest
from lib.client import Raw, User
from dev import tokens


def forged_key(tmp_path):
    subprocess.run(["openssl", "genrsa", "-out", str(tmp_path / "key"), "2048"], check=True,
                   stderr=subprocess.DEVNULL)
    return (tmp_path / "key").read_text()


def unsigned(server, user):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
    now = int(time.time())
    return ".".join([part({"alg": "none", "typ": "JWT"}),
                     part({"oid": user, "iss": tokens.ISSUER, "aud": tokens.AUDIENCE, "iat": now,
                           "exp": now + 60, "scp": "User.ReadWrite"}), ""])


BAD_TOKENS = {
    "none": lambda server, user, tmp: "",
    "garbage": lambda server, user, tmp: "garbage",
    "unsigned": lambda server, user, tmp: unsigned(server, user),
    "expired": lambda server, user, tmp: tokens.mint(server.state, user, ttl=-100),
    "wrong key": lambda server, user, tmp: tokens.mint(server.state, user, key=forged_key(tmp)),
    "public key as secret": lambda server, user, tmp: tokens.mint(
        server.state, user, key=base64.b64encode(
            (server.state / "token.crt").read_bytes()).decode(), algorithm="HS256"),
    "tampered": lambda server, user, tmp: (
        lambda t: t[:-6] + ("A" if t[-6] != "A" else "B") + t[-5:])(tokens.mint(server.state, user)),
    "wrong audience": lambda server, user, tmp: tokens.mint(server.state, user,
                                                            aud="https://other.example"),
    "no audience": lambda server, user, tmp: tokens.mint(server.state, user, aud=None),
    "wrong issuer": lambda server, user, tmp: tokens.mint(server.state, user,
                                                          iss="https://other.example"),
    "no user": lambda server, user, tmp: tokens.mint(server.state, user, oid=None),
}


@pytest.mark.parametrize("make", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
def test_bad_tokens_get_a_401_with_a_challenge(user, tmp_path, make):
    answer = user.refused(401, {}, token=make(user.server, user.id, tmp_path))
    assert answer.error["code"] == "InvalidAuthenticationToken"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_root_without_authentication_admits_no_caller(user):
    answer = user.refused(401, {}, root="/open")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("name", ["X-Remote-User", "Remote-User", "OIDC_CLAIM_oid", "OIDC-CLAIM-oid",
                                  "OIDC_CLAIM_scp", "OIDC_CLAIM_name", "OIDC-CLAIM-appid"])
def test_headers_identify_no_caller(user, name):
    """A header from a client never names the caller, with or without a token."""
    plain, spoofed = user.create(), user.create(headers={name: "mallory"})
    assert spoofed["createdBy"] == plain["createdBy"]
    user.refused(401, {}, root="/open", token="", headers={name: "mallory"})


def test_names_of_every_alphabet(new_user):
    for name in ("Zoë", "日本 😀", "O'Brien, \"Bob\" <x>"):
        user = new_user(name=name)
        assert user.create()["createdBy"]["user"]["displayName"] == name


def test_a_name_that_is_not_text_is_left_out(new_user, log):
    log.expect("GraphProfileUserName is not stored: it is not UTF-8, or contains control characters")
    assert new_user(name="a\r\nb: c").create()["createdBy"]["user"]["displayName"] is None


def test_an_application_is_named_as_one(new_user):
    service, owner = new_user(scopes="", roles="User.ReadWrite.All", appid="app-7"), new_user()
    entity = service.create(path=f"/users/{owner.id}/profile/positions")
    assert entity["createdBy"]["application"] == {"id": "app-7", "displayName": None}
    assert entity["createdBy"]["user"] is None
    assert owner.rows("modified_by") == [(service.id,)]


# ---- other ways to authenticate ----

@pytest.fixture
def alice(server, log, database):
    user = User(server, database, id="o'brien")
    database.execute("DELETE FROM graphprofile.position WHERE owner_id = %s", (user.id,))
    return user


BASIC = ("o'brien", "secret")


def test_without_permissions_configured_httpd_decides(alice):
    assert alice.post({}, root="/unchecked", auth=BASIC).status == 201
    answer = alice.post({}, "/users/bob/profile/positions", root="/unchecked", auth=BASIC)
    assert answer.status == 403 and len(alice.rows()) == 1
    answer = alice.refused(401, {}, root="/unchecked", auth=("o'brien", "wrong"))
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_permissions_that_are_configured_and_absent_permit_nothing(alice):
    alice.refused(403, {}, root="/basic", auth=BASIC)


def test_an_error_document_is_no_position(alice):
    """httpd looks for it without authentication: it keeps the name that came with a wrong password."""
    made = alice.post({}, root="/astray", auth=BASIC)
    assert alice.get(root="/astray", auth=BASIC).json["value"][0]["id"] == made.json["id"]
    for path, password, status in (("/me/profile/positions", "wrong", 401),
                                   ("/me/profile/positions/1", "secret", 404)):
        answer = alice.get(path, root="/astray", auth=("o'brien", password))
        assert answer.status == status and made.json["id"].encode() not in answer.content


def test_two_authorizations(user, other):
    """httpd merges them into one header, which is not a token."""
    for first, second in ((user, other), (user, user)):
        with Raw(user.server) as raw:
            raw.start_post(first, f"Authorization: Bearer {second.token}", "Content-Length: 2").send(b"{}")
            answer = raw.answer()
        assert answer.status == 401 and answer.error["code"] == "InvalidAuthenticationToken"
    assert other.rows() == user.rows() == []
