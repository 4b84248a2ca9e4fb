# SPDX-License-Identifier: Apache-2.0
"""The lines of the log, and the data that must never be logged."""

import json
import re
import uuid
from contextlib import nullcontext

import pytest
from lib.batches import batch, get, post
from lib.client import POSITIONS, User, wait_until
from dev import tokens
from lib.errorlog import ErrorLog
from lib.outage import terminate
from lib.schema import example
from lib.server import ROOT, Server

SECRET = "Xyzzy"


def positions_log():
    """The log of writes that docs/deployment.md recommends."""
    text = (ROOT / "docs" / "deployment.md").read_text()
    return "\n".join(re.findall(r"(?m)^    ((?:LogFormat|GlobalLog) .*)", text))


@pytest.fixture(scope="module", params=["debug", "info"])
def talkative(request, state, module, sanitizers, sanitizer_reports):
    with Server(state / f"log-{request.param}", module, sanitizers, loglevel=request.param,
                    extra=positions_log().replace("${APACHE_LOG_DIR}/", "${GP_STATE}/")) as server:
        yield server


@pytest.fixture
def somebody(talkative):
    with talkative.connect() as connection:
        talkative.log.mark()
        yield User(talkative, connection.cursor())


def ours(server):
    return [line for line in server.log.lines() if "[graphprofile:" in line]


@pytest.mark.http1
def test_the_story_of_a_request(somebody):
    answer = somebody.post({})
    lines = "".join(ours(somebody.server))
    if somebody.server.httpd.environment["GP_LOGLEVEL"] == "info":
        assert lines.count("\n") == 1 and "created owner=" in lines
        return
    story = [r"POST under /beta, request-id " + answer.headers["request-id"],
             rf"caller: user {somebody.id}, permissions: User.ReadWrite",
             r"body: 2 bytes", r"statement gp_create_within_3: 1 rows in \d+ us", r"created owner=",
             r"answered 201"]
    at = 0
    for line in story:
        found = re.compile(line).search(lines, at)
        assert found, line
        at = found.end()


def test_requests_of_a_batch_go_out_together(somebody):
    """Creates of one batch are one transaction. Its reads are one statement. A large position, which is only read when its
    turn has come, is read once more."""
    small, large = somebody.create()["id"], somebody.create({"detail": {"description": "x" * 20000}})["id"]
    somebody.server.log.mark()
    got = batch(somebody, [*(post({}, id=f"post {i}") for i in range(5)), get(f"{POSITIONS}/{small}", id="small"),
                           get(f"{POSITIONS}/{large}", id="large"), get(f"{POSITIONS}/{uuid.uuid4()}", id="none")])
    assert [got[name]["status"] for name in ("post 0", "post 4", "small", "large", "none")] == [201, 201, 200, 200, 404]
    assert got["large"]["body"]["detail"]["description"] == "x" * 20000
    lines = "".join(ours(somebody.server))
    if somebody.server.httpd.environment["GP_LOGLEVEL"] == "debug":
        assert re.findall(r"statement gp_(\w+): (\d) rows in \d+ us, batch of (\d)", lines) == [
            *[("create_within_3", "1", "5")] * 5, ("read_3", "1", "3"), ("read_3", "1", "3"), ("read_3", "0", "3"),
            ("read_3", "1", "1")]


def test_an_insert_that_may_wait_shares_no_transaction(somebody):
    """An insert whose id the client chose may wait for another one with the same id. Those of its batch do not wait with it."""
    got = batch(somebody, [post({"id": str(uuid.uuid4())}, id="own"), post({}, id="1"), post({}, id="2")])
    assert {one["status"] for one in got.values()} == {201}
    if somebody.server.httpd.environment["GP_LOGLEVEL"] == "debug":
        assert re.findall(r"statement gp_create_within_3: 1 rows in \d+ us, batch of (\d)",
                          "".join(ours(somebody.server))) == ["1", "2", "2"]


def test_no_rules_are_looked_up_where_there_are_none(somebody):
    """A user principal name costs a sub-request only if a section can distinguish users' paths."""
    somebody.server.postgres.psql(f"INSERT INTO graphprofile.person VALUES ('{somebody.id}', '{somebody.id}@x.org')")
    assert somebody.get(f"/users/{somebody.id}@x.org/profile/positions").status == 200
    assert not [line for line in ours(somebody.server) if "access rules of" in line]


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


def test_no_message_of_the_database_is_logged_below_debug(somebody):
    """A failed statement: the log has its SQLSTATE, and its text only at level debug."""
    server = somebody.server
    server.postgres.psql("ALTER TABLE graphprofile.position ADD CONSTRAINT harm"
                         " CHECK (modified_by <> modified_by) NOT VALID")
    try:
        answer = somebody.post({"detail": {"summary": SECRET}})
    finally:
        server.postgres.psql("ALTER TABLE graphprofile.position DROP CONSTRAINT harm")
    assert answer.status == 400 and b"harm" not in answer.content
    lines = ours(server)
    assert [line for line in lines if "statement gp_create_within_3 failed: SQLSTATE 23514" in line]
    texts = [line for line in lines if "violates check constraint" in line]
    assert all("[graphprofile:debug]" in line for line in texts)
    assert bool(texts) == (server.httpd.environment["GP_LOGLEVEL"] == "debug")
    assert not [line for line in lines if SECRET in line]


def debug_lines(somebody, text):
    """The lines that docs/troubleshooting.md describes; only the log at level debug has them."""
    lines = somebody.server.log.find(text)
    assert all("[graphprofile:debug]" in line for line in lines)
    assert bool(lines) == (somebody.server.httpd.environment["GP_LOGLEVEL"] == "debug")


def test_a_lock_that_another_holds_is_logged(somebody):
    made = somebody.create()
    with somebody.server.connect() as connection, connection.cursor() as cursor:
        connection.autocommit = False
        cursor.execute("SELECT FROM graphprofile.position WHERE id = %s FOR UPDATE", (made["id"],))
        assert somebody.delete(made["id"]).status == 503
        connection.rollback()
    debug_lines(somebody, "canceling statement due to lock timeout")


def test_a_database_that_only_reads_is_logged(somebody):
    server, made = somebody.server, somebody.create()
    server.postgres.psql("ALTER ROLE graphprofile SET default_transaction_read_only = on")
    try:
        terminate(server)
        assert somebody.post({}).status == 503 and somebody.read(made["id"])
    finally:
        server.postgres.psql("ALTER ROLE graphprofile RESET default_transaction_read_only")
        terminate(server)
    assert somebody.post({}).status == 201
    debug_lines(somebody, "read-only server")


def test_a_write_leaves_one_line(somebody):
    """The user, the position, and its versions before and after: enough to follow each change."""
    strange = User(somebody.server, somebody.database, id='a b="c"\\ é@x', appid="app 7", name="N")

    def written(answer):
        [line] = [line for line in ours(somebody.server)
                  if f"request-id={answer.headers['request-id']}" in line]
        assert "[graphprofile:info]" in line
        at = re.search(r"\] (created|updated|deleted) (.*)", line)
        return at.group(1), dict(word.split("=") for word in at.group(2).split(" ")
                                 if not word.startswith(("request-id", "trace-id")))

    for user, name, application in ((somebody, somebody.id, tokens.APPLICATION),
                                    (strange, "a+b%3d%22c%22%5c+%c3%a9%40x", "app+7")):
        common = {"owner": name, "user": name, "application": application}
        made = user.post({})
        id, first = made.json["id"], made.json["@odata.etag"].strip('"')
        assert written(made) == ("created", {
            **common, "id": id, "etag-before": "-", "etag-after": first})
        changed = user.patch(id, {"isCurrent": True})
        second = changed.json["@odata.etag"].strip('"')
        assert written(changed) == ("updated", {
            **common, "id": id, "etag-before": first, "etag-after": second})
        assert written(user.delete(id)) == ("deleted", {
            **common, "id": id, "etag-before": second, "etag-after": "-"})


def test_writes_can_be_logged_apart(somebody):
    made = somebody.create()
    tag = made["@odata.etag"].strip('"')
    assert somebody.get().status == 200
    changed = somebody.patch(made["id"], {"isCurrent": True}).json["@odata.etag"].strip('"')
    assert somebody.patch(made["id"], {}).status == 200
    assert somebody.delete(made["id"]).status == 204
    assert somebody.post({"x": 1}).status == 400
    log = somebody.server.state / "positions.log"
    wait_until(lambda: f"before={changed}" in log.read_text())
    lines = [line.split("] ", 1)[1] for line in log.read_text().splitlines() if made["id"] in line]
    assert lines == [f"{somebody.id} {method} {status} owner={somebody.id} id={made['id']}"
                     f" before={before} after={after}" for method, status, before, after in (
                         ("POST", 201, "-", tag), ("PATCH", 200, tag, changed),
                         ("DELETE", 204, changed, "-"))]
    assert "POST 400" not in log.read_text()


def test_requests_without_a_write_leave_no_audit_line(somebody):
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
    assert "[graphprofile:info]" in told[0]
    assert "2 details: UnknownProperty at $.?, TypeMismatch at $.isCurrent, request-id" in told[0]
    assert answer.headers["request-id"] in told[0]


@pytest.mark.parametrize("body, said", [
    ({"isCurrent": "x"}, "1 detail: TypeMismatch at $.isCurrent, "),
    ({"detail": {"company": {"address": {"city": 1, SECRET: 1}}}},
     "2 details: TypeMismatch at $.detail.company.address.city, UnknownProperty at $.detail.company.address.?, "),
    ({f"a'b.{SECRET}[": 1, "categories": ["a", 7]},
     "2 details: UnknownProperty at $[?], TypeMismatch at $.categories[1], "),
    ({f"x{i}": 1 for i in range(9)}, "9 details: " + "UnknownProperty at $.?, " * 5 + ".., ")],
    ids=["one", "nested", "names and items", "many"])
def test_problems_of_a_body_are_logged_by_code_and_property(somebody, body, said):
    """Only names that the resource declares: no values, and no other names, which may be data."""
    somebody.post(body)
    [line] = [line for line in ours(somebody.server) if "400 BadRequest" in line]
    assert f"400 BadRequest, {said}request-id " in line and SECRET not in line, line


def test_problems_outside_of_a_body_are_logged(somebody):
    answer = somebody.get("/me/profile/positions?$filter=nonsense eq 1")
    assert answer.status == 400
    assert [line for line in ours(somebody.server) if "400 BadRequest at $filter, request-id" in line]


def test_the_request_id_of_another_modules_refusal_is_logged(somebody):
    for token in ("", "forged"):
        answer = somebody.refused(401, {}, token=token)
        lines = [line for line in ours(somebody.server) if answer.headers["request-id"] in line]
        assert [line for line in lines if "[graphprofile:info]" in line
                and "401 InvalidAuthenticationToken by another module or httpd" in line], lines


def test_a_name_that_cannot_be_stored_is_a_warning(somebody):
    """It is not dropped silently: the position has no displayName, and the log states why."""
    somebody.server.log.expect("GraphProfileUserName is not stored: it is not UTF-8, or contains control characters")
    entity = User(somebody.server, somebody.database, name="Bell\a").create()
    assert "displayName" not in entity["createdBy"]["user"] or entity["createdBy"]["user"]["displayName"] is None
    somebody.server.log.check()


# ---- how the tests check the log ----

STAMP = "[Sun Nov 29 20:00:00.000000 2026] "


@pytest.mark.parametrize("line, fails", [
    ("[mpm_event:error] [pid 1:tid 1] AH00484: server reached MaxRequestWorkers setting, consider raising", False),
    ("[mpm_worker:error] [pid 1:tid 1] AH00286: server reached MaxRequestWorkers setting, consider raising", False),
    ("[mpm_prefork:error] [pid 1] AH00161: server reached MaxRequestWorkers setting, consider raising", False),
    ("[mpm_event:error] [pid 1:tid 1] AH10159: server is within MinSpareThreads of MaxRequestWorkers", False),
    ("[mpm_event:error] [pid 1:tid 1] AH00485: scoreboard is full, not at MaxRequestWorkers.", False),
    ("[core:notice] [pid 1:tid 1] AH00052: child pid 2 exit signal Segmentation fault (11)", True),
    ("[core:error] [pid 1:tid 1] AH00046: child process 2 still did not exit, sending a SIGKILL", True),
    ("[graphprofile:error] [pid 1:tid 1] server reached MaxRequestWorkers", True)], ids=lambda value: str(value)[:40])
def test_a_machine_under_load_fails_no_test(tmp_path, line, fails):
    """httpd's lines about its own threads depend on the machine; lines of the module do not."""
    (tmp_path / "error_log").write_text(STAMP + line + "\n")
    log = ErrorLog(tmp_path / "error_log")
    with pytest.raises(AssertionError) if fails else nullcontext():
        log.check()
