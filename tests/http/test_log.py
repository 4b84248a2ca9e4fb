# SPDX-License-Identifier: Apache-2.0
"""What is logged, and what never is."""

import json
import re

import pytest
from client import User, wait_until
from conftest import Server
from dev import tokens
from schema import example

SECRET = "Xyzzy"


WRITES = """
CustomLog "${GP_STATE}/writes_log" "\\"%{graphprofile-owner}n\\" %{graphprofile-id}n \
%{graphprofile-etag-before}n %{graphprofile-etag-after}n"
"""


@pytest.fixture(scope="module", params=["debug", "info"])
def talkative(request, state, module, sanitizers, sanitizer_reports):
    server = Server(state / f"log-{request.param}", module, sanitizers, WRITES,
                    loglevel=request.param)
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def somebody(talkative):
    with talkative.connect() as connection:
        talkative.log.mark()
        yield User(talkative, connection.cursor())


def ours(server):
    return [line for line in server.log.lines() if "[graphprofile:" in line]


def test_the_story_of_a_request(somebody):
    answer = somebody.post({})
    lines = "".join(ours(somebody.server))
    if somebody.server.httpd.environment["GP_LOGLEVEL"] == "info":
        assert lines.count("\n") == 1 and "created owner=" in lines
        return
    story = [r"POST under /beta, request-id " + answer.headers["request-id"],
             rf"caller: user {somebody.id}, permissions: User.ReadWrite",
             r"body: 2 bytes", r"statement gp_create_1: 1 rows in \d+ us", r"created owner=",
             r"answered 201"]
    at = 0
    for line in story:
        found = re.compile(line).search(lines, at)
        assert found, line
        at = found.end()


def secret_document():
    text = json.dumps(example("workPosition")).replace("text", SECRET)
    return {**json.loads(text), "id": None, "createdBy": {SECRET: {SECRET: [SECRET]}}}


def test_nothing_of_a_body_is_logged(somebody):
    entity = somebody.create(secret_document())
    somebody.post({"id": entity["id"], "detail": {"summary": SECRET}})
    somebody.post({**secret_document(), SECRET: SECRET, "isCurrent": SECRET})
    somebody.post({"@odata.type": SECRET, "detail": {"startMonthYear": SECRET}})
    somebody.post(data=f'{{"{SECRET}": {SECRET}')
    somebody.post(data=SECRET.encode() + b"\xff")
    somebody.post({}, headers={"Content-Type": SECRET})
    assert not [line for line in somebody.server.log.lines() if SECRET in line]


def test_nothing_of_a_change_is_logged(somebody):
    made = somebody.create()
    assert somebody.patch(made["id"], secret_document()).status == 200
    for body in ({**secret_document(), SECRET: SECRET, "isCurrent": SECRET},
                 {"@odata.type": SECRET}, [SECRET], SECRET):
        assert somebody.patch(made["id"], body).status == 400
    for form in (SECRET, f'"{SECRET}"'):
        somebody.patch(made["id"], secret_document(), headers={"If-Match": form})
    path = f"/me/profile/positions/{made['id']}"
    assert somebody.request("PATCH", path, data=f'{{"{SECRET}": "{SECRET}').status == 400
    assert not [line for line in somebody.server.log.lines() if SECRET in line]


def test_nothing_of_what_is_read_is_logged(somebody):
    path = f"/me/profile/positions/{somebody.create(secret_document())['id']}"
    for level in ("minimal", "none", "full"):
        accept = {"Accept": f"application/json;odata.metadata={level}"}
        for read in (path, "/me/profile/positions"):
            answer = somebody.get(read, headers=accept)
            assert answer.status == 200 and answer.content.count(SECRET.encode()) > 40
    assert somebody.request("DELETE", path).status == 204
    assert not [line for line in somebody.server.log.lines() if SECRET in line]


def test_nothing_of_the_databases_words_is_logged_below_debug(somebody):
    """A statement that fails: its SQLSTATE is told, its text only to whoever asks for debug."""
    server = somebody.server
    server.postgres.psql("ALTER TABLE graphprofile.position ADD CONSTRAINT harm"
                         " CHECK (modified_by <> modified_by) NOT VALID")
    try:
        answer = somebody.post({"detail": {"summary": SECRET}})
    finally:
        server.postgres.psql("ALTER TABLE graphprofile.position DROP CONSTRAINT harm")
    assert answer.status == 400 and b"harm" not in answer.content
    lines = ours(server)
    assert [line for line in lines if "statement gp_create_1 failed: SQLSTATE 23514" in line]
    texts = [line for line in lines if "violates check constraint" in line]
    assert all("[graphprofile:debug]" in line for line in texts)
    assert bool(texts) == (server.httpd.environment["GP_LOGLEVEL"] == "debug")
    assert not [line for line in lines if SECRET in line]


def test_a_write_leaves_one_line(somebody):
    """Who changed which position, from which version to which: enough to follow each."""
    strange = User(somebody.server, somebody.database, id='a b="c"\\ é@x', appid="app 7", name="N")

    def written(answer):
        [line] = [line for line in ours(somebody.server)
                  if f"request-id={answer.headers['request-id']}" in line]
        assert "[graphprofile:info]" in line
        at = re.search(r"\] (created|updated|deleted) (.*)", line)
        return at.group(1), dict(word.split("=") for word in at.group(2).split(" ")
                                 if not word.startswith("request-id"))

    def noted(name, *words):
        """The same, for a log of the administrator's own."""
        line = f'"{name}" ' + " ".join(words) + "\n"
        wait_until(lambda: line in (somebody.server.state / "writes_log").read_text())

    for user, name, application, quoted in (
            (somebody, somebody.id, tokens.APPLICATION, somebody.id),
            (strange, "a+b%3d%22c%22%5c+%c3%a9%40x", "app+7", r'a b=\"c\"\\ \xc3\xa9@x')):
        common = {"owner": name, "user": name, "application": application}
        made = user.post({})
        id, first = made.json["id"], made.json["@odata.etag"].strip('"')
        assert written(made) == ("created", {
            **common, "id": id, "etag-before": "-", "etag-after": first})
        changed = user.patch(id, {"isCurrent": True})
        second = changed.json["@odata.etag"].strip('"')
        assert written(changed) == ("updated", {
            **common, "id": id, "etag-before": first, "etag-after": second})
        noted(quoted, id, first, second)
        assert written(user.delete(id)) == ("deleted", {
            **common, "id": id, "etag-before": second, "etag-after": "-"})
        noted(quoted, id, second, "-")


def test_what_writes_nothing_leaves_no_line(somebody):
    made = somebody.create()
    somebody.server.log.mark()
    assert somebody.patch(made["id"], {}).status == 200
    assert somebody.patch(made["id"], {"isCurrent": 7}).status == 400
    assert somebody.delete(made["id"], headers={"If-Match": '"0"'}).status == 412
    assert somebody.post({"id": made["id"]}).status == 409
    assert somebody.get().status == 200
    assert not [line for line in ours(somebody.server) if "owner=" in line]


def test_failures_are_logged_once(somebody):
    answer = somebody.post({"unknown": 1, "isCurrent": "x"})
    told = [line for line in ours(somebody.server) if "400 BadRequest" in line]
    assert len(told) == 1
    assert "[graphprofile:info]" in told[0] and "2 details" in told[0]
    assert answer.headers["request-id"] in told[0]
