/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CONNECTION_H
#define GP_CONNECTION_H

#include "deadline.h"
#include "pool_source.h"
#include "run.h"

/** A connection of a pool, with the state that holds until libpq reconnects it. */
typedef struct gp_connection {
    const void *identity; /* of the pool that made it */
    bool schema_seen;     /* the caller has found the schema new enough */
    bool is_spoilt;       /* it must be made anew before its next use */
    /* Statements that a gp_link has prepared on this backend: by itself, and merged. */
    bool piped[2][GP_SQL_STATEMENTS];
    PGconn *pg;
    gp_deadline deadline;
    char sqlstate[GP_SQLSTATE_SIZE]; /* of the last failure; "" if the server sent none */

    /* connection.c's own */
    const gp_pool_source *source; /* of the host that opened it; it is given back there */
    gp_pooled pooled;
    int backend;            /* process id of the server's side */
    apr_pool_t *statements; /* memory of the prepared statements */
    /* Statements prepared on this backend, without a label and with one; NULL: not prepared. */
    apr_dbd_prepared_t *prepared[2][GP_SQL_STATEMENTS];
} gp_connection;

/**
 * Take a working connection from a host's pool. The pool may have to connect; no deadline bounds that.
 * @param pool  of the request
 * @return the connection, for gp_connection_close; NULL: there is none
 */
gp_connection *gp_connection_open(const gp_pool_source *source, apr_pool_t *pool,
                                  const gp_log *log);

/** Give the connection back to the pool that it came from. */
void gp_connection_close(gp_connection *connection);

/** @return whether the deadline ended the last statement and its backend still runs it. Always false with DBDPersist
 *          Off, because the connection ends with the request. */
bool gp_connection_is_outlived(const gp_connection *connection);

/**
 * Run a statement. A statement that must not run twice (gp_statement.is_repeatable) runs in libpq's pipeline mode if
 * the host allows it (GraphProfilePipeline): then a connection that breaks before the commit is GP_OUTCOME_BROKEN. All
 * others run through apr_dbd.
 * @param end     the deadline, on gp_clock
 * @param result  receives the rows, from its pool
 */
gp_outcome gp_connection_run(const gp_store *store, gp_connection *connection, gp_sql sql,
                             apr_time_t end, const char **parameters, gp_result *result);

/** @return whether the server is still connected and the connection can run a statement, found without a round trip */
bool gp_connection_is_usable(const gp_connection *connection);

/** @return whether a connection without a statement under way has ended. This reads what has come. */
bool gp_connection_has_ended(PGconn *pg);

/**
 * Log how a statement failed: at debug level the first line of the message, and an error if the administrator must act.
 * @param batch     size of the batch that it was in
 * @param sqlstate  or ""
 * @param message   of PostgreSQL or libpq, or ""
 */
void gp_connection_log(const gp_log *log, const gp_statement *statement, int batch,
                       gp_outcome outcome, const char *sqlstate, const char *message);

#endif
