-- SPDX-License-Identifier: Apache-2.0
-- 0001: the roles, the schema and the record of versions.
--
-- Run it as a superuser, connected to the database that is to hold the positions:
--     psql -d DATABASE -f sql/0001_roles.sql
-- graphprofile_migrator may run the files that do not ask for a superuser. Each file is one transaction,
-- is applied once and may be run again: a second run adds what is missing and changes nothing else, so
-- that settings and grants stay as an administrator has set them since.
\set ON_ERROR_STOP on
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));

-- Roles belong to the cluster, and the lock above to this database. Where another database of the cluster
-- makes a role at the same time, CREATE ROLE waits for it and then finds the role there.
-- A role that exists keeps its settings and its memberships.

-- Owns the schema; nobody logs in as it.
DO $$
BEGIN
    CREATE ROLE graphprofile_owner NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

-- Applies later versions of the schema, by SET ROLE graphprofile_owner.
DO $$
BEGIN
    CREATE ROLE graphprofile_migrator LOGIN NOINHERIT;
    GRANT graphprofile_owner TO graphprofile_migrator;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

-- The role that DBDParams names. It reads and writes positions and can do nothing else.
-- Settings of the session are set here and not in DBDParams: connection poolers refuse them there.
DO $$
BEGIN
    CREATE ROLE graphprofile LOGIN NOINHERIT;
    ALTER ROLE graphprofile SET statement_timeout = '3s';
    ALTER ROLE graphprofile SET lock_timeout = '1s';
    ALTER ROLE graphprofile SET idle_in_transaction_session_timeout = '5s';
    ALTER ROLE graphprofile SET default_transaction_isolation = 'read committed';
    ALTER ROLE graphprofile SET "TimeZone" = 'UTC';
    ALTER ROLE graphprofile SET search_path = 'pg_catalog';
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

SELECT NOT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'graphprofile'
                   AND tablename = 'schema_version') AS is_new \gset
\if :is_new
CREATE SCHEMA IF NOT EXISTS graphprofile AUTHORIZATION graphprofile_owner;
SET LOCAL ROLE graphprofile_owner;
CREATE TABLE graphprofile.schema_version (
    version integer PRIMARY KEY,
    file text NOT NULL,
    applied timestamptz NOT NULL DEFAULT now()
);
GRANT USAGE ON SCHEMA graphprofile TO graphprofile;
GRANT SELECT ON graphprofile.schema_version TO graphprofile;
INSERT INTO graphprofile.schema_version (version, file) VALUES (1, '0001_roles.sql');
\endif
COMMIT;
