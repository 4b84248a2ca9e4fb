-- SPDX-License-Identifier: Apache-2.0
-- Drops what only versions of the module before 2026-12 call: since then $filter and $orderby are evaluated in the
-- module. Run it as graphprofile_migrator or a superuser, by hand, once no node runs such a version any more, and none
-- is to be rolled back to one: their $filter, $orderby and filtered counts would fail with 503.
-- sql/apply does not run this file, and schema_version does not count it.
\set ON_ERROR_STOP on
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));
SET LOCAL ROLE graphprofile_owner;
DROP FUNCTION IF EXISTS graphprofile.evaluate(jsonb, jsonb, jsonb[]);
DROP FUNCTION IF EXISTS graphprofile.evaluate_within(jsonb, jsonb, jsonb[], integer);
COMMIT;
