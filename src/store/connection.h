/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CONNECTION_H
#define GP_CONNECTION_H

#include "http/graphprofile.h"

#include "result.h"
#include "outcome.h"
#include "statements.h"

/** How long a statement may take, over all of its attempts, in microseconds. What is used up is taken off. */
typedef struct {
    apr_interval_time_t wait; /* for a connection (GraphProfileQueueTimeout) */
    apr_interval_time_t time; /* on it (GraphProfileTimeout) */
} gp_budget;

/** @return what the request's virtual host allows */
gp_budget gp_connection_budget(const request_rec *r);

/**
 * Run a statement on a connection from the pool of the request's virtual host: the only way to the
 * database. One call is one statement, and committed when the call returns. Where requests wait for
 * connections, those of the same statement (gp_statement.batch) may run in one transaction.
 * @param unbatched   non-zero: it may have to wait for another transaction, so that it must not run
 *                    in one with others
 * @param budget      what is left of it for this attempt
 * @param parameters  NUL-terminated texts, as many as the statement has; NULL is SQL's null
 * @param result      receives the rows, in r->pool, which outlive the connection; left empty where the
 *                    outcome is not GP_OUTCOME_DONE
 * @return how it ended. It has run at most once; gp_outcome_effect says whether it has.
 *         GP_OUTCOME_AGAIN: run it again, unbatched.
 */
gp_outcome gp_connection_run(request_rec *r, gp_sql sql, int unbatched, gp_budget *budget,
                             const char **parameters, gp_result *result);

/** child_init: make what the requests of this process share. */
void gp_connection_init(apr_pool_t *child, server_rec *server);

#endif
