-- SPDX-License-Identifier: Apache-2.0
-- 0002: positions, and the tables that control access to them. Run it as graphprofile_migrator or a superuser.
\set ON_ERROR_STOP on
BEGIN;
SELECT pg_advisory_xact_lock(hashtext('graphprofile'));
SET LOCAL ROLE graphprofile_owner;
SELECT NOT EXISTS (SELECT FROM graphprofile.schema_version WHERE version = 2) AS is_new,
       to_regclass('graphprofile.position_flat') IS NULL AS has_no_view \gset
\if :is_new

-- One row for each position. `document` is the JSON exactly as it is answered, with every declared property.
-- It is text, because jsonb would lose the order and cost more to read. The check rejects text that jsonb cannot
-- read, so that one bad document cannot break queries over all positions of an owner. It also rejects anything
-- but an object with members, because an answer adds members to it.
-- The owner comes first in the key: the positions of one owner are one range, in order of creation.
CREATE TABLE IF NOT EXISTS graphprofile.position (
    owner_id text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    etag text NOT NULL,
    audiences smallint NOT NULL CHECK (audiences BETWEEN 0 AND 63),
    created timestamptz NOT NULL,
    modified timestamptz NOT NULL,
    modified_by text NOT NULL,
    document text NOT NULL CHECK (left(document, 2) = '{"' AND (document::jsonb) IS NOT NULL),
    PRIMARY KEY (owner_id, id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

COMMENT ON TABLE graphprofile.position IS 'microsoft.graph.workPosition, one row each';
COMMENT ON COLUMN graphprofile.position.owner_id IS 'whose position it is: the user id of the token';
COMMENT ON COLUMN graphprofile.position.etag IS 'new at every write, made by the writer';
COMMENT ON COLUMN graphprofile.position.audiences IS 'flags of allowedAudiences: family 1, contacts 2,'
    ' groupMembers 4, organization 8, federatedOrganizations 16, everyone 32; 0: only the owner';
COMMENT ON COLUMN graphprofile.position.modified_by IS 'the authenticated principal of the last write';
COMMENT ON COLUMN graphprofile.position.document IS 'the JSON as it is answered';

-- The family (1), contacts (2) and group members (4) of an owner. The administrator fills this table.
CREATE TABLE IF NOT EXISTS graphprofile.relationship (
    owner_id text COLLATE "C" NOT NULL,
    viewer_id text COLLATE "C" NOT NULL,
    audiences smallint NOT NULL CHECK (audiences BETWEEN 0 AND 7),
    PRIMARY KEY (owner_id, viewer_id)
);

-- User principal names, for /users/{userPrincipalName}. The administrator fills this table.
CREATE TABLE IF NOT EXISTS graphprofile.person (
    id text COLLATE "C" PRIMARY KEY,
    user_principal_name text NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS person_user_principal_name
    ON graphprofile.person (lower(user_principal_name));

\endif

-- The usual columns for SQL users. Dates stay text, because relaxed validation can store other values.
-- The view is created again if it is missing: docs/scaling.md drops it to change the table.
\if :has_no_view
CREATE VIEW graphprofile.position_flat AS
SELECT owner_id,
       id,
       created,
       modified,
       d ->> 'allowedAudiences' AS allowed_audiences,
       (d -> 'isCurrent') = 'true'::jsonb AS is_current,
       d #>> '{detail,jobTitle}' AS job_title,
       d #>> '{detail,role}' AS role,
       d #>> '{detail,startMonthYear}' AS start_month_year,
       d #>> '{detail,endMonthYear}' AS end_month_year,
       d #>> '{detail,company,displayName}' AS company,
       d #>> '{detail,company,department}' AS department,
       d #>> '{detail,company,address,city}' AS city,
       d #>> '{detail,company,address,countryOrRegion}' AS country_or_region
FROM graphprofile.position, LATERAL (SELECT document::jsonb) AS j (d);
\endif

\if :is_new
GRANT SELECT, INSERT, DELETE ON graphprofile.position TO graphprofile;
GRANT UPDATE (etag, audiences, modified, modified_by, document) ON graphprofile.position
    TO graphprofile;
GRANT SELECT ON graphprofile.relationship, graphprofile.person TO graphprofile;

INSERT INTO graphprofile.schema_version (version, file) VALUES (2, '0002_position.sql');
\endif
COMMIT;
