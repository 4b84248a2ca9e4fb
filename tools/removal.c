/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --replace: deletes the positions that a source no longer has. It runs last, and only if no line was
 * refused: a line that cannot be read may belong to an existing position.
 */
#include "removal.h"
#include "bounds.h"

#include <apr_strings.h>

/* This join is of two large tables. */
static const char *const preparation[] = {
    "SET enable_hashjoin = on",
    "ANALYZE pg_temp.seen",
    ("CREATE TEMPORARY TABLE stale (number bigint PRIMARY KEY, owner_id text COLLATE \"C\","
     " id uuid)"),
};

/* Finds the rows to delete. Returns their number; negative on failure. */
static apr_int64_t find(gp_postgres *session, const char *source)
{
    static const char sql[] =
        "INSERT INTO pg_temp.stale SELECT row_number() OVER (ORDER BY p.owner_id, p.id),"
        " p.owner_id, p.id FROM graphprofile.position AS p WHERE p.source = $1 AND NOT EXISTS"
        " (SELECT FROM pg_temp.seen AS s WHERE s.owner_id = p.owner_id AND s.id = p.id)";
    size_t i;

    for (i = 0; i < sizeof preparation / sizeof preparation[0]; i++) {
        if (!gp_postgres_run(session, preparation[i]))
            return -1;
    }
    return gp_postgres_number(session, sql, 1, &source);
}

/* Deletes rows by number, each chunk in the order of the key. It tries again if other transactions hold locks
 * for long. Returns the number of deleted rows; negative on failure. */
static apr_int64_t delete_some(gp_postgres *session, apr_pool_t *pool, const char *source,
                               apr_int64_t first)
{
    static const char sql[] =
        "DELETE FROM graphprofile.position AS p USING pg_temp.stale AS o WHERE o.number >="
        " $2::bigint AND o.number < $3::bigint AND p.owner_id = o.owner_id AND p.id = o.id AND "
        "p.source = $1";
    const char *values[] = {source, apr_psprintf(pool, "%" APR_INT64_T_FMT, first),
                            apr_psprintf(pool, "%" APR_INT64_T_FMT, first + GP_REMOVAL_MAX)};
    apr_int64_t count = -1;
    int left;

    for (left = GP_STATEMENT_ATTEMPTS; count < 0 && left > 0; left--) {
        count = gp_postgres_number(session, sql, 3, values);
        if (count < 0 && !gp_postgres_can_retry(session))
            break;
    }
    return count;
}

static int delete_all(gp_postgres *session, apr_pool_t *pool, const char *source, apr_int64_t count,
                      gp_report *report)
{
    apr_int64_t first;

    if (!gp_postgres_run(session, "ANALYZE pg_temp.stale")
        || !gp_postgres_run(session, "SET enable_hashjoin = off"))
        return 0;
    for (first = 1; first <= count; first += GP_REMOVAL_MAX) {
        apr_int64_t removed = delete_some(session, pool, source, first);

        if (removed < 0)
            return 0;
        report->counts.removed += removed;
    }
    return 1;
}

static int fail(const gp_postgres *session, gp_report *report)
{
    gp_report_error(report, "the database: %s", session->message);
    return GP_EXIT_FAILED;
}

int gp_removal_run(gp_merge *merge, apr_pool_t *pool, gp_report *report)
{
    static const char total_sql[] = "SELECT count(*) FROM graphprofile.position WHERE source = $1";
    gp_postgres *session = &merge->session;
    const char *source = merge->options->source;
    apr_int64_t gone = find(session, source), total;

    total = gone < 0 ? -1 : gp_postgres_number(session, total_sql, 1, &source);
    if (total < 0)
        return fail(session, report);
    if (merge->options->is_dry)
        total += report->counts.created;
    if (gone * 100 > total * merge->options->max_removed) {
        gp_report_error(
            report,
            "no position was deleted: %" APR_INT64_T_FMT " of %" APR_INT64_T_FMT
            " positions of '%s' are in no line, more than --max-removed %d (percent) allows",
            gone, total, source, merge->options->max_removed);
        return GP_EXIT_REFUSED;
    }
    if (merge->options->is_dry)
        report->counts.removed = gone;
    else if (!delete_all(session, pool, source, gone, report))
        return fail(session, report);
    return GP_EXIT_DONE;
}
