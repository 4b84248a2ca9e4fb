/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One statement on one connection, by the thread that waits for it, under a deadline: through apr_dbd, or as the only
 * one of a link. What a statement means is not known here.
 */
#include "base/clock.h"
#include "connection.h"
#include "link.h"

#include <apr_strings.h>

#include <poll.h>
#include <string.h>

void gp_connection_log(const gp_log *log, const gp_statement *statement, int batch,
                       gp_outcome outcome, const char *sqlstate, const char *message)
{
    GP_LOG(log, GP_LOG_DEBUG, "statement %s: batch of %d: %s: %.*s", statement->label, batch,
           gp_outcome_name(outcome), (int)strcspn(message, "\r\n"),
           *message ? message : "the server sent no message");
    if (outcome == GP_OUTCOME_FAILED || outcome == GP_OUTCOME_REFUSED
        || outcome == GP_OUTCOME_DISK_FULL)
        GP_LOG(log, GP_LOG_ERROR, "statement %s failed: SQLSTATE %s", statement->label,
               *sqlstate ? sqlstate : "unknown");
}

/* The outcome of a failed call through apr_dbd. */
static gp_outcome judge_call(const gp_store *store, gp_connection *connection, gp_sql sql)
{
    const char *message = apr_dbd_error(connection->pooled.driver, connection->pooled.handle, 0);
    gp_outcome outcome;

    gp_outcome_find_sqlstate(connection->sqlstate, message);
    outcome = PQstatus(connection->pg) == CONNECTION_OK
                  ? gp_outcome_judge(connection->sqlstate)
                  : gp_outcome_judge_end(connection->sqlstate);
    gp_connection_log(&store->log, gp_statement_get(sql), 1, outcome, connection->sqlstate,
                      message);
    return outcome;
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
    return gp_outcome_unsent(judge_call(store, connection, sql));
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
        return judge_call(store, connection, sql);
    gp_result_set(result, driver, rows);
    return GP_OUTCOME_DONE;
}

/* A gp_link_ended: the thread that waits looks for itself. */
static void ended(void *nothing, gp_work *work)
{
    (void)nothing;
    (void)work;
}

/* Waits until something has come, or can be written. The deadline shuts the socket down, which ends the wait. */
static void wait_for(gp_link *link)
{
    struct pollfd socket = {PQsocket(link->pg), POLLIN, 0};

    if (link->waits_to_write)
        socket.events |= POLLOUT;
    poll(&socket, 1, -1);
    gp_link_read(link, gp_clock(), ended, NULL);
    if (link->waits_to_write)
        gp_link_flush(link);
}

/* Runs a statement as the only one of a link. The rows of one that must not run twice arrive before its commit. */
static gp_outcome run_on_link(const gp_store *store, gp_connection *connection, gp_sql sql,
                              const char **parameters, gp_result *result)
{
    const gp_statement *statement = gp_statement_get(sql);
    gp_attempt attempt = {.sql = sql, .parameters = parameters};
    gp_work work = {.attempt = &attempt, .statement = statement};
    gp_link link;

    if (!gp_link_open(&link, connection, gp_clock()))
        return GP_OUTCOME_AGAIN;
    gp_link_add(&link, &work,
                connection->piped[false][sql] ? NULL : gp_statement_numbered(result->pool, sql),
                gp_clock());
    gp_link_end(&link, !statement->is_repeatable);
    while (gp_link_count(&link) > 0 && !link.is_broken)
        wait_for(&link);
    if (link.is_broken)
        gp_link_break(&link, false, ended, NULL);
    gp_link_close(&link);
    apr_cpystrn(connection->sqlstate, work.sqlstate, sizeof connection->sqlstate);
    if (work.outcome == GP_OUTCOME_DONE)
        gp_result_own(result, work.rows);
    else
        gp_connection_log(&store->log, statement, 1, work.outcome, work.sqlstate, work.message);
    return work.outcome;
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
    start_time(connection, end);
    return stop_time(connection,
                     store->settings.pipeline
                         ? run_on_link(store, connection, sql, parameters, result)
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
        outcome = gp_connection_is_usable(connection)
                      ? run_in_time(store, connection, sql, end, parameters, result)
                      : GP_OUTCOME_UNREACHABLE;
    }
    /* This also leaves a read-only server: another host of the DSN may take writes. */
    if (outcome != GP_OUTCOME_DONE && is_spoilt(connection))
        PQreset(connection->pg);
    PQsetErrorVerbosity(connection->pg, before);
    return outcome;
}
