# SPDX-License-Identifier: Apache-2.0
"""Every URL in an answer can be requested, whatever the owner's id contains."""

import uuid
from contextlib import closing
from urllib.parse import urljoin, urlsplit

import pytest
from lib.client import User
from lib.server import Server

# Names as httpd authenticates them: a Kerberos name, and characters that are special in a path, a query
# string or a header.
OWNERS = [
    "HTTP/app@REALM", "a/b", "/", "//", "/a", "a/", "a//b", "a/../b", "../b", "./b", "a/./b", "a/..", "/profile/positions",
    "..", ".", "%2F", "%2f", "%252F", "a%2Fb", "%", "%zz", "%00", "a%41b", "'", "''", "a'/'b", "')/x('", "+", "a+b",
    "a/b+c", " ", "a b", "a/b c", "#", "a/b#c", "?", "a/b?c", ";", "a/b;c=d", "&", "a/b&@u='x'", "=", "a/b=c", "@u", "(@u)",
    "a/@u", "\\", "a\\b", "a/b\\c", "\\..\\x", "é/日本/😀", "é日本😀", "users('x')", "$x", "$x/y", "*", "~", "|", "<a>/\"b\"",
    "{a}/{b}", "[::1]/x", "^`", ":", "http://x/y", "me", "me/", "$count", "$ref/", "a" * 150 + "/" + "é" * 30,
]


def below(root, url):
    assert url.startswith(root), url
    return url[len(root):]


def urls(answer):
    """All absolute URLs in members that hold addresses, without fragments."""
    for name in ("Location", "OData-EntityId"):
        if name in answer.headers:
            yield answer.headers[name]
    if answer.content:
        entity = answer.json
        context = entity.get("@odata.context")
        for item in [entity, *entity.get("value", [])]:
            for name in ("@odata.context", "@odata.id", "@odata.nextLink"):
                if name in item:
                    yield item[name].partition("#")[0]
            if "@odata.editLink" in item:  # relative to the context
                yield urljoin(context, item["@odata.editLink"])


def every_answer(owner, path):
    """Answers with each kind of URL; `path` is that of the owner's collection, `more` its query string."""
    made = owner.post({})
    yield made
    yield owner.post({}, headers={"Prefer": "return=minimal"})
    yield owner.post({}, headers={"Accept": "application/json;odata.metadata=full"})
    one = below(owner.server.url + owner.root, made.headers["Location"])
    full = {"Accept": "application/json;odata.metadata=full"}
    yield owner.get(one, headers=full)
    yield owner.request("PATCH", one, {"isCurrent": True}, headers=full)
    yield owner.request("PATCH", one, {"isCurrent": None}, headers={"Prefer": "return=minimal"})
    yield owner.get("/")
    for collection in ("/me/profile/positions?", path):
        for more in ("$top=3", "$filter=id ne null&$count=true", "$orderby=id", "$select=id"):
            yield owner.get(f"{collection}{more}", headers={**full, "Prefer": "maxpagesize=1"})


def see_every_url(server, database, id):
    owner = User(server, database, id=id, upn=None)
    root = server.url + owner.root
    literal = id.replace("'", "''")
    path = f"/users(@o)/profile/positions?@o={_encoded(literal)}&"
    asked = set()
    for answer in every_answer(owner, path):
        assert answer.status in (200, 201, 204), answer.content
        for url in urls(answer):
            asked.add(url)
            assert not set(url) & set(' "<>\\^`{}|') and url.isascii() and len(urlsplit(url).fragment) == 0
    for url in asked:
        answer = owner.get(below(root, url))
        assert answer.status == 200, url
        if "/profile/positions(" in url:
            assert owner.request("DELETE", below(root, url), headers={"If-Match": '"x"'}).status == 412
    assert sum("skiptoken" in url for url in asked) >= 6
    assert owner.rows("id") and owner.get(path + "$count=true").json["@odata.count"] == len(owner.rows("id"))
    assert {row[0] for row in owner.rows("owner_id")} == {id}


@pytest.mark.parametrize("id", OWNERS)
def test_every_url_can_be_requested(server, log, database, id):
    see_every_url(server, database, id)


@pytest.fixture(scope="module", params=["NoDecode", "On"])
def with_slashes(request, state, module, sanitizers, sanitizer_reports):
    """An httpd that accepts %2F, and keeps or decodes it."""
    with Server(state / f"slashes-{request.param}", module, sanitizers,
                f"AllowEncodedSlashes {request.param}\n") as server:
        server.keeps_slashes = request.param == "NoDecode"
        with closing(server.connect()) as connection, connection.cursor() as server.cursor:
            yield server


@pytest.mark.parametrize("id", ["HTTP/app@REALM", "a/../b", "a%2Fb", "a%2fb/c", "%252F", "//", "..", "a'/'b"])
def test_the_same_with_allowed_slashes(with_slashes, id):
    see_every_url(with_slashes, with_slashes.cursor, id)
    owner = User(with_slashes, with_slashes.cursor, id=id, upn=None)
    # httpd keeps either a slash or a percent sign encoded, and a segment of dots is not a key.
    if with_slashes.keeps_slashes and not ("%" in id and "/" in id) and id != "..":
        for path in (f"/users({_encoded(id.replace(chr(39), chr(39) * 2))})/profile/positions",
                     f"/users/{_encoded(id)[1:-1]}/profile/positions"):
            page = owner.get(path + "?$top=2", headers={"Prefer": "maxpagesize=1"})
            assert page.status == 200 and len(page.json["value"]) == 1, path
            following = below(with_slashes.url + "/beta", page.json["@odata.nextLink"])
            assert len(owner.get(following).json["value"]) == 1
    with_slashes.log.check()


def _encoded(literal):
    return "'" + "".join(f"%{byte:02X}" for byte in literal.encode()) + "'"


def test_a_walk_by_next_links_is_whole(server, log, database):
    """Also if the path and the filter both have an alias."""
    owner = User(server, database, id=f"HTTP/{uuid.uuid4()}@REALM")
    made = [owner.create({"isCurrent": True})["id"] for _ in range(5)]
    url = (f"/users(@who)/profile/positions?@who='{owner.id}'&$filter=isCurrent eq @yes&@yes=true&$top=4")
    seen = []
    while url:
        page = owner.get(url, headers={"Prefer": "maxpagesize=1"}).json
        seen += [entity["id"] for entity in page["value"]]
        url = page.get("@odata.nextLink")
        url = url and below(server.url + "/beta", url)
    assert seen == made[:4]


def test_an_alias_names_one_user_and_no_other(new_user):
    """Access rules apply to the resolved path, with one segment for a key."""
    owner, other = new_user(id=f"a/{uuid.uuid4()}"), new_user()
    made = owner.post({"allowedAudiences": "me"})
    path = made.headers["Location"][len(owner.server.url + "/beta"):]
    assert other.get(path).status == 403
    reader = new_user(scopes="User.Read.All")
    assert reader.get(path).status == 404
    assert owner.get(path, root="/guarded").status == 403  # <Location "/guarded/users">
    assert owner.get(path.replace("@u", "@v")).status == 200
    for wrong in (path.partition("?")[0], path.replace("@u=", "@v="), path.replace("'a/", "'b/", 1), path + "x",
                  path.replace("?@u='", "?@u=").rstrip("'")):
        assert owner.get(wrong).status in (403, 404), wrong
    assert owner.get(f"{path}&@u='x'").error["target"] == "@u"
