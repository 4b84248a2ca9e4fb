-- SPDX-License-Identifier: Apache-2.0
-- 0008: a cheap check of documents. Run it as graphprofile_migrator or a superuser.
--
-- The module evaluates $filter and $orderby itself, so the database no longer needs to parse each stored
-- document, which took 20 to 30 % of the cost of an insert. The remaining check rejects truncated documents.
-- `graphprofile export | graphprofile check` checks all stored documents.
--
-- The table is locked only for a moment: existing rows have passed the former, stricter check.
\set ON_ERROR_STOP on
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));
SET LOCAL ROLE graphprofile_owner;
SELECT NOT EXISTS (SELECT FROM graphprofile.schema_version WHERE version = 8) AS is_new \gset
\if :is_new
-- As in 0007: give up before requests that queue behind this statement fail. Then run the file again.
SET LOCAL lock_timeout = '500ms';
-- Two commands, because Citus adds a constraint only by a command of its own.
ALTER TABLE graphprofile.position DROP CONSTRAINT IF EXISTS position_document_check;
ALTER TABLE graphprofile.position
    ADD CONSTRAINT position_document_check CHECK (left(document, 2) = '{"' AND right(document, 1) = '}') NOT VALID;
INSERT INTO graphprofile.schema_version (version, file) VALUES (8, '0008_document_check.sql');
\endif
COMMIT;
