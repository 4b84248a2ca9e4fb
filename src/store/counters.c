/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters of the store. The caller provides their memory: the httpd side gives each child a slot of memory that
 * all children share (src/http/totals.c); programs and unit tests use private memory.
 */
#include "counters.h"

/* A lock of libatomic would work in one process only, but several processes share the counters. */
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "atomics need locks");

static const gp_counter_description descriptions[GP_COUNTERS] = {
    [GP_COUNTER_IN_USE] = {"ConnectionsInUse", "connections in use", false},
    [GP_COUNTER_CAPACITY] = {"ConnectionsMax", "connections at most", false},
    [GP_COUNTER_ABANDONED] = {"ConnectionsAbandoned", "connections abandoned", false},
    [GP_COUNTER_WAITING] = {"ConnectionsWaiting", "requests waiting for a connection", false},
    [GP_COUNTER_OPEN] = {"BreakersOpen", "processes that cannot reach the database", false},
    [GP_COUNTER_STATEMENTS] = {"Statements", "statements", false},
    [GP_COUNTER_BATCHES] = {"Batches", "batches of statements", false},
    [GP_COUNTER_BATCHED] = {"BatchedStatements", "statements in batches", false},
    [GP_COUNTER_UNDONE] = {"BatchesUndone", "batches undone", false},
    [GP_COUNTER_TIME] = {"StatementMicroseconds", "time in statements", true},
    [GP_COUNTER_WAIT] = {"WaitMicroseconds", "time waiting for connections", true},
    [GP_COUNTER_QUEUE_TIMEOUTS] = {"QueueTimeouts",
                                   "requests that waited too long for a connection", false},
    [GP_COUNTER_TIMEOUTS] = {"StatementTimeouts", "statements that took too long", false},
    [GP_COUNTER_RETRIES] = {"Retries", "statements tried again", false},
    [GP_COUNTER_CONNECTS] = {"Connects", "connections opened", false},
    [GP_COUNTER_RECONNECTS] = {"Reconnects", "connections opened again after they broke", false},
    [GP_COUNTER_OPENED] = {"BreakerOpenings", "times that a process lost the database", false},
};

static gp_counters nowhere;                              /* private memory, which nobody reads */
static atomic_llong no_outages[GP_COUNTER_BREAKERS + 1]; /* private memory */
static gp_counters *own = &nowhere;
static atomic_llong *outages = no_outages;
static bool is_own_shared;
static int breakers; /* pools that have their words */

const gp_counter_description *gp_counter_describe(gp_counter counter)
{
    return &descriptions[counter];
}

void gp_counters_use(gp_counters *counters, atomic_llong *shared_outages, bool is_shared)
{
    int i;

    own = counters != NULL ? counters : &nowhere;
    outages = shared_outages != NULL ? shared_outages : no_outages;
    is_own_shared = is_shared;
    breakers = 0;
    if (is_shared)
        return;
    for (i = 0; i < GP_COUNTER_GAUGES; i++)
        atomic_store(&own->values[i], 0);
    for (i = 0; i < GP_COUNTER_BREAKERS; i++)
        atomic_store(&own->breakers[i], 0);
}

void gp_count(gp_counter counter, apr_int64_t amount)
{
    atomic_fetch_add_explicit(&own->values[counter], amount, memory_order_relaxed);
}

int gp_counter_size(int row)
{
    return 2 << row;
}

void gp_count_batch(int size)
{
    int row = 0;

    while (row < GP_COUNTER_SIZES && size > gp_counter_size(row))
        row++;
    gp_count(GP_COUNTER_BATCHES, 1);
    gp_count(GP_COUNTER_BATCHED, size);
    atomic_fetch_add_explicit(&own->sizes[row], 1, memory_order_relaxed);
}

gp_counter_breaker gp_counters_breaker(void)
{
    bool is_known = breakers < GP_COUNTER_BREAKERS;
    gp_counter_breaker words = {is_known && !is_own_shared ? &own->breakers[breakers]
                                                           : &nowhere.breakers[0],
                                is_known ? &outages[breakers] : &no_outages[GP_COUNTER_BREAKERS]};

    breakers += is_known;
    return words;
}
