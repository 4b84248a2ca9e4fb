# SPDX-License-Identifier: Apache-2.0
"""The profile around positions: its content, $select, $expand with every option, its ETag, and access to it.
lib/openapi.py also checks every answer against openapi.json."""

import re
import uuid
from urllib.parse import quote

import pytest
from lib.client import User

PROFILE = "/me/profile"
POSITIONS = "/me/profile/positions"
# The collections of Graph's profile that this service leaves empty.
OTHERS = ["account", "addresses", "anniversaries", "awards", "certifications", "educationalActivities", "emails",
          "interests", "languages", "names", "notes", "patents", "phones", "projects", "publications", "skills",
          "webAccounts", "websites"]


def profile(user, options="", path=PROFILE, **more) -> dict:
    answer = user.get(path + options, **more)
    assert answer.status == 200, answer.content
    return answer.json


def ids(page: dict, name="positions") -> list:
    return [entity["id"] for entity in page[name]]


@pytest.fixture(name="made")
def _made(user):
    """Seven positions in order of creation."""
    return [user.create({"detail": {"jobTitle": f"Job; {number})", "layer": number}, "isCurrent": number > 3})
            for number in range(7)]


# ---- the content ----

def test_a_profile_holds_its_positions(user, made):
    answer = user.get(PROFILE)
    assert answer.headers["Content-Type"] == user.get(POSITIONS).headers["Content-Type"]
    assert answer.headers["OData-Version"] == "4.0" and answer.headers["Cache-Control"] == "private, no-cache"
    context = f"{user.server.url}/beta/$metadata#users('{user.id}')/profile"
    assert list(answer.json.items()) == [
        ("@odata.context", context + "/$entity"), ("id", user.id),
        ("positions@odata.context", context + "/positions"),
        ("positions", [{name: value for name, value in entity.items() if name != "@odata.context"}
                       for entity in made])]
    assert answer.json["positions"] == user.get(POSITIONS).json["value"]


def test_everybody_has_one(user):
    assert profile(user)["positions"] == [] and profile(user)["id"] == user.id


@pytest.mark.parametrize("path", ["/ME/Profile/", "/users/{id}/profile", "/users('{id}')/profile", "/users(id='{id}')/Profile/",
                                  "/users/{upn}/profile", "/users(@u)/profile?@u='{id}'"])
def test_its_spellings(user, made, database, path):
    upn = f"{user.id[:8]}@example.com"
    database.execute("INSERT INTO graphprofile.person VALUES (%s, %s)", (user.id, upn))
    assert profile(user, path=path.format(id=user.id, upn=upn)) == profile(user)


def test_levels_of_metadata(user, made):
    none = profile(user, headers={"Accept": "application/json;odata.metadata=none"})
    assert list(none) == ["id", "positions"] and "@odata.etag" not in none["positions"][0]
    full = profile(user, headers={"Accept": "application/json;odata.metadata=full"})
    path = f"users('{user.id}')/profile"
    assert full["@odata.type"] == "#microsoft.graph.profile" and full["@odata.editLink"] == path
    assert full["@odata.id"] == f"{user.server.url}/beta/{path}"
    assert full["positions@odata.navigationLink"] == path + "/positions"
    assert full["positions"][0]["@odata.id"] == f"{user.server.url}/beta/{path}/positions('{made[0]['id']}')"
    assert profile(user, path="/" + path)["id"] == user.id


def test_an_owner_whose_id_has_a_slash(new_user):
    user = new_user(id=f"host/{uuid.uuid4()}")
    [entity] = [user.create()]
    full = profile(user, headers={"Accept": "application/json;odata.metadata=full"})
    assert full["id"] == user.id and ids(full) == [entity["id"]]
    for link in (full["@odata.id"].removeprefix(user.server.url + "/beta"), "/" + full["@odata.editLink"]):
        assert profile(user, path=link)["id"] == user.id
    page = user.get("/" + full["positions@odata.navigationLink"]).json
    assert ids(page, "value") == [entity["id"]]


# ---- $select and $expand ----

@pytest.mark.parametrize("options, names, context", [
    ("?$select=id", ["id"], "(id)"),
    ("?$select=positions", ["positions"], "(positions)"),
    ("?$select=id,positions", ["id", "positions"], "(id,positions)"),
    ("?$select=*", ["id", "positions"], "(*)"),
    ("?$select=id,skills", ["id", "skills"], "(id,skills)"),
    ("?$expand=*", ["id", "positions"], ""),
    ("?$expand=positions", ["id", "positions"], ""),
    ("?expand=positions&select=id", ["id", "positions"], "(id)"),
    ("?$expand=skills", ["id", "skills"], ""),
    ("?$expand=names($select=first,last),skills,positions", ["id", "names", "skills", "positions"], ""),
    ("?$select=positions&$expand=positions($select=detail)", ["positions"], "(positions,positions(detail))"),
    ("?$expand=positions($select=detail/jobTitle,id)", ["id", "positions"], "(positions(detail/jobTitle,id))"),
    ("?$expand=positions/microsoft.graph.workPosition($top=1)", ["id", "positions"], ""),
])
def test_what_is_answered(user, made, options, names, context):
    got = profile(user, options)
    assert [name for name in got if "@" not in name] == names
    assert got["@odata.context"].endswith(f"/profile{context}/$entity")
    assert ("positions@odata.context" in got) == ("positions" in names)
    for name in set(names) & set(OTHERS):
        assert got[name] == []


def test_every_collection_of_graph(user, made):
    got = profile(user, "?$expand=" + ",".join([*OTHERS, "positions"]))
    assert [got[name] for name in OTHERS] == [[]] * len(OTHERS) and len(got["positions"]) == 7
    assert [name for name in got if name in OTHERS] == OTHERS


OPTIONS = ["$top=3", "$skip=5", "$top=2;$skip=1", "$filter=isCurrent eq true", "$orderby=detail/layer desc",
           "$filter=contains(detail/jobTitle,'b; 4)') or detail/layer eq 2", "$count=true", "$count=true;$top=0",
           "$count=true;$filter=detail/layer lt 3;$orderby=id desc;$top=2;$skip=1;$select=detail/layer",
           "top=1;orderby=detail/layer mul -1;count=TRUE", "$select=id,categories", " $top = 3 ; $skip = 1 ",
           "$filter=detail/jobTitle eq 'it''s; (odd'", "$filter=detail/layer in (1,3,5)", "$filter=detail/layer eq @n"]


@pytest.mark.parametrize("options", OPTIONS)
def test_options_of_positions_are_those_of_the_list(user, made, options):
    got = profile(user, f"?@n=4&$expand=positions({quote(options)})")
    listed = user.get(POSITIONS + "?@n=4&" + "&".join(
        option.strip().replace(" = ", "=") for option in re.split(";(?= ?[$a-z]+ ?=)", options)))
    assert listed.status == 200, listed.content
    assert got["positions"] == listed.json["value"]
    assert got.get("positions@odata.count") == listed.json.get("@odata.count")
    assert "positions@odata.nextLink" not in got
    assert got["positions@odata.context"] == listed.json["@odata.context"]


def test_a_count_may_be_a_string(user, made):
    headers = {"Accept": "application/json;IEEE754Compatible=true"}
    assert profile(user, "?$expand=positions($count=true)", headers=headers)["positions@odata.count"] == "7"


@pytest.mark.parametrize("root, options, first", [
    ("/paged", "", 3), ("/paged", "?$expand=positions($orderby=id desc;$count=true)", 3),
    ("/paged", "?$expand=positions($filter=detail/layer gt @n;$select=id,detail/layer;$skip=1)&@n=0&key=a%26b&$format=json", 3),
    ("/paged", "?$expand=positions($top=5)", 3), ("/top-page", "?$expand=positions($top=2)", 2),
    ("/paged", "?$expand=positions($filter=contains(detail/jobTitle,'b; '))", 3)])
def test_the_link_leads_through_the_rest(user, made, root, options, first):
    """The link is one of the collection itself, with the options of the collection."""
    got = profile(user, options, root=root)
    collected, link = ids(got), got["positions@odata.nextLink"]
    assert len(collected) == first
    while link:
        assert link.startswith(f"{user.server.url}{root}/me/profile/positions?") and "expand" not in link
        assert ("key=a%26b" in link) == ("key=" in options)
        page = user.get(link.removeprefix(user.server.url + root), root=root)
        assert page.status == 200, page.content
        collected += ids(page.json, "value")
        assert page.json.get("@odata.count") == got.get("positions@odata.count")
        link = page.json.get("@odata.nextLink")
    ordered = made[::-1] if "desc" in options else made
    wanted = {"@n=0": [entity for entity in ordered if entity["detail"]["layer"] > 0][1:],
              "$top=5": ordered[:5]}
    for part, entities in wanted.items():
        if part in options:
            ordered = entities
    assert collected == [entity["id"] for entity in ordered]


def test_a_preferred_page_size(user, made):
    answer = user.get(PROFILE, headers={"Prefer": "odata.maxpagesize=2"})
    assert len(answer.json["positions"]) == 2 and "positions@odata.nextLink" in answer.json
    assert answer.headers["Preference-Applied"] == "odata.maxpagesize=2"
    assert "Preference-Applied" not in user.get(PROFILE + "?$select=id", headers={"Prefer": "maxpagesize=2"}).headers


@pytest.mark.parametrize("options, target, status, words", [
    ("$expand=positons", "$expand", 400, "navigation property 'positons'. Did you mean 'positions'?"),
    ("$expand=skils", "$expand", 400, "Did you mean 'skills'?"),
    ("$expand=manager", "$expand", 400, "'manager'"),
    ("$expand=id", "$expand", 400, "'id'"),
    ("$expand=", "$expand", 400, "navigation property"),
    ("$expand=positions()", "$expand", 400, "position 11"),
    ("$expand=positions(", "$expand", 400, "not the end"),
    ("$expand=positions($top=1", "$expand", 400, "not the end"),
    ("$expand=positions)", "$expand", 400, "not ')'"),
    ("$expand=positions,", "$expand", 400, "not the end"),
    ("$expand=positions,positions", "$expand", 400, "more than once"),
    ("$expand=skills(x", "$expand", 400, "not closed"),
    ("$expand=positions/detail", "$expand", 400, "$ref, $count or a type"),
    ("$expand=positions($levels=2)", "$expand", 400, "$levels"),
    ("$expand=positions($skiptoken=1)", "$expand", 400, "$skiptoken"),
    ("$expand=positions($format=json)", "$expand", 400, "$format"),
    ("$expand=positions($tpo=2)", "$expand/positions/$tpo", 400, "Did you mean $top?"),
    ("$expand=positions(tpo=2)", "$expand/positions/$tpo", 400, "Did you mean $top?"),
    ("$expand=positions($top=x)", "$expand/positions/$top", 400, "whole number"),
    ("$expand=positions($top=1;$top=2)", "$expand/positions/$top", 400, "more than once"),
    ("$expand=positions($filter=foo eq 1)", "$expand/positions/$filter", 400, "'foo'"),
    ("$expand=positions($filter=detail/jobTitel eq 'x')", "$expand/positions/$filter", 400, "Did you mean 'jobTitle'?"),
    ("$expand=positions($select=detial)", "$expand/positions/$select", 400, "Did you mean 'detail'?"),
    ("$expand=positions($expand=x)", "$expand/positions/$expand", 400, "no navigation property"),
    ("$expand=positions($search=x)", "$expand/positions/$search", 501, "$search"),
    ('$expand=positions($search="x) ;" OR y;$top=1)', "$expand/positions/$search", 501, "$search"),
    ("$expand=positions/$ref", "$expand", 501, "$ref"),
    ("$expand=positions/$count", "$expand", 501, "$count"),
    ("$select=positons", "$select", 400, "property 'positons'. Did you mean 'positions'?"),
    ("$select=positions/detail", "$select", 400, "$expand=positions($select=..)"),
    ("$select=", "$select", 400, "name of a property"),
    ("$top=1", "$top", 400, "$expand=positions(..)"),
    ("$filter=isCurrent", "$filter", 400, "$expand=positions(..)"),
    ("$skiptoken=1", "$skiptoken", 400, "$expand=positions(..)"),
    ("$expnd=positions", "$expnd", 400, "Did you mean $expand?"),
    ("$expand=positions&expand=skills", "expand", 400, "more than once"),
])
def test_what_is_wrong_is_named(user, options, target, status, words):
    answer = user.get(f"{PROFILE}?{quote(options, safe='$=&')}")
    assert answer.status == status, answer.content
    assert answer.error["target"] == target and words in answer.error["message"]


def test_what_cannot_be_evaluated(user, made):
    for option, value in (("$filter", "1 div detail/layer eq 1"), ("$orderby", "1 div detail/layer")):
        answer = user.get(f"{PROFILE}?$expand=positions({option}={value})")
        assert answer.status == 400 and "divides by zero" in answer.error["message"]
        assert answer.error["target"] == "$expand/positions/" + option


def test_a_name_is_not_repeated_without_end(user):
    message = user.get(f"{PROFILE}?$expand={'x' * 3000}").error["message"]
    assert len(message) < 200


# ---- HEAD, ETag, conditions ----

def test_its_etag_is_of_what_is_answered(user, made):
    etag = user.get(PROFILE).headers["ETag"]
    assert user.get(PROFILE).headers["ETag"] == etag and re.fullmatch('"[0-9a-f]{32}"', etag)
    assert user.get(f"/users/{user.id}/profile").headers["ETag"] == etag
    assert user.get(PROFILE + "?$expand=positions($top=1)").headers["ETag"] != etag
    accept = {"Accept": "application/json;odata.metadata=none"}
    assert user.get(PROFILE, headers=accept).headers["ETag"] != etag
    assert user.patch(made[6]["id"], {"isCurrent": False}).status == 200
    changed = user.get(PROFILE).headers["ETag"]
    assert changed != etag
    assert user.delete(made[6]["id"]).status == 204
    assert user.get(PROFILE).headers["ETag"] not in (etag, changed)


def test_conditional_requests(user, made):
    etag = user.get(PROFILE).headers["ETag"]
    for name, tag, status in (
            ("If-None-Match", etag, 304), ("If-None-Match", f'"x", W/{etag}', 304), ("If-None-Match", "*", 304),
            ("If-None-Match", etag[:-1] + '-gzip"', 304), ("If-None-Match", '"x"', 200), ("If-None-Match", "x", 400),
            ("If-Match", etag, 200), ("If-Match", "*", 200), ("If-Match", '"x"', 412), ("If-Match", "x", 400)):
        for method in ("GET", "HEAD"):
            got = user.request(method, PROFILE, headers={name: tag})
            assert got.status == status, (name, tag)
            if status == 304:
                assert got.content == b"" and "Content-Type" not in got.headers
                assert got.headers["ETag"] == (tag if "gzip" in tag else etag if tag == "*" else got.headers["ETag"])
            elif status >= 400 and method == "GET":
                assert got.error["target"] == name
    none = {"Accept": "application/json;odata.metadata=none", "If-None-Match": etag}
    assert user.get(PROFILE, headers=none).status == 200  # another representation


def test_head(user, made):
    got, head = user.get(PROFILE), user.request("HEAD", PROFILE)
    assert head.status == 200 and head.content == b""
    for name in ("ETag", "Content-Type", "Content-Length", "OData-Version"):
        assert head.headers[name] == got.headers[name]


def test_formats(user):
    for options, accept, status in (("", "text/html", 406), ("", "application/xml", 406), ("", "*/*", 200),
                                    ("?$format=json", "text/html", 200), ("?$format=xml", "*/*", 406)):
        assert user.get(PROFILE + options, headers={"Accept": accept}).status == status


# ---- methods ----

def test_methods(user, made):
    options = user.request("OPTIONS", PROFILE)
    assert options.status == 204 and options.headers["Allow"] == "GET, HEAD, OPTIONS"
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = user.request(method, PROFILE, {} if method != "DELETE" else None)
        assert answer.status == 405 and answer.error["code"] == "MethodNotAllowed"
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert len(user.rows()) == 7


# ---- access ----

@pytest.mark.parametrize("scopes, whose, status", [
    ("User.Read", "own", 200), ("User.ReadWrite", "own", 200), ("User.ReadBasic.All", "own", 200),
    ("Mail.Read", "own", 403), ("User.Read", "other", 403), ("User.ReadWrite", "other", 403),
    ("User.ReadBasic.All", "other", 200), ("User.Read.All", "other", 200), ("User.ReadWrite.All", "other", 200)])
def test_it_takes_the_permission_to_read_positions(new_user, user, scopes, whose, status):
    caller = new_user(scopes=scopes)
    target = user if whose == "other" else caller
    assert caller.get(f"/users/{target.id}/profile").status == status
    assert caller.get(PROFILE).status == (200 if scopes != "Mail.Read" else 403)


def test_applications(new_user, user):
    user.create({"allowedAudiences": "me"})
    application = new_user(scopes="", roles="User.Read.All")
    assert len(profile(application, path=f"/users/{user.id}/profile")["positions"]) == 1
    answer = application.get(PROFILE)
    assert answer.status == 400 and "delegated" in answer.error["message"]
    assert new_user(scopes="", roles="Mail.Read").get(f"/users/{user.id}/profile").status == 403


def test_without_a_token(user):
    answer = user.get(PROFILE, token="")
    assert answer.status == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_what_is_hidden_is_neither_listed_nor_counted(user, new_user, database):
    shown = {audience: user.create({"allowedAudiences": audience, "detail": {"layer": number}})["id"]
             for number, audience in enumerate(["me", "organization", "family", "everyone", "me"])}
    stranger, sister = new_user(scopes="User.ReadBasic.All"), new_user(scopes="User.ReadBasic.All")
    database.execute("INSERT INTO graphprofile.relationship VALUES (%s, %s, 1)", (user.id, sister.id))
    anonymous = User(user.server, database, root="/public")
    anonymous.token = ""
    path = f"/users/{user.id}/profile"
    for viewer, audiences in ((stranger, ["organization", "everyone"]), (anonymous, ["everyone"]),
                              (sister, ["organization", "family", "everyone"])):
        wanted = [shown[audience] for audience in audiences]
        for options in ("$count=true", "$count=true;$filter=detail/layer ge 0", "$count=true;$orderby=detail/layer"):
            got = profile(viewer, f"?$expand=positions({options})", path=path)
            assert ids(got) == wanted and got["positions@odata.count"] == len(wanted)
        got = profile(viewer, "?$expand=positions($top=1;$count=true)", path=path)
        assert ids(got) == wanted[:1] and got["positions@odata.count"] == len(wanted)
    # Hidden positions do not change the ETag.
    etag = stranger.get(path).headers["ETag"]
    assert user.patch(shown["family"], {"isCurrent": True}).status == 200
    assert stranger.get(path).headers["ETag"] == etag


def test_a_profile_does_not_reveal_which_users_exist(user, new_user, database):
    """The profile of a user without visible positions equals that of an unknown user."""
    user.create({"allowedAudiences": "me"})
    stranger = new_user(scopes="User.ReadBasic.All")
    anonymous = User(user.server, database, root="/public")
    anonymous.token = ""
    for viewer in (stranger, anonymous):
        nobody = str(uuid.uuid4())
        answers = [viewer.get(f"/users/{id}/profile") for id in (user.id, nobody)]
        assert [answer.status for answer in answers] == [200, 200]
        assert answers[0].content.replace(user.id.encode(), b"") == answers[1].content.replace(nobody.encode(), b"")
    assert anonymous.get("/me/profile").status == 401


def test_the_rules_of_a_path_hold(user, made):
    assert user.get(f"/users/{user.id}/profile", root="/guarded").status == 403
    assert user.get("/USERS('x')/Profile", root="/guarded").status == 403
    assert user.get(PROFILE, root="/guarded").status == 200


# ---- DELETE, if GraphProfileErase allows it ----

def erase(user, path=PROFILE, root="/erase", **more):
    return user.request("DELETE", path, root=root, **more)


def relations(database, owner) -> list:
    database.execute("SELECT viewer_id FROM graphprofile.relationship WHERE owner_id = %s", (owner.id,))
    return [viewer for (viewer,) in database.fetchall()]


def test_all_positions_of_a_user_are_deleted_and_told(user, other, made, database, log):
    user.create({"allowedAudiences": "me"})
    kept = other.create()["id"]
    database.execute("INSERT INTO graphprofile.relationship VALUES (%s, %s, 1), (%s, %s, 2), (%s, %s, 1)",
                     (user.id, other.id, user.id, "x", other.id, user.id))
    rows = user.rows("id::text, etag")
    assert len(rows) == 8
    answer = erase(user)
    assert answer.status == 204 and answer.content == b"" and "Content-Type" not in answer.headers
    assert user.rows() == [] and relations(database, user) == []
    assert other.rows() == [(kept,)] and relations(database, other) == [user.id]
    lines = log.find(f"deleted owner={user.id}")
    assert len(lines) == len(rows)
    for id, etag in rows:
        [line] = [line for line in lines if f"id={id} " in line]
        assert f"etag-before={etag} etag-after=- user={user.id}" in line
        assert f"request-id={answer.headers['request-id']}" in line
    assert profile(user)["positions"] == []
    assert erase(user).status == 204  # there is nothing to delete
    assert len(log.find(f"deleted owner={user.id}")) == len(rows)


@pytest.mark.parametrize("path", ["/users/{id}/profile", "/Users('{id}')/Profile/", "/users/{upn}/profile"])
def test_spellings_of_what_is_erased(user, made, database, path):
    upn = f"{user.id[:8]}@example.com"
    database.execute("INSERT INTO graphprofile.person VALUES (%s, %s)", (user.id, upn))
    assert erase(user, path.format(id=user.id, upn=upn)).status == 204
    assert user.rows() == []


ERASERS = [  # scopes or roles, owner of the profile, status, number of the three positions that stay
    ({"scopes": "User.ReadWrite"}, "own", 204, 0), ({"scopes": "User.ReadWrite.All"}, "own", 204, 0),
    ({"scopes": "User.Read"}, "own", 403, 3), ({"scopes": "User.Read.All"}, "own", 403, 3),
    ({"scopes": "User.ReadWrite"}, "other", 403, 3), ({"scopes": "User.Read.All"}, "other", 403, 3),
    ({"scopes": "User.ReadBasic.All"}, "other", 403, 3), ({"scopes": "Mail.ReadWrite"}, "own", 403, 3),
    ({"scopes": "User.ReadWrite.All"}, "other", 204, 0),  # also positions that the caller cannot see: all or nothing
    ({"scopes": "", "roles": "User.ReadWrite.All"}, "other", 204, 0),
    ({"scopes": "", "roles": "User.Read.All"}, "other", 403, 3),
    ({"scopes": "", "roles": "User.ReadWrite"}, "other", 403, 3)]


@pytest.mark.parametrize("claims, whose, status, left", ERASERS)
def test_it_takes_the_permission_to_write_positions(new_user, user, claims, whose, status, left):
    caller = new_user(**claims)
    target = user if whose == "other" else User(user.server, user.database, caller.id)
    for audience in ("me", "organization", "everyone"):
        target.create({"allowedAudiences": audience})
    answer = erase(caller, f"/users/{target.id}/profile")
    assert (answer.status, len(target.rows())) == (status, left)
    if status == 403:
        assert "insufficient_scope" in answer.headers["WWW-Authenticate"]


def test_erasing_without_a_user(user, made, new_user):
    assert erase(user, token="").status == 401
    assert erase(new_user(scopes="", roles="User.ReadWrite.All")).status == 400
    assert len(user.rows()) == 7


def test_another_site_cannot_erase(user, made):
    """With credentials that the browser adds by itself; a token comes from the client."""
    assert erase(user, headers={"Sec-Fetch-Site": "cross-site"}).status == 204


def test_nothing_is_erased_where_it_is_not_allowed(user, made):
    for root in ("/beta", "/paged"):
        assert erase(user, root=root).status == 405
    assert len(user.rows()) == 7


def test_the_configuration_of_an_owner_may_forbid_it(new_user, database, server):
    """By every name that the path can use."""
    kept = User(server, database, "kept")
    database.execute("INSERT INTO graphprofile.person VALUES ('kept', 'kept@example.com') ON CONFLICT DO NOTHING")
    kept.create()
    caller = new_user(scopes="User.ReadWrite.All")
    for user, path, status in ((caller, "/users/kept/profile", 405), (caller, "/users/kept@example.com/profile", 403),
                               (kept, PROFILE, 204)):
        assert erase(user, path).status == status, path
    assert kept.rows() == []  # /me is another path


def test_methods_where_erasing_is_allowed(user):
    for path in (PROFILE, f"/users/{user.id}/profile"):
        options = user.request("OPTIONS", path, root="/erase")
        assert options.status == 204 and options.headers["Allow"] == "GET, HEAD, DELETE, OPTIONS"
        answer = user.request("PATCH", path, {}, root="/erase")
        assert answer.status == 405 and answer.headers["Allow"] == "GET, HEAD, DELETE, OPTIONS"
    preflight = user.request("OPTIONS", PROFILE, root="/erase", token="", headers={
        "Origin": "https://app.example", "Access-Control-Request-Method": "DELETE"})
    assert preflight.headers["Access-Control-Allow-Methods"] == "GET, HEAD, DELETE, OPTIONS"
    [mine, others] = [user.get("/openapi.json", root="/erase").json["paths"][path] for path in (
        "/me/profile", "/users/{user-id}/profile")]
    assert mine["delete"]["operationId"] == "me.DeleteProfile" and "204" in mine["delete"]["responses"]
    assert others["delete"]["operationId"] == "users.DeleteProfile" and "User.ReadWrite.All" in others["delete"]["description"]


@pytest.mark.parametrize("headers, options, status", [
    ({"If-Match": "*"}, "", 204), ({"If-Match": '"x"'}, "", 412), ({"If-None-Match": '"x"'}, "", 412),
    ({"If-None-Match": "*"}, "", 412), ({"If-Match": "x"}, "", 400), ({}, "?$expand=positions", 400),
    ({}, "?$filter=isCurrent", 400), ({"OData-Isolation": "snapshot"}, "", 412)])
def test_conditions_of_erasing(user, made, headers, options, status):
    answer = erase(user, PROFILE + options, headers=headers)
    assert answer.status == status, answer.content
    assert len(user.rows()) == (0 if status == 204 else 7)


def test_an_etag_of_the_profile_is_no_condition(user, made):
    etag = user.get(PROFILE).headers["ETag"]
    assert erase(user, headers={"If-Match": etag}).error["target"] == "If-Match"
    assert len(user.rows()) == 7


def test_a_row_that_cannot_be_deleted_keeps_all(user, made, server):
    """Another session locks one of the rows: lock_timeout ends the statement."""
    with server.connect() as holder, holder.cursor() as cursor:
        cursor.execute("SELECT FROM graphprofile.position WHERE owner_id = %s AND id = %s FOR UPDATE",
                       (user.id, made[3]["id"]))
        answer = erase(user)
        assert answer.status == 503 and answer.headers["Retry-After"]
        assert len(user.rows()) == 7
        holder.rollback()
    assert erase(user).status == 204 and user.rows() == []


# ---- in a batch ----

def test_the_profile_in_a_batch(user, made, log):
    requests = [{"id": "1", "method": "GET", "url": "/me/profile?$expand=positions($top=2;$count=true)"},
                {"id": "2", "method": "DELETE", "url": "/me/profile", "dependsOn": ["1"]},
                {"id": "3", "method": "GET", "url": f"/users/{user.id}/profile", "dependsOn": ["2"]}]
    alone = user.get(PROFILE + "?$expand=positions($top=2;$count=true)", root="/erase")
    answer = user.post({"requests": requests}, "/$batch", root="/erase")
    assert answer.status == 200, answer.content
    first, second, third = sorted(answer.json["responses"], key=lambda item: item["id"])
    assert (first["status"], first["body"], first["headers"]["ETag"]) == (200, alone.json, alone.headers["ETag"])
    assert second["status"] == 204 and third["status"] == 200 and third["body"]["positions"] == []
    assert user.rows() == [] and len(log.find(f"deleted owner={user.id}")) == 7
    known = {"id": "1", "method": "GET", "url": "/me/profile",
             "headers": {"If-None-Match": user.get(PROFILE).headers["ETag"]}}
    refused = {"id": "2", "method": "DELETE", "url": "/me/profile"}  # /beta does not allow it
    answers = user.post({"requests": [known, refused]}, "/$batch").json["responses"]
    assert [item["status"] for item in sorted(answers, key=lambda item: item["id"])] == [304, 405]
