/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The path of a statement to PostgreSQL: by the engine, or, if few statements are present or it must not share a
 * connection, by the thread of its request, through the gates before the pool.
 */
#include "base/clock.h"
#include "base/limits.h"
#include "connection.h"
#include "counters.h"
#include "database.h"
#include "orphan.h"
#include "outage.h"
#include "probe.h"
#include "share.h"

#include <apr_strings.h>

/* While no more statements than this run or wait, a thread runs its own: that saves two switches of threads, which at one
 * connection are a sixth of a read. Measured with 2 processors. */
#define LONE_MOST 2

/* Before running a statement that has waited longer than this (microseconds), check that its client is still
 * connected: otherwise statements of clients that have given up would delay the others. */
#define CLIENT_CHECK_AFTER (APR_USEC_PER_SEC / 100)

/* A running attempt. */
typedef struct {
    gp_work work; /* what the engine knows of it, and its outcome, whoever ran it */
    gp_store *store;
    gp_attempt *attempt;
    gp_host *host;
    gp_database *database; /* of the host */
    bool is_with_engine;
    bool has_begun; /* it is among those present */
} execution;

/* ---- the schema ---- */

/* Checks that the schema is not older than the statements need. After a failure, the statement that follows has not
 * been sent. */
static gp_outcome check_schema(const gp_store *store, gp_database *database,
                               gp_connection *connection, apr_time_t end)
{
    gp_result result = {.pool = store->pool};
    gp_outcome outcome =
        gp_connection_run(store, connection, GP_SQL_SCHEMA_VERSION, end, NULL, &result);
    const char *version;

    if (outcome != GP_OUTCOME_DONE)
        return gp_outcome_unsent(outcome);
    version = gp_result_text(&result, 0, 0);
    if (version == NULL || apr_atoi64(version) < GP_SCHEMA_VERSION) {
        gp_database_unfit(&store->log, database, GP_SQL_SCHEMA_VERSION,
                          apr_psprintf(store->pool, "its schema version is %s, not %d",
                                       version ? version : "none", GP_SCHEMA_VERSION));
        return GP_OUTCOME_UNFIT;
    }
    connection->schema_seen = true;
    gp_database_fit(&store->log, database, GP_SQL_SCHEMA_VERSION);
    return GP_OUTCOME_DONE;
}

/* ---- admission ---- */

/*
 * The last guard against running a statement in the database of another host: the connection must be of the pool that
 * the host's entry in the registry names. Otherwise the connection and the place at the gate are given back.
 */
static gp_outcome check_pool(const execution *self, gp_share *share, gp_connection **connection)
{
    if ((*connection)->identity == self->database->identity)
        return GP_OUTCOME_DONE;
    GP_LOG(&self->store->log, GP_LOG_ERROR,
           "mod_dbd gave this host a connection from the pool of another host: not used");
    gp_connection_close(*connection);
    gp_share_count(share, GP_SHARE_CONNECTION, -1);
    gp_gate_leave(self->database->gate);
    *connection = NULL;
    return GP_OUTCOME_FAILED;
}

/* The breaker has opened. One process logs the outage as an error; the others log their own reason for debugging. */
static void begin_outage(const execution *self, apr_time_t attempted)
{
    const gp_log *log = &self->store->log;
    const char *reason = self->host->source.reason();

    gp_count(GP_COUNTER_OPENED, 1);
    gp_probe_wake();
    if (gp_outage_begins(self->database->outage, attempted))
        GP_LOG(log, GP_LOG_ERROR, "the database cannot be reached: %s", reason);
    else
        GP_LOG(log, GP_LOG_DEBUG, "this process cannot reach the database: %s", reason);
}

/*
 * Reports the end of an attempt to connect to the gate, and logs what has changed.
 * @param connection  NULL: it failed
 * @return whether the database grants no further connection, but others have theirs
 */
static bool end_attempt(const execution *self, const gp_connection *connection,
                        apr_time_t attempted)
{
    const gp_log *log = &self->store->log;
    bool is_new = connection != NULL && !connection->schema_seen;
    gp_gate_change change =
        gp_gate_opened(self->database->gate, connection != NULL, GP_RETRY_INTERVAL);

    switch (change) {
    case GP_GATE_LOST:
        begin_outage(self, attempted);
        break;
    case GP_GATE_FOUND:
        is_new = true;
        break;
    case GP_GATE_REDUCED:
        GP_LOG(log, GP_LOG_INFO, "the database grants no further connection: waiting for one");
        break;
    case GP_GATE_SAME:
        break;
    }
    /* Only a connection opened since proves that the outage is over. */
    if (is_new)
        gp_probe_tell_end(self->database->outage, log);
    return change == GP_GATE_REDUCED;
}

/*
 * Enters the gate and opens a connection.
 * @return GP_OUTCOME_FULL: there was no place within `wait` microseconds, or the database grants no further
 *         connection: then *is_reduced
 */
static gp_outcome enter(const execution *self, gp_share *share, apr_interval_time_t wait,
                        gp_connection **connection, bool *is_reduced)
{
    const gp_store *store = self->store;
    const gp_pool_source *source = &self->host->source;
    apr_time_t attempted;

    *connection = NULL;
    *is_reduced = false;
    switch (gp_gate_enter_for(self->database->gate, share, GP_SHARE_CONNECTION, wait,
                              &self->store->is_turned_away)) {
    case GP_GATE_ENTERED:
        break;
    case GP_GATE_FULL:
        return GP_OUTCOME_FULL;
    case GP_GATE_UNREACHABLE:
        return GP_OUTCOME_UNREACHABLE;
    }
    attempted = gp_clock();
    source->forget_reason();
    *connection = gp_connection_open(source, store->pool, &store->log);
    if (*connection == NULL)
        gp_share_count(share, GP_SHARE_CONNECTION, -1);
    *is_reduced = end_attempt(self, *connection, attempted);
    if (*connection != NULL)
        return check_pool(self, share, connection);
    return *is_reduced ? GP_OUTCOME_FULL : GP_OUTCOME_UNREACHABLE;
}

/* Enters the gate. Where the database grants no further connections, this waits for one of those that are in use. */
static gp_outcome admit(const execution *self, apr_time_t deadline, gp_connection **connection)
{
    gp_outcome outcome;
    bool is_reduced;

    outcome = enter(self, self->work.share, 0, connection, &is_reduced);
    if (outcome != GP_OUTCOME_FULL)
        return outcome;
    if (self->database->engine != NULL)
        gp_engine_yield(self->database->engine);
    do
        outcome = enter(self, self->work.share, deadline - gp_clock(), connection, &is_reduced);
    while (is_reduced);
    if (self->database->engine != NULL)
        gp_engine_yield_end(self->database->engine);
    return outcome;
}

/* The gate of the statement's cost class; NULL: it has none. */
static gp_gate *class_gate(const execution *self)
{
    return self->database->classes[self->work.statement->cost];
}

/* The statement has waited until then. Waits of statements that were under way together count once. */
static void count_wait(const execution *self, apr_time_t until)
{
    gp_store *store = self->store;
    apr_time_t from = self->work.submitted > store->waited ? self->work.submitted : store->waited;

    if (until <= from)
        return;
    gp_budget_wait(&store->budget, until - from);
    store->waited = until;
}

/* ---- by the engine ---- */

/* A gp_engine_opener. */
static gp_outcome open_for_engine(void *context, gp_connection **connection)
{
    const execution *self = context;
    bool is_reduced;
    gp_outcome outcome = enter(self, NULL, 0, connection, &is_reduced);

    if (outcome != GP_OUTCOME_DONE || (*connection)->schema_seen)
        return outcome;
    outcome = check_schema(self->store, self->database, *connection,
                           gp_clock() + self->store->budget.time);
    if (outcome == GP_OUTCOME_DONE)
        return outcome;
    gp_orphan_return(*connection, self->database->gate);
    *connection = NULL;
    return outcome;
}

static gp_lane lane_of(const execution *self)
{
    const gp_statement *statement = self->work.statement;

    if (statement->cost == GP_COST_ROWS)
        return GP_LANE_ROWS;
    if (self->attempt->unbatched || !statement->can_share
        || self->work.time < self->store->budget.time / 2)
        return GP_LANE_ALONE; /* it would have to end with the others */
    return statement->is_repeatable ? GP_LANE_READ : GP_LANE_CREATE;
}

static void submit(execution *self, bool is_awaited)
{
    gp_work *work = &self->work;

    self->is_with_engine = true;
    work->until = work->submitted + self->store->budget.wait;
    work->time = gp_budget_end(&self->store->budget, work->submitted) - work->submitted;
    work->lane = lane_of(self);
    gp_engine_submit(self->database->engine, work, is_awaited);
}

/* Logs how the engine failed with a statement. */
static void log_failure(const execution *self)
{
    const gp_work *work = &self->work;
    const gp_log *log = &self->store->log;

    if (work->is_client_gone)
        GP_LOG(log, GP_LOG_INFO, "the client has gone while its request waited");
    if (work->begun == 0)
        return;
    gp_connection_log(log, work->statement, work->batch, work->outcome, work->sqlstate,
                      work->message);
}

static void await(execution *self)
{
    gp_work *work = &self->work;

    gp_engine_await(self->database->engine, work, open_for_engine, self);
    if (work->begun != 0)
        count_wait(self, work->begun);
    if (work->outcome == GP_OUTCOME_DONE)
        gp_result_own(self->attempt->result, work->rows);
    else
        log_failure(self);
    if (work->outcome == GP_OUTCOME_FULL && !work->is_client_gone)
        gp_count(GP_COUNTER_QUEUE_TIMEOUTS, 1);
}

/* ---- by the thread of the request ---- */

/* Waits until a statement may run. */
static gp_outcome queue(execution *self, gp_connection **connection)
{
    apr_interval_time_t wait = self->store->budget.wait;
    gp_gate *class = class_gate(self);
    gp_outcome outcome = GP_OUTCOME_FULL;

    gp_count(GP_COUNTER_WAITING, 1);
    if (class == NULL) {
        outcome = admit(self, self->work.submitted + wait, connection);
    } else if (gp_gate_enter_for(class, self->work.share, GP_SHARE_CLASS, wait,
                                 &self->store->is_turned_away)
               == GP_GATE_ENTERED) {
        gp_gate_opened(class, true, 0);
        outcome = admit(self, self->work.submitted + wait, connection);
        if (outcome != GP_OUTCOME_DONE) {
            gp_share_count(self->work.share, GP_SHARE_CLASS, -1);
            gp_gate_leave(class);
        }
    }
    gp_count(GP_COUNTER_WAITING, -1);
    if (outcome == GP_OUTCOME_FULL)
        gp_count(GP_COUNTER_QUEUE_TIMEOUTS, 1);
    return outcome;
}

static gp_outcome run_on(execution *self, gp_connection *connection)
{
    gp_store *store = self->store;
    const gp_attempt *attempt = self->attempt;
    apr_time_t now = gp_clock(), end;
    gp_outcome outcome;

    if (now - self->work.submitted > CLIENT_CHECK_AFTER && store->is_client_gone(store)) {
        GP_LOG(&store->log, GP_LOG_INFO, "the client has gone while its request waited");
        return GP_OUTCOME_FULL;
    }
    self->work.begun = now;
    self->work.batch = 1;
    count_wait(self, now);
    end = gp_budget_end(&store->budget, now);
    outcome = connection->schema_seen ? GP_OUTCOME_DONE
                                      : check_schema(store, self->database, connection, end);
    if (outcome == GP_OUTCOME_DONE)
        outcome = gp_connection_run(store, connection, attempt->sql, end, attempt->parameters,
                                    attempt->result);
    if (outcome == GP_OUTCOME_UNFIT) {
        connection->schema_seen = false;
        apr_cpystrn(self->work.sqlstate, connection->sqlstate, sizeof self->work.sqlstate);
    }
    return outcome;
}

/* Gives back the connection and the places. While the backend goes on they stay taken, until it ends. */
static void leave(execution *self, gp_connection *connection, gp_gate *class)
{
    gp_share_count(self->work.share, GP_SHARE_CONNECTION, -1);
    gp_share_count(self->work.share, GP_SHARE_CLASS, class != NULL ? -1 : 0);
    if (gp_connection_is_outlived(connection)
        && gp_orphan_adopt(connection, self->database->gate, class))
        return;
    gp_connection_close(connection);
    gp_gate_leave(self->database->gate);
    if (class != NULL)
        gp_gate_leave(class);
}

static void run_on_and_leave(execution *self, gp_connection *connection, gp_gate *class)
{
    gp_count(GP_COUNTER_IN_USE, 1);
    self->work.outcome = run_on(self, connection);
    leave(self, connection, class);
    gp_count(GP_COUNTER_IN_USE, -1);
}

/* Runs a statement, however long it waits for a connection. */
static void run_here(execution *self)
{
    gp_connection *connection;

    self->work.outcome = queue(self, &connection);
    if (self->work.outcome == GP_OUTCOME_DONE)
        run_on_and_leave(self, connection, class_gate(self));
}

/* The lone way. @return false: there is no place */
static bool try_here(execution *self)
{
    gp_connection *connection;
    bool is_reduced;

    if (self->database->present > LONE_MOST || class_gate(self) != NULL)
        return false;
    self->work.outcome = enter(self, self->work.share, 0, &connection, &is_reduced);
    if (self->work.outcome == GP_OUTCOME_DONE)
        run_on_and_leave(self, connection, NULL);
    return self->work.outcome != GP_OUTCOME_FULL || self->work.begun != 0;
}

/* ---- one attempt ---- */

/* Adds what the statement took to what the request took, and to what the process counts. */
static void account(const execution *self)
{
    gp_cost *cost = self->store->cost;
    const gp_work *work = &self->work;
    apr_time_t now = work->ended != 0 ? work->ended : gp_clock();
    apr_time_t begun = work->begun != 0 ? work->begun : now;
    int rows = self->attempt->result->rows;

    cost->wait += begun - work->submitted;
    gp_count(GP_COUNTER_WAIT, begun - work->submitted);
    if (work->begun == 0) {
        count_wait(self, now);
        return;
    }
    cost->time += now - begun;
    cost->rows += rows;
    gp_count(GP_COUNTER_STATEMENTS, 1);
    gp_count(GP_COUNTER_TIME, now - begun);
    if (work->outcome == GP_OUTCOME_LATE || work->outcome == GP_OUTCOME_EXPIRED)
        gp_count(GP_COUNTER_TIMEOUTS, 1);
    if (work->outcome == GP_OUTCOME_DONE)
        GP_LOG(&self->store->log, GP_LOG_DEBUG,
               "statement %s: %d rows in %" APR_TIME_T_FMT " us, batch of %d",
               self->work.statement->label, rows, now - begun, work->batch);
}

/* Logs whether the schema is fit, if that has changed. */
static void tell_fitness(const execution *self)
{
    const gp_log *log = &self->store->log;

    if (self->work.outcome == GP_OUTCOME_DONE)
        gp_database_fit(log, self->database, self->attempt->sql);
    else if (self->work.outcome == GP_OUTCOME_UNFIT && self->work.begun != 0)
        gp_database_unfit(log, self->database, self->attempt->sql,
                          apr_psprintf(self->store->pool,
                                       "a table, a column or a grant is missing (SQLSTATE %s)",
                                       self->work.sqlstate));
}

/* Begins. @return false: it has ended without a statement */
static bool begin(execution *self, gp_store *store, gp_attempt *attempt)
{
    *self = (execution){.store = store, .attempt = attempt, .host = store->host};
    self->work.submitted = gp_clock();
    gp_result_reset(attempt->result);
    if (self->host == NULL) {
        self->work.outcome = GP_OUTCOME_UNREACHABLE;
        return false;
    }
    if (gp_budget_is_over(&store->budget)) {
        self->work.outcome = GP_OUTCOME_EXPIRED;
        return false;
    }
    if (store->under_way == 0 && !gp_share_enter(store->caller, &store->share)) {
        GP_LOG(&store->log, GP_LOG_INFO,
               "the caller already holds half of the threads, and other callers need some");
        self->work.outcome = GP_OUTCOME_FULL;
        return false;
    }
    if (store->under_way++ == 0)
        store->is_turned_away = false;
    self->database = self->host->database;
    self->work.store = store;
    self->work.attempt = attempt;
    self->work.statement = gp_statement_get(attempt->sql);
    self->work.share = store->share;
    self->database->present++;
    self->has_begun = true;
    return true;
}

static gp_outcome end(execution *self)
{
    if (self->is_with_engine)
        await(self);
    if (!self->has_begun)
        return self->work.outcome;
    self->database->present--;
    if (--self->store->under_way == 0)
        gp_share_leave(self->work.share);
    tell_fitness(self);
    account(self);
    return self->work.outcome;
}

static bool may_share(const execution *self)
{
    return self->database->engine != NULL && self->store->settings.pipeline;
}

gp_outcome gp_database_run(gp_store *store, gp_attempt *attempt)
{
    execution self;

    if (!begin(&self, store, attempt))
        return self.work.outcome;
    if (!may_share(&self))
        run_here(&self);
    else if (!try_here(&self))
        submit(&self, true);
    return end(&self);
}

void gp_database_submit(gp_store *store, gp_attempt *attempt)
{
    execution *self = apr_palloc(attempt->result->pool, sizeof *self);

    attempt->running = self;
    if (!begin(self, store, attempt))
        return;
    if (may_share(self))
        submit(self, false);
    else
        run_here(self);
}

gp_outcome gp_database_await(gp_store *store, gp_attempt *attempt)
{
    (void)store;
    return end(attempt->running);
}
