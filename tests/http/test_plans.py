# SPDX-License-Identifier: Apache-2.0
"""The plans of the statements. The login role plans each statement once for a connection (sql/0006_plans.sql), so
this plan must be good for every owner, however large the table is or becomes (sql/0011_index_scans.sql)."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from test_store import new_cluster

ROOT = Path(__file__).resolve().parents[2]
ROWS = {"new": 0, "no rows": 0, "few rows": 10, "many rows": 40000, "partitions": 40000, "empty partitions": 0}
OWNERS = 4  # with so few owners, a scan of the whole table seems to find rows of an owner soon
MANY_OWNERS = 4000  # each partition has some

FILL = """
    INSERT INTO graphprofile.position
    SELECT 'owner' || mod(n, %(owners)d), lpad(to_hex(n), 32, '0')::uuid, lpad(to_hex(n), 32, '0'), 8, now(), now(), 'x',
           json_build_object('x', repeat('x', 500))::text
    FROM generate_series(1, %(rows)d) AS n;
    INSERT INTO graphprofile.person SELECT 'owner' || n, 'user' || n || '@example.com'
    FROM generate_series(1, %(rows)d) AS n;
    INSERT INTO graphprofile.relationship SELECT 'owner' || n, 'viewer', 1
    FROM generate_series(1, %(rows)d) AS n;
    ANALYZE"""
BY_ID = ("gp_etag", "gp_read", "gp_pick", "gp_replace", "gp_delete")


@pytest.fixture(scope="module", name="statements")
def _statements(module):
    """The label and text of each statement in the module, alone and merged."""
    told = subprocess.run([module.parent / "bench" / "statements"], capture_output=True, text=True, check=True)
    return dict(line.split("\t", 1) for line in told.stdout.splitlines())


@pytest.fixture(scope="module", name="cluster")
def _cluster(state):
    with new_cluster(state / "plans") as postgres:
        yield postgres


@pytest.fixture(scope="module", name="database", params=ROWS)
def _database(request, cluster):
    name = request.param.replace(" ", "_")
    cluster.create_database(name)
    is_divided = request.param.endswith("partitions")
    if is_divided:
        page = (ROOT / "docs" / "scaling.md").read_text().split("## Native partitions")[1].split("\n## ")[0]
        commands = "".join(re.findall(r"(?m)^    (.*\n)", page))
        path = cluster.state / "partitions.sql"
        path.write_text("SET ROLE graphprofile_owner;\n" + commands)
        before = privileges(cluster, name)
        cluster.psql("SELECT 1", name, "postgres", "-q", "-f", str(path))
        assert privileges(cluster, name) == before and "graphprofile_import" in before
    if request.param != "new":
        cluster.psql(FILL % {"owners": MANY_OWNERS if is_divided else OWNERS, "rows": ROWS[request.param]}, name)
    return name


def privileges(cluster, database):
    """The privileges of the roles on the table and its columns."""
    return cluster.psql("SELECT grantee, column_name, privilege_type FROM information_schema.column_privileges"
                        " WHERE table_schema = 'graphprofile' AND table_name = 'position' ORDER BY 1, 2, 3", database)


def plan(cluster, database, text):
    """The plan of a statement on a connection of the login role, for any owner, with the scans of all partitions."""
    kind = "text[]" if "unnest($1" in text else "text"
    numbers = iter(range(1, 100))
    text = re.sub("%pDt", lambda _: f"${next(numbers)}", text)
    count = max(map(int, re.findall(r"\$(\d+)", text)), default=0)
    types = f"({', '.join([kind] * count)})" if count else ""
    values = f"({', '.join(['NULL'] * count)})" if count else ""
    told = cluster.psql(f"SET enable_partition_pruning = off; PREPARE s {types} AS {text};"
                        f" EXPLAIN (FORMAT JSON) EXECUTE s{values}", database, "graphprofile")
    return json.loads(told)[0]["Plan"]


def nodes(node):
    yield node
    for child in node.get("Plans", ()):
        yield from nodes(child)


def tables(root):
    """Each table access: the table, the method, and its condition."""
    for node in nodes(root):
        if "Relation Name" in node and node["Node Type"] != "ModifyTable":
            yield re.sub(r"_\d+$", "", node["Relation Name"]), node["Node Type"], \
                node.get("Index Cond") or node.get("Recheck Cond", "")


def test_statements_are_planned_once(cluster):
    assert cluster.psql("SHOW plan_cache_mode", role="graphprofile") == "force_generic_plan"


def test_every_statement_has_a_good_plan(cluster, database, statements):
    """It looks rows up by the whole key that it knows, and reads them in the order of the key, without a sort."""
    assert len(statements) > 10
    for label, text in statements.items():
        root = plan(cluster, database, text)
        found = list(tables(root))
        assert {table for table, *_ in found} == set(re.findall(r"(?:FROM|UPDATE) graphprofile\.(\w+)", text))
        for table, how, condition in found:
            assert how in ("Index Scan", "Index Only Scan"), f"{label}: {how} of {table}"
            if table != "schema_version":
                key = r"lower\(user_principal_name\)" if table == "person" else "owner_id"
                assert re.search(rf"\(*{key}\)* = ", condition), f"{label}: {condition}"
            if table == "position" and label.startswith(BY_ID):
                assert re.search(r"\bid = ", condition), f"{label}: {condition}"
        if not label.startswith("gp_pick"):  # sorts what it has looked up
            assert "Sort" not in {node["Node Type"] for node in nodes(root)}, label


def test_the_relationship_is_looked_up_once(cluster, database, statements):
    """The relationship of the viewer to the owner is an InitPlan: it does not depend on the row."""
    asking = 0
    for label, text in statements.items():
        for node in nodes(plan(cluster, database, text)):
            for child in node.get("Plans", ()):
                if child.get("Relation Name") == "relationship" and node["Node Type"] != "ModifyTable":
                    asking += 1
                    assert child["Parent Relationship"] == "InitPlan", f"{label}: {child}"
    assert asking > 5


def test_a_person_is_looked_up_alone(statements):
    """In a cluster, every node has the table person, but only one has the owner's positions, and it may be
    down: the statement that finds a person uses no positions."""
    texts = [text for label, text in statements.items() if label.startswith("gp_person_")]
    assert len(texts) == 2
    for text in texts:
        assert "graphprofile.person " in text and "position" not in text
