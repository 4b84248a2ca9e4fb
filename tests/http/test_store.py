# SPDX-License-Identifier: Apache-2.0
"""The schema: its files, its roles, and the constraints of the table."""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import psycopg2
import pytest
from lib.client import wait_until
from dev import accounts
from dev.postgres import DATABASE, SQL, Postgres


@contextmanager
def new_cluster(folder):
    """A separate PostgreSQL, because roles belong to the cluster. Its new databases let every role create
    tables in public, as in PostgreSQL 13 and 14."""
    postgres = Postgres(folder, fsync="off")
    folder.mkdir()
    postgres.start()
    try:
        postgres.psql("GRANT CREATE ON SCHEMA public TO PUBLIC", "template1")
        yield postgres
    finally:
        postgres.stop("immediate")
        accounts.remove_public_folder(folder)


@pytest.fixture(scope="module")
def cluster(state):
    """A cluster whose roles are as sql/ makes them."""
    with new_cluster(state / "schema") as postgres:
        postgres.create_database("like_13")
        yield postgres


@pytest.fixture
def changing(state, tmp_path):
    """A cluster whose roles the test changes."""
    with new_cluster(state / tmp_path.name) as postgres:
        yield postgres


def connect(postgres, database, role="postgres"):
    return closing(psycopg2.connect(host=postgres.host, dbname=database, user=role))


def test_the_files_may_be_applied_again(server, user, database):
    entity = user.create()
    database.execute("SELECT version, file FROM graphprofile.schema_version ORDER BY version")
    before = database.fetchall()
    assert before == [(int(file.name[:4]), file.name) for file in sorted(SQL.glob("[0-9]*.sql"))]
    server.postgres.migrate()
    database.execute("SELECT version, file FROM graphprofile.schema_version ORDER BY version")
    assert database.fetchall() == before
    assert user.rows() == [(entity["id"],)]


def dump(postgres):
    """Every role, setting, grant and definition of the cluster. (\\restrict has a random value.)"""
    text = postgres._run("pg_dumpall", "-s", "-h", postgres.host, "-U", "postgres").stdout
    return [line for line in text.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]


CHANGES = [  # by an administrator
    "ALTER ROLE graphprofile SET statement_timeout = '30s'",
    "ALTER ROLE graphprofile RESET lock_timeout",
    "ALTER ROLE graphprofile SET temp_file_limit = '1GB'",
    "ALTER ROLE graphprofile NOLOGIN",
    "ALTER ROLE graphprofile_migrator INHERIT",
    "REVOKE graphprofile_owner FROM graphprofile_migrator",
    "REVOKE DELETE ON graphprofile.position FROM graphprofile",
    "REVOKE UPDATE (audiences) ON graphprofile.position FROM graphprofile",
    "REVOKE SELECT ON graphprofile.relationship FROM graphprofile",
    "REVOKE SELECT ON graphprofile.schema_version FROM graphprofile",
    "REVOKE USAGE ON SCHEMA graphprofile FROM graphprofile",
    "REVOKE EXECUTE ON FUNCTION graphprofile.evaluate FROM graphprofile",
    "GRANT EXECUTE ON FUNCTION graphprofile.evaluate TO PUBLIC",
    "GRANT TEMPORARY ON DATABASE changed TO PUBLIC",
    "GRANT EXECUTE ON FUNCTION lo_create(oid) TO PUBLIC",
    "GRANT CREATE ON SCHEMA public TO PUBLIC",
    "COMMENT ON TABLE graphprofile.position IS 'ours'",
    "DROP INDEX graphprofile.person_user_principal_name",
    "CREATE OR REPLACE VIEW graphprofile.position_flat AS SELECT owner_id, id, created, modified,"
    " NULL AS allowed_audiences, NULL::boolean AS is_current, NULL AS job_title, NULL AS role,"
    " NULL AS start_month_year, NULL AS end_month_year, NULL AS company, NULL AS department, NULL AS city,"
    " NULL AS country_or_region, NULL AS ours FROM graphprofile.position",
    "CREATE OR REPLACE FUNCTION graphprofile.evaluate(expression jsonb, document jsonb, items jsonb[])"
    " RETURNS jsonb LANGUAGE sql AS 'SELECT NULL::jsonb'",
]


def test_settings_of_an_administrator_stay(changing):
    """Running the files again changes no setting, no grant and no definition."""
    changing.create_database("changed")
    for change in CHANGES:
        changing.psql(change, "changed")
    before = dump(changing)
    for file in sorted(SQL.glob("[0-9]*.sql")):
        changing.psql("SELECT 1", "changed", "postgres", "-f", str(file))
    assert dump(changing) == before


def test_missing_objects_are_added_again(changing):
    """The view, as docs/scaling.md requires."""
    changing.create_database("without_view")
    before = dump(changing)
    changing.psql("DROP VIEW graphprofile.position_flat", "without_view")
    assert dump(changing) != before
    changing.migrate("without_view")
    assert dump(changing) == before


@pytest.mark.parametrize("outcome", ["ROLLBACK", "COMMIT"])
def test_two_databases_of_a_cluster_at_once(changing, outcome):
    """Both start while another session creates the first of the roles: the result is one set of roles,
    whether that role is kept or rolled back."""
    expected = dump(changing)
    changing.psql(f"DROP DATABASE {DATABASE}", "postgres")
    for role in ("graphprofile", "graphprofile_import", "graphprofile_migrator", "graphprofile_owner"):
        changing.psql(f"DROP ROLE {role}", "postgres")
    names = [DATABASE, "second"]
    for name in names:
        changing.psql(f"CREATE DATABASE {name}", "postgres")
    with connect(changing, "postgres") as somebody, ThreadPoolExecutor(2) as pool:
        somebody.cursor().execute("CREATE ROLE graphprofile_owner NOLOGIN")
        runs = [pool.submit(changing.migrate, name) for name in names]
        wait_until(lambda: changing.psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                        " AND query LIKE '%graphprofile_owner%'") == "2")
        somebody.cursor().execute(outcome)
        for run in runs:
            run.result()
    for name in names:
        assert changing.psql("SELECT count(*) FROM graphprofile.schema_version", name) \
            == str(len(list(SQL.glob("[0-9]*.sql"))))
    changing.psql("DROP DATABASE second", "postgres")
    assert dump(changing) == expected


# ---- sql/apply ----

NEWEST = len(list(SQL.glob("[0-9]*.sql")))


@pytest.fixture
def files(tmp_path):
    """A copy of sql/ that the test changes."""
    return shutil.copytree(SQL, tmp_path / "sql")


def apply(postgres, database, folder, *options, role="postgres"):
    return subprocess.run([folder / "apply", *options, "-h", postgres.host, "-d", database],
                          env={**os.environ, "PGUSER": role}, capture_output=True, text=True, check=False)


def test_apply_ends_at_the_first_error(cluster, files):
    """It exits non-zero, prints no version, and leaves out the files after the failed one."""
    cluster.psql("CREATE DATABASE failing", "postgres")
    with open(files / "0002_position.sql", "a", encoding="utf-8") as file:
        file.write("SELECT 1 / 0;\nSELECT 2 / 0;\n")
    result = apply(cluster, "failing", files)
    assert result.returncode != 0 and "schema" not in result.stdout
    assert result.stderr.count("division by zero") == 1 and result.stderr.count("ERROR") == 1
    assert cluster.psql("SELECT max(version) FROM graphprofile.schema_version", "failing") in ("1", "2")


def test_apply_as_a_role_that_does_not_exist(cluster, files):
    """As root without sudo -u postgres: one error, and nothing else is tried."""
    result = apply(cluster, "like_13", files, role="nobody-here")
    assert result.returncode != 0 and result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr


def test_the_migrator_applies_later_files(cluster, files):
    """The job of the container, without a superuser, on a schema of the files that need one."""
    cluster.psql("CREATE DATABASE older", "postgres")
    later = [file for file in files.glob("[0-9]*.sql") if int(file.name[:4]) > 7]
    newest = max(int(file.name[:4]) for file in later if "Run it as a superuser" not in file.read_text())
    for file in later:
        file.rename(f"{file}.later")
    assert apply(cluster, "older", files).stdout.endswith("\nschema 7, changed (it was 0)\n")
    for file in later:
        file.with_name(f"{file.name}.later").rename(file)
    migrator = {"role": "graphprofile_migrator"}
    for said in f"schema {newest}, changed (it was 7)", f"schema {newest}, unchanged":
        result = apply(cluster, "older", files, "--migrator", **migrator)
        assert result.returncode == 0 and result.stdout.splitlines()[-1] == said, result
        assert result.stderr.split()[1:] == "0011_index_scans.sql needs a superuser, and was not applied".split()
    assert apply(cluster, "older", files).stdout.splitlines()[-1] == f"schema {NEWEST}, changed (it was {newest})"
    assert apply(cluster, "older", files, "--migrator", **migrator).stderr == ""
    (files / "0008_document_check.sql").write_text("SELECT 1 / 0;\n")
    assert apply(cluster, "older", files, "--migrator", **migrator).returncode != 0


# ---- the login role ----

FORBIDDEN = [
    "CREATE TABLE graphprofile.mine (x int)",
    "CREATE TABLE public.mine (x int)",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TEMPORARY TABLE mine (x int)",
    "CREATE TEMPORARY VIEW mine AS SELECT 1",
    "SELECT 1 INTO TEMPORARY mine",
    "CREATE SCHEMA mine",
    "CREATE EXTENSION pg_trgm",
    "SELECT lo_creat(-1)",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT lo_import('/etc/hostname')",
    "SELECT lo_put(1, 0, 'x')",
    "SELECT lo_unlink(1)",
    "SET temp_file_limit = -1",
    "ALTER ROLE graphprofile SET temp_file_limit = -1",
    "ALTER ROLE graphprofile SUPERUSER",
    "ALTER ROLE graphprofile_migrator SET statement_timeout = 0",
    "ALTER DATABASE graphprofile SET statement_timeout = 0",
    "TRUNCATE graphprofile.position",
    "DROP TABLE graphprofile.position",
    "ALTER TABLE graphprofile.position ADD x int",
    "LOCK TABLE graphprofile.schema_version IN ACCESS EXCLUSIVE MODE",
    "UPDATE graphprofile.position SET owner_id = 'me'",
    "UPDATE graphprofile.position SET id = gen_random_uuid()",
    "UPDATE graphprofile.position SET created = now()",
    "INSERT INTO graphprofile.relationship VALUES ('a', 'b', 1)",
    "DELETE FROM graphprofile.person",
    "UPDATE graphprofile.schema_version SET version = 99",
    "SET ROLE graphprofile_owner",
    "SELECT * FROM pg_authid",
    "SELECT * FROM pg_largeobject",
    "SELECT pg_read_file('/etc/hostname')",
    "SELECT * FROM graphprofile.position_flat",
    "COPY graphprofile.position TO PROGRAM 'cat'",
    "COPY graphprofile.position TO '/tmp/mine'",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_login_role_is_refused(cluster, statement):
    with connect(cluster, "like_13", "graphprofile") as connection, connection.cursor() as cursor:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(statement)


def test_the_privileges_of_the_login_role(cluster):
    """Grants to it by name; and none of PUBLIC's grants allows writing."""
    rows = cluster.psql("""
        SELECT table_name || ' ' || privilege_type FROM information_schema.table_privileges
        WHERE grantee = 'graphprofile' UNION ALL
        SELECT table_name || '.' || column_name || ' ' || privilege_type
        FROM information_schema.column_privileges
        WHERE grantee = 'graphprofile' AND privilege_type = 'UPDATE'""", "like_13").splitlines()
    assert sorted(rows) == [
        "person SELECT", "position DELETE", "position INSERT", "position SELECT", "position.audiences UPDATE",
        "position.document UPDATE", "position.etag UPDATE", "position.modified UPDATE",
        "position.modified_by UPDATE", "relationship DELETE", "relationship SELECT", "schema_version SELECT"]
    assert cluster.psql("SELECT has_database_privilege('graphprofile', current_database(), 'TEMP')"
                        " OR has_database_privilege('graphprofile', current_database(), 'CREATE')"
                        " OR has_schema_privilege('graphprofile', 'public', 'CREATE')", "like_13") == "f"
    assert cluster.psql("SELECT count(*) FROM pg_proc WHERE has_function_privilege('graphprofile', oid, 'EXECUTE')"
                        " AND (proname LIKE 'lo\\_%' OR proname IN ('loread', 'lowrite'))", "like_13") == "0"


def test_temporary_files_are_bounded(cluster):
    with connect(cluster, "like_13", "graphprofile") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM generate_series(1, 1000000)")
        with pytest.raises(psycopg2.errors.ConfigurationLimitExceeded):
            cursor.execute("SELECT count(*) FROM generate_series(1, 10000000)")


def test_the_login_role_has_its_settings(server):
    with closing(server.connect("graphprofile")) as connection, connection.cursor() as cursor:
        for name, value in (("statement_timeout", "3s"), ("lock_timeout", "1s"),
                            ("idle_in_transaction_session_timeout", "5s"), ("TimeZone", "UTC"),
                            ("default_transaction_isolation", "read committed"),
                            ("search_path", "pg_catalog"), ("temp_file_limit", "64MB")):
            cursor.execute(f'SHOW "{name}"')
            assert cursor.fetchone() == (value,)


INSERT = ("INSERT INTO graphprofile.position VALUES (%s, gen_random_uuid(), 'e', %s, now(), now(),"
          " 'x', %s)")


@pytest.mark.parametrize("document", ["", "{", '{"a":1', '{}', '["a"]', None])
def test_the_table_refuses_truncated_documents(database, document):
    with pytest.raises(psycopg2.Error):
        database.execute(INSERT, ("nobody", 8, document))


@pytest.mark.parametrize("audiences", (-1, 64))
def test_the_table_refuses_unknown_audiences(database, audiences):
    with pytest.raises(psycopg2.errors.CheckViolation):
        database.execute(INSERT, ("nobody", audiences, '{"a":1}'))


def test_large_rows_are_compressed_by_lz4(database):
    """Debian's PostgreSQL has it."""
    database.execute("SELECT attcompression FROM pg_attribute"
                     " WHERE attrelid = 'graphprofile.position'::regclass AND attname = 'document'")
    assert database.fetchone() == ("l",)


@pytest.mark.parametrize("query", ["$filter=isCurrent", "$orderby=detail/jobTitle"])
def test_a_truncated_document_is_not_evaluated(user, database, query):
    """A user wrote to the table by hand, and the table does not parse each document."""
    made, theirs = user.create(), '{"isCurrent":"true}'
    database.execute("UPDATE graphprofile.position SET document = %s WHERE id = %s", (theirs, made["id"]))
    user.server.log.expect("the stored document is not a position")
    user.server.log.allow("500 InternalServerError")
    answer = user.get("/me/profile/positions?" + query)
    assert answer.status == 500 and answer.error["code"] == "InternalServerError"
    assert user.delete(made["id"]).status == 204


def test_the_flat_view(user, database):
    user.create({"isCurrent": True, "detail": {"jobTitle": "T", "company": {
        "displayName": "C", "address": {"city": "Oslo"}}}})
    user.create({"detail": {"startMonthYear": "Date"}}, root="/relaxed")
    database.execute("SELECT is_current, job_title, company, city, start_month_year,"
                     " allowed_audiences FROM graphprofile.position_flat"
                     " WHERE owner_id = %s ORDER BY id", (user.id,))
    assert database.fetchall() == [(True, "T", "C", "Oslo", None, "organization"),
                                   (False, None, None, None, "Date", "organization")]


def test_the_key_order_is_by_bytes(database):
    database.execute("SELECT collation_name FROM information_schema.columns WHERE table_schema ="
                     " 'graphprofile' AND table_name = 'position' AND column_name = 'owner_id'")
    assert database.fetchone() == ("C",)
