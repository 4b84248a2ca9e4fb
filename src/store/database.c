/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry of databases: one entry for each connection pool of mod_dbd, and one for each virtual host
 * that points to the entry of its pool. A child makes it when it starts and never changes it. This state
 * must not be in configuration structs: httpd lets virtual hosts share these.
 */
#include "database.h"
#include "http/config.h"
#include "session.h"
#include "counters.h"

#include <apr_atomic.h>
#include <apr_hash.h>
#include <apr_strings.h>

/* Batches use one of this many connections: fewer and larger batches cost less. */
#define CONNECTIONS_PER_LANE 4

static gp_database *databases;
static apr_hash_t *hosts; /* const server_rec * -> gp_host */

#define KEY_SIZE sizeof(const server_rec *)

/* ---- the registry ---- */

static gp_database *find(const dbd_cfg_t *pool)
{
    gp_database *database = databases;

    while (database != NULL && database->pool != pool)
        database = database->next;
    return database;
}

/* Of how many connections one may run statements of a cost class; 0: they have no gate. */
static const int connections_per_place[GP_COST_CLASSES] = {
    [GP_COST_CONSTANT] = 0,
    [GP_COST_ROWS] = 4,
    [GP_COST_EXPRESSION] = 2,
};

/* @return zero: the system has no mutex left */
static int make_gates(apr_pool_t *child, gp_database *database, int size)
{
    int cost;

    for (cost = 0; cost < GP_COST_CLASSES; cost++) {
        int per_place = connections_per_place[cost];

        if (per_place == 0)
            continue;
        database->classes[cost] = gp_gate_create(child, size > per_place ? size / per_place : 1);
        if (database->classes[cost] == NULL)
            return 0;
    }
    database->gate = gp_gate_create(child, size);
    return database->gate != NULL;
}

/* Adds the database of a pool. NULL: the system has no mutex left. */
static gp_database *add(apr_pool_t *child, const dbd_cfg_t *pool, int size)
{
    gp_database *database = apr_pcalloc(child, sizeof *database);
    int has_gates = make_gates(child, database, size);

    database->pool = pool;
    database->batches = gp_batches_create(
        child, size > CONNECTIONS_PER_LANE ? size / CONNECTIONS_PER_LANE : 1, size);
    if (!has_gates || database->batches == NULL)
        return NULL;
    gp_gate_publish(database->gate, gp_counters_breaker());
    database->next = databases;
    databases = database;
    gp_count(GP_COUNTER_CAPACITY, size);
    return database;
}

static gp_host *make_host(apr_pool_t *child, gp_database *database)
{
    gp_host *host = apr_pcalloc(child, sizeof *host);
    int sql;

    host->database = database;
    for (sql = 0; sql < GP_SQL_STATEMENTS; sql++)
        host->kinds[sql].most = gp_statement_get((gp_sql)sql)->batch;
    return host;
}

static void register_host(apr_pool_t *child, server_rec *server)
{
    int size;
    const dbd_cfg_t *pool = gp_session_pool(server, &size);
    gp_database *database = find(pool);
    /* apr_hash refers to the key, so the key needs memory of its own. */
    void *key = apr_pmemdup(child, &server, KEY_SIZE);

    if (database == NULL)
        database = add(child, pool, size);
    if (database == NULL)
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, server,
                     "no mutex left: this host cannot use its database");
    else
        apr_hash_set(hosts, key, KEY_SIZE, make_host(child, database));
}

void gp_database_init(apr_pool_t *child, server_rec *server)
{
    databases = NULL; /* httpd -X starts again in the same process */
    hosts = apr_hash_make(child);
    for (; server != NULL; server = server->next) {
        if (gp_config_has_roots(gp_config_get_server(server)))
            register_host(child, server);
    }
}

gp_host *gp_database_host(const server_rec *server)
{
    return hosts != NULL ? apr_hash_get(hosts, &server, KEY_SIZE) : NULL;
}

/* ---- the schema ---- */

void gp_database_unfit(request_rec *r, gp_database *database, gp_sql sql, const char *what)
{
    if (apr_atomic_cas32(&database->unfit, 1 + (apr_uint32_t)sql, 0) == 0)
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "the database is not what GraphProfile needs: %s. Apply the files of sql/ in "
                      "their order, and check the grants of the role that DBDParams names",
                      what);
}

void gp_database_fit(request_rec *r, gp_database *database, gp_sql sql)
{
    if (apr_atomic_cas32(&database->unfit, 0, 1 + (apr_uint32_t)sql) == 1 + (apr_uint32_t)sql)
        ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r,
                      "the database is what GraphProfile needs now");
}
