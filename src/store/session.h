/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_SESSION_H
#define GP_SESSION_H

#include "http/graphprofile.h"

#include "deadline.h"
#include "result.h"
#include "outcome.h"
#include "statements.h"

#include <mod_dbd.h>

/** A session with PostgreSQL: one of mod_dbd's connections, and what is remembered of it until libpq
 *  reconnects it. */
typedef struct gp_session {
    const dbd_cfg_t *pool; /* identity of mod_dbd's pool, as told by mod_dbd when it connected */
    int schema_seen;       /* the caller has found it new enough */
    char sqlstate[GP_SQLSTATE_SIZE]; /* of the last failure; "" where the server said none */

    /* session.c's own */
    ap_dbd_t *dbd;
    server_rec *server; /* it was opened for; mod_dbd returns it to the pool of this host */
    PGconn *pg;
    int backend;            /* process id of the server's side */
    apr_pool_t *statements; /* what follows lives here */
    /* On this backend, by label or without one; NULL: not yet. */
    apr_dbd_prepared_t *prepared[2][GP_SQL_STATEMENTS];
    gp_deadline deadline;
} gp_session;

/** register_hooks: what must be known of mod_dbd's connections as they are made. */
void gp_session_register(void);

/**
 * Check mod_dbd before it is used.
 * @param pool  scratch memory
 * @return zero if it is not loaded, or lays out its data otherwise than gp_session_pool reads it
 */
int gp_session_knows_mod_dbd(apr_pool_t *pool, server_rec *server);

/** child_init: find mod_dbd. @return zero where it is not loaded: no session can be opened */
int gp_session_init(void);

/**
 * Which of mod_dbd's pools serves a host; known before the first connection. Hosts have the same pool if
 * they inherit the DBD directives of the main server or repeat them word for word.
 * @param size  receives the number of connections that the pool can hold
 * @return the identity that sessions of this pool have, not to be read
 */
const dbd_cfg_t *gp_session_pool(const server_rec *server, int *size);

/**
 * Take a session that works from the pool of the request's virtual host. It may connect, which takes
 * as long as it takes.
 * @return to be closed again; NULL where there is none
 */
gp_session *gp_session_open(request_rec *r);

/** Return the session to the pool that it came from. */
void gp_session_close(gp_session *session);

/** @return non-zero where the deadline ended the last statement and its backend goes on all the same; always
 *  zero with DBDPersist Off, where the connection ends with the request */
int gp_session_is_outlived(const gp_session *session);

/**
 * Run a statement. What must not run twice (gp_statement.is_repeatable) runs in libpq's pipeline mode
 * where the host allows it (GraphProfilePipeline), so that a connection that breaks before the commit is
 * GP_OUTCOME_BROKEN; all others run through apr_dbd.
 * @param end     when it must have ended, on gp_clock
 * @param result  receives the rows, from its pool
 */
gp_outcome gp_session_run(request_rec *r, gp_session *session, gp_sql sql, apr_time_t end,
                          const char **parameters, gp_result *result);

/**
 * Run a statement many times in one transaction. Only where statements are prepared by label
 * (GraphProfilePrepare).
 * @param r           the request whose log and whose host's settings count
 * @param end         when all of it must have ended, on gp_clock
 * @param parameters  those of each time
 * @param results     receives one of each time where it is GP_OUTCOME_DONE, the caller's to clear
 * @return the same for all. GP_OUTCOME_AGAIN: one of them failed or could not be prepared, so none has
 *         happened.
 */
gp_outcome gp_session_run_batch(request_rec *r, gp_session *session, gp_sql sql, apr_time_t end,
                                int count, const char *const *const parameters[],
                                PGresult *results[]);

#endif
