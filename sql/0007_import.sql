-- SPDX-License-Identifier: Apache-2.0
-- 0007: the source of imported positions, and the role of the program graphprofile. Run it as a superuser.
\set ON_ERROR_STOP on
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));

-- The login role of `graphprofile import`, `export` and `forget`. Its privileges cover these commands only.
-- Roles belong to the cluster; an existing role keeps its settings (0001_roles.sql). A transaction of its own: on a
-- Citus cluster, the other nodes know a role only after the commit.
DO $$
BEGIN
    CREATE ROLE graphprofile_import LOGIN NOINHERIT;
    -- A batch that waits for a row lock, or that its client abandons, must not block requests.
    ALTER ROLE graphprofile_import SET lock_timeout = '10s';
    ALTER ROLE graphprofile_import SET idle_in_transaction_session_timeout = '30s';
    ALTER ROLE graphprofile_import SET default_transaction_isolation = 'read committed';
    ALTER ROLE graphprofile_import SET "TimeZone" = 'UTC';
    ALTER ROLE graphprofile_import SET search_path = 'pg_catalog';
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
COMMIT;

BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));
SELECT NOT EXISTS (SELECT FROM graphprofile.schema_version WHERE version = 7) AS is_new \gset
\if :is_new
-- An import stages its lines in a temporary table; 0004 revoked temporary tables from PUBLIC.
DO $$
BEGIN
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO graphprofile_import', current_database());
END $$;
SET LOCAL ROLE graphprofile_owner;

-- ALTER TABLE locks the table for a moment. While it waits for a transaction, statements of requests queue
-- behind it and fail after their own lock_timeout of 1 s. So it gives up earlier: then run the file again.
SET LOCAL lock_timeout = '500ms';
ALTER TABLE graphprofile.position ADD COLUMN IF NOT EXISTS source text;
ALTER TABLE graphprofile.position ADD COLUMN IF NOT EXISTS external_id text;
COMMENT ON COLUMN graphprofile.position.source IS 'the source that imported it; null: a client created it';
COMMENT ON COLUMN graphprofile.position.external_id IS 'its key in that source, of which the id is made';

GRANT USAGE ON SCHEMA graphprofile TO graphprofile_import;
GRANT SELECT ON graphprofile.schema_version TO graphprofile_import;
GRANT SELECT, INSERT, DELETE ON graphprofile.position TO graphprofile_import;
GRANT UPDATE (etag, audiences, modified, modified_by, document, external_id) ON graphprofile.position
    TO graphprofile_import;
GRANT SELECT, DELETE ON graphprofile.relationship, graphprofile.person TO graphprofile_import;

INSERT INTO graphprofile.schema_version (version, file) VALUES (7, '0007_import.sql');
\endif
COMMIT;
