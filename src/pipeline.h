/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_PIPELINE_H
#define GP_PIPELINE_H

#include "sqlstate.h"

#include <libpq-fe.h>

/**
 * Run a prepared statement, which returns rows, many times in one transaction and one round trip
 * (PostgreSQL documentation: libpq, Pipeline Mode). Where the connection is not fit for another
 * statement afterwards, PQpipelineStatus is not PQ_PIPELINE_OFF or PQstatus is bad.
 * @param connection  idle; its user is who waits, however long it takes
 * @param label       of the statement
 * @param parameters  how many it has
 * @param count       how often
 * @param values      the parameters of each time: texts, NULL for SQL's null
 * @param results     receives one of each time, to be cleared by the caller; all NULL unless done
 * @param sqlstate    receives that of the failure, or ""
 * @return GP_RUN_DONE: committed, and there is a result of each. GP_RUN_AGAIN: one failed, and nothing of
 *         any has happened. GP_RUN_LOST: the connection broke; all of it has happened or nothing.
 */
gp_run gp_pipeline_run(PGconn *connection, const char *label, int parameters, int count,
                       const char *const *const values[], PGresult *results[],
                       char sqlstate[GP_SQLSTATE_SIZE]);

#endif
