-- SPDX-License-Identifier: Apache-2.0
-- Distributes the tables over the nodes of a Citus cluster. `sql/apply --citus` runs it on the coordinator, as a
-- superuser, after the other files. A second run changes nothing. schema_version does not count it.
--
-- Positions and relationships are on one node for each owner. The other two tables are on every node: the module
-- reads them before it knows an owner, on the node that DBDParams names. Citus creates the schema, and the roles with
-- their settings and privileges, on the other nodes, now and when a node joins.
\set ON_ERROR_STOP on
\o /dev/null

-- In this order, because sql/apply takes schema_version for the sign that all are distributed.
-- plan_cache_mode: Citus can plan most of the statements only if it knows the owner (0006 chose plans for any owner).
-- 'none': not with the tables of other applications.
-- The rows that a table has are copied. Their originals are invisible, but take space until they are truncated.
WITH tables (place, name, distribution) AS (VALUES
    (1, 'position', $$create_distributed_table('%1$s', 'owner_id', colocate_with => 'none')$$),
    (2, 'relationship', $$create_distributed_table('%1$s', 'owner_id', colocate_with => 'graphprofile.position')$$),
    (3, 'person', $$create_reference_table('%1$s')$$),
    (4, 'schema_version', $$create_reference_table('%1$s')$$)),
missing AS (
    SELECT place, distribution, 'graphprofile.' || name AS name FROM tables
    WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = ('graphprofile.' || name)::regclass))
SELECT command
FROM (
    SELECT 0, 0, 'ALTER ROLE graphprofile SET plan_cache_mode = auto' FROM missing WHERE place = 4
    UNION ALL
    SELECT place, 1, format('SELECT ' || distribution, name) FROM missing
    UNION ALL
    SELECT place, 2, format($$SELECT truncate_local_data_after_distributing_table('%s')$$, name) FROM missing
) AS c (place, step, command)
ORDER BY place, step \gexec
