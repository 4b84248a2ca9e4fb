/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_DEADLINE_H
#define GP_DEADLINE_H

#include <apr_pools.h>
#include <apr_time.h>
#include <libpq-fe.h>

#include <pthread.h>
#include <stdbool.h>

/** The deadline of one database connection: zero it, then attach it. */
typedef struct gp_deadline {
    int socket;       /* a duplicate of the connection's; -1 (or not attached): none */
    PGcancel *cancel; /* how to end what the server does */
    bool attached;
    bool running;
    bool expired;
    apr_time_t at;                       /* on gp_clock */
    struct gp_deadline *previous, *next; /* among those that run */
} gp_deadline;

/**
 * Start the one thread of this process that watches deadlines; it ends with the pool.
 * @return false where there can be no thread; deadlines then never expire
 */
bool gp_deadline_init(apr_pool_t *pool);

/** The connection has (re)connected: take hold of its socket, if a file descriptor is left for it. */
void gp_deadline_attach(gp_deadline *deadline, PGconn *connection);

/** Whether a call into the connection can be ended. */
bool gp_deadline_is_attached(const gp_deadline *deadline);

/** The connection is about to go, or to reconnect. */
void gp_deadline_detach(gp_deadline *deadline);

/**
 * A call into the connection begins that must end within `timeout` microseconds. If it does not,
 * the server is asked to cancel and the connection is shut down, so that the call returns.
 */
void gp_deadline_start(gp_deadline *deadline, apr_interval_time_t timeout);

/** The call is over. @return true where the deadline ended it */
bool gp_deadline_stop(gp_deadline *deadline);

/**
 * Whether the server goes on with a call that the deadline ended: a backend that asks for no interrupts
 * does not notice that it is cancelled, nor that its client has gone.
 * @return true until the server's side of the connection has ended. Of a host that does not answer at
 *         all the kernel decides that it has, after some 20 seconds. A pooler in between ends its side at
 *         once, whatever its server does.
 */
bool gp_deadline_is_outlived(const gp_deadline *deadline);

/**
 * Start a thread that no signal goes to: httpd's own threads wait for them.
 * @param detached  PTHREAD_CREATE_DETACHED or PTHREAD_CREATE_JOINABLE
 * @return false: it failed
 */
bool gp_thread_start(pthread_t *thread, void *(*main)(void *), void *data, int detached);

#endif
