# SPDX-License-Identifier: Apache-2.0
"""Graph's permissions for positions, as one table: caller, owner and operation -> the status, and the rows."""

import subprocess
import uuid

import pytest
from lib.client import User
from dev import tokens

# The token of a caller: an argument for the token, or an invalid token.
CALLERS = {
    "no token": None,
    "expired": None,
    "forged": None,
    "wrong audience": None,
    "User.Read": {"scopes": "User.Read"},
    "User.ReadWrite": {"scopes": "User.ReadWrite"},
    "User.ReadBasic.All": {"scopes": "User.ReadBasic.All"},
    "User.Read.All": {"scopes": "User.Read.All"},
    "User.ReadWrite.All": {"scopes": "User.ReadWrite.All"},
    "application User.Read.All": {"scopes": "", "roles": "User.Read.All"},
    "application User.ReadWrite.All": {"scopes": "", "roles": "User.ReadWrite.All"},
    "none configured": {"scopes": "", "root": "/plain"},
}

# Others show a position to the organization, which every user belongs to. Of a user that nobody knows
# there is nothing; whoever may write for all may give them a position.
#                                                 list get count create patch delete
TABLE = """
    no token                        me            401  401  401  401    401   401
    no token                        own id        401  401  401  401    401   401
    no token                        own UPN       401  401  401  401    401   401
    no token                        other's id    401  401  401  401    401   401
    no token                        unknown id    401  401  401  401    401   401

    expired                         me            401  401  401  401    401   401
    expired                         own id        401  401  401  401    401   401
    expired                         own UPN       401  401  401  401    401   401
    expired                         other's id    401  401  401  401    401   401
    expired                         unknown id    401  401  401  401    401   401

    forged                          me            401  401  401  401    401   401
    forged                          own id        401  401  401  401    401   401
    forged                          own UPN       401  401  401  401    401   401
    forged                          other's id    401  401  401  401    401   401
    forged                          unknown id    401  401  401  401    401   401

    wrong audience                  me            401  401  401  401    401   401
    wrong audience                  own id        401  401  401  401    401   401
    wrong audience                  own UPN       401  401  401  401    401   401
    wrong audience                  other's id    401  401  401  401    401   401
    wrong audience                  unknown id    401  401  401  401    401   401

    User.Read                       me            200  200  200  403    403   403
    User.Read                       own id        200  200  200  403    403   403
    User.Read                       own UPN       200  200  200  403    403   403
    User.Read                       other's id    403  403  403  403    403   403
    User.Read                       unknown id    403  403  403  403    403   403

    User.ReadWrite                  me            200  200  200  201    200   204
    User.ReadWrite                  own id        200  200  200  201    200   204
    User.ReadWrite                  own UPN       200  200  200  201    200   204
    User.ReadWrite                  other's id    403  403  403  403    403   403
    User.ReadWrite                  unknown id    403  403  403  403    403   403

    User.ReadBasic.All              me            200  200  200  403    403   403
    User.ReadBasic.All              own id        200  200  200  403    403   403
    User.ReadBasic.All              own UPN       200  200  200  403    403   403
    User.ReadBasic.All              other's id    200  200  200  403    403   403
    User.ReadBasic.All              unknown id    200  404  200  403    403   403

    User.Read.All                   me            200  200  200  403    403   403
    User.Read.All                   own id        200  200  200  403    403   403
    User.Read.All                   own UPN       200  200  200  403    403   403
    User.Read.All                   other's id    200  200  200  403    403   403
    User.Read.All                   unknown id    200  404  200  403    403   403

    User.ReadWrite.All              me            200  200  200  201    200   204
    User.ReadWrite.All              own id        200  200  200  201    200   204
    User.ReadWrite.All              own UPN       200  200  200  201    200   204
    User.ReadWrite.All              other's id    200  200  200  201    200   204
    User.ReadWrite.All              unknown id    200  404  200  201    404   404

    application User.Read.All       me            400  400  400  400    400   400
    application User.Read.All       own id        200  200  200  403    403   403
    application User.Read.All       own UPN       200  200  200  403    403   403
    application User.Read.All       other's id    200  200  200  403    403   403
    application User.Read.All       unknown id    200  404  200  403    403   403

    application User.ReadWrite.All  me            400  400  400  400    400   400
    application User.ReadWrite.All  own id        200  200  200  201    200   204
    application User.ReadWrite.All  own UPN       200  200  200  201    200   204
    application User.ReadWrite.All  other's id    200  200  200  201    200   204
    application User.ReadWrite.All  unknown id    200  404  200  201    404   404

    none configured                 me            200  200  200  201    200   204
    none configured                 own id        200  200  200  201    200   204
    none configured                 own UPN       200  200  200  201    200   204
    none configured                 other's id    200  200  200  403    403   403
    none configured                 unknown id    200  404  200  403    403   403
"""

TARGETS = ("me", "own id", "own UPN", "other's id", "unknown id")
OPERATIONS = ("list", "get", "count", "create", "patch", "delete")


def read_table():
    """(caller, target) -> the statuses of the operations, in order."""
    table = {}
    for line in filter(str.strip, TABLE.splitlines()):
        *words, _, _, _, _, _, _ = line.split()
        key = next((caller, target) for caller in CALLERS for target in TARGETS
                   if words == f"{caller} {target}".split())
        assert key not in table
        table[key] = [int(word) for word in line.split()[-len(OPERATIONS):]]
    return table


STATUSES = read_table()


def test_the_table_is_whole():
    assert set(STATUSES) == {(caller, target) for caller in CALLERS for target in TARGETS}


@pytest.fixture(scope="module")
def forged(tmp_path_factory):
    """A key other than the issuer's."""
    file = tmp_path_factory.mktemp("forged") / "key"
    subprocess.run(["openssl", "genrsa", "-out", str(file), "2048"], check=True,
                   stderr=subprocess.DEVNULL)
    return file.read_text()


def snapshot(database, *owners):
    database.execute("SELECT owner_id, id::text, etag, document FROM graphprofile.position"
                     " WHERE owner_id = ANY (%s)", (list(owners),))
    return {(owner, id): rest for owner, id, *rest in database.fetchall()}


def call(caller, operation, base, id):
    if operation == "create":
        return caller.post({}, base)
    if operation == "patch":
        return caller.request("PATCH", f"{base}/{id}", {"isCurrent": True})
    if operation == "delete":
        return caller.request("DELETE", f"{base}/{id}")
    return caller.get(base + {"list": "", "get": f"/{id}", "count": "/$count"}[operation])


def check_rows(operation, answer, before, after, owner, id):
    """The rows changed as the answer states, and not otherwise."""
    if answer.status == 201:
        id = answer.json["id"]
        assert after.pop((owner, id))[0] == answer.json["@odata.etag"].strip('"')
    elif operation == "patch" and answer.status == 200:
        assert after.pop((owner, id))[0] == answer.json["@odata.etag"].strip('"')
        assert before.pop((owner, id))
    elif answer.status == 204:
        assert before.pop((owner, id))
    assert after == before


@pytest.mark.parametrize("name", CALLERS)
def test_permissions(server, new_user, database, forged, name):
    caller = new_user(**(CALLERS[name] or {}))
    mend = {"no token": lambda: "", "expired": lambda: tokens.mint(server.state, caller.id, ttl=-100),
            "forged": lambda: tokens.mint(server.state, caller.id, key=forged),
            "wrong audience": lambda: tokens.mint(server.state, caller.id, aud="https://x.example")}
    if name in mend:
        caller.token = mend[name]()
    owner, other, nobody = User(server, database, id=caller.id), new_user(), str(uuid.uuid4())
    upn = f"{caller.id}@example.com"
    database.execute("INSERT INTO graphprofile.person VALUES (%s, %s)", (caller.id, upn))
    whose = {"me": owner.id, "own id": owner.id, "own UPN": owner.id, "other's id": other.id,
             "unknown id": nobody}
    for target in TARGETS:
        user = {"me": "/me", "own UPN": f"/users/{upn}"}.get(target, f"/users/{whose[target]}")
        ids = {owner.id: owner.create()["id"], other.id: other.create()["id"]}
        id = ids.get(whose[target], str(uuid.uuid4()))
        got = []
        for operation in OPERATIONS:
            before = snapshot(database, owner.id, other.id, nobody)
            answer = call(caller, operation, f"{user}/profile/positions", id)
            after = snapshot(database, owner.id, other.id, nobody)
            check_rows(operation, answer, before, after, whose[target], id)
            if answer.status >= 400:
                assert answer.error
            challenge = answer.headers.get("WWW-Authenticate", "")
            assert challenge.startswith("Bearer") == (
                answer.status == 401 or answer.status == 403 and name != "none configured")
            assert ('error="insufficient_scope"' in challenge) == (answer.status == 403 and bool(challenge))
            got.append(answer.status)
        assert got == STATUSES[name, target], target


# ---- the spelling of permissions in a token ----

@pytest.mark.parametrize("token, statuses", [
    # token                                          read write
    ({"scopes": "openid User.ReadWrite email"},       (200, 201)),
    ({"scopes": "openid email"},                      (403, 403)),
    ({"scopes": "User.ReadWrite.Allx"},               (403, 403)),
    ({"scopes": "user.readwrite"},                    (403, 403)),
    ({"scopes": ""},                                  (403, 403)),
    ({"scopes": "", "roles": "Other User.Read"},      (403, 403)),
    ({"scopes": "", "roles": "Other User.Read.All"},  (200, 403)),
    # A delegated token grants the permissions that the user consented to, not those of the
    # application.
    ({"scopes": "User.Read", "roles": "User.ReadWrite.All"}, (200, 403)),
])
def test_spellings(new_user, token, statuses):
    caller = new_user(**token)
    path = f"/users/{caller.id}/profile/positions"
    assert (caller.get(path).status, caller.post({}, path).status) == statuses
    assert len(caller.rows()) == (statuses[1] == 201)


def test_a_missing_permission_is_named(new_user):
    answer = new_user(scopes="User.Read").refused(403, {})
    assert answer.error["code"] == "AccessDenied"
    assert answer.error["message"].endswith("It requires one of: User.ReadWrite User.ReadWrite.All.")
    assert answer.headers["WWW-Authenticate"] == \
        'Bearer error="insufficient_scope", scope="User.ReadWrite User.ReadWrite.All"'


def test_me_needs_a_user(new_user):
    answer = new_user(scopes="", roles="User.ReadWrite.All").refused(400, {})
    assert answer.error["message"] == \
        "/me request is only valid with delegated authentication flow."


def test_permission_comes_before_existence(new_user, database):
    """A caller without permission to read others' positions does not learn which names belong to users."""
    caller, other = new_user(), new_user()
    database.execute("INSERT INTO graphprofile.person VALUES (%s, %s)", (other.id, f"{other.id}@x.org"))
    known, unknown = (caller.get(f"/users/{name}/profile/positions")
                      for name in (f"{other.id}@x.org", f"{uuid.uuid4()}@x.org"))
    assert known.status == unknown.status == 403
    assert known.error["message"] == unknown.error["message"]


def test_an_expression_that_fails_permits_nothing(new_user):
    """A user does not become an application if the expression for scopes fails."""
    user = new_user(scopes="User.Read", roles="User.ReadWrite.All")
    user.server.log.expect("Evaluation of expression .* failed: Cannot open file")
    user.server.log.expect("500 InternalServerError")
    path = f"/users/{user.id}/profile/positions"
    assert user.refused(500, {}, path, root="/broken").error
    assert user.get(path, root="/broken").status == 500
