/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CONNECTION_H
#define GP_CONNECTION_H

#include "graphprofile.h"

#include "result.h"
#include "sqlstate.h"
#include "statements.h"

/**
 * The one door to the database: run a statement on a connection from the pool of the request's
 * virtual host. One call is one statement, and committed when the call returns. Where requests wait for
 * connections, those of the same statement (gp_statement_batch) may run in one transaction.
 * @param is_alone    non-zero: it may have to wait for another transaction, so that it must not run
 *                    in one with others
 * @param parameters  NUL-terminated texts, as many as the statement has; NULL is SQL's null
 * @param result      receives the rows, in r->pool, which outlive the connection; left empty where the
 *                    outcome is not GP_RUN_DONE
 * @return how it ended. It has run at most once; only after GP_RUN_LOST and GP_RUN_LATE is it
 *         unknown whether it has. GP_RUN_AGAIN: run it again, alone.
 */
gp_run gp_connection_run(request_rec *r, gp_sql sql, int is_alone, const char **parameters,
                         gp_result *result);

/** child_init: make what the requests of this process share. */
void gp_connection_init(apr_pool_t *child, server_rec *server);

#endif
