-- SPDX-License-Identifier: Apache-2.0
-- 0009: DELETE of a profile deletes the relationships of its owner. Run it as graphprofile_migrator or a superuser.
--
-- Only GraphProfileErase On needs it. Without this grant such a request is answered with 503, and nothing is deleted.
\set ON_ERROR_STOP on
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));
SET LOCAL ROLE graphprofile_owner;
SELECT NOT EXISTS (SELECT FROM graphprofile.schema_version WHERE version = 9) AS is_new \gset
\if :is_new
GRANT DELETE ON graphprofile.relationship TO graphprofile;
INSERT INTO graphprofile.schema_version (version, file) VALUES (9, '0009_erase.sql');
\endif
COMMIT;
