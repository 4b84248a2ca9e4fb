/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many statements in one go. They are sent without waiting for answers, with one Sync behind them, so
 * PostgreSQL runs them in one transaction: what fails fails all, and what is committed is flushed to its
 * log once.
 */
#include "pipeline.h"

#include <string.h>

static void note_failure(const PGresult *result, char sqlstate[GP_SQLSTATE_SIZE])
{
    const char *found = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    /* The first is the cause. */
    if (found != NULL && *sqlstate == '\0')
        strncat(sqlstate, found, GP_SQLSTATE_SIZE - 1);
}

/* Reads answers up to that of Sync. Each time there is a result, then none; an error of the commit comes
 * between the last and Sync. After errors that come by themselves libpq may go on for ever with either
 * (PostgreSQL's bug 17948), so what is read is bounded. */
static gp_run read_results(PGconn *connection, int count, PGresult *results[],
                           char sqlstate[GP_SQLSTATE_SIZE])
{
    int have = 0, failed = 0, left;

    for (left = 4 * count + 8; left > 0; left--) {
        PGresult *result = PQgetResult(connection);
        ExecStatusType status = PQresultStatus(result);

        if (result == NULL)
            continue;
        if (status == PGRES_TUPLES_OK && have < count) {
            results[have++] = result;
            continue;
        }
        note_failure(result, sqlstate);
        PQclear(result);
        if (status == PGRES_PIPELINE_SYNC)
            return have == count && !failed ? GP_RUN_DONE : GP_RUN_AGAIN;
        failed = 1;
    }
    return GP_RUN_LOST;
}

gp_run gp_pipeline_run(PGconn *connection, const char *label, int parameters, int count,
                       const char *const *const values[], PGresult *results[],
                       char sqlstate[GP_SQLSTATE_SIZE])
{
    gp_run run = GP_RUN_AGAIN;
    int i, sent = 0;

    *sqlstate = '\0';
    for (i = 0; i < count; i++)
        results[i] = NULL;
    if (!PQenterPipelineMode(connection))
        return GP_RUN_AGAIN;
    while (sent < count
           && PQsendQueryPrepared(connection, label, parameters, values[sent], NULL, NULL, 0))
        sent++;
    /* Without Sync nothing is committed. */
    if (sent == count)
        run = PQpipelineSync(connection) ? read_results(connection, count, results, sqlstate)
                                         : GP_RUN_LOST;
    for (i = 0; run != GP_RUN_DONE && i < count; i++) {
        PQclear(results[i]);
        results[i] = NULL;
    }
    PQexitPipelineMode(connection);
    return run;
}
