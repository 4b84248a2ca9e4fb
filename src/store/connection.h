/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CONNECTION_H
#define GP_CONNECTION_H

#include "deadline.h"
#include "pool_source.h"
#include "run.h"

/** A connection to PostgreSQL: one of a pool, and what is remembered of it until libpq reconnects it. */
typedef struct gp_connection {
    const void *identity;            /* of its pool, as the pool said when it connected */
    bool schema_seen;                /* the caller has found it new enough */
    char sqlstate[GP_SQLSTATE_SIZE]; /* of the last failure; "" where the server said none */

    /* connection.c's own */
    const gp_pool_source *source; /* the host's that it was opened for; it is given back there */
    gp_pooled pooled;
    PGconn *pg;
    int backend;            /* process id of the server's side */
    apr_pool_t *statements; /* what follows lives here */
    /* On this backend, by label or without one; NULL: not yet. */
    apr_dbd_prepared_t *prepared[2][GP_SQL_STATEMENTS];
    gp_deadline deadline;
} gp_connection;

/**
 * Take a connection that works from a host's pool. It may connect, which takes as long as it takes.
 * @param pool  of the request
 * @return to be closed again; NULL where there is none
 */
gp_connection *gp_connection_open(const gp_pool_source *source, apr_pool_t *pool,
                                  const gp_log *log);

/** Give the connection back to the pool that it came from. */
void gp_connection_close(gp_connection *connection);

/** @return whether the deadline ended the last statement and its backend goes on all the same; always false with
 *          DBDPersist Off, where the connection ends with the request */
bool gp_connection_is_outlived(const gp_connection *connection);

/**
 * Run a statement. What must not run twice (gp_statement.is_repeatable) runs in libpq's pipeline mode
 * where the host allows it (GraphProfilePipeline), so that a connection that breaks before the commit is
 * GP_OUTCOME_BROKEN; all others run through apr_dbd.
 * @param end     when it must have ended, on gp_clock
 * @param result  receives the rows, from its pool
 */
gp_outcome gp_connection_run(const gp_store *store, gp_connection *connection, gp_sql sql,
                             apr_time_t end, const char **parameters, gp_result *result);

/**
 * Run a statement many times in one transaction. Only where statements are prepared by label
 * (GraphProfilePrepare).
 * @param store       of the request whose log counts
 * @param end         when all of it must have ended, on gp_clock
 * @param parameters  those of each time
 * @param results     receives one of each time where it is GP_OUTCOME_DONE, the caller's to clear
 * @return the same for all. GP_OUTCOME_AGAIN: one of them failed or could not be prepared, so none has
 *         happened.
 */
gp_outcome gp_connection_run_batch(const gp_store *store, gp_connection *connection, gp_sql sql,
                                   apr_time_t end, int count, const char *const *const parameters[],
                                   PGresult *results[]);

#endif
