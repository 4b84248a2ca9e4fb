/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters of all children in shared memory, and the notes of a request for CustomLog.
 *
 * Each child counts in its own slot without a lock; a reader adds up the slots. Counters stay in the slot when
 * its child ends, and the next owner continues them. Gauges belong to the child and end with it, even after a
 * crash: readers skip the gauges of a slot without an owner, and the next owner starts with zeros. The memory
 * survives restarts, like httpd's own scoreboard, so that a daily reload does not reset the counters.
 */
#include "totals.h"
#include "request.h"

#include <apr_shm.h>
#include <apr_strings.h>
#include <http_core.h>

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define CACHE_LINE 64UL /* of the processor: children must not share one */

/* Shared memory cannot contain the lock that other atomics would need. */
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "atomics need locks");

typedef struct {
    _Alignas(CACHE_LINE) atomic_int owner; /* process id; 0: none */
    gp_counters database;
    gp_tally requests[GP_OPERATIONS][GP_STATUS_CLASSES];
    gp_tally durations[GP_OPERATIONS][GP_DURATION_BOUNDS + 1];
    gp_tally duration_sums[GP_OPERATIONS];
} slot;

#define SHARED (-1) /* owner of the last slot: all children that found no free one */

/* After the slots: the children's common data about each connection pool. */
typedef struct {
    _Alignas(CACHE_LINE) atomic_llong outages[GP_COUNTER_BREAKERS];
} common;

static slot *slots; /* slot_count slots, the shared one, then a `common` */
static int
    slot_count;      /* twice the maximum number of children, because ending children keep theirs */
static slot nowhere; /* of a process that is not a child */
static slot *own = &nowhere;

/* ---- the shared memory ---- */

#define RETAINED "graphprofile-totals"

typedef struct {
    apr_shm_t *memory;
} retained;

static atomic_llong *shared_outages(void)
{
    return ((common *)&slots[slot_count + 1])->outages;
}

int gp_totals_create(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server)
{
    retained *kept = ap_retained_data_get(RETAINED);
    int children = 0;
    apr_size_t size;
    apr_status_t status;

    (void)pconf;
    (void)plog;
    (void)ptemp;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG)
        return OK;
    ap_mpm_query(AP_MPMQ_HARD_LIMIT_DAEMONS, &children);
    slot_count = 2 * (children > 0 ? children : 1);
    size = ((apr_size_t)slot_count + 1) * sizeof(slot) + sizeof(common) + CACHE_LINE;
    if (kept == NULL)
        kept = ap_retained_data_create(RETAINED, sizeof *kept);
    /* Another version of the module may have created it. The children of that version still use it. */
    if (kept->memory != NULL && apr_shm_size_get(kept->memory) != size) {
        apr_shm_destroy(kept->memory);
        kept->memory = NULL;
    }
    if (kept->memory == NULL) {
        status = apr_shm_create(&kept->memory, size, NULL, server->process->pool);
        if (status != APR_SUCCESS) {
            ap_log_error(APLOG_MARK, APLOG_EMERG, status, server,
                         "cannot create the shared memory for the counters");
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        memset(apr_shm_baseaddr_get(kept->memory), 0, size);
    }
    slots = (slot *)APR_ALIGN((uintptr_t)apr_shm_baseaddr_get(kept->memory), CACHE_LINE);
    atomic_store(&slots[slot_count].owner, SHARED);
    /* The new configuration may have other pools. */
    memset(shared_outages(), 0, sizeof(common));
    return OK;
}

void gp_totals_child(server_rec *server, pid_t pid, ap_generation_t generation, int slot_index,
                     mpm_child_status state)
{
    int i, owner;

    (void)server;
    (void)generation;
    (void)slot_index; /* of the scoreboard: an ending child may have lost its own already */
    for (i = 0; state == MPM_CHILD_EXITED && i < slot_count; i++) {
        owner = pid;
        atomic_compare_exchange_strong(&slots[i].owner, &owner, 0);
    }
}

/* A child that ends in order releases its own slot: the parent is not notified of each child. */
static apr_status_t give_back(void *data)
{
    (void)data;
    if (atomic_load(&own->owner) != SHARED)
        atomic_store(&own->owner, 0);
    own = &nowhere;
    gp_counters_use(NULL, NULL, false);
    return APR_SUCCESS;
}

void gp_totals_init(apr_pool_t *child, server_rec *server)
{
    int i, owner;

    (void)server;
    for (i = 0; i < slot_count; i++) {
        owner = 0;
        if (atomic_compare_exchange_strong(&slots[i].owner, &owner, getpid()))
            break;
    }
    own = &slots[i];
    gp_counters_use(&own->database, shared_outages(), i == slot_count);
    apr_pool_cleanup_register(child, NULL, give_back, apr_pool_cleanup_null);
}

/* ---- a request ---- */

static void add(gp_tally *tally, apr_int64_t amount)
{
    atomic_fetch_add_explicit(tally, amount, memory_order_relaxed);
}

apr_interval_time_t gp_totals_bound(int row)
{
    static const apr_interval_time_t bounds[GP_DURATION_BOUNDS] = {
        1000,   2500,   5000,    10000,   25000,   50000,   100000,
        250000, 500000, 1000000, 2500000, 5000000, 10000000};

    return bounds[row];
}

/* Counts the time from the arrival of the request line until the answer was sent, as %D of mod_log_config
 * does. */
static void count_duration(gp_operation operation, apr_interval_time_t duration)
{
    int row = 0;

    while (row < GP_DURATION_BOUNDS && duration > gp_totals_bound(row))
        row++;
    add(&own->durations[operation][row], 1);
    add(&own->duration_sums[operation], duration);
}

/* Sets the notes that CustomLog shows as %{graphprofile-..}n. Added, not set: no one else sets them. */
static void set_notes(apr_pool_t *pool, apr_table_t *notes, gp_operation operation,
                      const gp_cost *cost)
{
    apr_table_addn(notes, "graphprofile-operation", gp_operation_name(operation));
    apr_table_addn(notes, "graphprofile-db-time", apr_off_t_toa(pool, cost->time));
    apr_table_addn(notes, "graphprofile-db-wait", apr_off_t_toa(pool, cost->wait));
    apr_table_addn(notes, "graphprofile-rows", apr_itoa(pool, cost->rows));
}

void gp_totals_count(gp_operation operation, int status, apr_interval_time_t duration)
{
    int class = status / 100 - 2;

    if (class < 0 || class >= GP_STATUS_CLASSES)
        return;
    add(&own->requests[operation][class], 1);
    count_duration(operation, duration);
}

int gp_totals_log(request_rec *r)
{
    request_rec *ours = NULL, *last = r;
    gp_operation operation;

    /* The request may result from a rewrite, and an ErrorDocument may follow it: set the notes where
     * mod_log_config looks. */
    for (; r != NULL; r = r->next) {
        last = r;
        if (ours == NULL && gp_request_is_ours(r))
            ours = r;
    }
    if (ours == NULL)
        return DECLINED;
    operation = gp_route_operation(gp_request_get(ours)->route.resource, ours->method);
    gp_totals_count(operation, ours->status, apr_time_now() - ours->request_time);
    set_notes(last->pool, last->notes, operation, &gp_request_get(ours)->cost);
    return OK;
}

/* ---- reading ---- */

static int count_open(slot *child)
{
    int i, open = 0;

    for (i = 0; i < GP_COUNTER_BREAKERS; i++)
        open += atomic_load(&child->database.breakers[i]) != 0;
    return open;
}

static void add_database(gp_totals *totals, slot *child)
{
    int owner = atomic_load(&child->owner), i;

    totals->children += owner > 0;
    for (i = owner == 0 ? GP_COUNTER_GAUGES : 0; i < GP_COUNTERS; i++)
        totals->database[i] += child->database.values[i];
    if (owner > 0)
        totals->database[GP_COUNTER_OPEN] += count_open(child);
    for (i = 0; i <= GP_COUNTER_SIZES; i++)
        totals->batch_sizes[i] += child->database.sizes[i];
}

static void add_requests(gp_totals *totals, const slot *child)
{
    int operation, i;

    for (operation = 0; operation < GP_OPERATIONS; operation++) {
        for (i = 0; i < GP_STATUS_CLASSES; i++)
            totals->requests[operation][i] += child->requests[operation][i];
        for (i = 0; i <= GP_DURATION_BOUNDS; i++)
            totals->durations[operation][i] += child->durations[operation][i];
        totals->duration_sums[operation] += child->duration_sums[operation];
    }
}

void gp_totals_get(gp_totals *totals)
{
    int i;

    memset(totals, 0, sizeof *totals);
    for (i = 0; i <= slot_count; i++) {
        add_database(totals, &slots[i]);
        add_requests(totals, &slots[i]);
    }
}
