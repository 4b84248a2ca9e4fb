# SPDX-License-Identifier: Apache-2.0
"""Who sees another user's positions: every combination of audiences, every kind of viewer. A hidden position
answers as if it did not exist."""

import re
import statistics
import time
import uuid

import pytest
from lib.client import UUID, User

FLAGS = {"family": 1, "contacts": 2, "groupMembers": 4, "organization": 8,
         "federatedOrganizations": 16, "everyone": 32}

# The viewers that each flag admits.
VIEWERS = {
    "owner": None,  # sees all positions, also those with "me"
    "application": None,
    "family": {"family", "organization", "federatedOrganizations", "everyone"},
    "contact": {"contacts", "organization", "federatedOrganizations", "everyone"},
    "group member": {"groupMembers", "organization", "federatedOrganizations", "everyone"},
    "family and contact": {"family", "contacts", "organization", "federatedOrganizations", "everyone"},
    "stranger": {"organization", "federatedOrganizations", "everyone"},
    "somebody else's family": {"organization", "federatedOrganizations", "everyone"},
    "anonymous": {"everyone"},
}


def relate(database, owner, viewer, audiences):
    database.execute("INSERT INTO graphprofile.relationship VALUES (%s, %s, %s)",
                     (owner.id, viewer.id, audiences))


@pytest.fixture
def viewers(new_user, server, database, user):
    """One viewer of each kind, as seen from `user`."""
    made = {name: new_user(scopes="User.ReadBasic.All") for name in VIEWERS}
    made["owner"] = user
    made["application"] = new_user(scopes="", roles="User.Read.All")
    made["anonymous"] = User(server, database, root="/public")
    made["anonymous"].token = ""
    for name, audiences in {"family": 1, "contact": 2, "group member": 4, "family and contact": 3}.items():
        relate(database, user, made[name], audiences)
    relate(database, made["stranger"], made["somebody else's family"], 1)
    return made


@pytest.fixture
def positions(user):
    """A position for each combination of audiences: its id and its audiences."""
    made = {}
    for mask in range(64):
        names = [name for name, flag in FLAGS.items() if mask & flag]
        entity = user.create({"allowedAudiences": ",".join(names) or "me"})
        assert set(entity["allowedAudiences"].split(",")) == set(names or ["me"])
        made[entity["id"]] = set(names)
    return made


def test_every_audience_admits_whom_it_names(user, viewers, positions):
    path = f"/users/{user.id}/profile/positions"
    only_me = {id for id, audiences in positions.items() if not audiences}
    for name, admitting in VIEWERS.items():
        viewer = viewers[name]
        shown = [id for id, audiences in positions.items()
                 if admitting is None or audiences & admitting]

        def ids(query=""):
            answer = viewer.get(path + query)
            assert answer.status == 200, (name, query)
            return [entity["id"] for entity in answer.json["value"]]

        assert ids() == shown, name
        assert sorted(ids("?$orderby=allowedAudiences desc")) == sorted(shown), name
        assert ids("?$filter=id ne null") == shown, name
        assert set(ids("?$filter=allowedAudiences eq 'me'")) == only_me & set(shown), name
        assert ids("?$top=3&$skip=2") == shown[2:5], name
        assert viewer.get(path + "/$count").content == str(len(shown)).encode(), name
        assert viewer.get(path + "/$count?$filter=id ne null").content == str(len(shown)).encode()
        assert viewer.get(path + "?$count=true&$top=1").json["@odata.count"] == len(shown), name
        for id in positions:
            assert viewer.get(f"{path}/{id}").status == (200 if id in shown else 404), (name, id)


def test_a_relationship_counts_as_it_is_now(user, new_user, database):
    viewer, path = new_user(scopes="User.ReadBasic.All"), f"/users/{user.id}/profile/positions"
    user.create({"allowedAudiences": "family"})
    for flags, shown in (("0", 0), ("1", 1), ("6", 0)):
        database.execute("INSERT INTO graphprofile.relationship VALUES (%s, %s, %s) ON CONFLICT"
                         " (owner_id, viewer_id) DO UPDATE SET audiences = excluded.audiences",
                         (user.id, viewer.id, flags))
        assert len(viewer.get(path).json["value"]) == shown


def test_anonymous_callers_read_positions_for_everyone_only(user, viewers):
    """An anonymous caller sees positions with the audience everyone, and nothing else."""
    nobody, id = viewers["anonymous"], user.create({"allowedAudiences": "everyone"})["id"]
    path = f"/users/{user.id}/profile/positions"
    for method, where in (("GET", "/me/profile/positions"), ("GET", "/me/profile/positions/$count"),
                          ("POST", path), ("PATCH", f"{path}/{id}"), ("DELETE", f"{path}/{id}")):
        answer = nobody.request(method, where, {} if method in ("POST", "PATCH") else None)
        assert answer.status == 401 and answer.error, (method, where)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert [id] == [row[0] for row in user.rows()]


def test_anonymous_callers_do_not_learn_which_users_exist(user, viewers, database):
    database.execute("INSERT INTO graphprofile.person VALUES (%s, %s)", (user.id, f"{user.id}@x.org"))
    user.create({"allowedAudiences": "organization"})
    known, unknown = (viewers["anonymous"].get(f"/users/{name}/profile/positions")
                      for name in (f"{user.id}@x.org", f"{uuid.uuid4()}@x.org"))
    assert known.status == 200 and known.json["value"] == []
    assert alike(known) == alike(unknown)
    shown = user.create({"allowedAudiences": "everyone"})
    path = f"/users/{user.id}@X.org/profile/positions"
    listed = viewers["anonymous"].get(path).json
    assert [entity["id"] for entity in listed["value"]] == [shown["id"]]
    assert listed["@odata.context"].endswith(f"#users('{user.id}@X.org')/profile/positions")
    assert viewers["anonymous"].get(f"{path}/{shown['id']}").json["id"] == shown["id"]


@pytest.mark.parametrize("key", ["%ff", "%ff@x.org", "%01", "x" * 2049],
                         ids=["no UTF-8", "no name either", "control", "long"])
def test_impossible_owners(viewers, key):
    """A key that cannot be an id never reaches the database, whoever sends it."""
    for name in ("anonymous", "stranger", "application"):
        answer = viewers[name].get(f"/users/{key}/profile/positions")
        assert answer.status == 404 and answer.error["code"] == "ResourceNotFound", name


def test_a_writer_for_all_writes_visible_positions_only(user, new_user):
    """A permission to write does not reveal hidden positions."""
    writer, hidden = new_user(scopes="User.ReadWrite.All"), user.create({"allowedAudiences": "family"})
    shown = user.create({"allowedAudiences": "organization"})
    path = f"/users/{user.id}/profile/positions"
    for method, body in (("PATCH", {"isCurrent": True}), ("DELETE", None)):
        assert writer.request(method, f"{path}/{hidden['id']}", body).status == 404
    changed = writer.request("PATCH", f"{path}/{shown['id']}", {"isCurrent": True}).json
    assert changed["lastModifiedBy"]["user"]["id"] == writer.id
    assert changed["createdBy"]["user"]["id"] == user.id
    assert writer.request("DELETE", f"{path}/{shown['id']}").status == 204
    assert user.rows() == [(hidden["id"],)]
    assert user.read(hidden["id"])["@odata.etag"] == hidden["@odata.etag"]


# ---- hidden positions answer as if they did not exist ----

VARYING = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{7}Z)?|\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT")
OF_THE_CONNECTION = ("Connection", "Keep-Alive")  # the number of requests that the connection still allows


ETAG = re.compile(r"\b[0-9a-f]{32}\b")  # new with each write


def plain(text):
    """A text without the parts that always differ between answers."""
    return ETAG.sub("ETAG", VARYING.sub("DATE", UUID.sub("ID", text)))


def plain_log(line):
    """The message of a log line, without time, process, thread and client."""
    return plain(re.sub(r"^(\[[^]]*\] )*", "", line).replace("%27", "'"))


def alike(answer):
    """An answer without the parts that always differ."""
    return (answer.status, sorted((name, plain(value)) for name, value in answer.headers.items()
                                  if name not in OF_THE_CONNECTION),
            plain(answer.content.decode()))


def requests_about(id, etag):
    """All requests about one id: method, rest of the path, body, headers. Requests that create come last,
    because the position that they leave affects both requests of a pair."""
    conditions = [{}, *({name: value} for name in ("If-Match", "If-None-Match")
                        for value in (etag, '"0123456789abcdef0123456789abcdef"', "*"))]
    for method, body in (("GET", None), ("HEAD", None), ("PATCH", {"isCurrent": True}), ("PATCH", {}),
                         ("PATCH", {"isCurrent": "wrong"}), ("PATCH", {"id": id, "allowedAudiences": "everyone"}),
                         ("DELETE", None), ("PUT", {}), ("OPTIONS", None)):
        for headers in conditions:
            for path in (f"/{id}", f"('{id.upper()}')"):
                yield method, path, body, headers
    for path in (f"/{id}?$select=id", f"/{id}?$select=detail/x", f"/{id}?$format=json", f"/{id}/", f"/{id}/detail",
                 f"?$filter=id eq {id}", f"?$filter=id eq '{id}'&$count=true", f"?$filter=id in ({id})&$select=id",
                 f"?$filter=id ge {id}&$orderby=id desc", f"/$count?$filter=id eq {id}", f"?$skiptoken={id}",
                 f"?$skiptoken={id}&$top=1&$count=true", f"?$orderby=id eq {id} desc"):
        for method in ("GET", "HEAD"):
            yield method, path, None, {}
    for headers in (*conditions, {"Prefer": "return=minimal"}, {"Prefer": "return=representation"},
                    {"Accept": "application/json;odata.metadata=full"}):
        for path in ("", "/$ref", "?$select=id"):
            for body in ({"id": id}, {"id": id.upper(), "allowedAudiences": "me"}, {"id": id, "isCurrent": "wrong"}):
                yield "POST", path, body, headers


REQUESTS = 9 * 7 * 2 + 13 * 2 + 10 * 3 * 3


@pytest.mark.parametrize("viewer", ["stranger", "anonymous", "application", "owner of another", "writer", "family"])
def test_hidden_and_absent_answer_alike(user, viewers, new_user, viewer):
    """For every request about an id, a hidden id and an absent one have the same answer and the same log
    lines."""
    path = f"/users/{user.id}/profile/positions"
    hidden = user.create({"allowedAudiences": "groupMembers", "detail": {"jobTitle": "secret"}})
    sees_all = viewer in ("application", "owner of another")  # of the list that it requests: it may know the ids
    absent = f"{hidden['id'][:-1]}{'0' if hidden['id'][-1] != '0' else '1'}"  # adjacent in every order
    if viewer == "application":  # sees all positions: only another owner's are hidden from it
        viewer, path = new_user(scopes="", roles="User.ReadWrite.All"), f"/users/{uuid.uuid4()}/profile/positions"
    elif viewer == "owner of another":
        viewer, path = new_user(), "/me/profile/positions"
    elif viewer == "writer":
        viewer = new_user(scopes="User.ReadWrite.All")
    else:
        viewer = viewers[viewer]
    before, asked, log = user.rows("id::text, etag, document"), 0, user.server.log
    for one, other in zip(requests_about(hidden["id"], hidden["@odata.etag"]),
                          requests_about(absent, hidden["@odata.etag"])):
        pair = []
        for method, rest, body, headers in (one, other):
            log.mark()
            answer = viewer.request(method, path + rest, body, headers=headers)
            assert b"secret" not in answer.content
            pair.append((alike(answer), [plain_log(line) for line in log.lines()]))
        assert pair[0] == pair[1], one
        assert pair[0][0][0] != 409 or sees_all
        asked += 1
    assert asked == REQUESTS
    assert [row for row in user.rows("id::text, etag, document") if row in before] == before
    assert user.read(hidden["id"])["@odata.etag"] == hidden["@odata.etag"]


def test_a_sent_id_counts_for_callers_who_see_all_positions(user, new_user, viewers):
    """The owner and an application choose ids, and learn of ids in use. For other writers, the server makes
    the id, whether theirs is in use or not, and whether they see the position that has it."""
    path = f"/users/{user.id}/profile/positions"
    made = {audience: user.create({"allowedAudiences": audience}) for audience in ("me", "organization")}
    application = new_user(scopes="", roles="User.ReadWrite.All")
    for caller, where in ((user, "/me/profile/positions"), (user, path), (application, path)):
        for entity in made.values():
            assert caller.post({"id": entity["id"]}, where).status == 409
        mine = str(uuid.uuid4())
        assert caller.post({"id": mine}, where).json["id"] == mine
    writer, rows = new_user(scopes="User.ReadWrite.All"), len(user.rows())
    for sent in (made["me"]["id"], made["organization"]["id"], str(uuid.uuid4())):
        answer = writer.post({"id": sent, "isCurrent": True}, path)
        assert answer.status == 201 and answer.json["id"] != sent
        assert answer.json["id"] in answer.headers["Location"]
        assert writer.get(f"{path}/{answer.json['id']}").json == answer.json
        assert writer.get(f"{path}/{sent}").status == (200 if sent == made["organization"]["id"] else 404)
        assert writer.post({"id": "first"}, path).targets == ["$.id"]
    assert len(user.rows()) == rows + 3
    for entity in made.values():
        assert user.read(entity["id"]) == entity


@pytest.mark.measures_time
def test_a_hidden_id_takes_no_longer_than_an_absent_one(user, new_user):
    """Compares the first quartiles of interleaved requests of each kind, within a factor of 2. (Medians
    depend on other load of the machine.)"""
    path, writer = f"/users/{user.id}/profile/positions", new_user(scopes="User.ReadWrite.All")
    hidden = user.create({"allowedAudiences": "me"})["id"]
    for method, rest, body in (("POST", "", {"id": None}), ("GET", "/{}", None), ("DELETE", "/{}", None),
                               ("PATCH", "/{}", {"isCurrent": True})):
        took = {hidden: [], "absent": []}
        for _ in range(40):
            for kind, times in took.items():
                id = kind if kind == hidden else str(uuid.uuid4())
                started = time.perf_counter()
                writer.request(method, path + rest.format(id), {**body, "id": id} if body else None)
                times.append(time.perf_counter() - started)
        slower, faster = sorted((statistics.quantiles(times, n=4)[0] for times in took.values()), reverse=True)
        assert slower < 2 * faster, (method, took)


@pytest.mark.parametrize("kind", ["", "@x.org"])
def test_a_list_of_hidden_positions_is_empty(new_user, viewers, kind):
    """Queries over hidden positions reveal as little as queries over absent ones, also in errors, and also if
    ids look like user principal names."""
    user, other = (new_user(id=f"{uuid.uuid4()}{kind}") for _ in range(2))
    user.create({"allowedAudiences": "family", "detail": {"jobTitle": "x", "layer": 3}})
    for query in ("", "?$count=true", "?$filter=detail/layer eq 3", "?$filter=detail/layer eq 'x'",
                  "?$orderby=detail/jobTitle desc", "?$top=1", "?$skip=1", "?$select=id",
                  "/$count", "/$count?$filter=detail/jobTitle eq 'x'"):
        for name in ("stranger", "anonymous"):
            hidden, absent = (alike(viewers[name].get(f"/users/{id}/profile/positions{query}"))
                              for id in (user.id, other.id))
            assert hidden == absent, (name, query)
    writer = new_user(scopes="User.ReadWrite.All")
    hidden, absent = (writer.post({}, f"/users/{id}/profile/positions").status
                      for id in (user.id, other.id))
    assert hidden == absent == (404 if kind else 201)
