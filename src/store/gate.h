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
 * The way into a pool of database connections, one gate a pool and process. It bounds what the pool
 * does not: how many are inside, how long the others wait, and how often an unreachable database is
 * tried. Thread-safe; knows nothing of databases.
 */
typedef struct gp_gate gp_gate;

typedef enum {
    GP_GATE_ENTERED,    /* inside: gp_gate_opened must follow */
    GP_GATE_FULL,       /* no place came free in time */
    GP_GATE_UNREACHABLE /* the database was unreachable a moment ago and is not tried again yet */
} gp_gate_answer;

/** What gp_gate_opened learns by its call. */
typedef enum {
    GP_GATE_SAME,
    GP_GATE_LOST,   /* the database has just gone */
    GP_GATE_FOUND,  /* it has just come */
    GP_GATE_REDUCED /* it grants no further connection; those that are inside have theirs */
} gp_gate_change;

/**
 * Make a gate.
 * @param pool      for its lifetime
 * @param capacity  how many may be inside, until gp_gate_set_capacity knows better
 * @return NULL where the system has no mutex left
 */
gp_gate *gp_gate_create(apr_pool_t *pool, int capacity);

/**
 * Ask for a place, and for the right to open a connection: who has waited longest has it first. Where
 * those who left have left connections behind, as many open at a time; else one, since to connect may
 * take long and would hold up the others one after the other.
 * @param wait  how long to wait for both, microseconds
 */
gp_gate_answer gp_gate_enter(gp_gate *gate, apr_interval_time_t wait);

/**
 * The same for one of many callers. Of those who wait, one whose caller has the fewest places comes first;
 * where several have as few, the one who has waited longest. Who has too many of the threads is told
 * GP_GATE_FULL (gp_share_turns_away).
 * @param share  of the caller; NULL: none
 * @param kind   what the places are: counted up when it gets one; whoever gives a place back, by
 *               gp_gate_leave or by an opening that fails, counts it down first (gp_share_count)
 */
gp_gate_answer gp_gate_enter_for(gp_gate *gate, gp_share *share, gp_share_kind kind,
                                 apr_interval_time_t wait);

/**
 * Opening is over.
 * @param reachable  true where the database was reached: gp_gate_leave must follow in the end. If
 *                   not, the place is given back. Where since the attempt began no other caller had a
 *                   connection or got one, and no other still tries, the circuit breaker opens: the gate
 *                   answers GP_GATE_UNREACHABLE for `pause` microseconds, then lets one caller in to try.
 *                   Otherwise it admits no more for that long than those others are.
 */
gp_gate_change gp_gate_opened(gp_gate *gate, bool reachable, apr_interval_time_t pause);

/** Give the place back, and leave the connection behind for the next. */
void gp_gate_leave(gp_gate *gate);

/**
 * Give up a connection whose server goes on: the place stays taken until gp_gate_recover, and does not
 * count as proof that the database can be reached.
 */
void gp_gate_abandon(gp_gate *gate);

/** That server has ended: the place is free. No connection is left behind. */
void gp_gate_recover(gp_gate *gate);

/** The pool's size is known now. */
void gp_gate_set_capacity(gp_gate *gate, int capacity);

/** Let others see whether the circuit breaker is open. @param is_open  receives 1 or 0 at every change */
void gp_gate_publish(gp_gate *gate, atomic_llong *is_open);

/**
 * Begin to try whether the database can be reached, while the circuit breaker is open and nobody else tries.
 * Callers are refused until gp_gate_probed, which must follow.
 * @return 0: try now. Otherwise when to ask again, on gp_clock; APR_INT64_MAX: the breaker is closed
 */
apr_time_t gp_gate_probe(gp_gate *gate);

/**
 * The end of what gp_gate_probe began. No connection is left behind.
 * @param reachable  true: the breaker closes
 * @param pause      else, how long it refuses callers before the next attempt, microseconds
 */
void gp_gate_probed(gp_gate *gate, bool reachable, apr_interval_time_t pause);

#endif
