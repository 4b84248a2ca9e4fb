/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One database for each pool of connections: its gates, its engine, and whether its schema is fit. A process makes
 * its databases when it starts; src/http/dbd.c records which host has which.
 */
#include "database.h"
#include "counters.h"
#include "deadline.h"
#include "orphan.h"
#include "probe.h"
#include "share.h"

#include <apr_atomic.h>

/* One place in the gate of a cost class for this many connections; 0: the class has no gate. */
static const int connections_per_place[GP_COST_CLASSES] = {
    [GP_COST_CONSTANT] = 0,
    [GP_COST_ROWS] = 4,
};

void gp_database_init(apr_pool_t *child, int threads, const gp_log *log)
{
    if (!gp_share_init(threads))
        GP_LOG(log, GP_LOG_CRITICAL, "no mutex left: all callers count as one");
    if (!gp_deadline_init(child) || !gp_orphan_init(child))
        GP_LOG(log, GP_LOG_CRITICAL,
               "cannot enforce deadlines on statements: a hung database server blocks requests");
    if (!gp_probe_init(child))
        GP_LOG(log, GP_LOG_CRITICAL,
               "no mutex left: no probes, so only requests find the end of an outage");
}

/* @return false: the system has no mutex left */
static bool make_gates(apr_pool_t *child, gp_database *database, int size)
{
    int cost;

    for (cost = 0; cost < GP_COST_CLASSES; cost++) {
        int per_place = connections_per_place[cost];

        if (per_place == 0)
            continue;
        database->classes[cost] = gp_gate_create(child, size > per_place ? size / per_place : 1);
        if (database->classes[cost] == NULL)
            return false;
    }
    database->gate = gp_gate_create(child, size);
    return database->gate != NULL;
}

static void tell_engine(void *engine)
{
    gp_engine_freed(engine);
}

gp_database *gp_database_create(apr_pool_t *child, const gp_pool_source *source, const gp_log *log)
{
    gp_database *database = apr_pcalloc(child, sizeof *database);
    int size = source->size;
    bool has_gates = make_gates(child, database, size);
    gp_counter_breaker words = gp_counters_breaker();

    database->identity = source->identity;
    database->outage = words.outage;
    if (!has_gates)
        return NULL;
    if (source->is_shared && source->is_persistent)
        database->engine = gp_engine_create(child, database->gate, size);
    if (database->engine != NULL)
        gp_gate_on_free(database->gate, tell_engine, database->engine);
    gp_gate_publish(database->gate, words.is_open);
    gp_probe_watch(child, database->gate, source->params, GP_RETRY_INTERVAL, words.outage, log);
    gp_count(GP_COUNTER_CAPACITY, size);
    return database;
}

gp_host *gp_host_create(apr_pool_t *child, gp_database *database, const gp_pool_source *source)
{
    gp_host *host = apr_pcalloc(child, sizeof *host);

    host->database = database;
    host->source = *source;
    return host;
}

/* ---- the schema ---- */

void gp_database_unfit(const gp_log *log, gp_database *database, gp_sql sql, const char *what)
{
    if (apr_atomic_cas32(&database->unfit, 1 + (apr_uint32_t)sql, 0) == 0)
        GP_LOG(log, GP_LOG_ERROR,
               "the database is not what GraphProfile needs: %s. Apply the files of sql/ in "
               "their order, and check the grants of the role that DBDParams names",
               what);
}

void gp_database_fit(const gp_log *log, gp_database *database, gp_sql sql)
{
    if (apr_atomic_cas32(&database->unfit, 0, 1 + (apr_uint32_t)sql) == 1 + (apr_uint32_t)sql)
        GP_LOG(log, GP_LOG_NOTICE, "the database is what GraphProfile needs now");
}
