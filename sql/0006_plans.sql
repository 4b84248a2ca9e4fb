-- SPDX-License-Identifier: Apache-2.0
-- 0006: plans the statements of the login role once for each connection. Run it as a superuser.
--
-- By default PostgreSQL plans a prepared statement again for each execution until the generic plan is not
-- more expensive. For some of the module's statements it never is: reading one position took 1.5 times the CPU
-- of PostgreSQL. Every statement has the same good plan for all parameters: the index of the primary key, by
-- owner.
\set ON_ERROR_STOP on
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));
SELECT NOT EXISTS (SELECT FROM graphprofile.schema_version WHERE version = 6) AS is_new \gset
\if :is_new
-- Role settings belong to the cluster. Without the lock, two databases that change one role at the same time
-- fail with "tuple concurrently updated".
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
