/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_PIPELINE_H
#define GP_PIPELINE_H

#include "outcome.h"

#include <libpq-fe.h>

/** Room for the first line of PostgreSQL's message about a failure, which may be cut. */
#define GP_PIPELINE_MESSAGE_SIZE 256

/**
 * Whether the server has ended an idle connection, or one whose rows have all come. That takes no round
 * trip. libpq does not say so when it writes.
 */
bool gp_pipeline_has_ended(PGconn *connection);

/**
 * Run a prepared statement, which returns rows, one or more times in one transaction (PostgreSQL
 * documentation: libpq, Pipeline Mode). Where the connection is not fit for another statement
 * afterwards, PQpipelineStatus is not PQ_PIPELINE_OFF or PQstatus is bad.
 * @param connection    idle; its user waits, however long it takes
 * @param label         of the statement
 * @param parameters    how many it has
 * @param count         how many times it runs
 * @param values        the parameters of each time: texts, NULL for SQL's null
 * @param commit_apart  false: one round trip. Otherwise two: the transaction is committed only when all
 *                      rows have come, so that a connection that breaks before is GP_OUTCOME_BROKEN.
 * @param results       receives one of each time, to be cleared by the caller; all NULL unless done
 * @param sqlstate      receives that of the failure, or ""
 * @param message       receives the first line of its message, or "". Further lines may hold data.
 * @return GP_OUTCOME_DONE: committed, and there is a result of each. GP_OUTCOME_AGAIN: one failed, and nothing of
 *         any has happened. GP_OUTCOME_BROKEN: the connection broke, and nothing has happened. GP_OUTCOME_LOST: it
 *         broke when all of it may have happened.
 */
gp_outcome gp_pipeline_run(PGconn *connection, const char *label, int parameters, int count,
                           const char *const *const values[], bool commit_apart,
                           PGresult *results[], char sqlstate[GP_SQLSTATE_SIZE],
                           char message[GP_PIPELINE_MESSAGE_SIZE]);

#endif
