/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CONNECTION_H
#define GP_CONNECTION_H

#include "graphprofile.h"

#include "sqlstate.h"
#include "statements.h"

#include <apr_dbd.h>

/** The rows of a statement. They live as long as the pool of the request. */
typedef struct {
    int rows;
    const apr_dbd_driver_t *driver;
    apr_dbd_results_t *results;
} gp_result;

/**
 * The one door to the database: run a statement on a connection from the pool of the request's
 * virtual host, and give the connection back. One call is one statement, committed by itself.
 * @param parameters  NUL-terminated texts, as many as the statement has; NULL is SQL's null
 * @param result      receives the rows, from r->pool, which outlive the connection; left empty where
 *                    the outcome is not GP_RUN_DONE
 * @return how it ended. It has run at most once; only after GP_RUN_LOST and GP_RUN_LATE is it
 *         unknown whether it has.
 */
gp_run gp_connection_run(request_rec *r, gp_sql sql, const char **parameters, gp_result *result);

/** @param row, column  from 0 @return the text in r->pool's keeping; NULL for SQL's null */
const char *gp_result_text(request_rec *r, const gp_result *result, int row, int column);

/** register_hooks: what must be known of mod_dbd's connections as they are made. */
void gp_connection_register(void);

/** child_init: make what the requests of this process share. */
void gp_connection_init(apr_pool_t *child, server_rec *server);

#endif
