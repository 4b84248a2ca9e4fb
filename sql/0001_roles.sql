-- SPDX-License-Identifier: Apache-2.0
-- 0001: the roles, the schema, and the table of applied versions.
--
-- Run it as a superuser, connected to the database for the positions:
--     psql -d DATABASE -f sql/0001_roles.sql
-- graphprofile_migrator can run the files that do not need a superuser. The changes of a file are one transaction, and
-- are applied once. It is safe to run again: a second run adds only missing objects and keeps settings and grants
-- that an administrator has changed.
\set ON_ERROR_STOP on
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));

-- Roles belong to the cluster, but the lock above covers only this database. If another database of the cluster
-- creates a role at the same time, CREATE ROLE waits and then finds the existing role.
-- An existing role keeps its settings and memberships.

-- Owns the schema; no one logs in as this role.
DO $$
BEGIN
    CREATE ROLE graphprofile_owner NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

-- Applies later versions of the schema, after SET ROLE graphprofile_owner.
DO $$
BEGIN
    CREATE ROLE graphprofile_migrator LOGIN NOINHERIT;
    GRANT graphprofile_owner TO graphprofile_migrator;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

-- The role that DBDParams names. It can only read and write positions.
-- Session settings belong to the role, because connection poolers refuse them in DBDParams.
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
