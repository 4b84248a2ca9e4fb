/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_DEADLINE_H
#define GP_DEADLINE_H

#include <apr_pools.h>
#include <apr_time.h>
#include <libpq-fe.h>

/** The deadline of one database connection: zero it, then attach it. */
typedef struct gp_deadline {
    int socket;       /* a duplicate of the connection's; -1 (or not attached): none */
    PGcancel *cancel; /* how to end what the server does */
    int attached;
    int running;
    int expired;
    apr_time_t at;                       /* on gp_clock */
    struct gp_deadline *previous, *next; /* among those that run */
} gp_deadline;

/**
 * Start the one thread of this process that watches deadlines; it ends with the pool.
 * @return zero where there can be no thread; deadlines then never expire
 */
int gp_deadline_init(apr_pool_t *pool);

/** The connection has (re)connected: take hold of its socket, if a file descriptor is left for it. */
void gp_deadline_attach(gp_deadline *deadline, PGconn *connection);

/** Whether a call into the connection can be ended. */
int gp_deadline_is_attached(const gp_deadline *deadline);

/** The connection is about to go, or to reconnect. */
void gp_deadline_detach(gp_deadline *deadline);

/**
 * A call into the connection begins that must end within `timeout` microseconds. If it does not,
 * the server is asked to cancel and the connection is shut down, so that the call returns.
 */
void gp_deadline_start(gp_deadline *deadline, apr_interval_time_t timeout);

/** The call is over. @return non-zero where the deadline ended it */
int gp_deadline_stop(gp_deadline *deadline);

#endif
