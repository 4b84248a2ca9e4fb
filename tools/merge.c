/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a batch in one transaction:
 *
 *   copy the keys into a temporary table -> refuse repeated lines -> find the positions that exist
 *     -> compare their content -> refuse lines above an owner's maximum -> COPY new rows
 *     -> lock and replace changed rows -> commit
 *
 * Rows are locked in the order of the key, so that two imports cannot deadlock. A row that has not changed is
 * neither locked nor written.
 */
#include "merge.h"
#include "bounds.h"
#include "copy.h"
#include "staging.h"

#include "base/names.h"

#include <apr_strings.h>

#include <string.h>

/* After this many batches with only new positions, the next one is expected to have only new positions, too. */
#define FRESH_CHUNKS 3

typedef enum {
    FAILED,
    DONE,
    AGAIN /* another transaction has changed the rows meanwhile */
} outcome;

/* ---- the session ---- */

/* `seen` holds the keys of all batches so far, `planned` the rows that a dry run would have inserted; the other
 * tables hold one batch. Each join reads a few rows and must use the index of a table that may be large: the
 * planner's estimates for temporary tables are too poor to choose it. */
static const char *const preparation[] = {
    ("CREATE TEMPORARY TABLE staged (line bigint, owner_id text COLLATE \"C\", id uuid,"
     " source text) ON COMMIT DELETE ROWS"),
    ("CREATE TEMPORARY TABLE compared (line bigint, owner_id text COLLATE \"C\", id uuid,"
     " head text, tail text) ON COMMIT DELETE ROWS"),
    ("CREATE TEMPORARY TABLE changed (owner_id text COLLATE \"C\", id uuid, external_id text,"
     " etag text, audiences smallint, modified text, modified_by text, document text)"
     " ON COMMIT DELETE ROWS"),
    ("CREATE TEMPORARY TABLE seen (owner_id text COLLATE \"C\", id uuid, line bigint,"
     " PRIMARY KEY (owner_id, id))"),
    "CREATE TEMPORARY TABLE planned (owner_id text COLLATE \"C\")",
    "CREATE INDEX ON pg_temp.planned (owner_id)",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
};

int gp_merge_open(gp_merge *merge, const gp_options *options)
{
    size_t i;

    merge->options = options;
    merge->randomness.left = 0;
    merge->fresh = 0;
    if (!gp_postgres_open(&merge->session, options->dsn))
        return 0;
    for (i = 0; i < sizeof preparation / sizeof preparation[0]; i++) {
        if (!gp_postgres_run(&merge->session, preparation[i]))
            return 0;
    }
    return 1;
}

/* ---- steps of a transaction ---- */

static gp_import_row *row_at(const gp_chunk *chunk, int index)
{
    return &((gp_import_row *)chunk->rows->elts)[index];
}

static int count_state(const gp_chunk *chunk, gp_row_state state)
{
    int i, count = 0;

    for (i = 0; i < chunk->rows->nelts; i++)
        count += row_at(chunk, i)->state == state;
    return count;
}

/* Deletes the refused rows from `staged`. */
static int unstage_refused(gp_merge *merge, const gp_chunk *chunk)
{
    const char *lines[] = {gp_staging_lines(chunk, GP_ROW_REFUSED)};

    return lines[0] == NULL
           || gp_postgres_number(&merge->session,
                                 "DELETE FROM pg_temp.staged WHERE line = ANY ($1::bigint[])", 1,
                                 lines)
                  >= 0;
}

static int count_staged(const gp_chunk *chunk)
{
    return chunk->rows->nelts - count_state(chunk, GP_ROW_REFUSED);
}

/* Refuses the second of two lines with the same position: otherwise each would overwrite the other at every
 * run. */
static int refuse_repeated(gp_merge *merge, gp_chunk *chunk)
{
    static const char sql[] =
        "SELECT s.line, e.line FROM pg_temp.staged AS s JOIN pg_temp.seen AS e"
        " ON e.owner_id = s.owner_id AND e.id = s.id WHERE e.line <> s.line";
    apr_int64_t first = gp_postgres_number(
        &merge->session,
        "INSERT INTO pg_temp.seen SELECT owner_id, id, line FROM pg_temp.staged ORDER BY line"
        " ON CONFLICT DO NOTHING",
        0, NULL);
    PGresult *result;
    int i;

    if (first < 0 || first == count_staged(chunk))
        return first >= 0;
    result = gp_postgres_query(&merge->session, sql, 0, NULL);
    if (result == NULL)
        return 0;
    for (i = 0; i < PQntuples(result); i++)
        gp_chunk_refuse_row(
            chunk, gp_staging_row(chunk, PQgetvalue(result, i, 0)), GP_CONFLICT, "$",
            apr_psprintf(chunk->pool, "Line %s has the same position.", PQgetvalue(result, i, 1)));
    PQclear(result);
    return unstage_refused(merge, chunk);
}

/* Finds the rows that the database has. It refuses those of another source; the others may have changed. */
static int find_existing(gp_merge *merge, gp_chunk *chunk)
{
    static const char sql[] = "SELECT s.line, p.source IS DISTINCT FROM s.source"
                              " FROM pg_temp.staged AS s JOIN graphprofile.position AS p"
                              " ON p.owner_id = s.owner_id AND p.id = s.id";
    PGresult *result = gp_postgres_query(&merge->session, sql, 0, NULL);
    int i;

    if (result == NULL)
        return 0;
    for (i = 0; i < PQntuples(result); i++) {
        gp_import_row *row = gp_staging_row(chunk, PQgetvalue(result, i, 0));

        row->state = GP_ROW_CHANGED;
        if (*PQgetvalue(result, i, 1) == 't')
            gp_chunk_refuse_row(chunk, row, GP_CONFLICT, "$",
                                "The position exists, but belongs to another source.");
    }
    PQclear(result);
    return unstage_refused(merge, chunk);
}

/* Finds the existing rows that differ only in their stamps. */
static int compare(gp_merge *merge, const gp_chunk *chunk)
{
    static const char sql[] =
        "SELECT c.line FROM pg_temp.compared AS c JOIN graphprofile.position AS p"
        " ON p.owner_id = c.owner_id AND p.id = c.id AND starts_with(p.document, c.head)"
        " AND right(p.document, length(c.tail)) = c.tail";
    PGresult *result;
    int i;

    if (count_state(chunk, GP_ROW_CHANGED) == 0)
        return 1;
    if (!gp_staging_contents(&merge->session, chunk, GP_ROW_CHANGED))
        return 0;
    result = gp_postgres_query(&merge->session, sql, 0, NULL);
    for (i = 0; result != NULL && i < PQntuples(result); i++)
        gp_staging_row(chunk, PQgetvalue(result, i, 0))->state = GP_ROW_SAME;
    PQclear(result);
    return result != NULL;
}

/* Counts the positions of the owners in the batch; owners without any are left out. A dry run adds those that it
 * did not insert. */
static gp_names *count_positions(gp_merge *merge, const gp_chunk *chunk)
{
    const char *sql = apr_pstrcat(
        chunk->pool,
        "SELECT o.owner_id, n.count FROM (SELECT DISTINCT owner_id FROM pg_temp.staged) AS o,"
        " LATERAL (SELECT (SELECT count(*) FROM (SELECT FROM graphprofile.position AS p"
        " WHERE p.owner_id = o.owner_id ORDER BY p.id LIMIT $1::bigint) AS p)",
        merge->options->is_dry
            ? " + (SELECT count(*) FROM pg_temp.planned AS d WHERE d.owner_id = o.owner_id)"
            : "",
        " AS count) AS n WHERE n.count > 0", NULL);
    const char *most[] = {apr_itoa(chunk->pool, merge->options->max_positions)};
    PGresult *result = gp_postgres_query(&merge->session, sql, 1, most);
    gp_names *counts = gp_names_make(chunk->pool);
    int i;

    if (result == NULL)
        return NULL;
    for (i = 0; i < PQntuples(result); i++) {
        const char *owner = apr_pstrdup(chunk->pool, PQgetvalue(result, i, 0));
        int *count = apr_palloc(chunk->pool, sizeof *count);

        *count = (int)apr_atoi64(PQgetvalue(result, i, 1));
        gp_names_add(counts, owner, strlen(owner), count);
    }
    PQclear(result);
    return counts;
}

/* Refuses rows above the maximum of an owner, as the server refuses a POST. The first lines take precedence. */
static int refuse_too_many(gp_merge *merge, gp_chunk *chunk)
{
    gp_names *counts;
    int i, most = merge->options->max_positions;

    if (most == 0 || count_state(chunk, GP_ROW_NEW) == 0)
        return 1;
    counts = count_positions(merge, chunk);
    for (i = 0; counts != NULL && i < chunk->rows->nelts; i++) {
        gp_import_row *row = row_at(chunk, i);
        int *fresh = NULL, *count;

        if (row->state != GP_ROW_NEW)
            continue;
        count = gp_names_get(counts, row->owner, strlen(row->owner));
        if (count == NULL) {
            count = fresh = apr_pcalloc(chunk->pool, sizeof *count);
            gp_names_add(counts, row->owner, strlen(row->owner), fresh);
        }
        if (++*count > most)
            gp_chunk_refuse_row(
                chunk, row, GP_TOO_MANY_POSITIONS, "$.owner",
                apr_psprintf(chunk->pool, "The owner already has %d positions.", most));
    }
    return counts != NULL && unstage_refused(merge, chunk);
}

static outcome insert_new(gp_merge *merge, const gp_chunk *chunk)
{
    if (gp_staging_rows(&merge->session, chunk, GP_ROW_NEW))
        return DONE;
    merge->fresh = 0;
    return gp_postgres_is_duplicate(&merge->session) ? AGAIN : FAILED;
}

/* Writes a row with the content of its line, the stamps of its creation, and new stamps of its change. */
static void put_change(gp_merge *merge, gp_copy *copy, apr_pool_t *scratch,
                       const gp_import_row *row, const char *document)
{
    const gp_actor actor = {NULL, NULL, merge->options->application};
    gp_value *value = gp_position_read(scratch, row->document);
    gp_value *stored = gp_position_read(scratch, document);
    gp_position position;

    gp_position_replace(scratch, scratch, stored != NULL ? stored : value, value, &actor,
                        apr_time_now(), gp_randomness_take(&merge->randomness, 16), &position);
    gp_copy_row(copy, 8);
    gp_copy_text(copy, row->owner);
    gp_copy_uuid(copy, row->id);
    gp_copy_text(copy, row->external_id);
    gp_copy_text(copy, position.etag);
    gp_copy_int2(copy, position.audiences);
    gp_copy_text(copy, position.modified);
    gp_copy_text(copy, merge->options->application);
    gp_copy_bytes(copy, position.document, position.length);
}

/* Copies the new state of the locked rows into the temporary table `changed`. */
static int put_changes(gp_merge *merge, const gp_chunk *chunk, const PGresult *locked)
{
    gp_copy *copy = apr_palloc(chunk->pool, sizeof *copy);
    apr_pool_t *scratch;
    int i;

    if (!gp_copy_open(copy, &merge->session, "COPY pg_temp.changed FROM STDIN (FORMAT binary)"))
        return 0;
    apr_pool_create(&scratch, chunk->pool);
    for (i = 0; i < PQntuples(locked); i++) {
        put_change(merge, copy, scratch, gp_staging_row(chunk, PQgetvalue(locked, i, 0)),
                   PQgetvalue(locked, i, 1));
        apr_pool_clear(scratch);
    }
    apr_pool_destroy(scratch);
    return gp_copy_close(copy);
}

static outcome replace_changed(gp_merge *merge, const gp_chunk *chunk)
{
    static const char lock[] =
        "SELECT s.line, p.document FROM pg_temp.staged AS s JOIN graphprofile.position AS p"
        " ON p.owner_id = s.owner_id AND p.id = s.id AND p.source IS NOT DISTINCT FROM s.source"
        " WHERE s.line = ANY ($1::bigint[]) ORDER BY p.owner_id, p.id FOR UPDATE OF p";
    static const char update[] =
        "UPDATE graphprofile.position AS p SET etag = c.etag, audiences = c.audiences,"
        " modified = c.modified::timestamptz, modified_by = c.modified_by, document = c.document,"
        " external_id = coalesce(c.external_id, p.external_id) FROM pg_temp.changed AS c"
        " WHERE p.owner_id = c.owner_id AND p.id = c.id";
    const char *lines[] = {gp_staging_lines(chunk, GP_ROW_CHANGED)};
    int wanted = count_state(chunk, GP_ROW_CHANGED), locked;
    PGresult *result;
    apr_int64_t made;

    if (wanted == 0)
        return DONE;
    result = gp_postgres_query(&merge->session, lock, 1, lines);
    if (result == NULL)
        return FAILED;
    locked = PQntuples(result);
    if (locked == wanted && !put_changes(merge, chunk, result))
        locked = -1;
    PQclear(result);
    if (locked != wanted)
        return locked < 0 ? FAILED : AGAIN;
    made = gp_postgres_number(&merge->session, update, 0, NULL);
    return made < 0 ? FAILED : made == wanted ? DONE : AGAIN;
}

/* ---- the transaction ---- */

static outcome write_rows(gp_merge *merge, const gp_chunk *chunk)
{
    static const char plan[] =
        "INSERT INTO pg_temp.planned SELECT s.owner_id FROM pg_temp.staged AS s WHERE NOT EXISTS"
        " (SELECT FROM graphprofile.position AS p WHERE p.owner_id = s.owner_id AND p.id = s.id)";
    outcome inserted;

    if (merge->options->is_dry)
        return gp_postgres_run(&merge->session, plan) ? DONE : FAILED;
    inserted = insert_new(merge, chunk);
    return inserted == DONE ? replace_changed(merge, chunk) : inserted;
}

/* Finds existing rows, except after some batches with only new positions, as in a first import: then the next
 * batch is expected to have only new ones. If that is wrong, COPY fails, and the next attempt looks for existing
 * rows. */
static int look_at_existing(gp_merge *merge, gp_chunk *chunk)
{
    if (merge->fresh >= FRESH_CHUNKS && !merge->options->is_dry)
        return 1;
    if (!find_existing(merge, chunk) || !compare(merge, chunk))
        return 0;
    merge->fresh = count_state(chunk, GP_ROW_NEW) == chunk->rows->nelts ? merge->fresh + 1 : 0;
    return 1;
}

static outcome attempt(gp_merge *merge, gp_chunk *chunk)
{
    gp_postgres *session = &merge->session;
    outcome written;

    /* A read-only transaction can write temporary tables only. */
    if (!gp_postgres_run(session, merge->options->is_dry ? "BEGIN READ ONLY" : "BEGIN")
        || !gp_staging_keys(session, chunk) || !refuse_repeated(merge, chunk)
        || !look_at_existing(merge, chunk) || !refuse_too_many(merge, chunk))
        return FAILED;
    written = write_rows(merge, chunk);
    if (written != DONE)
        return written;
    return gp_postgres_run(session, "COMMIT") ? DONE : FAILED;
}

/* Resets the results of an attempt, but keeps the earlier refusals. */
static void forget(gp_chunk *chunk, int refusals)
{
    int i;

    for (i = refusals; i < chunk->refusals->nelts; i++) {
        char line[24];

        apr_snprintf(line, sizeof line, "%" APR_INT64_T_FMT,
                     ((gp_refusal *)chunk->refusals->elts)[i].line);
        gp_staging_row(chunk, line)->state = GP_ROW_NEW;
    }
    chunk->refusals->nelts = refusals;
    for (i = 0; i < chunk->rows->nelts; i++) {
        if (row_at(chunk, i)->state != GP_ROW_REFUSED)
            row_at(chunk, i)->state = GP_ROW_NEW;
    }
}

int gp_merge_write(gp_merge *merge, gp_chunk *chunk)
{
    int refusals, left, locked = 0;

    if (merge->options->is_owner_name && !gp_staging_identify(&merge->session, chunk))
        return 0;
    refusals = chunk->refusals->nelts;
    if (count_staged(chunk) == 0)
        return 1;
    /* If other transactions change the rows, at least one of them made progress, so such attempts end. A lock may
     * never become free, so attempts to get one are fewer. */
    for (left = GP_UPDATE_ATTEMPTS; left > 0 && locked < GP_STATEMENT_ATTEMPTS; left--) {
        outcome ended = attempt(merge, chunk);
        gp_postgres failed = merge->session;

        if (ended == DONE)
            return 1;
        if (!gp_postgres_run(&merge->session, "ROLLBACK")
            || (ended == FAILED && !gp_postgres_can_retry(&failed))) {
            merge->session = failed;
            return 0;
        }
        locked += ended == FAILED;
        merge->session = failed;
        if (ended == AGAIN)
            apr_cpystrn(merge->session.message,
                        "other transactions kept changing the rows of the batch",
                        sizeof merge->session.message);
        forget(chunk, refusals);
    }
    return 0;
}
