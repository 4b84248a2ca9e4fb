/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_GATE_H
#define GP_GATE_H

#include "share.h"

#include <apr_pools.h>
#include <apr_time.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/** Time between a failed attempt to connect and the next one, microseconds. */
#define GP_RETRY_INTERVAL APR_USEC_PER_SEC

/**
 * The semaphore and queue in front of a connection pool, one for each pool and process. It bounds the callers inside,
 * the wait of all others, and the attempts to connect to an unreachable database, which the pool does not bound.
 * Thread-safe; knows nothing of databases.
 */
typedef struct gp_gate gp_gate;

typedef enum {
    GP_GATE_ENTERED,    /* inside: gp_gate_opened must follow */
    GP_GATE_FULL,       /* no place became free in time */
    GP_GATE_UNREACHABLE /* the circuit breaker is open, and the next attempt is not due */
} gp_gate_answer;

/** The change of state that a call of gp_gate_opened causes. */
typedef enum {
    GP_GATE_SAME,
    GP_GATE_LOST,   /* the circuit breaker has opened */
    GP_GATE_FOUND,  /* the circuit breaker has closed */
    GP_GATE_REDUCED /* the database grants no further connection; the callers inside keep theirs */
} gp_gate_change;

/**
 * Make a gate.
 * @param pool      its lifetime
 * @param capacity  callers inside at once, until gp_gate_set_capacity changes it
 * @return NULL: the system has no mutex left
 */
gp_gate *gp_gate_create(apr_pool_t *pool, int capacity);

/**
 * Wait for a place and for the right to open a connection. The caller that has waited longest comes first. As many
 * callers open at once as there are idle connections. Only one caller at a time makes a new connection, because
 * connecting can take long and mod_dbd connects under a lock.
 * @param wait  how long to wait for both, microseconds
 */
gp_gate_answer gp_gate_enter(gp_gate *gate, apr_interval_time_t wait);

/**
 * The same for a caller with a share. The waiter whose share comes first (gp_share_compare) is admitted; among equals, the
 * one that has waited longest. A waiter whose caller holds too many threads gets GP_GATE_FULL (gp_share_turns_away).
 * @param share  of the caller; NULL: none
 * @param kind   the kind of these places. This call counts a place up. The caller must count it down (gp_share_count)
 *               before it gives the place back, by gp_gate_leave or by a failed gp_gate_opened.
 * @param is_turned_away  of the request, which counts once: set if this or another gate turns it away
 */
gp_gate_answer gp_gate_enter_for(gp_gate *gate, gp_share *share, gp_share_kind kind,
                                 apr_interval_time_t wait, bool *is_turned_away);

/**
 * Report the end of an attempt to open a connection.
 * @param reachable  true: the caller has a connection, and gp_gate_leave must follow. False: this gives the place back.
 *                   If no other caller has had or opened a connection since the attempt began, and no other attempt is
 *                   running, the circuit breaker opens.
 * @param pause      after a failure, microseconds. While the breaker is open, the gate answers GP_GATE_UNREACHABLE for
 *                   this long, then admits one caller to try. Otherwise the gate admits, for this long, only as many
 *                   callers as those others.
 */
gp_gate_change gp_gate_opened(gp_gate *gate, bool reachable, apr_interval_time_t pause);

/** Give the place back. The connection stays in the pool, idle. */
void gp_gate_leave(gp_gate *gate);

/**
 * Give up a connection whose backend still runs. The place stays taken until gp_gate_recover, but does not count as
 * proof that the database can be reached.
 */
void gp_gate_abandon(gp_gate *gate);

/** The backend of an abandoned connection has ended: its place is free. This leaves no idle connection. */
void gp_gate_recover(gp_gate *gate);

/** Change the number of callers inside at once. More may be inside already; they stay. */
void gp_gate_set_capacity(gp_gate *gate, int capacity);

/** Have a function called whenever a place, or the right to open, has come free, by the thread that frees it. */
void gp_gate_on_free(gp_gate *gate, void (*tell)(void *context), void *context);

/** Publish whether the circuit breaker is open. @param is_open  receives 1 or 0 at every change */
void gp_gate_publish(gp_gate *gate, atomic_llong *is_open);

/**
 * Begin a probe if the circuit breaker is open and no other attempt is running. The gate refuses callers until
 * gp_gate_probed, which must follow.
 * @return 0: connect now. Otherwise when to ask again, on gp_clock; APR_INT64_MAX: the breaker is closed
 */
apr_time_t gp_gate_probe(gp_gate *gate);

/**
 * End a probe. It leaves no idle connection.
 * @param reachable  true: the breaker closes
 * @param pause      after a failure, how long the gate refuses callers before the next attempt, microseconds
 */
void gp_gate_probed(gp_gate *gate, bool reachable, apr_interval_time_t pause);

#endif
