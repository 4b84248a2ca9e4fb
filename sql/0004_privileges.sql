-- SPDX-License-Identifier: Apache-2.0
-- 0004: takes from the login role what it has as a member of PUBLIC and does not need, and bounds its
-- temporary files. Run it as a superuser.
--
-- PostgreSQL cannot deny a privilege to one role: it is revoked from PUBLIC, in this database. Other
-- applications in the same database that need it are granted it by name afterwards:
--     GRANT TEMPORARY ON DATABASE .. TO ..; GRANT EXECUTE ON FUNCTION lo_create(oid) TO ..
\set ON_ERROR_STOP on
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));
SELECT NOT EXISTS (SELECT FROM graphprofile.schema_version WHERE version = 4) AS is_new \gset
\if :is_new
-- Settings of roles belong to the cluster. Two databases that change one role at the same time would fail
-- with "tuple concurrently updated".
LOCK TABLE pg_catalog.pg_db_role_setting IN SHARE ROW EXCLUSIVE MODE;

DO $$
DECLARE
    routine regprocedure;
BEGIN
    -- Temporary tables fill the disk without a limit.
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    -- PostgreSQL 13 and 14 let everybody create tables in public; in 15 there is nothing to revoke.
    IF to_regnamespace('public') IS NOT NULL THEN
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    END IF;
    -- So do large objects; they belong to no schema, and no other privilege guards their creation.
    FOR routine IN SELECT oid FROM pg_catalog.pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
        AND (proname LIKE 'lo\_%' OR proname IN ('loread', 'lowrite'))
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', routine);
    END LOOP;
    -- The files that a sort or a set of rows is written to. Only a superuser may set this.
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
