/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_PIPELINE_H
#define GP_PIPELINE_H

#include "outcome.h"

#include <libpq-fe.h>

/** Size of the buffer for the first line of PostgreSQL's error message. A longer line is cut. */
#define GP_PIPELINE_MESSAGE_SIZE 256

/**
 * Whether the server has ended a connection that is idle, or whose rows have all come. This takes no round trip. It is
 * needed because libpq reports no error when it writes to such a connection.
 */
bool gp_pipeline_has_ended(PGconn *connection);

/**
 * Run a prepared statement that returns rows, one or more times in one transaction (PostgreSQL documentation: libpq,
 * Pipeline Mode). If the connection cannot run another statement afterwards, PQpipelineStatus is not PQ_PIPELINE_OFF
 * or PQstatus is bad.
 * @param connection    idle. This call blocks until the server answers.
 * @param label         of the statement
 * @param parameters    number of its parameters
 * @param count         number of runs
 * @param values        the parameters of each run: texts, NULL for SQL's null
 * @param commit_apart  false: one round trip. True: two, because this commits only after all rows have come. Then a
 *                      connection that breaks before is GP_OUTCOME_BROKEN.
 * @param results       receives the result of each run, which the caller clears; all NULL unless done
 * @param sqlstate      receives the SQLSTATE of the failure, or ""
 * @param message       receives the first line of its message, or "". Further lines may contain data.
 * @return GP_OUTCOME_DONE: committed, and each run has a result. GP_OUTCOME_AGAIN: a run failed, and none has been
 *         executed. GP_OUTCOME_BROKEN: the connection broke, and none has been executed. GP_OUTCOME_LOST: the
 *         connection broke, and all may have been executed.
 */
gp_outcome gp_pipeline_run(PGconn *connection, const char *label, int parameters, int count,
                           const char *const *const values[], bool commit_apart,
                           PGresult *results[], char sqlstate[GP_SQLSTATE_SIZE],
                           char message[GP_PIPELINE_MESSAGE_SIZE]);

#endif
