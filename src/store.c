/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be done with positions, as statements and their outcomes. Here it is decided when a
 * statement may run again: where the database says that it has not run, or where its effect tells by
 * the row's ETag whose it was. Connections are not known here (connection.c).
 */
#include "store.h"
#include "connection.h"

#include <apr_strings.h>

#include <string.h>

/* A statement that lost against another transaction runs this often in all. */
#define ATTEMPTS 4

/*
 * Runs a statement that may run twice, until it has an outcome that another attempt would not
 * better: one more time after a lost connection or on a server that only reads, a few times after
 * losing to another transaction.
 */
static gp_run run_again(request_rec *r, gp_sql sql, const char **parameters, gp_result *result)
{
    int reconnects = 1, attempts = ATTEMPTS;

    for (;;) {
        gp_run run = gp_connection_run(r, sql, parameters, result);

        if ((run == GP_RUN_LOST || run == GP_RUN_READ_ONLY) && reconnects-- > 0)
            continue;
        if (run != GP_RUN_AGAIN || --attempts == 0)
            return run;
        apr_sleep(1000 + apr_time_now() % 4000); /* apart, so as not to meet again */
    }
}

int gp_store_create(request_rec *r, const char *owner, const char *principal,
                    const gp_position *position, gp_problem *problem)
{
    const char *audiences = apr_psprintf(r->pool, "%u", position->audiences);
    const char *row[] = {owner,     position->id,      position->etag,
                         audiences, position->created, position->modified,
                         principal, position->document};
    const char *key[] = {owner, position->id};
    const char *etag;
    gp_result result;
    gp_run run = run_again(r, GP_SQL_CREATE, row, &result);

    if (run != GP_RUN_DONE)
        return gp_run_problem(run, problem);
    if (result.rows == 1)
        return 1;

    /* The id is taken: by an earlier attempt of ours whose answer was lost, or by another row. */
    run = run_again(r, GP_SQL_ETAG, key, &result);
    if (run != GP_RUN_DONE)
        return gp_run_problem(run, problem);
    etag = gp_result_text(r, &result, 0, 0);
    if (etag != NULL && strcmp(etag, position->etag) == 0)
        return 1;
    return gp_problem_set(problem, GP_CONFLICT, "$.id", "A position with the id %s exists already.",
                          position->id);
}
