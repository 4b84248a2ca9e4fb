/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections: how a statement reaches PostgreSQL. mod_dbd pools and connects, apr_dbd runs, libpq's
 * own handle is asked for health, SQLSTATE and the socket. Everything that can be wrong with a
 * connection is dealt with here; what a statement means is not known.
 *
 * The life of one: gate -> ap_dbd_open -> is it alive -> schema checked once -> prepare what is not
 * prepared -> run under a deadline -> ap_dbd_close -> gate. What is remembered of a connection
 * (statements prepared, schema seen) is forgotten whenever libpq reconnects it.
 */
#include "connection.h"
#include "config.h"
#include "deadline.h"
#include "gate.h"
#include "request.h"
#include "status.h"

#include <apr_atomic.h>
#include <apr_optional_hooks.h>
#include <apr_portable.h>
#include <apr_strings.h>
#include <libpq-events.h>
#include <http_core.h>
#include <mod_dbd.h>
#include <poll.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* After a failure to connect, this long passes before the next attempt. */
#define PAUSE APR_USEC_PER_SEC

/* Who has waited for a connection longer than this is asked whether they are still there: else the
 * queries of clients that have given up would keep those busy who have not. */
#define ABANDONED (APR_USEC_PER_SEC / 100)

/* The size of a pool of which nothing is known: mod_dbd's own default. */
#define DEFAULT_CAPACITY 10

/* What the requests of a process share about one pool of mod_dbd's. */
struct gp_database {
    const dbd_cfg_t *pool; /* which: the first connection tells; NULL: not even then */
    atomic_int settled;    /* it has told */
    gp_gate *gate;
    gp_gate
        *expressions; /* before it, for statements whose cost the caller decides: half as wide */
    volatile apr_uint32_t unfit; /* 1 + the statement that found the schema unfit, which was said */
    struct gp_database *next;
};

/* What is remembered of one connection. */
typedef struct {
    const dbd_cfg_t *pool;
    PGconn *pg;
    int backend;                                     /* process id of the server's side */
    int schema_seen;                                 /* and found new enough */
    char sqlstate[GP_SQLSTATE_SIZE];                 /* of the last failure */
    apr_pool_t *statements;                          /* what follows lives here */
    apr_dbd_prepared_t *prepared[GP_SQL_STATEMENTS]; /* on this backend; NULL: not yet */
    gp_deadline deadline;
} memory;

#define MEMORY_KEY "graphprofile-connection"
#define POOL_KEY   "graphprofile-pool"

static APR_OPTIONAL_FN_TYPE(ap_dbd_open) * dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) * dbd_close;

static apr_thread_mutex_t *databases_mutex;
static gp_database *databases;

/* ---- the shared part ---- */

/* mod_dbd connected: note which pool the connection is of, since ap_dbd_open does not tell. */
static apr_status_t on_connect(apr_pool_t *pool, dbd_cfg_t *config, ap_dbd_t *dbd)
{
    (void)pool;
    return apr_pool_userdata_setn(config, POOL_KEY, NULL, dbd->pool);
}

void gp_connection_register(void)
{
    APR_OPTIONAL_HOOK(dbd, post_connect, on_connect, NULL, NULL, APR_HOOK_MIDDLE);
}

void gp_connection_init(apr_pool_t *child, server_rec *server)
{
    apr_status_t status;

    dbd_open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    dbd_close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
    status = apr_thread_mutex_create(&databases_mutex, APR_THREAD_MUTEX_DEFAULT, child);
    if (status != APR_SUCCESS || !gp_deadline_init(child))
        ap_log_error(APLOG_MARK, APLOG_CRIT, status, server,
                     "cannot watch over database statements: a hung server will hang requests");
    for (; server != NULL; server = server->next) {
        gp_server_config *config = gp_config_get_server(server);
        gp_database *database;

        if (config->roots->nelts == 0)
            continue;
        /* Until the first connection tells the pool's size, one request at a time finds out. */
        database = apr_pcalloc(child, sizeof *database);
        database->gate = gp_gate_create(child, 1);
        database->expressions = gp_gate_create(child, 1);
        config->database = database->gate && database->expressions ? database : NULL;
    }
}

/* Hosts that share a pool must share its gate: the first connection tells which pool a host has. */
static void settle_pool(gp_server_config *config, gp_database *database, const dbd_cfg_t *pool)
{
    gp_database *other;

    apr_thread_mutex_lock(databases_mutex);
    for (other = databases; other != NULL && other->pool != pool; other = other->next)
        ;
    if (other != NULL && pool != NULL) {
        config->database = other;
    } else if (!database->settled) {
        int capacity = pool != NULL && pool->nmax > 0 ? pool->nmax : DEFAULT_CAPACITY;

        gp_status_add(GP_STATUS_PLACES, capacity);
        gp_gate_set_capacity(database->gate, capacity);
        gp_gate_set_capacity(database->expressions, capacity > 1 ? capacity / 2 : 1);
        database->pool = pool;
        database->next = databases;
        databases = database;
    }
    database->settled = 1;
    apr_thread_mutex_unlock(databases_mutex);
}

/* ---- one connection ---- */

static void forget(memory *known)
{
    memset(known->prepared, 0, sizeof known->prepared); /* apr_dbd would use them again */
    apr_pool_clear(known->statements);
    known->schema_seen = 0;
    known->backend = PQbackendPID(known->pg);
}

static int on_event(PGEventId id, void *info, void *data)
{
    memory *known = data;

    (void)info;
    if (id == PGEVT_CONNRESET) {
        gp_status_add(GP_STATUS_RECONNECTS, 1);
        forget(known);
        gp_deadline_attach(&known->deadline, known->pg);
    } else if (id == PGEVT_CONNDESTROY) {
        gp_deadline_detach(&known->deadline);
        free(known);
    }
    return 1;
}

/*
 * The pools of mod_dbd's connections share one allocator that nobody locks, so what is allocated
 * while the others run, too, is not allocated there. The memory goes with PGEVT_CONNDESTROY, which
 * comes after the pools below the connection's are gone.
 */
static memory *make_memory(apr_pool_t *parent)
{
    memory *known = calloc(1, sizeof *known);
    apr_allocator_t *allocator;

    if (known == NULL || apr_allocator_create(&allocator) != APR_SUCCESS) {
        free(known);
        return NULL;
    }
    if (apr_pool_create_ex(&known->statements, parent, NULL, allocator) != APR_SUCCESS) {
        apr_allocator_destroy(allocator);
        free(known);
        return NULL;
    }
    apr_allocator_owner_set(allocator, known->statements);
    return known;
}

/* What is remembered of a connection; made when we first see it. NULL: it is not PostgreSQL's. */
static memory *remember(request_rec *r, ap_dbd_t *dbd)
{
    void *found = NULL;
    memory *known;

    if (apr_pool_userdata_get(&found, MEMORY_KEY, dbd->pool) == APR_SUCCESS && found != NULL) {
        known = found;
        if (known->backend != PQbackendPID(known->pg))
            forget(known);
        return known;
    }
    if (strcmp(apr_dbd_name(dbd->driver), "pgsql") != 0) {
        ap_log_rerror(APLOG_MARK, APLOG_CRIT, 0, r, "DBDriver is %s; GraphProfile needs pgsql",
                      apr_dbd_name(dbd->driver));
        return NULL;
    }
    known = make_memory(dbd->pool);
    if (known == NULL)
        return NULL;
    known->pg = apr_dbd_native_handle(dbd->driver, dbd->handle);
    apr_pool_userdata_get(&found, POOL_KEY, dbd->pool);
    known->pool = found;
    forget(known);
    if (!PQregisterEventProc(known->pg, on_event, "graphprofile", known)) {
        free(known);
        return NULL;
    }
    gp_status_add(GP_STATUS_CONNECTS, 1);
    gp_deadline_attach(&known->deadline, known->pg);
    apr_pool_userdata_setn(known, MEMORY_KEY, NULL, dbd->pool);
    return known;
}

/* Whether nothing has come by itself, neither a farewell nor the end. */
static int is_quiet(const PGconn *pg)
{
    struct pollfd socket = {PQsocket(pg), POLLIN, 0};

    return poll(&socket, 1, 0) == 0;
}

/*
 * Whether the server still is at the other end, without a round trip: a dead socket shows at the
 * second look (the first may read the farewell). A transaction that another module left open would
 * swallow our statement, so such a connection is no good either; nor is one that no deadline can end.
 */
static int is_usable(const memory *known)
{
    PGconn *pg = known->pg;
    int looks;

    for (looks = is_quiet(pg) ? 0 : 2; looks > 0; looks--) {
        if (!PQconsumeInput(pg))
            return 0;
    }
    return PQstatus(pg) == CONNECTION_OK && PQtransactionStatus(pg) == PQTRANS_IDLE
           && gp_deadline_is_attached(&known->deadline);
}

static int revive(request_rec *r, const memory *known)
{
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "database connection is stale: reconnecting");
    PQreset(known->pg);
    if (PQstatus(known->pg) == CONNECTION_OK && !gp_deadline_is_attached(&known->deadline))
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "nothing can watch over the deadlines of a database connection: there is no "
                      "file descriptor left (ulimit -n)");
    return is_usable(known);
}

/* Takes a connection that works from the pool; NULL where there is none. */
static ap_dbd_t *take(request_rec *r, memory **known)
{
    ap_dbd_t *dbd = dbd_open(r->pool, r->server);

    /* A connection that could not be reset was thrown away: the next one may be good. */
    if (dbd == NULL)
        dbd = dbd_open(r->pool, r->server);
    if (dbd == NULL)
        return NULL;
    *known = remember(r, dbd);
    if (*known != NULL && (is_usable(*known) || revive(r, *known)))
        return dbd;
    dbd_close(r->server, dbd);
    return NULL;
}

/* One line, and no more of a message than its first: what follows may hold data. */
static const char *first_line(apr_pool_t *pool, const char *message)
{
    return apr_pstrmemdup(pool, message, strcspn(message, "\r\n"));
}

/* How a call into the connection that failed has ended. */
static gp_run judge_failure(request_rec *r, ap_dbd_t *dbd, memory *known, const char *label)
{
    const char *message = apr_dbd_error(dbd->driver, dbd->handle, 0);
    gp_run run;

    gp_sqlstate_find(known->sqlstate, message);
    run = PQstatus(known->pg) == CONNECTION_OK ? gp_sqlstate_judge(known->sqlstate) : GP_RUN_LOST;
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "statement %s: %s: %s", label, gp_run_name(run),
                  first_line(r->pool, message));
    if (run == GP_RUN_FAILED || run == GP_RUN_REFUSED || run == GP_RUN_DISK_FULL)
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "statement %s failed: SQLSTATE %s", label,
                      *known->sqlstate ? known->sqlstate : "unknown");
    return run;
}

/* Prepares (if need be) and runs a statement. */
static gp_run prepare_and_select(request_rec *r, ap_dbd_t *dbd, memory *known, gp_sql sql,
                                 const char **parameters, gp_result *result)
{
    const gp_statement *statement = gp_statement_get(sql);
    int by_label = gp_config_prepare(gp_config_get_server(r->server));

    if (known->prepared[sql] == NULL) {
        apr_pool_t *pool; /* of its own, since what fails may fail for ever */

        apr_pool_create(&pool, known->statements);
        if (apr_dbd_prepare(dbd->driver, pool, dbd->handle, statement->text,
                            by_label ? statement->label : NULL, &known->prepared[sql])
            != 0) {
            known->prepared[sql] = NULL;
            apr_pool_destroy(pool);
            return judge_failure(r, dbd, known, statement->label);
        }
    }
    result->results = NULL;
    if (apr_dbd_pselect(dbd->driver, r->pool, dbd->handle, &result->results, known->prepared[sql],
                        1, 0, parameters)
        != 0)
        return judge_failure(r, dbd, known, statement->label);
    result->driver = dbd->driver;
    result->rows = apr_dbd_num_tuples(dbd->driver, result->results);
    return GP_RUN_DONE;
}

/* The same within the host's time. */
static gp_run execute_in_time(request_rec *r, ap_dbd_t *dbd, memory *known, gp_sql sql,
                              const char **parameters, gp_result *result)
{
    apr_time_t start = gp_clock();
    gp_run run;

    gp_deadline_start(&known->deadline, gp_config_timeout(gp_config_get_server(r->server)));
    run = prepare_and_select(r, dbd, known, sql, parameters, result);
    if (gp_deadline_stop(&known->deadline) && run == GP_RUN_LOST)
        run = GP_RUN_LATE;
    if (run == GP_RUN_DONE)
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                      "statement %s: %d rows in %" APR_TIME_T_FMT " us",
                      gp_statement_get(sql)->label, result->rows, gp_clock() - start);
    return run;
}

/* The same, and once more, on a session made anew, where what was prepared is not there any more. */
static gp_run execute(request_rec *r, ap_dbd_t *dbd, memory *known, gp_sql sql,
                      const char **parameters, gp_result *result)
{
    PGVerbosity before = PQsetErrorVerbosity(known->pg, PQERRORS_VERBOSE);
    gp_run run = execute_in_time(r, dbd, known, sql, parameters, result);

    if (run == GP_RUN_UNPREPARED) {
        PQreset(known->pg);
        run = is_usable(known) ? execute_in_time(r, dbd, known, sql, parameters, result)
                               : GP_RUN_AWAY;
    }
    PQsetErrorVerbosity(known->pg, before);
    return run;
}

/* ---- the schema ---- */

static void say_unfit(request_rec *r, gp_database *database, gp_sql sql, const char *what)
{
    if (apr_atomic_cas32(&database->unfit, 1 + (apr_uint32_t)sql, 0) == 0)
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "the database is not what GraphProfile needs: %s. Apply the files of sql/ in "
                      "their order, and check the grants of the role that DBDParams names",
                      what);
}

/* Only what failed can tell that it does not any more. */
static void say_fit(request_rec *r, gp_database *database, gp_sql sql)
{
    if (apr_atomic_cas32(&database->unfit, 0, 1 + (apr_uint32_t)sql) == 1 + (apr_uint32_t)sql)
        ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r,
                      "the database is what GraphProfile needs now");
}

/* Whether the schema on this backend is at least the one that the statements are written for. */
static gp_run check_schema(request_rec *r, gp_database *database, ap_dbd_t *dbd, memory *known)
{
    gp_result result = {0, NULL, NULL};
    gp_run run = execute(r, dbd, known, GP_SQL_SCHEMA_VERSION, NULL, &result);
    const char *version;

    if (run != GP_RUN_DONE)
        return run;
    version = gp_result_text(r, &result, 0, 0);
    if (version == NULL || apr_atoi64(version) < GP_SCHEMA_VERSION) {
        say_unfit(r, database, GP_SQL_SCHEMA_VERSION,
                  apr_psprintf(r->pool, "its schema version is %s, not %d",
                               version ? version : "none", GP_SCHEMA_VERSION));
        return GP_RUN_UNFIT;
    }
    known->schema_seen = 1;
    say_fit(r, database, GP_SQL_SCHEMA_VERSION);
    return GP_RUN_DONE;
}

/* ---- doors ---- */

static gp_run run_on(request_rec *r, gp_database *database, ap_dbd_t *dbd, memory *known,
                     gp_sql sql, const char **parameters, gp_result *result)
{
    gp_run run = known->schema_seen ? GP_RUN_DONE : check_schema(r, database, dbd, known);

    if (run == GP_RUN_DONE)
        run = execute(r, dbd, known, sql, parameters, result);
    if (run == GP_RUN_UNFIT) {
        known->schema_seen = 0;
        say_unfit(r, database, sql,
                  apr_psprintf(r->pool, "a table, a column or a grant is missing (SQLSTATE %s)",
                               known->sqlstate));
    } else if (run == GP_RUN_DONE) {
        say_fit(r, database, sql);
    }
    /* This server only reads now: reconnect, which walks the DSN's hosts to one that writes. */
    if (run == GP_RUN_READ_ONLY)
        PQreset(known->pg);
    return run;
}

/*
 * Comes in through the gate with a connection. Where the database grants no more of them than those
 * that are inside have, this is to wait for one of theirs.
 */
static gp_run come_in(request_rec *r, gp_database *database, apr_time_t deadline, ap_dbd_t **dbd,
                      memory **known)
{
    for (;;) {
        switch (gp_gate_enter(database->gate, deadline - gp_clock())) {
        case GP_GATE_ENTERED:
            break;
        case GP_GATE_FULL:
            return GP_RUN_FULL;
        case GP_GATE_AWAY:
            return GP_RUN_AWAY;
        }
        *dbd = take(r, known);
        switch (gp_gate_opened(database->gate, *dbd != NULL, PAUSE)) {
        case GP_GATE_LOST:
            gp_status_add(GP_STATUS_OPEN, 1);
            gp_status_add(GP_STATUS_OPENED, 1);
            ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "the database cannot be reached");
            break;
        case GP_GATE_FOUND:
            gp_status_add(GP_STATUS_OPEN, -1);
            ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r, "the database is reached again");
            break;
        case GP_GATE_NARROWED:
            ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                          "the database grants no further connection: waiting for one");
            break;
        case GP_GATE_SAME:
            break;
        }
        if (*dbd != NULL)
            return GP_RUN_DONE;
    }
}

/* The same for a statement, which may have to come through another gate first. */
static gp_run queue(request_rec *r, gp_database *database, gp_sql sql, apr_time_t deadline,
                    ap_dbd_t **dbd, memory **known)
{
    gp_run run;

    if (!gp_statement_has_expressions(sql))
        return come_in(r, database, deadline, dbd, known);
    if (gp_gate_enter(database->expressions, deadline - gp_clock()) != GP_GATE_ENTERED)
        return GP_RUN_FULL;
    gp_gate_opened(database->expressions, 1, 0);
    run = come_in(r, database, deadline, dbd, known);
    if (run != GP_RUN_DONE)
        gp_gate_leave(database->expressions);
    return run;
}

/* Whether the client has hung up, so that nobody would read the answer. */
static int is_gone(request_rec *r)
{
    /* A stream of HTTP/2 has a socket that is connected to nothing. */
    conn_rec *connection = r->connection->master ? r->connection->master : r->connection;
    apr_socket_t *client = ap_get_conn_socket(connection);
    struct pollfd socket = {-1, POLLRDHUP, 0};

    return r->connection->aborted
           || (client != NULL && apr_os_sock_get(&socket.fd, client) == APR_SUCCESS
               && poll(&socket, 1, 0) == 1);
}

/* Gives back what queue() got. */
static void leave(request_rec *r, gp_database *database, gp_sql sql, ap_dbd_t *dbd)
{
    dbd_close(r->server, dbd);
    gp_gate_leave(database->gate);
    if (gp_statement_has_expressions(sql))
        gp_gate_leave(database->expressions);
}

gp_run gp_connection_run(request_rec *r, gp_sql sql, const char **parameters, gp_result *result)
{
    gp_server_config *config = gp_config_get_server(r->server);
    gp_database *database = config->database;
    gp_cost *cost = &gp_request_get(r)->cost;
    apr_time_t came = gp_clock(), begun, ended;
    memory *known = NULL;
    ap_dbd_t *dbd = NULL;
    gp_run run;

    memset(result, 0, sizeof *result);
    if (database == NULL || dbd_open == NULL)
        return GP_RUN_AWAY;
    gp_status_add(GP_STATUS_WAITING, 1);
    run = queue(r, database, sql, came + gp_config_queue_timeout(config), &dbd, &known);
    gp_status_add(GP_STATUS_WAITING, -1);
    begun = gp_clock();
    cost->wait += begun - came;
    gp_status_add(GP_STATUS_WAIT, begun - came);
    if (run == GP_RUN_FULL)
        gp_status_add(GP_STATUS_QUEUE_TIMEOUTS, 1);
    if (run == GP_RUN_DONE && begun - came > ABANDONED && is_gone(r)) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, "the client has gone while its request waited");
        leave(r, database, sql, dbd);
        run = GP_RUN_FULL;
    }
    if (run != GP_RUN_DONE)
        return run;

    gp_status_add(GP_STATUS_IN_USE, 1);
    if (!database->settled)
        settle_pool(config, database, known->pool);
    run = run_on(r, database, dbd, known, sql, parameters, result);
    leave(r, database, sql, dbd);
    gp_status_add(GP_STATUS_IN_USE, -1);
    ended = gp_clock();
    cost->time += ended - begun;
    cost->rows += result->rows;
    gp_status_add(GP_STATUS_STATEMENTS, 1);
    gp_status_add(GP_STATUS_TIME, ended - begun);
    if (run == GP_RUN_LATE)
        gp_status_add(GP_STATUS_TIMEOUTS, 1);
    return run;
}

const char *gp_result_text(request_rec *r, const gp_result *result, int row, int column)
{
    apr_dbd_row_t *at = NULL;
    const char *text = NULL;

    /* apr_dbd counts rows from 1, and frees the result when one behind the last is asked for. */
    if (row >= result->rows
        || apr_dbd_get_row(result->driver, r->pool, result->results, &at, row + 1) != 0
        || apr_dbd_datum_get(result->driver, at, column, APR_DBD_TYPE_STRING, &text) != APR_SUCCESS)
        return NULL;
    return text;
}
