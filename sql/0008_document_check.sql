-- SPDX-License-Identifier: Apache-2.0
-- 0008: a guard of small cost on documents. Run it as graphprofile_migrator or a superuser.
--
-- The module evaluates $filter and $orderby itself, so the database no longer needs to parse each document that
-- it stores, which took 20 to 30 % of the cost of an insert. The check that remains refuses what was cut off.
-- `graphprofile export | graphprofile check` reads what is stored.
--
-- The table is locked for a moment only: rows that are there have passed the check before, which was stricter.
\set ON_ERROR_STOP on
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));
SET LOCAL ROLE graphprofile_owner;
SELECT NOT EXISTS (SELECT FROM graphprofile.schema_version WHERE version = 8) AS is_new \gset
\if :is_new
-- As in 0007: give up rather than have requests queue behind this one. Run the file again then.
SET LOCAL lock_timeout = '500ms';
ALTER TABLE graphprofile.position
    DROP CONSTRAINT IF EXISTS position_document_check,
    ADD CONSTRAINT position_document_check CHECK (left(document, 2) = '{"' AND right(document, 1) = '}') NOT VALID;
INSERT INTO graphprofile.schema_version (version, file) VALUES (8, '0008_document_check.sql');
\endif
COMMIT;
