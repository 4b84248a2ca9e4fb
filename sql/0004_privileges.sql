-- SPDX-License-Identifier: Apache-2.0
-- 0004: revokes the privileges that the login role has through PUBLIC and does not need, and limits its
-- temporary files. Run it as a superuser.
--
-- PostgreSQL cannot deny a privilege to one role, so this file revokes it from PUBLIC, in this database. If
-- another application in the same database needs it, grant it by name afterwards:
--     GRANT TEMPORARY ON DATABASE .. TO ..; GRANT EXECUTE ON FUNCTION lo_create(oid) TO ..
\set ON_ERROR_STOP on
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));
SELECT NOT EXISTS (SELECT FROM graphprofile.schema_version WHERE version = 4) AS is_new \gset
\if :is_new
-- Role settings belong to the cluster. Without the lock, two databases that change one role at the same time
-- fail with "tuple concurrently updated".
LOCK TABLE pg_catalog.pg_db_role_setting IN SHARE ROW EXCLUSIVE MODE;

DO $$
DECLARE
    routine regprocedure;
BEGIN
    -- Nothing limits the disk space of temporary tables.
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    -- PostgreSQL 13 and 14 let every role create tables in public; 15 does not.
    IF to_regnamespace('public') IS NOT NULL THEN
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    END IF;
    -- Nothing limits large objects either. They belong to no schema, and no other privilege controls their creation.
    FOR routine IN SELECT oid FROM pg_catalog.pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
        AND (proname LIKE 'lo\_%' OR proname IN ('loread', 'lowrite'))
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', routine);
    END LOOP;
    -- Limits the files of sorts and row sets. Only a superuser may set it.
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_db_role_setting, unnest(setconfig) AS setting
                   WHERE setdatabase = 0 AND setrole = 'graphprofile'::regrole
                   AND setting LIKE 'temp\_file\_limit=%') THEN
        ALTER ROLE graphprofile SET temp_file_limit = '64MB';
    END IF;
END $$;

SET LOCAL ROLE graphprofile_owner;
INSERT INTO graphprofile.schema_version (version, file) VALUES (4, '0004_privileges.sql');
\endif
COMMIT;
