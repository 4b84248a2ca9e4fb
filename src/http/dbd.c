/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adapts mod_dbd to the store: it finds the connection pool of each virtual host, takes and returns connections,
 * and gives each request its database. Only this file uses mod_dbd.
 *
 * A child creates the registry (host -> database) when it starts and never changes it. The registry must not be in
 * configuration structs: httpd lets virtual hosts share these, even if their databases differ.
 */
#include "dbd.h"
#include "config.h"
#include "reason.h"
#include "request.h"
#include "store/database.h"

#include <ap_mpm.h>
#include <apr_hash.h>
#include <apr_optional_hooks.h>
#include <apr_portable.h>
#include <apr_strings.h>
#include <http_core.h>
#include <mod_dbd.h>

#include <poll.h>

#define POOL_KEY "graphprofile-pool"

#define MOD_DBD "mod_dbd.c"

/* The number of connections assumed if mod_dbd has no pool (DBDPersist Off, DBDMax 0): mod_dbd's default. */
#define DEFAULT_SIZE 10

/* mod_dbd's configuration of a host (svr_cfg), and the head of its data for a pool (dbd_group_t). Both are private
 * to mod_dbd.c, and unchanged since httpd 2.4.1. No public function finds the pool of a host before it connects.
 * gp_dbd_is_known refuses another layout at startup. Each connection gets the identity of its pool from mod_dbd's
 * public hook, and the two must agree (store/database_run.c). */
typedef struct {
    const dbd_cfg_t *own; /* from the directives of the host */
    const struct {
        const dbd_cfg_t *identity; /* of the host that created the pool */
    } *shared;                     /* NULL: DBDPersist Off */
} dbd_host;

static const module *mod_dbd;
static APR_OPTIONAL_FN_TYPE(ap_dbd_open) * dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) * dbd_close;

/* A database, linked to the next one of the registry. */
typedef struct entry {
    gp_database *database;
    struct entry *next;
} entry;

static entry *databases;
static apr_hash_t *hosts; /* const server_rec * -> gp_host */

#define KEY_SIZE sizeof(const server_rec *)

/* ---- connections ---- */

/* mod_dbd connected: record the pool of the connection, because ap_dbd_open does not return it. */
static apr_status_t on_connect(apr_pool_t *pool, dbd_cfg_t *config, ap_dbd_t *dbd)
{
    (void)pool;
    return apr_pool_userdata_setn(config, POOL_KEY, NULL, dbd->pool);
}

void gp_dbd_register(void)
{
    /* Before mod_dbd's own hook, which stops the others if a DBDInitSQL fails. */
    APR_OPTIONAL_HOOK(dbd, post_connect, on_connect, NULL, NULL, APR_HOOK_REALLY_FIRST);
}

bool gp_dbd_is_known(apr_pool_t *pool, server_rec *server)
{
    const module *dbd = ap_find_linked_module(MOD_DBD);
    const dbd_host *fresh;

    if (dbd == NULL || dbd->create_server_config == NULL)
        return false;
    fresh = dbd->create_server_config(pool, server);
    return fresh->own != NULL && fresh->own->server == server && fresh->shared == NULL;
}

static bool find_mod_dbd(void)
{
    mod_dbd = ap_find_linked_module(MOD_DBD);
    dbd_open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    dbd_close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
    return mod_dbd != NULL && dbd_open != NULL && dbd_close != NULL;
}

static bool open_pooled(const gp_pool_source *source, apr_pool_t *pool, gp_pooled *pooled)
{
    ap_dbd_t *dbd = dbd_open(pool, source->context);
    void *identity = NULL;

    if (dbd == NULL)
        return false;
    apr_pool_userdata_get(&identity, POOL_KEY, dbd->pool);
    *pooled = (gp_pooled){.pool = dbd->pool,
                          .driver = dbd->driver,
                          .handle = dbd->handle,
                          .identity = identity,
                          .lease = dbd};
    return true;
}

static void close_pooled(const gp_pool_source *source, const gp_pooled *pooled)
{
    dbd_close(source->context, pooled->lease);
}

/* How many requests this process serves at a time. */
static int count_threads(void)
{
    int threads = 1;

    ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
    return threads;
}

/*
 * Finds mod_dbd's pool for a host, before the first connection. Hosts share a pool if they inherit the DBD
 * directives of the main server or repeat them verbatim. With DBDPersist Off there is no pool: mod_dbd allocates
 * each connection from the pool of the request.
 */
static gp_pool_source source_of(server_rec *server)
{
    const dbd_host *host = ap_get_module_config(server->module_config, mod_dbd);
    gp_pool_source source = {
        .identity = host->shared != NULL ? host->shared->identity : host->own,
        /* mod_dbd shares a pool only among hosts with equal sizes. */
        .size = host->own->nmax > 0 ? host->own->nmax : DEFAULT_SIZE,
        .params = host->own->params,
        .is_persistent = host->shared != NULL,
        .is_shared = count_threads() > 1,
        .open = open_pooled,
        .close = close_pooled,
        .forget_reason = gp_reason_clear,
        .reason = gp_reason_get,
        .context = server,
    };

    return source;
}

/* ---- the log ---- */

_Static_assert((int)GP_LOG_CRITICAL == APLOG_CRIT && (int)GP_LOG_ERROR == APLOG_ERR
                   && (int)GP_LOG_NOTICE == APLOG_NOTICE && (int)GP_LOG_INFO == APLOG_INFO
                   && (int)GP_LOG_DEBUG == APLOG_DEBUG,
               "levels of httpd");

static bool request_wants(void *context, gp_log_level level)
{
    request_rec *r = context;

    return APLOG_R_IS_LEVEL(r, (int)level);
}

static void log_of_request(void *context, const char *file, int line, gp_log_level level,
                           const char *message)
{
    request_rec *r = context;

    ap_log_rerror(file, line, APLOG_MODULE_INDEX, (int)level, 0, r, "%s", message);
}

static bool server_wants(void *context, gp_log_level level)
{
    server_rec *server = context;

    return APLOG_IS_LEVEL(server, (int)level);
}

static void log_of_server(void *context, const char *file, int line, gp_log_level level,
                          const char *message)
{
    server_rec *server = context;

    ap_log_error(file, line, APLOG_MODULE_INDEX, (int)level, 0, server, "%s", message);
}

/* ---- the registry ---- */

static gp_database *find_database(const void *identity)
{
    const entry *one = databases;

    while (one != NULL && one->database->identity != identity)
        one = one->next;
    return one != NULL ? one->database : NULL;
}

/* Adds the database of a pool. Returns NULL if the system has no mutex. */
static gp_database *add_database(apr_pool_t *child, const gp_pool_source *source, const gp_log *log)
{
    entry *one = apr_pcalloc(child, sizeof *one);

    one->database = gp_database_create(child, source, log);
    if (one->database == NULL)
        return NULL;
    one->next = databases;
    databases = one;
    return one->database;
}

static void register_host(apr_pool_t *child, server_rec *server)
{
    gp_pool_source source = source_of(server);
    const gp_log log = {server_wants, log_of_server, server};
    gp_database *database = find_database(source.identity);
    /* apr_hash keeps a pointer to the key, so the key needs its own memory. */
    void *key = apr_pmemdup(child, &server, KEY_SIZE);

    if (database == NULL)
        database = add_database(child, &source, &log);
    if (database == NULL)
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, server,
                     "the system has no mutex: this host cannot use its database");
    else
        apr_hash_set(hosts, key, KEY_SIZE, gp_host_create(child, database, &source));
}

static gp_host *find_host(const server_rec *server)
{
    return hosts != NULL ? apr_hash_get(hosts, &server, KEY_SIZE) : NULL;
}

/* ---- a child ---- */

void gp_dbd_init(apr_pool_t *child, server_rec *server)
{
    gp_log log = {server_wants, log_of_server, server};

    databases = NULL; /* httpd -X starts again in the same process */
    hosts = NULL;
    if (!find_mod_dbd())
        return;
    gp_database_init(child, count_threads(), &log);
    hosts = apr_hash_make(child);
    for (; server != NULL; server = server->next) {
        if (gp_config_has_roots(gp_config_get_server(server)))
            register_host(child, server);
    }
}

/* ---- a request ---- */

static bool is_client_gone(const gp_store *store)
{
    const request_rec *r = store->context;
    /* A stream of HTTP/2 has an unconnected socket: use that of the master connection. */
    conn_rec *connection = r->connection->master ? r->connection->master : r->connection;
    apr_socket_t *client = ap_get_conn_socket(connection);
    struct pollfd socket = {-1, POLLRDHUP, 0};

    return r->connection->aborted
           || (client != NULL && apr_os_sock_get(&socket.fd, client) == APR_SUCCESS
               && poll(&socket, 1, 0) == 1);
}

static gp_store *make_store(request_rec *r, gp_cost *cost)
{
    const gp_server_config *config = gp_config_get_server(r->server);
    gp_store *store = apr_pcalloc(r->pool, sizeof *store);

    store->run = gp_database_run;
    store->submit = gp_database_submit;
    store->await = gp_database_await;
    store->pool = r->pool;
    store->budget.wait = gp_config_queue_timeout(config);
    store->budget.time = gp_config_timeout(config);
    store->settings.prepare = gp_config_prepare(config);
    store->settings.pipeline = gp_config_pipeline(config);
    store->caller = gp_request_caller(r);
    store->cost = cost;
    store->log = (gp_log){request_wants, log_of_request, r};
    store->is_client_gone = is_client_gone;
    store->context = r;
    store->host = find_host(r->server);
    return store;
}

gp_store *gp_dbd_store(request_rec *r)
{
    gp_request *request = gp_request_get(r);

    if (request->store == NULL)
        request->store = make_store(r, &request->cost);
    return request->store;
}
