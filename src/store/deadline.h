/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_DEADLINE_H
#define GP_DEADLINE_H

#include <apr_pools.h>
#include <apr_time.h>
#include <libpq-fe.h>

#include <pthread.h>
#include <stdbool.h>

/** The deadline of one database connection. Set it to zero, then attach it. */
typedef struct gp_deadline {
    int socket;       /* a duplicate of the connection's; -1 (or not attached): none */
    PGcancel *cancel; /* to cancel the statement; NULL after it was sent */
    bool attached;
    bool running;
    bool expired;
    apr_time_t at;                       /* on gp_clock */
    struct gp_deadline *previous, *next; /* in the list of running deadlines */
} gp_deadline;

/**
 * Start the thread that watches all deadlines of this process. It ends with the pool.
 * @return false: the thread did not start, and deadlines never expire
 */
bool gp_deadline_init(apr_pool_t *pool);

/** The connection has connected, or connected again: duplicate its socket, if a file descriptor is left. */
void gp_deadline_attach(gp_deadline *deadline, PGconn *connection);

/** @return whether a deadline can end a call into the connection */
bool gp_deadline_is_attached(const gp_deadline *deadline);

/** The connection is about to end, or to reconnect. */
void gp_deadline_detach(gp_deadline *deadline);

/**
 * Start the deadline of a call into the connection, `timeout` microseconds from now. When it expires, the thread sends
 * a cancel request to the server and shuts the connection down, so that the call returns.
 */
void gp_deadline_start(gp_deadline *deadline, apr_interval_time_t timeout);

/** End a call that gp_deadline_start does not watch, as if it were late. */
void gp_deadline_expire(gp_deadline *deadline);

/** The call has returned. @return whether the deadline ended it */
bool gp_deadline_stop(gp_deadline *deadline);

/**
 * Whether the backend still runs a statement that the deadline ended. A backend that does not check for interrupts
 * notices neither the cancel request nor the end of the connection.
 * @return true until the server's side of the connection has ended. If the host does not answer at all, the kernel
 *         gives up after about 20 seconds. A pooler in between ends its side at once, even if its backend continues.
 */
bool gp_deadline_is_outlived(const gp_deadline *deadline);

/**
 * Start a thread with all signals blocked, because threads of httpd wait for the signals of the process.
 * @param detached  PTHREAD_CREATE_DETACHED or PTHREAD_CREATE_JOINABLE
 * @return false: the thread did not start
 */
bool gp_thread_start(pthread_t *thread, void *(*main)(void *), void *data, int detached);

#endif
