-- SPDX-License-Identifier: Apache-2.0
-- 0001: the roles, the schema and the record of versions.
--
-- Run it as a superuser, connected to the database that is to hold the positions:
--     psql -d DATABASE -f sql/0001_roles.sql
-- The files after it need no superuser: graphprofile_migrator may run them. Every file is one
-- transaction and may be run again; what is there already stays as it is.
\set ON_ERROR_STOP on
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));

-- Owns the schema; nobody logs in as it.
-- Applies later versions of the schema, by SET ROLE graphprofile_owner.
-- Is what DBDParams names: it reads and writes positions and can do nothing else.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'graphprofile_owner') THEN
        CREATE ROLE graphprofile_owner NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'graphprofile_migrator') THEN
        CREATE ROLE graphprofile_migrator LOGIN NOINHERIT;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'graphprofile') THEN
        CREATE ROLE graphprofile LOGIN NOINHERIT;
    END IF;
END $$;
GRANT graphprofile_owner TO graphprofile_migrator;

-- Settings of the session stand here and not in DBDParams: connection poolers refuse them there.
ALTER ROLE graphprofile SET statement_timeout = '3s';
ALTER ROLE graphprofile SET lock_timeout = '1s';
ALTER ROLE graphprofile SET idle_in_transaction_session_timeout = '5s';
ALTER ROLE graphprofile SET default_transaction_isolation = 'read committed';
ALTER ROLE graphprofile SET "TimeZone" = 'UTC';
ALTER ROLE graphprofile SET search_path = 'pg_catalog';

CREATE SCHEMA IF NOT EXISTS graphprofile AUTHORIZATION graphprofile_owner;

SET LOCAL ROLE graphprofile_owner;
CREATE TABLE IF NOT EXISTS graphprofile.schema_version (
    version integer PRIMARY KEY,
    file text NOT NULL,
    applied timestamptz NOT NULL DEFAULT now()
);
GRANT USAGE ON SCHEMA graphprofile TO graphprofile;
GRANT SELECT ON graphprofile.schema_version TO graphprofile;

INSERT INTO graphprofile.schema_version (version, file) VALUES (1, '0001_roles.sql')
ON CONFLICT (version) DO NOTHING;
COMMIT;
