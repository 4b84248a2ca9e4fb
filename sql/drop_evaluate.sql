-- SPDX-License-Identifier: Apache-2.0
-- Drops the functions that only versions of the module before 2026-12 call; later versions evaluate $filter and
-- $orderby in the module. Run it by hand as graphprofile_migrator or a superuser, when no node runs such a version
-- and you do not plan to roll back to one: its $filter, $orderby and filtered counts would fail with 503.
-- sql/apply does not run this file, and schema_version does not count it.
\set ON_ERROR_STOP on
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));
SET LOCAL ROLE graphprofile_owner;
DROP FUNCTION IF EXISTS graphprofile.evaluate(jsonb, jsonb, jsonb[]);
DROP FUNCTION IF EXISTS graphprofile.evaluate_within(jsonb, jsonb, jsonb[], integer);
COMMIT;
