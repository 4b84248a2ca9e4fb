-- SPDX-License-Identifier: Apache-2.0
-- 0011: the statements of the login role look rows up by index, however small the tables are. Run it as a superuser.
--
-- A connection plans each statement once (0006). PostgreSQL plans to scan a small table, such as one that was analyzed
-- while it was empty, or to sort the few rows of an owner, and keeps the plan until the table is analyzed again. Meanwhile
-- the table grew, and each request read all of it: a POST took up to 16 times as much CPU of PostgreSQL.
--
-- An index can serve every statement, in the order of the key. Where an administrator has dropped an index, PostgreSQL would
-- take the scan that it cannot avoid for a very expensive one, and compile the statement at each execution (jit).
\set ON_ERROR_STOP on
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));
SELECT NOT EXISTS (SELECT FROM graphprofile.schema_version WHERE version = 11) AS is_new \gset
\if :is_new
-- As in 0006.
LOCK TABLE pg_catalog.pg_db_role_setting IN SHARE ROW EXCLUSIVE MODE;

SELECT format('ALTER ROLE graphprofile SET %s = off', name)
FROM (VALUES ('enable_seqscan'), ('enable_bitmapscan'), ('jit')) AS planning (name)
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_db_role_setting, unnest(setconfig) AS setting
                  WHERE setdatabase = 0 AND setrole = 'graphprofile'::regrole
                  AND starts_with(setting, name || '=')) \gexec

SET LOCAL ROLE graphprofile_owner;
INSERT INTO graphprofile.schema_version (version, file) VALUES (11, '0011_index_scans.sql');
\endif
COMMIT;
