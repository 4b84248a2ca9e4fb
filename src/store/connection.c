/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections to PostgreSQL, which a pool keeps and makes. apr_dbd runs single statements on them, libpq runs batches.
 * This file handles everything that can be wrong with one connection. It does not know what a statement means.
 *
 * The life of one: open -> check that it is alive -> prepare what is not prepared -> run under a deadline -> close.
 * The state of a connection (statements prepared, schema seen) is dropped whenever libpq reconnects it.
 */
#include "connection.h"
#include "base/clock.h"
#include "counters.h"
#include "pipeline.h"

#include <libpq-events.h>

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
    connection->schema_seen = false;
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

/*
 * Whether the server is still connected and the connection can run a statement, without a round trip. In a transaction
 * that another module left open, the statement would not be committed. A call without a deadline could block for ever.
 */
static bool is_usable(const gp_connection *connection)
{
    PGconn *pg = connection->pg;

    return !gp_pipeline_has_ended(pg) && PQstatus(pg) == CONNECTION_OK
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
    return is_usable(connection);
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
        if (is_usable(connection) || revive(connection, log))
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

/* ---- statements ---- */

/* The outcome of a failed call into the connection, by connection->sqlstate. */
static gp_outcome judge_failure(const gp_store *store, gp_connection *connection, const char *label,
                                const char *message)
{
    gp_outcome outcome = PQstatus(connection->pg) == CONNECTION_OK
                             ? gp_outcome_judge(connection->sqlstate)
                             : gp_outcome_judge_end(connection->sqlstate);

    GP_LOG(&store->log, GP_LOG_DEBUG, "statement %s: %s: %.*s", label, gp_outcome_name(outcome),
           (int)strcspn(message, "\r\n"), message);
    if (outcome == GP_OUTCOME_FAILED || outcome == GP_OUTCOME_REFUSED
        || outcome == GP_OUTCOME_DISK_FULL)
        GP_LOG(&store->log, GP_LOG_ERROR, "statement %s failed: SQLSTATE %s", label,
               *connection->sqlstate ? connection->sqlstate : "unknown");
    return outcome;
}

/* The same for a call through apr_dbd. */
static gp_outcome judge_call(const gp_store *store, gp_connection *connection, const char *label)
{
    const char *message = apr_dbd_error(connection->pooled.driver, connection->pooled.handle, 0);

    gp_outcome_find_sqlstate(connection->sqlstate, message);
    return judge_failure(store, connection, label, message);
}

/* Prepares a statement unless it is prepared. After a failure, the statement itself has not been sent. */
static gp_outcome prepare(const gp_store *store, gp_connection *connection, gp_sql sql,
                          apr_dbd_prepared_t **prepared)
{
    const gp_statement *statement = gp_statement_get(sql);
    bool by_label = store->settings.prepare;
    apr_dbd_prepared_t **kept = &connection->prepared[by_label][sql];
    apr_pool_t *pool; /* its own: repeated failures would fill the connection's */

    *prepared = *kept;
    if (*kept != NULL)
        return GP_OUTCOME_DONE;
    apr_pool_create(&pool, connection->statements);
    if (apr_dbd_prepare(connection->pooled.driver, pool, connection->pooled.handle, statement->text,
                        by_label ? statement->label : NULL, prepared)
        == 0) {
        *kept = *prepared;
        return GP_OUTCOME_DONE;
    }
    apr_pool_destroy(pool);
    return gp_outcome_unsent(judge_call(store, connection, statement->label));
}

static gp_outcome prepare_and_select(const gp_store *store, gp_connection *connection, gp_sql sql,
                                     const char **parameters, gp_result *result)
{
    const apr_dbd_driver_t *driver = connection->pooled.driver;
    apr_dbd_prepared_t *prepared;
    apr_dbd_results_t *rows = NULL;
    gp_outcome outcome = prepare(store, connection, sql, &prepared);

    if (outcome != GP_OUTCOME_DONE)
        return outcome;
    if (apr_dbd_pselect(driver, result->pool, connection->pooled.handle, &rows, prepared, 1, 0,
                        parameters)
        != 0)
        return judge_call(store, connection, gp_statement_get(sql)->label);
    gp_result_set(result, driver, rows);
    return GP_OUTCOME_DONE;
}

static gp_outcome prepare_and_pipeline(const gp_store *store, gp_connection *connection, gp_sql sql,
                                       int count, const char *const *const parameters[],
                                       PGresult *results[])
{
    char message[GP_PIPELINE_MESSAGE_SIZE];
    const gp_statement *statement = gp_statement_get(sql);
    apr_dbd_prepared_t *prepared;
    gp_outcome outcome = prepare(store, connection, sql, &prepared);

    if (outcome != GP_OUTCOME_DONE)
        return outcome;
    outcome =
        gp_pipeline_run(connection->pg, statement->label, statement->parameters, count, parameters,
                        !statement->is_repeatable, results, connection->sqlstate, message);
    if (outcome != GP_OUTCOME_DONE)
        GP_LOG(&store->log, GP_LOG_DEBUG, "statement %s: batch of %d: %s: %s", statement->label,
               count, outcome == GP_OUTCOME_AGAIN ? "rolled back" : gp_outcome_name(outcome),
               *message ? message : "the server sent no message");
    return outcome;
}

/* Runs one statement as a pipeline, so that its rows arrive before its commit. */
static gp_outcome pipeline_one(const gp_store *store, gp_connection *connection, gp_sql sql,
                               const char **parameters, gp_result *result)
{
    const char *const *all[] = {parameters};
    PGresult *rows[1];
    gp_outcome outcome = prepare_and_pipeline(store, connection, sql, 1, all, rows);

    if (outcome == GP_OUTCOME_DONE)
        gp_result_own(result, rows[0]);
    if (outcome == GP_OUTCOME_AGAIN && *connection->sqlstate != '\0')
        outcome = judge_failure(store, connection, gp_statement_get(sql)->label, "rolled back");
    return outcome;
}

static void start_time(gp_connection *connection, apr_time_t end)
{
    gp_deadline_start(&connection->deadline, end - gp_clock());
}

/* Ends what start_time began. @return the outcome, LATE or EXPIRED if the deadline ended the call */
static gp_outcome stop_time(gp_connection *connection, gp_outcome outcome)
{
    if (!gp_deadline_stop(&connection->deadline))
        return outcome;
    return outcome == GP_OUTCOME_LOST     ? GP_OUTCOME_LATE
           : outcome == GP_OUTCOME_BROKEN ? GP_OUTCOME_EXPIRED
                                          : outcome;
}

static gp_outcome run_in_time(const gp_store *store, gp_connection *connection, gp_sql sql,
                              apr_time_t end, const char **parameters, gp_result *result)
{
    bool in_pipeline = !gp_statement_get(sql)->is_repeatable && store->settings.pipeline;

    start_time(connection, end);
    return stop_time(connection,
                     in_pipeline ? pipeline_one(store, connection, sql, parameters, result)
                                 : prepare_and_select(store, connection, sql, parameters, result));
}

/* Whether a live connection must be reset after a failed statement: it is stuck in the pipeline, or the statement would
 * fail on it again. */
static bool is_spoilt(const gp_connection *connection)
{
    gp_outcome cause = gp_outcome_judge(connection->sqlstate);

    return PQstatus(connection->pg) == CONNECTION_OK
           && (PQpipelineStatus(connection->pg) != PQ_PIPELINE_OFF || cause == GP_OUTCOME_UNPREPARED
               || cause == GP_OUTCOME_READ_ONLY);
}

gp_outcome gp_connection_run(const gp_store *store, gp_connection *connection, gp_sql sql,
                             apr_time_t end, const char **parameters, gp_result *result)
{
    PGVerbosity before = PQsetErrorVerbosity(connection->pg, PQERRORS_VERBOSE);
    gp_outcome outcome = run_in_time(store, connection, sql, end, parameters, result);

    /* The backend has lost the prepared statements, or changed their types: reset, and run once more. */
    if (outcome == GP_OUTCOME_UNPREPARED) {
        PQreset(connection->pg);
        outcome = is_usable(connection)
                      ? run_in_time(store, connection, sql, end, parameters, result)
                      : GP_OUTCOME_UNREACHABLE;
    }
    /* This also leaves a read-only server: another host of the DSN may take writes. */
    if (outcome != GP_OUTCOME_DONE && is_spoilt(connection))
        PQreset(connection->pg);
    PQsetErrorVerbosity(connection->pg, before);
    return outcome;
}

gp_outcome gp_connection_run_batch(const gp_store *store, gp_connection *connection, gp_sql sql,
                                   apr_time_t end, int count, const char *const *const parameters[],
                                   PGresult *results[])
{
    PGVerbosity before = PQsetErrorVerbosity(connection->pg, PQERRORS_VERBOSE);
    gp_outcome outcome;

    start_time(connection, end);
    outcome = stop_time(connection,
                        prepare_and_pipeline(store, connection, sql, count, parameters, results));
    if (outcome != GP_OUTCOME_DONE && is_spoilt(connection))
        PQreset(connection->pg);
    PQsetErrorVerbosity(connection->pg, before);
    return outcome == GP_OUTCOME_UNPREPARED ? GP_OUTCOME_AGAIN : outcome;
}
