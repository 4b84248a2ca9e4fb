# SPDX-License-Identifier: Apache-2.0
"""The schema: its files, its roles, and what the table refuses by itself."""

from contextlib import closing

import psycopg2
import pytest
from dev.postgres import SQL


def test_the_files_may_be_applied_again(server, user, database):
    entity = user.create()
    database.execute("SELECT version, file FROM graphprofile.schema_version ORDER BY version")
    before = database.fetchall()
    assert before == [(int(file.name[:4]), file.name) for file in sorted(SQL.glob("*.sql"))]
    server.postgres.migrate()
    database.execute("SELECT version, file FROM graphprofile.schema_version ORDER BY version")
    assert database.fetchall() == before
    assert user.rows() == [(entity["id"],)]


FORBIDDEN = [
    "CREATE TABLE graphprofile.mine (x int)",
    "CREATE SCHEMA mine",
    "TRUNCATE graphprofile.position",
    "DROP TABLE graphprofile.position",
    "ALTER TABLE graphprofile.position ADD x int",
    "UPDATE graphprofile.position SET owner_id = 'me'",
    "UPDATE graphprofile.position SET id = gen_random_uuid()",
    "UPDATE graphprofile.position SET created = now()",
    "INSERT INTO graphprofile.relationship VALUES ('a', 'b', 1)",
    "DELETE FROM graphprofile.person",
    "UPDATE graphprofile.schema_version SET version = 99",
    "SET ROLE graphprofile_owner",
    "SELECT * FROM pg_authid",
    "SELECT * FROM graphprofile.position_flat",
    "COPY graphprofile.position TO PROGRAM 'cat'",
    "ALTER ROLE graphprofile SET statement_timeout = 0 IN DATABASE postgres",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_login_role_cannot_do_more_than_it_needs(server, statement):
    with closing(server.connect("graphprofile")) as connection, connection.cursor() as cursor:
        with pytest.raises(psycopg2.Error):
            cursor.execute(statement)


def test_the_login_role_has_its_settings(server):
    with closing(server.connect("graphprofile")) as connection, connection.cursor() as cursor:
        for name, value in (("statement_timeout", "3s"), ("lock_timeout", "1s"),
                            ("idle_in_transaction_session_timeout", "5s"), ("TimeZone", "UTC"),
                            ("default_transaction_isolation", "read committed"),
                            ("search_path", "pg_catalog")):
            cursor.execute(f'SHOW "{name}"')
            assert cursor.fetchone() == (value,)


INSERT = ("INSERT INTO graphprofile.position VALUES (%s, gen_random_uuid(), 'e', %s, now(), now(),"
          " 'x', %s)")


@pytest.mark.parametrize("document", ["", "{", r'{"a":"\u0000"}', '{"a":1e400000}', None])
def test_the_table_refuses_what_is_no_jsonb(database, document):
    with pytest.raises(psycopg2.Error):
        database.execute(INSERT, ("nobody", 8, document))
    with pytest.raises(psycopg2.Error):
        database.execute(INSERT, ("nobody", 64, "{}"))


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
