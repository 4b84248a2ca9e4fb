/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_COUNTERS_H
#define GP_COUNTERS_H

#include <apr.h>

#include <stdatomic.h>
#include <stdbool.h>

/** What the store counts. counters.c describes each. */
typedef enum {
    /* Gauges: the present state of this process. They end with it. */
    GP_COUNTER_IN_USE,    /* connections on which a statement runs */
    GP_COUNTER_CAPACITY,  /* connections that the pools can hold */
    GP_COUNTER_ABANDONED, /* connections kept until their backends end */
    GP_COUNTER_WAITING,   /* requests that wait for a connection */
    GP_COUNTER_OPEN, /* circuit breakers that refuse requests: set only when read (gp_counters.breakers) */
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
    GP_COUNTER_CONNECTS,       /* connections made */
    GP_COUNTER_RECONNECTS,     /* connections made again after they broke */
    GP_COUNTER_OPENED,         /* how often a circuit breaker opened */
    GP_COUNTERS                /* how many there are */
} gp_counter;

/** The gauges are the counters before this one. */
#define GP_COUNTER_GAUGES GP_COUNTER_STATEMENTS

/** How many circuit breakers of a process are shown and outages known: one for each pool of connections. */
#define GP_COUNTER_BREAKERS 16

typedef _Atomic apr_int64_t gp_tally;

/** Batches are counted by size: up to 2, 4, 8, .. statements, and larger ones. */
#define GP_COUNTER_SIZES 6

/**
 * What one process counts. May lie in memory that processes share: all members are atomic and need no lock.
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
 * child_init: say where this process counts. Before the first call it counts in memory of its own that nobody
 * reads.
 * @param counters   NULL: in that memory again. Otherwise the gauges and breakers are set to zero, unless
 *                   other processes count there, too.
 * @param outages    of all processes, GP_COUNTER_BREAKERS of them; NULL: in memory of its own
 * @param is_shared  other processes count there, too: then the breakers of this one are not shown, because
 *                   each would overwrite another's
 */
void gp_counters_use(gp_counters *counters, atomic_llong *outages, bool is_shared);

/** Count. Costs an atomic addition; any thread may call it. @param amount  may be negative */
void gp_count(gp_counter counter, apr_int64_t amount);

/** Count a batch that was committed. @param size  how many statements it has */
void gp_count_batch(int size);

/** @return the largest size of the batches that count in a row of gp_counters.sizes, but for the last row */
int gp_counter_size(int row);

/** The words that belong to a pool of connections; never NULL. */
typedef struct {
    atomic_llong *is_open; /* of this process: its circuit breaker (gp_gate_publish) */
    atomic_llong *outage;  /* of all processes: gp_outage_begins */
} gp_counter_breaker;

/**
 * child_init: the words of one more pool of connections. Processes of the same configuration ask in the same order.
 * Those of pools after the first GP_COUNTER_BREAKERS nobody reads.
 */
gp_counter_breaker gp_counters_breaker(void);

#endif
