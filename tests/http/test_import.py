# SPDX-License-Identifier: Apache-2.0
"""`graphprofile check` and `import`: the lines that they refuse, the rows that they store, and the rows that
they must not change."""

import json
import os
import pty
import random
import re
import signal
import subprocess
import time
import uuid

import pytest
from dev import tokens
from lib.client import User, wait_until
from lib.odata import random_document
from lib.program import SOURCE, Program, line
from test_body import NO_OBJECTS, NOT_TEXT, SYNTAX

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "tag:mod_graphprofile:import")


def id_of(owner, external_id, source=SOURCE) -> str:
    """The derivation in docs/bulk.md."""
    return str(uuid.uuid5(NAMESPACE, "\0".join((source, owner, external_id))))


def row_of(database, owner, id):
    database.execute("SELECT xmin::text, etag, document, source, external_id, modified_by FROM graphprofile.position"
                     " WHERE owner_id = %s AND id = %s", (owner, id))
    return database.fetchone()


# ---- refused lines ----

BODIES = [
    *(body.encode() for body in NO_OBJECTS.values() if len(body) < 1000),
    b'{"isCurrent":1,"detail":{"layer":"x","startMonthYear":"2020-13-01","jobtitle":1,"company":[]}}',
    b'{"isCurrent":true,"isCurrent":false}', b'{"createdBy":{"x":1e309}}', b'{"inference":{"confidenceScore":1e309}}',
    b'{"allowedAudiences":"nobody"}', b'{"categories":[null,1,{}]}', b'{"id":"nonsense"}', b'{"id":5}',
    b'{"detail":{"company@odata.bind":"x"}}', b'{"@odata.context":"x#a/$delta"}', b'{"@odata.type":"#microsoft.graph.x"}',
    b'{"colleagues":[' + b",".join([b"{}"] * 501) + b"]}", b'{"createdBy":' + b'{"x":' * 20 + b"1" + b"}" * 21,
    b"{" + b",".join(b'"a%d":1' % number for number in range(300)) + b"}",
    b'{"colleagues":[{"relationship":"unknownFutureValue"}],"source":{"type":[{}]}}',
]


def told_by_the_server(user, body):
    return [(detail["code"], "$.position" + detail["target"][1:], detail["message"])
            for detail in user.refused(400, data=body).error["details"]]


@pytest.mark.http1
def test_check_reports_what_the_server_reports(program, user):
    lines = [b'{"owner":"x","externalId":"%d","position":%s}\n' % (number, body) for number, body in enumerate(BODIES)]
    found = program.run("check", "--json", lines=b"".join(lines), expect=[1])
    for number, body in enumerate(BODIES):
        told = [(problem["code"], problem["target"], problem["message"])
                for problem in found.problems if problem["line"] == number + 1]
        assert told == told_by_the_server(user, body), body
    assert found.json == {"lines": len(BODIES), "refused": len(BODIES)}


BROKEN = [
    *(row[0].replace("\n", " ").encode() for row in SYNTAX),
    *(b'{"detail":{"jobTitle":"' + bad.replace(b"\n", b" ") + b'"}}' for bad in NOT_TEXT.values()),
]


@pytest.mark.http1
def test_check_reports_the_position_of_a_syntax_error(program, user):
    """With the line number in the file, and the column and offset in that line."""
    start = b'{"owner":"x","externalId":"1","position":'
    found = program.run("check", "--json", lines=b"".join(start + body + b"}\n" for body in BROKEN), expect=[1])
    assert [problem["line"] for problem in found.problems] == list(range(1, len(BROKEN) + 1))
    ends_early, count = re.compile("ends too early|trailing garbage|after key"), 0
    for number, body in enumerate(BROKEN):
        told, problem = user.refused(400, data=body).error["details"][0]["message"], found.problems[number]
        assert problem["code"] == "InvalidJson" and problem["target"] == "$"
        place = re.compile(r" at line (\d+), column (\d+) \(offset (\d+)\)\.")
        line_number, column, offset = map(int, place.search(problem["message"]).groups())
        assert (line_number, column) == (number + 1, offset + 1)
        if not ends_early.search(told + problem["message"]):  # the bracket after the body changes this
            assert place.sub("", problem["message"]) == place.sub("", told)
            assert offset == int(place.search(told)[3]) + len(start)
            count += 1
    assert count > 20


WRONG_LINES = [
    ('{"externalId":"1","position":{}}', "MissingProperty", "$.owner"),
    ('{"owner":"x","externalId":"1"}', "MissingProperty", "$.position"),
    ('{"owner":"x","position":{}}', "MissingProperty", "$.externalId"),
    ('{"owner":"x","position":{"id":null}}', "MissingProperty", "$.externalId"),
    ('{"owner":5,"externalId":"1","position":{}}', "TypeMismatch", "$.owner"),
    ('{"owner":null,"externalId":"1","position":{}}', "TypeMismatch", "$.owner"),
    ('{"owner":["x"],"externalId":"1","position":{}}', "TypeMismatch", "$.owner"),
    ('{"owner":{"owner":"x"},"externalId":"1","position":{}}', "TypeMismatch", "$.owner"),
    ('{"owner":"","externalId":"1","position":{}}', "InvalidValue", "$.owner"),
    ('{"owner":"a\\u0007b","externalId":"1","position":{}}', "InvalidValue", "$.owner"),
    ('{"owner":"%s","externalId":"1","position":{}}' % ("x" * 2049), "InvalidValue", "$.owner"),
    ('{"owner":"x","externalId":"%s","position":{}}' % ("x" * 1025), "InvalidValue", "$.externalId"),
    ('{"owner":"x","externalId":"1","source":"%s","position":{}}' % ("x" * 129), "InvalidValue", "$.source"),
    ('{"owner":"x","id":"1","position":{}}', "InvalidValue", "$.id"),
    ('{"owner":"x","externalId":"1","Position":{},"position":{}}', "UnknownProperty", "$.Position"),
    ('{"owner":"x","externalId":"1","position":{},"position":{}}', "DuplicateProperty", "$.position"),
    ('{"owner":"x","id":"17a809a9-09a9-17a8-a909-a817a909a817","etag":"e","position":{}}', "MissingProperty",
     "$.created"),
    ('{"owner":"x","position":{},"id":"17a809a9-09a9-17a8-a909-a817a909a817","etag":"e","created":'
     '"2020-01-01T00:00:00Z","modified":"2020-01-01T00:00:00Z","modifiedBy":"y"}', "InvalidValue", "$.etag"),
    ('{"owner":"x","externalId":"1","created":"yesterday","position":{}}', "InvalidValue", "$.created"),
    ("[1]", "TypeMismatch", "$"), ("5", "TypeMismatch", "$"), ('"x"', "TypeMismatch", "$"),
    ("null", "TypeMismatch", "$"), ("true", "TypeMismatch", "$"), ("{}{}", "InvalidJson", "$"),
    ('\ufeff{"owner":"x","externalId":"1","position":{}}', "InvalidJson", "$"),
]


def test_lines_that_are_refused(program):
    for text, code, target in WRONG_LINES:
        found = program.run("check", "--json", lines=text, expect=[1]).problems
        assert (code, target, 1) in [(each["code"], each["target"], each["line"]) for each in found], (text, found)


def test_values_that_are_skipped(program):
    """Values of a refused member are skipped, even if they look like a line."""
    inner = '{"owner":[1,{"position":null}],"x":[true,"y",[5,null]]}'
    found = program.run("check", "--json", lines='{"owner":%s,"other":%s,"externalId":"1","position":{}}' % (inner, inner),
                        expect=[1]).problems
    assert [each["target"] for each in found] == ["$.owner", "$.other"]


def test_problems_as_text(program):
    found = program.run("check", lines='\n \r\n{"owner":"x","externalId":"1","position":{"a\\u001b[2J":1}}', expect=[1])
    assert found.stderr.startswith("line 3: $.position") and "UnknownProperty: The type" in found.stderr
    assert "\x1b" not in found.stderr and "\\x1b[2J" in found.stderr
    assert found.stdout == "3 lines, 1 with problems\n"


def test_more_problems_than_are_listed(program):
    position = "{" + ",".join(f'"x{number}":1' for number in range(300)) + "}"
    found = program.run("check", lines='{"owner":"x","externalId":"1","position":%s}' % position, expect=[1])
    assert found.stderr.count("UnknownProperty") == 256 and "line 1: and 44 more problems" in found.stderr


def test_a_line_that_is_too_long(program):
    def of(length):
        text = line("x", "1", {"detail": {"summary": ""}})[:-1]
        return text.replace('"summary": ""', '"summary": "%s"' % ("x" * (length - len(text))))
    for length, status in ((4999, 0), (5000, 0), (5001, 1), (300000, 1)):
        text = of(length)
        assert len(text) == length
        for end in ("\n", ""):
            found = program.run("check", "--json", "--max-line", "5000", lines=line("x", "0") + text + end,
                                expect=[status])
            assert [(each["line"], each["code"]) for each in found.problems] \
                == [(2, "RequestEntityTooLarge")] * status
    found = program.run("check", "--json", "--max-line", "5000", lines=of(90000) + "\n" + "nonsense\n", expect=[1])
    assert [each["line"] for each in found.problems] == [1, 2]


def test_a_document_that_is_too_large(program, server):
    user = User(server)
    position = {"detail": {"summary": "x" * 20000}}
    answer = user.post(position, root="/compact")
    assert answer.status == 413
    [problem] = program.run("check", "--json", "--max-document", "20000", lines=line("x", "1", position),
                            expect=[1]).problems
    assert problem["code"] == answer.error["code"] == "PositionTooLarge"
    assert re.sub(r"\d+ bytes", "", problem["message"]) == re.sub(r"\d+ bytes", "", answer.error["message"])


def test_stopping_at_problems(program, user):
    lines = [line(user.id, "1"), "x\n", line(user.id, "2"), "y\n", line(user.id, "3")]
    found = program.run("import", "--max-errors", "2", lines=lines, expect=[1])
    assert "stopped at line 4" in found.stderr and "line 5" not in found.stderr
    assert len(user.rows()) == 2  # the lines before it
    assert program.load(lines, expect=[1]) == {
        "lines": 5, "created": 1, "changed": 0, "unchanged": 2, "refused": 2, "removed": 0}


def test_an_input_that_cannot_be_read(program, tmp_path):
    assert "No such file" in program.run("check", str(tmp_path / "none"), expect=[3]).stderr
    assert "cannot be read: Is a directory" in program.run("import", str(tmp_path), expect=[3]).stderr
    file = tmp_path / "lines"
    file.write_text(line("x", "1"))
    assert program.run("check", str(file)).stdout == "1 lines, 0 with problems\n"


# ---- stored rows ----

def masked(document: str) -> str:
    return re.sub(r'"id":"[0-9a-f-]{36}"|"(created|lastModified)DateTime":"[^"]*"', "", document)


def test_an_import_stores_what_a_post_stores(program, server, user, database):
    """Random documents: the same bytes except ids and times, and the same answers to GET."""
    dice = random.Random(4711)
    application = User(server, scopes="", roles="User.ReadWrite.All", root="/large")
    documents = [random_document(dice, String=["", "é\u0001\\\"/😀", "x" * 5000, "\t\n"]) for _ in range(150)]
    path, posted = f"/users/{user.id}/profile/positions", []
    for document in documents:
        posted.append(application.create(document, path=path))
    loaded = User(server, database)
    counts = program.load([line(loaded.id, str(number), document) for number, document in enumerate(documents)],
                          "--application", tokens.APPLICATION, "--max-document", "4000000")
    assert counts["created"] == len(documents)
    for number, entity in enumerate(posted):
        id = id_of(loaded.id, str(number))
        assert masked(row_of(database, loaded.id, id)[2]) == masked(row_of(database, user.id, entity["id"])[2])
        got, was = loaded.read(id), user.read(entity["id"])
        for name in ("id", "createdDateTime", "lastModifiedDateTime", "@odata.etag", "@odata.context"):
            assert got.pop(name) != was.pop(name) or name.endswith("Time")
        assert got == was
    columns = "audiences, modified_by, created = modified, document::jsonb ->> 'createdDateTime' ="\
        " to_char(created AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"0Z\"')"
    assert sorted(loaded.rows(columns)) == sorted((row[0], tokens.APPLICATION, *row[2:]) for row in user.rows(columns))


@pytest.mark.parametrize("root, options", [
    ("/relaxed", ["--validation", "relaxed"]), ("/stamped", ["--created-by", "server"]),
    ("/small", ["--default-audience", "2,family"])])
def test_an_import_on_the_terms_of_a_location(program, server, user, database, root, options):
    body = {"detail": {"jobTitle": "x"}, "createdBy": {"user": {"id": "somebody"}}}
    if root == "/relaxed":
        body.update(isCurrent="yes", nickname=[1, {"x": None}], id="mine")
    application = User(server, scopes="", roles="User.ReadWrite.All", root=root)
    path = f"/users/{user.id}/profile/positions"
    made = application.create(body, path=path)
    program.load(line(user.id, "1", body), "--application", tokens.APPLICATION, *options)
    assert masked(row_of(database, user.id, id_of(user.id, "1"))[2]) == masked(row_of(database, user.id, made["id"])[2])


def test_ids_are_made_of_source_owner_and_key(program, user, database):
    program.load([line(user.id, "1"), line(user.id, "1", source="hr"), line(user.id, "ü/2", source="hr")])
    program.load(line(user.id, "1"), "--source", "payroll")
    chosen = str(uuid.uuid4())
    program.load([line(user.id, position={"id": chosen.upper()}), line(user.id, id=user.id)])
    assert sorted(row[0] for row in user.rows()) == sorted(
        [id_of(user.id, "1"), id_of(user.id, "1", "hr"), id_of(user.id, "ü/2", "hr"), id_of(user.id, "1", "payroll"),
         chosen, user.id])
    assert row_of(database, user.id, id_of(user.id, "ü/2", "hr"))[3:] == ("hr", "ü/2", "graphprofile")
    assert row_of(database, user.id, chosen)[3:5] == (None, None)


def test_a_second_run_changes_nothing(program, user, database):
    dice = random.Random(1)
    lines = [line(user.id, str(number), random_document(dice)) for number in range(50)]
    assert program.load(lines)["created"] == 50
    before = user.rows("xmin::text, id::text, etag, document")
    dice.shuffle(lines)
    assert program.load(lines, "--batch", "7") == {
        "lines": 50, "created": 0, "changed": 0, "unchanged": 50, "refused": 0, "removed": 0}
    assert user.rows("xmin::text, id::text, etag, document") == before


def test_a_line_that_has_changed(program, user, database):
    program.load([line(user.id, "1", {"detail": {"jobTitle": "a"}, "categories": ["x"]}), line(user.id, "2")])
    id = id_of(user.id, "1")
    before, other = user.read(id), row_of(database, user.id, id_of(user.id, "2"))
    lines = [line(user.id, "1", {"detail": {"role": "b"}, "createdBy": {"user": {"id": "y"}}}), line(user.id, "2")]
    assert program.load(lines, "--application", "hr") == {
        "lines": 2, "created": 0, "changed": 1, "unchanged": 1, "refused": 0, "removed": 0}
    after = user.read(id)
    assert after["detail"]["jobTitle"] is None and after["detail"]["role"] == "b" and after["categories"] == []
    for name in ("createdDateTime", "createdBy"):
        assert after[name] == before[name]
    assert after["lastModifiedDateTime"] > before["lastModifiedDateTime"]
    assert after["lastModifiedBy"]["application"]["id"] == row_of(database, user.id, id)[5] == "hr"
    assert after["@odata.etag"] != before["@odata.etag"]
    assert user.patch(id, {"isCurrent": True}, headers={"If-Match": before["@odata.etag"]}).status == 412
    assert row_of(database, user.id, id_of(user.id, "2")) == other

    # The import undoes the change of a client.
    assert user.patch(id, {"isCurrent": True}).status == 200
    assert program.load(lines)["changed"] == 1
    assert user.read(id)["isCurrent"] is None
    # The import creates a deleted position again.
    assert user.delete(id).status == 204
    assert program.load(lines)["created"] == 1


def test_positions_of_clients_and_other_sources_stay(program, user, database):
    """A position of a client, and one of another source, whatever the line."""
    of_client = user.create({"isCurrent": True})["id"]
    program.load(line(user.id, "1"), "--source", "hr")
    of_hr = id_of(user.id, "1", "hr")
    before = [row_of(database, user.id, id) for id in (of_client, of_hr)]
    lines = [line(user.id, id=of_client), line(user.id, id=of_hr), line(user.id, "2")]
    for options in ([], ["--dry-run"]):
        found = program.run("import", "--json", "--source", "payroll", *options, lines=lines, expect=[1])
        assert [(each["line"], each["code"], each["target"]) for each in found.problems] == [
            (1, "NameAlreadyExists", "$"), (2, "NameAlreadyExists", "$")]
    found = program.run("import", "--json", lines=lines[1:2], expect=[1])  # without a source
    assert "belongs to another source" in found.problems[0]["message"]
    assert [row_of(database, user.id, id) for id in (of_client, of_hr)] == before
    found = program.run("import", "--json", "--source", "payroll", lines=line(user.id, "3", source="hr"), expect=[1])
    assert found.problems[0]["target"] == "$.source"


def test_a_position_that_two_lines_have(program, user):
    """In one batch and in two: the first line counts, in each run."""
    lines = [line(user.id, str(number % 3), {"detail": {"layer": number}}) for number in range(6)]
    for batch in ("2", "100"):
        for created in (3, 0):
            found = program.run("import", "--json", "--batch", batch, lines=lines, expect=[1])
            assert found.counts["created"] == created and found.counts["changed"] == 0
            assert [(each["line"], each["code"], each["message"]) for each in found.problems] == [
                (number + 4, "NameAlreadyExists", f"Line {number + 1} has the same position.") for number in range(3)]
        for row in user.rows():
            assert user.delete(row[0]).status == 204


@pytest.mark.parametrize("batch", ["1", "4", "100"])
def test_how_many_positions_an_owner_may_have(program, user, other, batch):
    """The same limit as in the server, including positions of clients; a dry run gives the same result."""
    user.create()
    lines = [line(owner, str(number)) for number in range(6) for owner in (user.id, other.id)]
    options = ["--max-positions", "4", "--batch", batch]
    for created, run in ((7, ["--dry-run"]), (7, []), (0, [])):
        found = program.run("import", "--json", *options, *run, lines=lines, expect=[1])
        assert found.counts["created"] == created and found.counts["refused"] == 5
        assert {each["code"] for each in found.problems} == {"TooManyPositions"}
        assert [each["line"] for each in found.problems] == [7, 9, 10, 11, 12]
    assert len(user.rows()) == len(other.rows()) == 4
    assert program.load(lines, "--max-positions", "0")["created"] == 5


def test_existing_positions_after_new_ones(program, user, database):
    """After some batches with only new positions, the program expects more of them: until that is wrong."""
    program.load([line(user.id, str(number)) for number in range(100, 103)])
    of_client = user.create()["id"]
    rest = [line(user.id, "100"), line(user.id, "101", {"isCurrent": True}), line(user.id, "3"), line(user.id, "103")]
    for is_new, last in ((True, line(user.id, "104")), (False, line(user.id, "105", id=of_client))):
        lines = [line(user.id, str(number)) for number in range(40)] + rest + [last]
        found = program.run("import", "--json", "--source", "import", "--batch", "5", lines=lines, expect=[1])
        assert [each["line"] for each in found.problems] == ([43] if is_new else [43, 45])
        assert found.counts == {"lines": 45, "created": 42 if is_new else 41, "changed": 1, "unchanged": 1,
                                "refused": 1 if is_new else 2, "removed": 0}
        for row in user.rows():
            if row[0] not in (of_client, *(id_of(user.id, str(number)) for number in range(100, 103))):
                assert user.delete(row[0]).status == 204
        assert user.patch(id_of(user.id, "101"), {"isCurrent": None}).status == 200


# ---- owners by name ----

def test_owners_by_user_principal_name(program, user, database):
    name = f"Ädele.{user.id}@example.com"
    database.execute("INSERT INTO graphprofile.person VALUES (%s, %s)", (user.id, name))
    odd = str(uuid.uuid4()) + '"\\{}'
    lines = [line(name.lower(), "1", {"isCurrent": True}), line("nobody@example.com", "1"), line(name.upper(), "2"),
             line(odd, "1"), line(name, id=user.id)]
    found = program.run("import", "--json", "--owner-key", "upn", lines=lines, expect=[1])
    assert [(each["line"], each["code"], each["target"]) for each in found.problems] == [
        (2, "ResourceNotFound", "$.owner"), (4, "ResourceNotFound", "$.owner")]
    assert sorted(row[0] for row in user.rows()) == sorted(
        [id_of(user.id, "1"), id_of(user.id, "2"), user.id])
    assert user.read(id_of(user.id, "1"))["isCurrent"] is True
    # By id, they are the same positions.
    assert program.load([line(user.id, "1", {"isCurrent": True}), line(user.id, "2")])["unchanged"] == 2


# ---- positions that a source no longer has ----

def test_a_replacement(program, user, other, database):
    source = f"hr-{user.id}"
    program.load([line(user.id, str(number)) for number in range(10)], "--source", source)
    program.load([line(user.id, "0"), line(other.id, "0")], "--source", f"other-{user.id}")
    kept = user.create()["id"]
    rest = [line(user.id, str(number)) for number in range(1, 10)] + [line(other.id, "1")]
    for options, removed in ((["--dry-run"], 1), ([], 1), ([], 0)):
        counts = program.load(rest, "--source", source, "--replace", *options)
        assert counts["removed"] == removed
    ids = [row[0] for row in user.rows()]
    assert len(ids) == 11 and kept in ids and id_of(user.id, "0", source) not in ids
    assert len(other.rows()) == 2

    # Too many: two of ten are more than a tenth; a fifth of the positions.
    for options in (["--dry-run"], []):
        found = program.run("import", "--json", "--source", source, "--replace", *options, lines=rest[2:], expect=[1])
        assert "no position was deleted: 2 of 10 positions" in found.stderr and found.counts["removed"] == 0
    assert program.load(rest[2:], "--source", source, "--replace", "--max-removed", "20")["removed"] == 2
    assert program.load("", "--source", source, "--replace", "--max-removed", "100")["removed"] == 8
    assert len(user.rows()) == 2 and len(other.rows()) == 1


def test_a_replacement_by_lines_of_which_some_are_refused(program, user):
    source = f"hr-{user.id}"
    lines = [line(user.id, str(number)) for number in range(10)]
    program.load(lines, "--source", source)
    for bad in ("x\n", line(user.id, "9")):
        found = program.run("import", "--json", "--source", source, "--replace", lines=[*lines[1:], bad], expect=[1])
        assert "no position was deleted, because some lines were refused or not read" in found.stderr
    found = program.run("import", "--json", "--source", source, "--replace", "--max-errors", "1",
                        lines=["x\n", *lines], expect=[1])
    assert len(user.rows()) == 10
    assert "--replace needs --source" in program.run("import", "--replace", expect=[2]).stderr


def test_a_replacement_of_many(program, user, database):
    """Several statements delete them."""
    source = f"hr-{user.id}"
    lines = [line(user.id, str(number)) for number in range(2500)]
    program.load(lines, "--source", source, "--max-positions", "0")
    assert program.load(lines[:100], "--source", source, "--replace", "--max-removed", "96")["removed"] == 2400
    assert len(user.rows()) == 100


# ---- what would be done ----

def test_a_dry_run_counts_what_a_run_does(program, user, other, database):
    """Every kind of line, in small batches."""
    source = f"hr-{user.id}"
    dice = random.Random(7)
    program.load([line(user.id, str(number)) for number in range(40)], "--source", source)
    mine = user.create()["id"]
    lines = [line(user.id, str(number), {"isCurrent": True} if number % 3 == 0 else {}) for number in range(4, 60)]
    lines += [line(other.id, str(number)) for number in range(60)]
    dice.shuffle(lines)
    lines += ["nonsense\n", line(user.id, id=mine), line(user.id, "5"), "\n"]
    options = ["--source", source, "--max-positions", "50", "--batch", "9"]
    for more in ([], ["--replace", "--max-removed", "100"]):
        rows = [user.rows("xmin::text, id::text"), other.rows("xmin::text, id::text")]
        dry = program.run("import", "--json", "--dry-run", *options, *more, lines=lines, expect=[1])
        assert [user.rows("xmin::text, id::text"), other.rows("xmin::text, id::text")] == rows
        run = program.run("import", "--json", *options, *more, lines=lines, expect=[1])
        assert run.counts == dry.counts and run.problems == dry.problems
        assert dry.json["dryRun"] is True and run.json["dryRun"] is False
        lines = [text for text in lines if text != "nonsense\n"][10:]
    assert run.counts["refused"] > 10 and run.counts["unchanged"] > 10
    found = program.run("import", "--dry-run", lines=line(user.id, "new"))
    assert found.stdout.startswith("dry run, nothing was written: 1 lines: 1 created, 0 changed")


@pytest.mark.measures_time
def test_progress_on_a_terminal(program, user):
    """The program prints a line of progress every second, and problems do not break it. For a file it has the remaining
    time."""
    ours, theirs = pty.openpty()
    running = program.start("import", "--batch", "1", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    for text in (line(user.id, "1"), line(user.id, "2"), "x\n", line(user.id, "3")):
        running.stdin.write(text.encode())
        running.stdin.flush()
        time.sleep(0.7)
    running.stdin.close()
    told = b""
    try:
        while part := os.read(ours, 65536):
            told += part
    except OSError:  # Linux reports this at the end of a terminal
        pass
    os.close(ours)
    assert running.wait() == 1 and running.stdout.read().startswith(b"4 lines: 3 created")
    running.stdout.close()
    assert re.search(rb"\r\x1b\[K2 lines, \d+/s, 0 refused", told), told
    assert b"\r\x1b[Kline 3: $: InvalidJson" in told and told.endswith(b"\r\x1b[K")


@pytest.mark.measures_time
def test_progress_of_a_file(program, user, tmp_path):
    """A file has a known size."""
    lines = tmp_path / "lines"
    lines.write_text("".join(line(user.id, str(number), {"detail": {"summary": "x" * 4000}}) for number in range(900)))
    ours, theirs = pty.openpty()
    running = program.start("import", "--batch", "1", str(lines), stdout=subprocess.PIPE, stderr=theirs)
    wait_until(user.rows)
    running.send_signal(signal.SIGSTOP)  # so that more than a second passes, on any machine
    time.sleep(1.2)
    running.send_signal(signal.SIGCONT)
    told = b""
    while b" s left" not in told and running.poll() is None:
        told += os.read(ours, 65536)
    os.close(theirs)
    running.wait()
    running.stdout.close()
    os.close(ours)
    assert re.search(rb"lines, \d+/s, 0 refused, \d+ %, about \d+ s left", told), told


# ---- concurrent with the server ----

def test_a_locked_row(program, server, user):
    """An import waits for a locked row, as a request does, and then uses its new content."""
    program.load([line(user.id, str(number)) for number in range(3)])
    id = id_of(user.id, "1")
    changed = [line(user.id, str(number), {"isCurrent": True}) for number in range(3)]
    with server.connect() as holder, holder.cursor() as cursor:
        holder.autocommit = False
        cursor.execute("UPDATE graphprofile.position SET etag = 'held' WHERE owner_id = %s AND id = %s", (user.id, id))
        running = program.start("import", "--json", stdin=-1, stdout=-1, stderr=-1)
        running.stdin.write("".join(changed).encode())
        running.stdin.close()
        wait_until(lambda: server.postgres.psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                                " AND usename = 'graphprofile_import'") == "1")
        cursor.execute("DELETE FROM graphprofile.position WHERE owner_id = %s AND id = %s", (user.id, id))
        holder.commit()
    assert json.loads(running.stdout.read()) ["created"] == 1
    assert running.wait() == 0
    running.stdout.close()
    running.stderr.close()
    assert [user.read(id_of(user.id, str(number)))["isCurrent"] for number in range(3)] == [True] * 3


def test_rows_are_held_for_too_long(program, server, user):
    """The role's lock_timeout ends each wait, and after several waits the import. Nothing of the batch is
    stored."""
    program.load([line(user.id, str(number)) for number in range(3)])
    program.dsn += " options='-c lock_timeout=200ms'"
    with server.connect() as holder, holder.cursor() as cursor:
        holder.autocommit = False
        cursor.execute("UPDATE graphprofile.position SET etag = 'held' WHERE owner_id = %s", (user.id,))
        found = program.run("import", lines=[line(user.id, "1", {"isCurrent": True}), line(user.id, "new")], expect=[3])
        assert "lock timeout" in found.stderr and "run the same command again" in found.stderr
        holder.rollback()
    assert len(user.rows()) == 3


def test_imports_at_once(program, user):
    """Imports of the same rows, each in another order: all of them end, and the rows are those of one import."""
    lines = [line(user.id, str(number), {"detail": {"layer": number}}) for number in range(300)]
    running = []
    for turn in range(4):
        random.Random(turn).shuffle(lines)
        one = program.start("import", "--json", "--batch", "50", stdin=-1, stdout=-1)
        one.stdin.write("".join(lines).encode())
        one.stdin.close()
        running.append(one)
    counts = [json.loads(one.stdout.read()) for one in running]
    assert [one.wait() for one in running] == [0] * 4
    for one in running:
        one.stdout.close()
    assert sum(each["created"] for each in counts) == 300
    assert all(each["created"] + each["unchanged"] == 300 for each in counts), counts
    assert len(user.rows()) == 300


def test_an_import_looks_owners_up(module, sanitizers, server):
    """PostgreSQL expects that a scan of a table of few owners soon finds rows of any. These have none."""
    name = f"few_{uuid.uuid4().hex}"
    postgres = server.postgres
    postgres.create_database(name)
    postgres.psql("""INSERT INTO graphprofile.position SELECT mod(n, 4)::text, lpad(to_hex(n), 32, '0')::uuid, 'x', 8, now(),
                  now(), 'x', '{"x":1}' FROM generate_series(1, 10000) AS n; ANALYZE""", name)

    def inserted_and_scanned():
        told = postgres.psql("SELECT n_tup_ins, seq_tup_read FROM pg_stat_user_tables WHERE relname = 'position'", name)
        return list(map(int, told.split("|")))

    _, before = inserted_and_scanned()
    assert Program(module, sanitizers, postgres, name).load([line(f"new{n}", "1") for n in range(50)])["created"] == 50
    wait_until(lambda: inserted_and_scanned()[0] == 10050)
    assert inserted_and_scanned()[1] == before
    postgres.psql(f"DROP DATABASE {name}", "postgres")


# ---- missing prerequisites ----

def test_the_database_is_away(program):
    program.dsn = "host=/nowhere dbname=x"
    for command in (["import"], ["export"], ["forget", "x"]):
        found = program.run(*command, expect=[3])
        assert found.stderr.startswith("graphprofile: the database: ") and "/nowhere" in found.stderr
        assert found.stderr.count("\n") == 1 and found.stdout == ""


def test_a_schema_that_is_too_old(module, sanitizers, server):
    name = f"old_{uuid.uuid4().hex}"
    server.postgres.create_database(name)
    server.postgres.psql("DELETE FROM graphprofile.schema_version WHERE version = 7", name)
    program = Program(module, sanitizers, server.postgres, name)
    assert "sql/0007_import.sql is not applied" in program.run("import", expect=[3]).stderr
    server.postgres.psql("DROP SCHEMA graphprofile CASCADE", name)
    assert "does not exist" in program.run("export", expect=[3]).stderr
    server.postgres.psql(f"DROP DATABASE {name}", "postgres")


def test_a_connection_that_is_lost(program, server, user):
    running = program.start("import", stdin=-1, stdout=-1, stderr=-1)
    running.stdin.write(line(user.id, "1").encode() * 1 + b"\n" * 5000)
    running.stdin.flush()
    wait_until(lambda: len(user.rows()) == 1)
    server.postgres.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'graphprofile_import'")
    running.stdin.write(line(user.id, "2").encode())
    running.stdin.close()
    assert b"run the same command again" in running.stderr.read() and running.wait() == 3
    running.stdout.close()
    running.stderr.close()
    assert program.load([line(user.id, "1"), line(user.id, "2")])["created"] == 1
