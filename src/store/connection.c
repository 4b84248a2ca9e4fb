/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections to PostgreSQL, which a pool keeps and makes. This file handles everything that can be wrong with one.
 *
 * The life of one: open -> check that it is alive -> run statements (connection_run.c, link.c) -> close.
 * The state of a connection (statements prepared, schema seen) is dropped whenever libpq reconnects it.
 */
#include "connection.h"
#include "base/clock.h"
#include "counters.h"

#include <libpq-events.h>
#include <poll.h>

#include <stdlib.h>
#include <string.h>

#define CONNECTION_KEY "graphprofile-connection"

/* How long to try one unusable connection of a pool after the other, microseconds. */
#define SEARCH_TIME 100000

/* ---- state ---- */

static void forget(gp_connection *connection)
{
    memset(connection->prepared, 0, sizeof connection->prepared); /* the new backend lacks them */
    apr_pool_clear(connection->statements);
    memset(connection->piped, 0, sizeof connection->piped);
    connection->schema_seen = connection->is_spoilt = false;
    connection->backend = PQbackendPID(connection->pg);
}

/* Counts the connections that ended in this thread: mod_dbd ends a connection that it cannot reset. */
static _Thread_local unsigned thrown_away;

static int on_event(PGEventId id, void *info, void *data)
{
    gp_connection *connection = data;

    (void)info;
    if (id == PGEVT_CONNRESET) {
        gp_count(GP_COUNTER_RECONNECTS, 1);
        forget(connection);
        gp_deadline_attach(&connection->deadline, connection->pg);
    } else if (id == PGEVT_CONNDESTROY) {
        thrown_away++;
        gp_deadline_detach(&connection->deadline);
        free(connection);
    }
    return 1;
}

/*
 * The pools of mod_dbd's connections share one allocator without a lock, so memory that is allocated while other
 * threads use it must come from elsewhere. PGEVT_CONNDESTROY frees the memory; it comes after the pools below
 * the connection's pool are destroyed.
 */
static gp_connection *make_connection(apr_pool_t *parent)
{
    gp_connection *connection = calloc(1, sizeof *connection);
    apr_allocator_t *allocator;

    if (connection == NULL || apr_allocator_create(&allocator) != APR_SUCCESS) {
        free(connection);
        return NULL;
    }
    if (apr_pool_create_ex(&connection->statements, parent, NULL, allocator) != APR_SUCCESS) {
        apr_allocator_destroy(allocator);
        free(connection);
        return NULL;
    }
    apr_allocator_owner_set(allocator, connection->statements);
    return connection;
}

/* The state of a connection, made at its first use. NULL: it is no PostgreSQL connection, or no memory is left. */
static gp_connection *remember(const gp_pooled *pooled, const gp_log *log)
{
    void *found = NULL;
    gp_connection *connection;

    if (apr_pool_userdata_get(&found, CONNECTION_KEY, pooled->pool) == APR_SUCCESS
        && found != NULL) {
        connection = found;
        if (connection->backend != PQbackendPID(connection->pg))
            forget(connection);
        return connection;
    }
    if (strcmp(apr_dbd_name(pooled->driver), "pgsql") != 0) {
        GP_LOG(log, GP_LOG_CRITICAL, "DBDriver is %s; GraphProfile needs pgsql",
               apr_dbd_name(pooled->driver));
        return NULL;
    }
    connection = make_connection(pooled->pool);
    if (connection == NULL)
        return NULL;
    connection->pg = apr_dbd_native_handle(pooled->driver, pooled->handle);
    connection->identity = pooled->identity;
    forget(connection);
    if (!PQregisterEventProc(connection->pg, on_event, "graphprofile", connection)) {
        free(connection);
        return NULL;
    }
    gp_count(GP_COUNTER_CONNECTS, 1);
    gp_deadline_attach(&connection->deadline, connection->pg);
    apr_pool_userdata_setn(connection, CONNECTION_KEY, NULL, pooled->pool);
    return connection;
}

/* Whether the socket has nothing to read: neither a last message of the server nor the end of the connection. */
static bool is_quiet(const PGconn *pg)
{
    struct pollfd socket = {PQsocket(pg), POLLIN, 0};

    return poll(&socket, 1, 0) == 0;
}

bool gp_connection_has_ended(PGconn *pg)
{
    int looks;

    /* The first call may read the last message of the server, the second finds the end. */
    for (looks = is_quiet(pg) ? 0 : 2; looks > 0; looks--) {
        if (!PQconsumeInput(pg))
            return true;
    }
    return false;
}

/*
 * Whether the server is still connected and the connection can run a statement, without a round trip. In a transaction
 * that another module left open, the statement would not be committed. A call without a deadline could block for ever.
 */
bool gp_connection_is_usable(const gp_connection *connection)
{
    PGconn *pg = connection->pg;

    return !connection->is_spoilt && !gp_connection_has_ended(pg) && PQstatus(pg) == CONNECTION_OK
           && PQtransactionStatus(pg) == PQTRANS_IDLE && PQpipelineStatus(pg) == PQ_PIPELINE_OFF
           && gp_deadline_is_attached(&connection->deadline);
}

static bool revive(const gp_connection *connection, const gp_log *log)
{
    GP_LOG(log, GP_LOG_DEBUG, "database connection is stale: reconnecting");
    PQreset(connection->pg);
    if (PQstatus(connection->pg) == CONNECTION_OK
        && !gp_deadline_is_attached(&connection->deadline))
        GP_LOG(log, GP_LOG_ERROR,
               "cannot enforce deadlines on a database connection: no file descriptor is left "
               "(ulimit -n)");
    return gp_connection_is_usable(connection);
}

/* The connection that the pool would hand out after an unusable one. */
typedef enum {
    NEXT_IS_NO_BETTER,
    NEXT_IS_NEW,     /* opening one failed, perhaps by chance */
    NEXT_IS_ANOTHER, /* the pool dropped the unusable one, or will drop it when it is asked again */
} prospect;

/* Takes a connection. @return NULL: it cannot be used, and *next is set */
static gp_connection *take(const gp_pool_source *source, apr_pool_t *pool, const gp_log *log,
                           prospect *next)
{
    unsigned before = thrown_away;
    gp_pooled pooled;
    bool is_open = source->open(source, pool, &pooled);
    gp_connection *connection;

    *next = thrown_away != before ? NEXT_IS_ANOTHER : NEXT_IS_NEW;
    if (!is_open)
        return NULL;
    *next = NEXT_IS_NO_BETTER;
    connection = remember(&pooled, log);
    if (connection != NULL) {
        connection->pooled = pooled;
        connection->source = source;
        if (gp_connection_is_usable(connection) || revive(connection, log))
            return connection;
        if (PQstatus(connection->pg) != CONNECTION_OK)
            *next = NEXT_IS_ANOTHER;
    }
    source->close(source, &pooled);
    return NULL;
}

/*
 * The pool hands out the connection that was used last. If the server has ended some connections and refuses new ones,
 * working connections can lie below the ended ones in the pool. So after each connection that the pool drops, this
 * tries again, within SEARCH_TIME.
 */
gp_connection *gp_connection_open(const gp_pool_source *source, apr_pool_t *pool, const gp_log *log)
{
    apr_time_t end = gp_clock() + SEARCH_TIME;
    prospect next;
    gp_connection *connection = take(source, pool, log, &next);

    if (connection == NULL && next == NEXT_IS_NEW)
        connection = take(source, pool, log, &next);
    while (connection == NULL && next == NEXT_IS_ANOTHER && gp_clock() < end)
        connection = take(source, pool, log, &next);
    return connection;
}

void gp_connection_close(gp_connection *connection)
{
    const gp_pool_source *source = connection->source;
    /* A copy, because the pool may end the connection, which frees its memory. */
    gp_pooled pooled = connection->pooled;

    source->close(source, &pooled);
}

bool gp_connection_is_outlived(const gp_connection *connection)
{
    return connection->source->is_persistent && gp_deadline_is_outlived(&connection->deadline);
}
