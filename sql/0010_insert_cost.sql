-- SPDX-License-Identifier: Apache-2.0
-- 0010: cheaper inserts. Run it as graphprofile_migrator or a superuser.
--
-- PostgreSQL parses each check constraint of a table again for each INSERT, so one constraint takes the place of two.
-- Rows of more than 2 kB are compressed by lz4 from now on, where the server has it. The older method took a twentieth
-- of the cost of a POST of such a row. Stored rows stay as they are.
--
-- The table is locked only for a moment: existing rows have passed the former checks.
\set ON_ERROR_STOP on
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));
SET LOCAL ROLE graphprofile_owner;
SELECT NOT EXISTS (SELECT FROM graphprofile.schema_version WHERE version = 10) AS is_new \gset
\if :is_new
-- As in 0007: give up before requests that queue behind this statement fail. Then run the file again.
SET LOCAL lock_timeout = '500ms';
-- Separate commands, because Citus adds a constraint only by a command of its own. Without BETWEEN, because pg_dump would
-- restore that with other parentheses.
ALTER TABLE graphprofile.position DROP CONSTRAINT IF EXISTS position_audiences_check;
ALTER TABLE graphprofile.position DROP CONSTRAINT IF EXISTS position_document_check;
ALTER TABLE graphprofile.position ADD CONSTRAINT position_check
    CHECK (audiences >= 0 AND audiences <= 63 AND document LIKE '{"%}') NOT VALID;

-- The table itself, or its partitions.
SELECT format('ALTER TABLE %s ALTER COLUMN document SET COMPRESSION lz4', c.oid::regclass)
FROM pg_class AS c, pg_settings AS s
WHERE c.relkind = 'r' AND s.name = 'default_toast_compression' AND 'lz4' = ANY (s.enumvals)
    AND (c.oid = 'graphprofile.position'::regclass
         OR c.oid IN (SELECT relid FROM pg_partition_tree('graphprofile.position'))) \gexec

INSERT INTO graphprofile.schema_version (version, file) VALUES (10, '0010_insert_cost.sql');
\endif
COMMIT;
