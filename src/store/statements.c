/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All SQL of the module. Rules for a statement:
 * - It does one thing and needs no other statement.
 * - It names the owner, so that it reads one range of the index, and one shard if the table is distributed.
 * - Names are qualified by the schema. Every parameter is text, and the statement casts it. RETURNING contains only
 *   immutable expressions, because Citus refuses others.
 * - Several that wait may run as one (gp_statement_merged), unless they are of GP_COST_ROWS. So a read is a SELECT that
 *   can be a subquery.
 * - Its plan is good for every owner (sql/0006_plans.sql) and looks rows up by index (sql/0011_index_scans.sql). If LIMIT
 *   or OFFSET ends a scan, ORDER BY names the key: without it, PostgreSQL scans a table of few owners from the start until
 *   it has found enough rows of the owner.
 * - Its label ends in a number. Raise the number when you change the text, or how texts are merged, because two versions
 *   of the module may share a connection pooler.
 */
#include "statements.h"
#include "base/limits.h"

#include <apr_strings.h>

#include <string.h>

/*
 * Whether a viewer may see a row: because they see all rows, by the audiences that every such viewer belongs to, or by
 * their relationship with the owner. The owner is the number of a parameter, not a column, so that PostgreSQL looks up
 * the relationship once and not for each row. Three parameters: sees_all, audiences, viewer_id.
 */
#define VISIBLE_OF(owner)                                                                          \
    "(%pDt::boolean OR p.audiences & (%pDt::integer | coalesce("                                   \
    "(SELECT r.audiences FROM graphprofile.relationship AS r"                                      \
    " WHERE r.owner_id = " owner " AND r.viewer_id = %pDt), 0)) <> 0)"

#define VISIBLE   VISIBLE_OF("$1") /* for statements whose first parameter is the owner */
#define VISIBLE_2 VISIBLE_OF("$2") /* the second */
#define VISIBLE_4 VISIBLE_OF("$4") /* the fourth */

/* The most rows that a statement of constant cost reads. */
#define TEXT_OF(number) #number
#define NUMERAL(number) TEXT_OF(number)
#define SCAN            NUMERAL(GP_SCAN_MAX)

/*
 * The document of a row if it fits into the page, otherwise null. It fits if it and the documents before it in the
 * window w have at most room.bytes (a parameter) together. The first row always has its document. PostgreSQL takes the
 * length from the header of the value, so it does not read a document that it does not send. A window without ORDER BY
 * has the order of its input.
 */
#define ROOM        " CROSS JOIN (SELECT %pDt::bigint AS bytes) AS room"
#define BYTES(rows) "sum(octet_length(" rows ".document)) OVER w"
#define FITTING(rows)                                                                              \
    "CASE WHEN " BYTES(rows) " <= room.bytes OR " BYTES(rows) " = octet_length(" rows              \
                                                              ".document) THEN " rows              \
                                                              ".document END"
#define WINDOW(order) " WINDOW w AS (" order "ROWS UNBOUNDED PRECEDING)"

#define ALL_IDS " WHERE p.owner_id = %pDt AND p.id >= %pDt::uuid AND p.id <= %pDt::uuid"

/* What inserts a row: the columns, their values, the bound on the positions of the owner, and the end. */
#define INSERT                                                                                     \
    "INSERT INTO graphprofile.position"                                                            \
    " (owner_id, id, etag, audiences, created, modified, modified_by, document)"
#define NEW_ROW                                                                                    \
    "%pDt, %pDt::uuid, %pDt, %pDt::smallint, %pDt::timestamptz, %pDt::timestamptz, %pDt, %pDt"
#define IS_WITHIN                                                                                  \
    " WHERE NOT EXISTS (SELECT FROM graphprofile.position AS p WHERE p.owner_id = $1"              \
    " ORDER BY p.id OFFSET %pDt::bigint - 1)"
#define UNLESS_IT_EXISTS " ON CONFLICT (owner_id, id) DO NOTHING"

/* In a merged text: the rows of parameters. */
#define MERGED "%merged"

/* Label, cost, parameters, can_share, is_repeatable, and the rest by name. In a text, %pDt is the next text parameter of
 * apr_dbd, and $1 repeats the first. apr_dbd does not quote labels, so they are lower case. */
/* clang-format would break texts anywhere. */
/* clang-format off */
static const gp_statement statements[GP_SQL_STATEMENTS] = {
    /* -> version */
    [GP_SQL_SCHEMA_VERSION] = {"gp_schema_version_1", GP_COST_CONSTANT, 0, false, true,
                               .text = "SELECT coalesce(max(version), 0) FROM graphprofile.schema_version"},

    /* user_principal_name -> id. Names no owner, because every node of a cluster has this table. */
    [GP_SQL_PERSON] =
        {"gp_person_6", GP_COST_CONSTANT, 1, true, true,
         .text = "SELECT id FROM graphprofile.person WHERE lower(user_principal_name) = lower(%pDt)"},

    /* owner_id, viewer -> owner_id if the viewer sees a position of this owner, otherwise null (a hidden position must
     * not reveal that its owner exists); whether the owner has more rows than the statement reads, and the viewer sees
     * none of those that it reads */
    [GP_SQL_OWNER] =
        {"gp_owner_1", GP_COST_CONSTANT, 4, true, true,
         .text = "SELECT s.owner_id, s.owner_id IS NULL AND EXISTS (SELECT FROM graphprofile.position AS p"
         " WHERE p.owner_id = $1 ORDER BY p.id OFFSET " SCAN ") FROM (SELECT"
         " (SELECT p.owner_id FROM (SELECT p.owner_id, p.audiences FROM graphprofile.position AS p"
         " WHERE p.owner_id = %pDt ORDER BY p.id LIMIT " SCAN ") AS p WHERE " VISIBLE
         " LIMIT 1) AS owner_id OFFSET 0) AS s",
         .scans = true},

    /* the same over all rows -> owner_id or null */
    [GP_SQL_OWNER_ALL] = {"gp_owner_all_1", GP_COST_ROWS, 4, false, true,
                          .text = "SELECT (SELECT p.owner_id FROM graphprofile.position AS p"
                          " WHERE p.owner_id = %pDt AND " VISIBLE " ORDER BY p.id LIMIT 1)"},

    /* owner_id, id, etag, audiences, created, modified, modified_by, document
     * -> one row if the id is new; none if the owner has a position with this id */
    [GP_SQL_CREATE] = {"gp_create_1", GP_COST_CONSTANT, 8, true, false,
                       .text = INSERT " VALUES (" NEW_ROW ")" UNLESS_IT_EXISTS " RETURNING 1"},

    /* owner_id, id, etag, audiences, created, modified, modified_by, document, how many the owner may have
     * -> likewise, and none if the owner has that many. No rows instead of an error, because an error would roll back
     * the batch. Citus needs gp_create, because it commits INSERT .. SELECT in two phases. This reads at most
     * GP_POSITIONS_CEILING index entries. */
    [GP_SQL_CREATE_WITHIN] =
        {"gp_create_within_3", GP_COST_CONSTANT, 9, true, false,
         .text = INSERT " SELECT " NEW_ROW IS_WITHIN UNLESS_IT_EXISTS " RETURNING 1",
         .merged = INSERT " SELECT " NEW_ROW " FROM " MERGED IS_WITHIN UNLESS_IT_EXISTS " RETURNING etag", .key = 2},

    /* owner_id, id -> etag */
    [GP_SQL_ETAG] =
        {"gp_etag_1", GP_COST_CONSTANT, 2, true, true,
         .text = "SELECT etag FROM graphprofile.position WHERE owner_id = %pDt AND id = %pDt::uuid"},

    /* owner_id, id, viewer, bytes -> etag, document or null if it has more bytes */
    [GP_SQL_READ] = {"gp_read_3", GP_COST_CONSTANT, 6, true, true,
                     .text = "SELECT p.etag, CASE WHEN octet_length(p.document) <= room.bytes"
                     " THEN p.document END FROM (SELECT p.etag, p.document"
                     " FROM graphprofile.position AS p"
                     " WHERE p.owner_id = %pDt AND p.id = %pDt::uuid AND " VISIBLE ") AS p" ROOM},

    /* owner_id, first id, bytes, limit -> id, etag, document or null, in order of creation; for viewers who see all */
    [GP_SQL_LIST] = {"gp_list_3", GP_COST_CONSTANT, 4, true, true,
     .text = "SELECT p.id, p.etag, " FITTING("p") " FROM (SELECT p.id, p.etag, p.document"
     " FROM graphprofile.position AS p"
     " WHERE p.owner_id = %pDt AND p.id >= %pDt::uuid) AS p" ROOM
     WINDOW("ORDER BY p.id ") " ORDER BY p.id LIMIT %pDt::bigint", .scans = true},

    /* owner_id, first id, viewer, bytes, limit -> the same, of the rows that the viewer sees. If the owner has more
     * rows than the statement reads, and it finds fewer than the limit, the last row has nulls. (PostgreSQL executes
     * the arms of UNION ALL in order, the second only if LIMIT is not reached.) */
    [GP_SQL_LIST_SEEN] = {"gp_list_seen_2", GP_COST_CONSTANT, 7, true, true,
     .text = "SELECT s.id, s.etag, " FITTING("s") " FROM ((SELECT p.id, p.etag, p.document"
     " FROM (SELECT p.id, p.etag, p.document, p.audiences FROM graphprofile.position AS p"
     " WHERE p.owner_id = %pDt AND p.id >= %pDt::uuid ORDER BY p.id LIMIT " SCAN ") AS p"
     " WHERE " VISIBLE " ORDER BY p.id) UNION ALL"
     " (SELECT NULL, NULL, NULL FROM graphprofile.position AS p"
     " WHERE p.owner_id = $1 AND p.id >= $2::uuid ORDER BY p.id OFFSET " SCAN " LIMIT 1)) AS s" ROOM
     WINDOW("") " LIMIT %pDt::bigint", .scans = true},

    /* the same over all rows, without the row of nulls */
    [GP_SQL_LIST_ALL] = {"gp_list_all_2", GP_COST_ROWS, 7, false, true,
     .text = "SELECT p.id, p.etag, " FITTING("p") " FROM (SELECT p.id, p.etag, p.document"
     " FROM graphprofile.position AS p WHERE p.owner_id = %pDt AND p.id >= %pDt::uuid AND " VISIBLE
     ") AS p" ROOM WINDOW("ORDER BY p.id ") " ORDER BY p.id LIMIT %pDt::bigint"},

    /* owner_id, first id, viewer, limit, offset, bytes -> the same after an offset */
    [GP_SQL_LIST_BEHIND] = {"gp_list_behind_1", GP_COST_ROWS, 8, false, true,
     .text = "SELECT f.id, f.etag, " FITTING("f") " FROM (SELECT p.id, p.etag, p.document"
     " FROM graphprofile.position AS p WHERE p.owner_id = %pDt AND p.id >= %pDt::uuid AND " VISIBLE
     " ORDER BY p.id LIMIT %pDt::bigint OFFSET %pDt::bigint) AS f" ROOM
     WINDOW("ORDER BY f.id ") " ORDER BY f.id"},

    /* ids, owner_id, viewer, bytes -> id, etag, document or null of the rows that the viewer sees, in the order of the
     * ids. Constant cost, because the ids are those of one page: OFFSET 0 makes PostgreSQL look each of them up, and not
     * read all rows of the owner. */
    [GP_SQL_PICK] = {"gp_pick_2", GP_COST_CONSTANT, 6, true, true,
     .text = "SELECT f.id, f.etag, " FITTING("f") " FROM (SELECT w.place, p.id, p.etag, p.document"
     " FROM unnest(%pDt::text::uuid[]) WITH ORDINALITY AS w (id, place)"
     " CROSS JOIN LATERAL (SELECT p.id, p.etag, p.document FROM graphprofile.position AS p"
     " WHERE p.owner_id = %pDt AND p.id = w.id AND " VISIBLE_2 " OFFSET 0) AS p) AS f" ROOM
     WINDOW("ORDER BY f.place ") " ORDER BY f.place", .scans = true},

    /* viewer, owner_id -> count of the rows that the viewer sees; whether the owner has more rows than the statement
     * reads, so that the count is incomplete */
    [GP_SQL_COUNT] = {"gp_count_3", GP_COST_CONSTANT, 4, true, true,
                      .text = "SELECT count(*) FILTER (WHERE " VISIBLE_4 "), count(*) > " SCAN
                      " FROM (SELECT p.audiences FROM graphprofile.position AS p"
                      " WHERE p.owner_id = %pDt ORDER BY p.id LIMIT " SCAN " + 1) AS p",
                      .scans = true},

    /* owner_id, viewer -> count */
    [GP_SQL_COUNT_ALL] =
        {"gp_count_all_1", GP_COST_ROWS, 4, false, true,
         .text = "SELECT count(*) FROM graphprofile.position AS p WHERE p.owner_id = %pDt AND " VISIBLE},

    /* etag, audiences, modified, modified_by, document, owner_id, id, old etag
     * -> one row if the position had the old etag; otherwise none. ANY, where = would do: so that the index cannot be
     * scanned from end to end for a merge or hash join. */
    [GP_SQL_REPLACE] =
        {"gp_replace_2", GP_COST_CONSTANT, 8, false, true,
         .text = "UPDATE graphprofile.position SET etag = %pDt, audiences = %pDt::smallint,"
         " modified = %pDt::timestamptz, modified_by = %pDt, document = %pDt"
         " WHERE owner_id = %pDt AND id = %pDt::uuid AND etag = %pDt RETURNING 1",
         .merged = "UPDATE graphprofile.position AS p SET etag = n.etag, audiences = n.audiences,"
         " modified = n.modified, modified_by = n.modified_by, document = n.document"
         " FROM (SELECT %pDt AS etag, %pDt::smallint AS audiences, %pDt::timestamptz AS modified,"
         " %pDt AS modified_by, %pDt AS document, q.owner_id, q.id FROM " MERGED
         " CROSS JOIN LATERAL (SELECT q.owner_id, q.id FROM graphprofile.position AS q"
         " WHERE q.owner_id = %pDt AND q.id = %pDt::uuid AND q.etag = %pDt"
         " FOR NO KEY UPDATE SKIP LOCKED) AS q) AS n"
         " WHERE p.owner_id = ANY (ARRAY[n.owner_id]) AND p.id = n.id RETURNING p.etag",
         .key = 0},

    /* owner_id, id, viewer, etags or null twice
     * -> the etag of the deleted row if the viewer sees the position and it had one of the etags; otherwise none */
    [GP_SQL_DELETE] =
        {"gp_delete_3", GP_COST_CONSTANT, 7, false, true,
         .text = "DELETE FROM graphprofile.position AS p"
         " WHERE p.owner_id = %pDt AND p.id = %pDt::uuid AND " VISIBLE
         " AND (%pDt::text[] IS NULL OR p.etag = ANY (%pDt::text[])) RETURNING p.etag"},

    /* owner_id, lowest id, highest id -> id, etag of all rows. PostgreSQL estimates that an unknown range is small.
     * Without the range, it scans the whole table if there are few owners. */
    [GP_SQL_ERASABLE] = {"gp_erasable_1", GP_COST_ROWS, 3, false, true,
                         .text = "SELECT p.id, p.etag FROM graphprofile.position AS p" ALL_IDS
                         " ORDER BY p.id"},

    /* the same -> id, etag of all rows. Deletes them and the relationships of the owner. */
    [GP_SQL_ERASE] = {"gp_erase_1", GP_COST_ROWS, 3, false, true,
                      .text = "WITH related AS (DELETE FROM graphprofile.relationship WHERE owner_id = $1)"
                      " DELETE FROM graphprofile.position AS p" ALL_IDS " RETURNING p.id, p.etag"},
};
/* clang-format on */

const gp_statement *gp_statement_get(gp_sql sql)
{
    return &statements[sql];
}

bool gp_statement_is_mergeable(const gp_statement *statement)
{
    return statement->merged != NULL
           || (statement->can_share && statement->is_repeatable && statement->parameters > 0);
}

/* The arrays of parameters as rows: unnest($1, $2) WITH ORDINALITY AS v (p1, p2, place). */
static const char *rows_of(apr_pool_t *pool, int parameters)
{
    const char *arrays = "", *columns = "";
    int i;

    for (i = 1; i <= parameters; i++) {
        arrays = apr_psprintf(pool, "%s%s$%d", arrays, i > 1 ? ", " : "", i);
        columns = apr_psprintf(pool, "%sp%d, ", columns, i);
    }
    return apr_psprintf(pool, "unnest(%s) WITH ORDINALITY AS v (%splace)", arrays, columns);
}

/* A text with each parameter by its number after a prefix, and the rows of parameters where it is merged. */
static const char *expand(apr_pool_t *pool, const gp_statement *statement, const char *text,
                          const char *prefix)
{
    const char *expanded = "";
    int number = 1;

    while (*text != '\0') {
        apr_size_t plain = strcspn(text, "%$");

        expanded = apr_psprintf(pool, "%s%.*s", expanded, (int)plain, text);
        text += plain;
        if (*text == '$') { /* $1 repeats a parameter */
            expanded = apr_pstrcat(pool, expanded, prefix, NULL);
            text++;
        } else if (strncmp(text, MERGED, strlen(MERGED)) == 0) {
            expanded = apr_pstrcat(pool, expanded, rows_of(pool, statement->parameters), NULL);
            text += strlen(MERGED);
        } else if (*text == '%') {
            expanded = apr_psprintf(pool, "%s%s%d", expanded, prefix, number++);
            text += strlen("%pDt");
        }
    }
    return expanded;
}

const char *gp_statement_numbered(apr_pool_t *pool, gp_sql sql)
{
    return expand(pool, &statements[sql], statements[sql].text, "$");
}

const char *gp_statement_merged(apr_pool_t *pool, gp_sql sql)
{
    const gp_statement *statement = &statements[sql];
    const char *text = statement->merged;

    if (!gp_statement_is_mergeable(statement))
        return NULL;
    /* OFFSET 0: PostgreSQL plans the subquery by itself, as it plans the statement, and runs it for each row. */
    if (text == NULL)
        text = apr_pstrcat(
            pool, "SELECT s.*, v.place FROM " MERGED " CROSS JOIN LATERAL (SELECT * FROM (",
            statement->text, ") AS s OFFSET 0) AS s", NULL);
    return expand(pool, statement, text, "v.p");
}
