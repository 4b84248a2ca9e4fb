# SPDX-License-Identifier: Apache-2.0
"""`graphprofile export` and `forget`, their role, and the command line itself."""

import json
import random
import re
import subprocess
import uuid
from contextlib import closing

import psycopg2
import pytest
from conftest import ROOT
from lib.odata import random_document
from lib.program import Program, line

COLUMNS = "owner_id, id, etag, audiences, created, modified, modified_by, document, source, external_id"


@pytest.fixture
def fresh(server, module, sanitizers):
    """Makes programs, each with an empty database."""
    names = []

    def make():
        names.append(f"fresh_{uuid.uuid4().hex}")
        server.postgres.create_database(names[-1])
        return Program(module, sanitizers, server.postgres, names[-1]), names[-1]
    yield make
    for name in names:
        server.postgres.psql(f"DROP DATABASE {name}", "postgres")


def rows_of(server, database, where="true"):
    with closing(server.connect(database=database)) as connection:
        cursor = connection.cursor()
        cursor.execute(f"SELECT {COLUMNS} FROM graphprofile.position WHERE {where} ORDER BY owner_id, id")
        return cursor.fetchall()


# ---- export ----

def test_an_export_can_be_imported(program, fresh, server, user, other, database):
    """Into an empty database: the same rows. Into the original: no change."""
    dice = random.Random(5)
    for _ in range(30):
        user.create(random_document(dice, String=["é\u0001\\\"/😀", "\u2028", ""]))
    changed = user.create()["id"]
    assert user.patch(changed, {"isCurrent": True, "categories": ["\\n"]}).status == 200
    user.create({"nickname": [1, {"x": "\n"}], "isCurrent": "yes"}, root="/relaxed")
    program.load([line(user.id, str(number), random_document(dice)) for number in range(30)], "--source", "hr")
    exported = program.run("export", "--owner", user.id).stdout
    texts = [text + "\n" for text in exported.split("\n")[:-1]]
    assert [json.loads(text)["id"] for text in texts] == [row[0] for row in user.rows()] and len(texts) == 62
    assert {json.loads(text).get("source") for text in texts} == {None, "hr"}

    before = user.rows("xmin::text, id::text")
    assert program.load(exported)["unchanged"] == 62
    assert user.rows("xmin::text, id::text") == before
    copy, name = fresh()
    assert copy.load(exported)["created"] == 62
    assert rows_of(server, name) == rows_of(server, "graphprofile", f"owner_id = '{user.id}'")
    assert copy.run("export").stdout == exported
    assert program.run("check", lines=exported).status == 0

    # A line that was edited is a change like any other.
    text = texts[0].replace('"isCurrent":null', '"isCurrent":true').replace('"isCurrent":false', '"isCurrent":true')
    text = text if text != texts[0] else text.replace('"isCurrent":true', '"isCurrent":false')
    assert program.load(text)["changed"] == 1
    row = json.loads(program.run("export", "--owner", user.id).stdout.split("\n")[0])
    assert row["etag"] != json.loads(text)["etag"] and row["created"] == json.loads(text)["created"]


def test_the_order_and_the_parts_of_an_export(program, fresh, server):
    copy, name = fresh()
    owners = ["b", "a", "ä", "B", "a" * 2048, 'x"\\']
    copy.load([line(owner, str(number)) for number in range(3) for owner in owners])
    whole = [json.loads(text) for text in copy.run("export").stdout.splitlines()]
    keys = [(row["owner"].encode(), row["id"]) for row in whole]
    assert keys == sorted(keys) and len(keys) == 18
    assert [json.loads(text) for text in copy.run("export", "--owner", 'x"\\').stdout.splitlines()] \
        == [row for row in whole if row["owner"] == 'x"\\']
    assert copy.run("export", "--owner", "nobody").stdout == ""
    server.postgres.psql("UPDATE graphprofile.position SET modified = '2020-01-01T00:00:00.0000005Z'"
                         " WHERE owner_id <> 'a'", name)
    server.postgres.psql("INSERT INTO graphprofile.person VALUES ('a', 'A@example.com')", name)
    for options, count in ((["--changed-since", "2020-01-02T00:00:00Z"], 3),
                           (["--changed-since", "2020-01-01T00:00:00Z"], 18),
                           (["--changed-since", "2999-01-01T00:00:00+01:00"], 0),
                           (["--changed-since", "2020-01-02T00:00:00Z", "--owner", "b"], 0),
                           (["--owner", "a@EXAMPLE.com", "--owner-key", "upn"], 3)):
        assert len(copy.run("export", *options).stdout.splitlines()) == count, options
    found = copy.run("export", "--owner", "b@example.com", "--owner-key", "upn", expect=[3])
    assert "no such userPrincipalName" in found.stderr


def test_rows_that_the_module_has_not_written(fresh, server):
    """Line feeds between tokens, and properties that the types lack: each row is still one line, and can be
    imported."""
    copy, name = fresh()
    server.postgres.psql("INSERT INTO graphprofile.position VALUES ('o', '17a809a9-09a9-17a8-a909-a817a909a817', 'e', 0,"
                         " '2020-01-01', '2020-01-01', 'me', E'{\"x\":\\n[1,\\n\"\\\\n\"]}')", name)
    text = copy.run("export").stdout
    assert text.count("\n") == 1 and json.loads(text)["position"] == {"x": [1, "\n"]}
    other, _ = fresh()
    assert other.load(text)["created"] == 1
    assert json.loads(other.run("export").stdout)["position"]["x"] == [1, "\n"]
    for time, told in (("infinity", "9999-12-31T23:59:59.9999990Z"), ("-infinity", "0001-01-01T00:00:00.0000000Z"),
                       ("0044-03-15 BC", "0001-01-01T00:00:00.0000000Z")):
        server.postgres.psql(f"UPDATE graphprofile.position SET created = '{time}'", name)
        assert json.loads(copy.run("export").stdout)["created"] == told
    # A change of such a row keeps as much as possible.
    assert copy.load(line("o", id="17a809a9-09a9-17a8-a909-a817a909a817"))["changed"] == 1


def test_items_of_a_connector(fresh, server):
    """There is one item for each owner with a current position that the whole organization may see: the latest one."""
    copy, name = fresh()

    def position(title, start, audience="organization", current=True):
        return {"detail": {"jobTitle": title, "startMonthYear": start, "company": {"displayName": "C\"ö"}},
                "isCurrent": current, "allowedAudiences": audience, "categories": ["not told"]}
    copy.load([
        line("a", "1", position("old", "2010-01-01")), line("a", "2", position("new", "2020-01-01")),
        line("a", "3", position("hidden", "2022-01-01", "family,contacts")),
        line("a", "4", position("past", "2023-01-01", "everyone", False)),
        line("b", "1", position("mine", "2020-01-01", "me")),
        line("c", "1", position("boss", None, "everyone")), line("d", "1")])
    server.postgres.psql("INSERT INTO graphprofile.person VALUES ('c', 'c@example.com')", name)
    items = [json.loads(text) for text in copy.run("export", "--format", "connector").stdout.splitlines()]
    assert [item["id"] for item in items] == ["a", "c"]
    for item in items:
        assert item["acl"] == [{"type": "everyone", "value": "everyone", "accessType": "grant"}]
        assert set(item["properties"]) == {"account", "currentPosition"}
    assert json.loads(items[0]["properties"]["account"]) == {"externalDirectoryObjectId": "a"}
    assert json.loads(items[1]["properties"]["account"]) == {"userPrincipalName": "c@example.com"}
    assert json.loads(items[0]["properties"]["currentPosition"]) == {
        "detail": {"company": {"displayName": "C\"ö"}, "jobTitle": "new", "startMonthYear": "2020-01-01"},
        "isCurrent": True}
    [item] = copy.run("export", "--format", "connector", "--owner", "c").stdout.splitlines()
    assert json.loads(item) == items[1]
    assert copy.run("export", "--format", "connector", "--owner", "d").stdout == ""


def test_an_export_without_a_reader(program, user):
    user.create()
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run(program.arguments("export", "--owner", user.id), stdout=full, stderr=subprocess.PIPE,
                              env=program.environment, check=False)
    assert done.returncode == 3 and b"standard output: No space left" in done.stderr


def test_a_connection_that_is_lost_during_an_export(fresh, server):
    """The exit status reports that lines are missing."""
    copy, name = fresh()
    copy.load([line("x", str(number), {"detail": {"summary": "x" * 5000}}) for number in range(900)])
    running = copy.start("export", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout.readline().startswith(b'{"owner"')  # the rest waits for a reader
    server.postgres.psql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
                         " AND usename = 'graphprofile_import'")
    rest = running.stdout.read()
    assert running.wait() == 3 and rest.count(b"\n") < 899
    assert b"graphprofile: the database: " in running.stderr.read()
    running.stdout.close()
    running.stderr.close()


# ---- forget ----

def test_forgetting_a_person(program, user, other, database):
    name = f"{user.id}@example.com"
    database.execute("INSERT INTO graphprofile.person VALUES (%s, %s), (%s, %s)", (user.id, name, other.id, other.id))
    database.execute("INSERT INTO graphprofile.relationship VALUES (%s, %s, 1), (%s, %s, 2), (%s, 'x', 1)",
                     (user.id, other.id, other.id, user.id, other.id))
    program.load([line(owner, str(number)) for number in range(3) for owner in (user.id, other.id)])
    user.create()
    expected = {"owner": user.id, "positions": 4, "relationships": 2, "persons": 1}
    for options, is_dry in ((["--dry-run"], True), ([], False)):
        receipt = program.run("forget", "--json", "--owner-key", "upn", *options, name).json
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", receipt.pop("time"))
        assert receipt.pop("dryRun") is is_dry and receipt == expected
    assert user.rows() == [] and len(other.rows()) == 3
    assert user.get().json["value"] == []
    database.execute("SELECT count(*) FROM graphprofile.relationship WHERE owner_id = %s", (other.id,))
    assert database.fetchone() == (1,)
    again = program.run("forget", user.id).stdout
    assert again.startswith(f'owner "{user.id}" at ') and again.endswith(": positions 0 relationships 0 persons 0\n")
    assert "no such userPrincipalName" in program.run("forget", "--owner-key", "upn", name, expect=[3]).stderr
    assert "nothing was deleted" in program.run("forget", "--dry-run", other.id).stdout and len(other.rows()) == 3


def test_forgetting_is_one_transaction(program, server, user, database):
    """If one part fails, nothing is deleted."""
    database.execute("INSERT INTO graphprofile.person VALUES (%s, %s)", (user.id, user.id))
    user.create()
    program.dsn += " options='-c lock_timeout=200ms'"
    with server.connect() as holder, holder.cursor() as cursor:
        holder.autocommit = False
        cursor.execute("SELECT FROM graphprofile.person WHERE id = %s FOR UPDATE", (user.id,))
        assert "lock timeout" in program.run("forget", user.id, expect=[3]).stderr
        holder.rollback()
    assert len(user.rows()) == 1


# ---- the role ----

ALLOWED = ["person DELETE", "person SELECT", "position DELETE", "position INSERT", "position SELECT",
           "position.audiences UPDATE", "position.document UPDATE", "position.etag UPDATE",
           "position.external_id UPDATE", "position.modified UPDATE", "position.modified_by UPDATE",
           "relationship DELETE", "relationship SELECT", "schema_version SELECT"]


def test_the_privileges_of_the_import_role(server):
    rows = server.postgres.psql("""
        SELECT table_name || ' ' || privilege_type FROM information_schema.table_privileges
        WHERE grantee = 'graphprofile_import' UNION ALL
        SELECT table_name || '.' || column_name || ' ' || privilege_type
        FROM information_schema.column_privileges
        WHERE grantee = 'graphprofile_import' AND privilege_type = 'UPDATE'""").splitlines()
    assert sorted(rows) == ALLOWED
    assert server.postgres.psql("SELECT has_database_privilege('graphprofile_import', current_database(), 'CREATE')"
                                " OR has_schema_privilege('graphprofile_import', 'public', 'CREATE')") == "f"
    assert server.postgres.psql("SELECT has_column_privilege('graphprofile', 'graphprofile.position', 'source',"
                                " 'UPDATE')") == "f"


@pytest.mark.parametrize("statement", [
    "UPDATE graphprofile.position SET owner_id = 'x'", "UPDATE graphprofile.position SET source = 'x'",
    "UPDATE graphprofile.schema_version SET version = 99", "SET ROLE graphprofile_owner",
    "CREATE TABLE graphprofile.mine (x int)", "INSERT INTO graphprofile.person VALUES ('x', 'x')"])
def test_the_role_is_refused(server, statement):
    with closing(server.connect("graphprofile_import")) as connection, connection.cursor() as cursor:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(statement)


# ---- the command line ----

WRONG = [
    ([], "usage: graphprofile check|import|export|forget"), (["nonsense"], "usage: "),
    (["check", "a", "b"], "usage: graphprofile check"), (["export", "a"], "usage: graphprofile export"),
    (["forget"], "usage: graphprofile forget [OPTION].. OWNER"), (["check", "--nonsense"], "unrecognized option"),
    (["check", "--dsn", "x"], "unrecognized option"), (["check", "--max-line"], "requires an argument"),
    (["import", "--batch", "0"], "--batch takes a number from 1 to 20000"),
    (["import", "--batch", "20001"], "--batch takes a number"), (["import", "--batch", "1x"], "--batch takes a number"),
    (["check", "--max-line", "0"], "from 1 to 16777216"), (["import", "--max-removed", "101"], "from 0 to 100"),
    (["check", "--max-document", "16383"], "from 16384 to 4194304"), (["import", "--max-positions", "10001"], "10000"),
    (["check", "--validation", "lax"], "--validation takes strict|relaxed"),
    (["import", "--owner-key", ""], "--owner-key takes id|upn"), (["export", "--changed-since", "now"], "takes a time"),
    (["check", "--default-audience", "nobody"], "'nobody' is not a value of allowedAudiences"),
    (["import", "--source", ""], "--source is empty"), (["import", "--source", "x" * 129], "too long"),
    (["import", "--source", "a\tb"], "not plain text"), (["export", "--owner", "x" * 2049], "too long"),
]


@pytest.mark.parametrize("arguments, told", WRONG, ids=[" ".join(row[0])[:40] for row in WRONG])
def test_wrong_arguments(program, arguments, told):
    done = subprocess.run([program.path, *arguments], env=program.environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2 and told in done.stderr and done.stdout == ""


def printed(program, *arguments):
    return subprocess.run([program.path, *arguments], env=program.environment, stdout=subprocess.PIPE, text=True,
                          check=True).stdout


COMMANDS = ("check", "import", "export", "forget")


def options_of(program, command):
    return re.findall(r"(?m)^  (--[a-z-]+)", printed(program, command, "--help"))


def test_the_help(program):
    changelog = (ROOT / "debian/changelog").read_text().split()[1]
    assert printed(program, "--version") == f"graphprofile {changelog.strip('()')}\n"
    for command in COMMANDS:
        assert f"usage: graphprofile {command} [OPTION].." in printed(program, "--help")
        assert printed(program, command, "--help").startswith(f"usage: graphprofile {command} ")
    assert len(options_of(program, "import")) == 16 and len(options_of(program, "forget")) == 4


def test_the_manual_and_the_completion_have_every_option(program):
    """For each command, the documented options are exactly the existing ones."""
    manual = (ROOT / "tools/graphprofile.1").read_text()
    completion = (ROOT / "tools/graphprofile.bash").read_text()
    sections = dict(re.findall(r"(?ms)^\.SS (\w+)\n(.*?)(?=^\.S[SH] )", manual))
    for command in COMMANDS:
        listed = [name.replace("\\-", "-") for name in re.findall(r"(?m)^\.B[RI]? \"?(\\-\\-[a-z\\-]+)", sections[command])]
        assert sorted(listed) == sorted(options_of(program, command))
        completed = subprocess.run(
            ["bash", "-c", f'{completion}\nCOMP_WORDS=(graphprofile {command} --); COMP_CWORD=2; _graphprofile;'
             ' printf "%s\\n" "${COMPREPLY[@]}"'], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
        assert sorted(completed) == sorted([*options_of(program, command), "--help"])
    warnings = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", ROOT / "tools/graphprofile.1"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True,
                              env={**program.environment, "MANROFFSEQ": "", "MANWIDTH": "80"}).stderr
    assert warnings == ""
