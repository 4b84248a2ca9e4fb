-- SPDX-License-Identifier: Apache-2.0
-- 0006: statements of the login role are planned once for each connection. Run it as a superuser.
--
-- By default PostgreSQL plans a prepared statement anew for each execution until it finds the generic plan no
-- more expensive, which it never does for some of the module's statements: reading one position took 1.5
-- times as much of PostgreSQL's CPU. Every statement has one good plan, whatever its parameters: the index
-- of the primary key, by owner.
\set ON_ERROR_STOP on
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));
SELECT NOT EXISTS (SELECT FROM graphprofile.schema_version WHERE version = 6) AS is_new \gset
\if :is_new
-- Settings of roles belong to the cluster. Two databases that change one role at the same time would fail
-- with "tuple concurrently updated".
LOCK TABLE pg_catalog.pg_db_role_setting IN SHARE ROW EXCLUSIVE MODE;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_db_role_setting, unnest(setconfig) AS setting
                   WHERE setdatabase = 0 AND setrole = 'graphprofile'::regrole
                   AND setting LIKE 'plan\_cache\_mode=%') THEN
        ALTER ROLE graphprofile SET plan_cache_mode = 'force_generic_plan';
    END IF;
END $$;

SET LOCAL ROLE graphprofile_owner;
INSERT INTO graphprofile.schema_version (version, file) VALUES (6, '0006_plans.sql');
\endif
COMMIT;
