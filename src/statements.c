/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All the SQL there is. Rules: one statement does one thing and commits by itself; the owner is
 * named in each (one index range, and one shard where the table is distributed); names carry their
 * schema; every parameter is text and is cast here; nothing volatile or non-immutable in RETURNING
 * (Citus). A label ends in a number, to be raised when its text changes: two versions of the module
 * may share a connection pooler.
 */
#include "statements.h"

/* In the order of gp_sql. apr_dbd: %pDt is text; a label stands unquoted, so it is lower case. */
static const gp_statement statements[GP_SQL_COUNT] = {
    /* -> version */
    {"gp_schema_version_1", "SELECT coalesce(max(version), 0) FROM graphprofile.schema_version"},

    /* owner_id, id, etag, audiences, created, modified, modified_by, document
     * -> one row where it is new; none where the owner has the id already */
    {"gp_create_1",
     "INSERT INTO graphprofile.position"
     " (owner_id, id, etag, audiences, created, modified, modified_by, document)"
     " VALUES (%pDt, %pDt::uuid, %pDt, %pDt::smallint, %pDt::timestamptz, %pDt::timestamptz,"
     " %pDt, %pDt)"
     " ON CONFLICT (owner_id, id) DO NOTHING RETURNING 1"},

    /* owner_id, id -> etag */
    {"gp_etag_1",
     "SELECT etag FROM graphprofile.position WHERE owner_id = %pDt AND id = %pDt::uuid"},
};

const gp_statement *gp_statement_get(gp_sql sql)
{
    return &statements[sql];
}
