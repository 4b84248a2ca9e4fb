/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator sees of the module: numbers of the whole server, a section of mod_status's page
 * that shows them, and the notes of a request for CustomLog.
 *
 * The numbers lie in memory that the children share. Each child adds to a slot of its own, without a
 * lock; whoever looks adds up the slots. Counters stay in the slot when its child ends, and the next
 * owner counts on. Gauges are the child's and end with it, killed or not: a slot without an owner is
 * not looked at for them, and the next owner begins with zeros. The memory outlives restarts, as that
 * of httpd's own scoreboard does, so that a daily reload does not begin everything anew.
 */
#include "status.h"
#include "store/gate.h"
#include "request.h"
#include "base/version.h"

#include <apr_lib.h>
#include <apr_shm.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <mod_status.h>

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define GAUGES  GP_STATUS_STATEMENTS /* the numbers before it */
#define CLASSES 4                    /* of HTTP status, from 2xx on */
#define LINE    64UL                 /* of the processors' caches: children do not share one */

#define BREAKERS 16 /* of a child that are shown */

/* What lies between processes can have no lock. */
_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_LLONG_LOCK_FREE == 2, "atomics need locks");
typedef _Atomic apr_int64_t tally;

typedef struct {
    _Alignas(LINE) atomic_int owner; /* process id; 0: none */
    tally database[GP_STATUS_NUMBERS];
    tally requests[GP_OPERATIONS][CLASSES];
    atomic_llong breakers[BREAKERS]; /* gp_clock until which each refuses callers */
} slot;

#define SHARED (-1) /* the owner of the last slot: all who found no other one */

/* How the database's numbers are called: GraphProfile.. in ?auto, and on the page. Times are in microseconds
 * in ?auto, and in seconds on the page. */
static const struct {
    const char *key;
    const char *words;
    int is_time;
} names[GP_STATUS_NUMBERS] = {
    [GP_STATUS_IN_USE] = {"ConnectionsInUse", "connections in use", 0},
    [GP_STATUS_PLACES] = {"ConnectionsMax", "connections at most", 0},
    [GP_STATUS_ABANDONED] = {"ConnectionsAbandoned", "connections abandoned", 0},
    [GP_STATUS_WAITING] = {"ConnectionsWaiting", "requests waiting for a connection", 0},
    [GP_STATUS_OPEN] = {"BreakersOpen", "processes that cannot reach the database", 0},
    [GP_STATUS_STATEMENTS] = {"Statements", "statements", 0},
    [GP_STATUS_BATCHES] = {"Batches", "batches of statements", 0},
    [GP_STATUS_BATCHED] = {"BatchedStatements", "statements in batches", 0},
    [GP_STATUS_UNDONE] = {"BatchesUndone", "batches undone", 0},
    [GP_STATUS_TIME] = {"StatementMicroseconds", "time in statements", 1},
    [GP_STATUS_WAIT] = {"WaitMicroseconds", "time waiting for connections", 1},
    [GP_STATUS_QUEUE_TIMEOUTS] = {"QueueTimeouts", "requests that waited too long for a connection",
                                  0},
    [GP_STATUS_TIMEOUTS] = {"StatementTimeouts", "statements that took too long", 0},
    [GP_STATUS_RETRIES] = {"Retries", "statements tried again", 0},
    [GP_STATUS_CONNECTS] = {"Connects", "connections opened", 0},
    [GP_STATUS_RECONNECTS] = {"Reconnects", "connections opened again after they broke", 0},
    [GP_STATUS_OPENED] = {"BreakerOpenings", "times that a process lost the database", 0},
};

static slot *slots;    /* slot_count of them, and the one that is shared */
static int slot_count; /* as many as there may be children, twice: some may still be ending */
static slot nowhere;   /* for a process that is no child */
static slot *own = &nowhere;
static int breakers; /* of this child, so far */

/* ---- counting ---- */

static void add(tally *number, apr_int64_t amount)
{
    atomic_fetch_add_explicit(number, amount, memory_order_relaxed);
}

void gp_status_add(gp_status_number number, apr_int64_t amount)
{
    add(&own->database[number], amount);
}

/* A child without a slot of its own must not write over another's. */
atomic_llong *gp_status_breaker(void)
{
    int is_shown = breakers < BREAKERS && atomic_load(&own->owner) != SHARED;

    return is_shown ? &own->breakers[breakers++] : &nowhere.breakers[0];
}

/* ---- the shared memory ---- */

#define RETAINED "graphprofile-status"

typedef struct {
    apr_shm_t *memory;
} retained;

int gp_status_create(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server)
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
    size = ((apr_size_t)slot_count + 1) * sizeof(slot) + LINE;
    if (kept == NULL)
        kept = ap_retained_data_create(RETAINED, sizeof *kept);
    /* Another version of the module may have left it. Its children have it still. */
    if (kept->memory != NULL && apr_shm_size_get(kept->memory) != size) {
        apr_shm_destroy(kept->memory);
        kept->memory = NULL;
    }
    if (kept->memory == NULL) {
        status = apr_shm_create(&kept->memory, size, NULL, server->process->pool);
        if (status != APR_SUCCESS) {
            ap_log_error(APLOG_MARK, APLOG_EMERG, status, server, "no shared memory to count in");
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        memset(apr_shm_baseaddr_get(kept->memory), 0, size);
    }
    slots = (slot *)APR_ALIGN((uintptr_t)apr_shm_baseaddr_get(kept->memory), LINE);
    atomic_store(&slots[slot_count].owner, SHARED);
    return OK;
}

void gp_status_child(server_rec *server, pid_t pid, ap_generation_t generation, int place,
                     mpm_child_status state)
{
    int i, owner;

    (void)server;
    (void)generation;
    (void)place; /* of the scoreboard, where an ending child may have lost its own */
    for (i = 0; state == MPM_CHILD_EXITED && i < slot_count; i++) {
        owner = pid;
        atomic_compare_exchange_strong(&slots[i].owner, &owner, 0);
    }
}

/* A child that ends in order says so itself: the parent does not learn of each. */
static apr_status_t give_back(void *data)
{
    (void)data;
    if (atomic_load(&own->owner) != SHARED)
        atomic_store(&own->owner, 0);
    own = &nowhere;
    return APR_SUCCESS;
}

void gp_status_init(apr_pool_t *child, server_rec *server)
{
    int i, gauge, owner;

    (void)server;
    for (i = 0; i < slot_count; i++) {
        owner = 0;
        if (atomic_compare_exchange_strong(&slots[i].owner, &owner, getpid()))
            break;
    }
    own = &slots[i];
    breakers = 0; /* httpd -X starts again in the same process */
    for (gauge = 0; i < slot_count && gauge < GAUGES; gauge++)
        atomic_store(&own->database[gauge], 0);
    for (i = 0; atomic_load(&own->owner) != SHARED && i < BREAKERS; i++)
        atomic_store(&own->breakers[i], 0);
    apr_pool_cleanup_register(child, NULL, give_back, apr_pool_cleanup_null);
}

/* ---- a request ---- */

/* What CustomLog shows as %{graphprofile-..}n. Added, not set: nobody else has set them. */
static void set_notes(apr_pool_t *pool, apr_table_t *notes, gp_operation operation,
                      const gp_cost *cost)
{
    apr_table_addn(notes, "graphprofile-operation", gp_operation_name(operation));
    apr_table_addn(notes, "graphprofile-db-time", apr_off_t_toa(pool, cost->time));
    apr_table_addn(notes, "graphprofile-db-wait", apr_off_t_toa(pool, cost->wait));
    apr_table_addn(notes, "graphprofile-rows", apr_itoa(pool, cost->rows));
}

int gp_status_log(request_rec *r)
{
    request_rec *ours = NULL, *last = r;
    gp_operation operation;
    int class;

    /* A rewrite may have led to it, an ErrorDocument away from it, to where mod_log_config looks. */
    for (; r != NULL; r = r->next) {
        last = r;
        if (ours == NULL && gp_request_is_ours(r))
            ours = r;
    }
    if (ours == NULL)
        return DECLINED;
    operation = gp_route_operation(gp_request_get(ours)->route.resource, ours->method);
    class = ours->status / 100 - 2;
    if (class >= 0 && class < CLASSES)
        add(&own->requests[operation][class], 1);
    set_notes(last->pool, last->notes, operation, &gp_request_get(ours)->cost);
    return OK;
}

/* ---- mod_status ---- */

/* The sum of all slots. */
typedef struct {
    int children;
    apr_int64_t database[GP_STATUS_NUMBERS];
    apr_int64_t requests[GP_OPERATIONS][CLASSES];
} sums;

/* The clock is the same in all processes, so a breaker whose time has passed is seen to refuse nobody,
 * also where its child has had no request since. */
static int count_open(slot *child, apr_time_t now)
{
    int i, open = 0;

    for (i = 0; i < BREAKERS; i++)
        open += atomic_load(&child->breakers[i]) > now;
    return open;
}

static void add_up(sums *sum)
{
    apr_time_t now = gp_clock();
    int i, k, class;

    memset(sum, 0, sizeof *sum);
    for (i = 0; i <= slot_count; i++) {
        int owner = atomic_load(&slots[i].owner);

        sum->children += owner > 0;
        for (k = owner == 0 ? GAUGES : 0; k < GP_STATUS_NUMBERS; k++)
            sum->database[k] += slots[i].database[k];
        if (owner > 0)
            sum->database[GP_STATUS_OPEN] += count_open(&slots[i], now);
        for (k = 0; k < GP_OPERATIONS; k++)
            for (class = 0; class < CLASSES; class ++)
                sum->requests[k][class] += slots[i].requests[k][class];
    }
}

static void show_lines(request_rec *r, const sums *sum)
{
    int i, class;

    ap_rputs("GraphProfileVersion: " GP_VERSION "\n", r);
    ap_rprintf(r, "GraphProfileProcesses: %d\n", sum->children);
    for (i = 0; i < GP_OPERATIONS; i++) {
        const char *name = gp_operation_name((gp_operation)i);

        for (class = 0; class < CLASSES; class ++)
            ap_rprintf(r, "GraphProfile%c%s%dxx: %" APR_INT64_T_FMT "\n", apr_toupper(*name),
                       name + 1, class + 2, sum->requests[i][class]);
    }
    for (i = 0; i < GP_STATUS_NUMBERS; i++)
        ap_rprintf(r, "GraphProfile%s: %" APR_INT64_T_FMT "\n", names[i].key, sum->database[i]);
}

/* The marks around the cells of a row: of a table, or, where mod_status shall make none, of a list. */
typedef struct {
    const char *begin, *part, *end;
} marks;

static void show_requests(request_rec *r, const sums *sum, const marks *row)
{
    int i, class;

    ap_rvputs(r, row->begin, "requests", NULL);
    for (class = 0; class < CLASSES; class ++)
        ap_rprintf(r, "%s%dxx", row->part, class + 2);
    ap_rputs(row->end, r);
    for (i = 0; i < GP_OPERATIONS; i++) {
        ap_rvputs(r, row->begin, gp_operation_name((gp_operation)i), NULL);
        for (class = 0; class < CLASSES; class ++)
            ap_rprintf(r, "%s%" APR_INT64_T_FMT, row->part, sum->requests[i][class]);
        ap_rputs(row->end, r);
    }
}

static void show_database(request_rec *r, const sums *sum, const marks *row)
{
    int i;

    ap_rvputs(r, row->begin, "serving processes", row->part, NULL);
    ap_rprintf(r, "%d%s", sum->children, row->end);
    for (i = 0; i < GP_STATUS_NUMBERS; i++) {
        ap_rvputs(r, row->begin, names[i].words, row->part, NULL);
        if (names[i].is_time)
            ap_rprintf(r, "%.3f s", (double)sum->database[i] / APR_USEC_PER_SEC);
        else
            ap_rprintf(r, "%" APR_INT64_T_FMT, sum->database[i]);
        ap_rputs(row->end, r);
    }
}

/* For people. */
static void show_page(request_rec *r, const sums *sum, int in_table)
{
    static const marks table = {"<tr><td>", "</td><td>", "</td></tr>\n"},
                       list = {"<dt>", " ", "</dt>\n"};
    const marks *row = in_table ? &table : &list;
    const char *begin = in_table ? "<table border=\"0\">\n" : "<dl>\n",
               *end = in_table ? "</table>\n" : "</dl>\n";

    ap_rputs("<hr />\n<h1>GraphProfile</h1>\n<p>mod_graphprofile " GP_VERSION
             "; numbers of all processes and hosts, since the server was started</p>\n",
             r);
    ap_rvputs(r, "<h2>Requests by operation and status</h2>\n", begin, NULL);
    show_requests(r, sum, row);
    ap_rvputs(r, end, "<h2>Database</h2>\n", begin, NULL);
    show_database(r, sum, row);
    ap_rputs(end, r);
}

static int show(request_rec *r, int flags)
{
    sums sum;

    add_up(&sum);
    if (flags & AP_STATUS_SHORT)
        show_lines(r, &sum);
    else
        show_page(r, &sum, !(flags & AP_STATUS_NOTABLE));
    return OK;
}

void gp_status_register(void)
{
    APR_OPTIONAL_HOOK(ap, status_hook, show, NULL, NULL, APR_HOOK_MIDDLE);
}
