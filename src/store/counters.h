/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_COUNTERS_H
#define GP_COUNTERS_H

#include <apr.h>

#include <stdatomic.h>
#include <stdbool.h>

/** The counters and gauges of the store. counters.c describes each. */
typedef enum {
    /* Gauges: the present state of this process. A new process sets them to zero. */
    GP_COUNTER_IN_USE,    /* connections on which a statement runs */
    GP_COUNTER_CAPACITY,  /* connections that the pools can hold */
    GP_COUNTER_ABANDONED, /* connections kept until their backends end */
    GP_COUNTER_WAITING,   /* requests that wait for a connection */
    GP_COUNTER_OPEN,      /* open circuit breakers: set only when read (gp_counters.breakers) */
    /* Counters: since the server was started. */
    GP_COUNTER_STATEMENTS,
    GP_COUNTER_BATCHES, /* several statements in one transaction */
    GP_COUNTER_BATCHED, /* statements in batches */
    GP_COUNTER_UNDONE,  /* batches that failed, so that their statements ran again unbatched */
    GP_COUNTER_TIME,    /* microseconds that statements took */
    GP_COUNTER_WAIT,    /* microseconds that requests waited for connections */
    GP_COUNTER_QUEUE_TIMEOUTS, /* waits that ended without a connection */
    GP_COUNTER_TIMEOUTS,       /* statements that a deadline ended */
    GP_COUNTER_RETRIES,        /* statements that ran again */
    GP_COUNTER_CONNECTS,       /* connections opened */
    GP_COUNTER_RECONNECTS,     /* connections opened again after they broke */
    GP_COUNTER_OPENED,         /* how often a circuit breaker opened */
    GP_COUNTERS                /* how many there are */
} gp_counter;

/** The gauges are the counters before this one. */
#define GP_COUNTER_GAUGES GP_COUNTER_STATEMENTS

/** Pools of connections of a process whose circuit breakers and outages are recorded. */
#define GP_COUNTER_BREAKERS 16

typedef _Atomic apr_int64_t gp_tally;

/** Rows of the histogram of batch sizes: up to 2, 4, 8, .. statements. One more row has the larger batches. */
#define GP_COUNTER_SIZES 6

/**
 * The counters of one process. They may lie in memory that processes share: all members are atomic and need no lock.
 */
typedef struct {
    gp_tally values[GP_COUNTERS];
    gp_tally sizes[GP_COUNTER_SIZES + 1];       /* batches by their size */
    atomic_llong breakers[GP_COUNTER_BREAKERS]; /* 1: open */
} gp_counters;

/** How a counter is presented. */
typedef struct {
    const char *key;   /* one word, for programs */
    const char *words; /* for people */
    bool is_time;      /* in microseconds */
} gp_counter_description;

/** @return the description; never NULL */
const gp_counter_description *gp_counter_describe(gp_counter counter);

/**
 * child_init: set the memory in which this process counts. Before the first call it counts in private memory.
 * @param counters   NULL: private memory again. Otherwise this sets the gauges and breakers to zero, unless
 *                   is_shared.
 * @param outages    shared by all processes, GP_COUNTER_BREAKERS of them; NULL: private memory
 * @param is_shared  other processes use the same counters. Then the breakers of this process are not shown, because
 *                   the processes would overwrite each other's.
 */
void gp_counters_use(gp_counters *counters, atomic_llong *outages, bool is_shared);

/** Add to a counter: one atomic addition. Any thread may call it. @param amount  may be negative */
void gp_count(gp_counter counter, apr_int64_t amount);

/** Count a batch that has succeeded. @param size  its number of statements */
void gp_count_batch(int size);

/** @return the largest batch that a row of gp_counters.sizes counts. The last row has no limit. */
int gp_counter_size(int row);

/** The words that belong to a pool of connections; never NULL. */
typedef struct {
    atomic_llong *is_open; /* of this process: its circuit breaker (gp_gate_publish) */
    atomic_llong *outage;  /* of all processes: gp_outage_begins */
} gp_counter_breaker;

/**
 * child_init: get the words of the next pool of connections. All processes must call this for their pools in the same
 * order, because they share the outages. Pools after the first GP_COUNTER_BREAKERS get words that nobody reads.
 */
gp_counter_breaker gp_counters_breaker(void);

#endif
