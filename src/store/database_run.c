/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The path of a statement to PostgreSQL: by the engine, or, if few statements are present or it must not share a
 * connection, by the thread of its request, through the gates before the pool.
 */
#include "admission.h"
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

/* A running attempt. It lies on the stack of the request's thread, or, if it was submitted, in the pool of its result. */
typedef struct gp_execution {
    gp_work work;          /* what the engine knows of it, and its outcome, whoever ran it */
    gp_database *database; /* of the request's host */
    bool is_with_engine;
    bool has_begun;            /* it is among those present */
    bool has_ended;            /* its outcome is known */
    struct gp_execution *next; /* that the same request has submitted; NULL: none */
} execution;

/* The gate of the statement's cost class; NULL: it has none. */
static gp_gate *class_gate(const execution *self)
{
    return self->database->classes[self->work.statement->cost];
}

/* @return how much of an interval comes after all that was counted, which includes it afterwards: times of statements
 * that were under way together count once */
static apr_interval_time_t count_once(apr_time_t *counted, apr_time_t from, apr_time_t until)
{
    if (from < *counted)
        from = *counted;
    if (until <= from)
        return 0;
    *counted = until;
    return until - from;
}

/* The statement has waited until then. */
static void count_wait(const execution *self, apr_time_t until)
{
    gp_store *store = self->work.store;
    apr_interval_time_t wait = count_once(&store->waited, self->work.submitted, until);

    gp_budget_wait(&store->budget, wait);
    store->cost->wait += wait;
}

/* ---- by the engine ---- */

static gp_lane lane_of(const execution *self)
{
    const gp_statement *statement = self->work.statement;

    if (statement->cost == GP_COST_ROWS)
        return GP_LANE_ROWS;
    if (self->work.attempt->unbatched || self->work.time < self->work.store->budget.time / 2)
        return GP_LANE_ALONE; /* it would have to end with the others */
    if (!statement->is_repeatable)
        return GP_LANE_CREATE;
    if (!statement->can_share)
        return statement->merged != NULL ? GP_LANE_CHANGE : GP_LANE_ALONE;
    return statement->scans ? GP_LANE_SCAN : GP_LANE_READ;
}

/* @return the work, for the engine */
static gp_work *work_of(execution *self)
{
    gp_work *work = &self->work;

    self->is_with_engine = true;
    work->until = work->submitted + self->work.store->budget.wait;
    work->time = gp_budget_end(&self->work.store->budget, work->submitted) - work->submitted;
    work->lane = lane_of(self);
    /* A search that has begun ends before another begins: otherwise all would wait for too long together. */
    work->turn = work->lane == GP_LANE_ROWS ? work->store->began : work->submitted;
    work->next = NULL;
    return work;
}

/* Logs how the engine failed with a statement. */
static void log_failure(const execution *self)
{
    const gp_work *work = &self->work;
    const gp_log *log = &self->work.store->log;

    if (work->begun == 0)
        return;
    gp_connection_log(log, work->statement, work->batch, work->outcome, work->sqlstate,
                      work->message);
}

static void await(execution *self)
{
    gp_work *work = &self->work;

    gp_engine_await(self->database->engine, work, gp_admission_open, self->work.store);
    if (work->begun != 0)
        count_wait(self, work->begun);
    if (work->outcome == GP_OUTCOME_DONE)
        gp_result_own(self->work.attempt->result, work->rows);
    else
        log_failure(self);
    if (work->outcome == GP_OUTCOME_FULL && !work->is_client_gone)
        gp_count(GP_COUNTER_QUEUE_TIMEOUTS, 1);
}

/* ---- by the thread of the request ---- */

/* Waits for a place in the gate of the statement's cost class. */
static bool enter_class(const execution *self, gp_gate *class)
{
    if (class == NULL)
        return true;
    if (gp_gate_enter_for(class, self->work.share, GP_SHARE_CLASS, self->work.store->budget.wait,
                          &self->work.store->is_turned_away)
        != GP_GATE_ENTERED)
        return false;
    gp_gate_opened(class, true, 0);
    return true;
}

static void leave_class(const execution *self, gp_gate *class)
{
    if (class == NULL)
        return;
    gp_share_count(self->work.share, GP_SHARE_CLASS, -1);
    gp_gate_leave(class);
}

/* Waits until a statement may run. */
static gp_outcome queue(execution *self, gp_connection **connection)
{
    apr_time_t until = self->work.submitted + self->work.store->budget.wait;
    gp_gate *class = class_gate(self);
    gp_outcome outcome = GP_OUTCOME_FULL;

    gp_count(GP_COUNTER_WAITING, 1);
    if (enter_class(self, class)) {
        outcome = gp_admission_wait(self->work.store, self->work.share, until, connection);
        if (outcome != GP_OUTCOME_DONE)
            leave_class(self, class);
    }
    gp_count(GP_COUNTER_WAITING, -1);
    if (outcome == GP_OUTCOME_FULL)
        gp_count(GP_COUNTER_QUEUE_TIMEOUTS, 1);
    return outcome;
}

static gp_outcome run_on(execution *self, gp_connection *connection)
{
    gp_store *store = self->work.store;
    const gp_attempt *attempt = self->work.attempt;
    apr_time_t now = gp_clock(), end;
    gp_outcome outcome;

    if (gp_work_is_given_up(&self->work, now))
        return GP_OUTCOME_FULL;
    self->work.begun = now;
    self->work.batch = 1;
    count_wait(self, now);
    end = gp_budget_end(&store->budget, now);
    outcome =
        connection->schema_seen ? GP_OUTCOME_DONE : gp_admission_check(store, connection, end);
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
    self->work.ended = gp_clock();
    leave(self, connection, class);
    gp_count(GP_COUNTER_IN_USE, -1);
}

/* Runs a statement, however long it waits for a connection. */
static void run_here(execution *self)
{
    gp_connection *connection;

    self->work.outcome = queue(self, &connection);
    self->work.ended = gp_clock(); /* others of the request run before this one is accounted for */
    if (self->work.outcome == GP_OUTCOME_DONE)
        run_on_and_leave(self, connection, class_gate(self));
}

/* The lone way. @return false: there is no place */
static bool try_here(execution *self)
{
    gp_connection *connection;

    if (self->database->present > LONE_MOST || class_gate(self) != NULL)
        return false;
    self->work.outcome = gp_admission_try(self->work.store, self->work.share, &connection);
    if (self->work.outcome == GP_OUTCOME_DONE)
        run_on_and_leave(self, connection, NULL);
    return self->work.outcome != GP_OUTCOME_FULL || self->work.begun != 0;
}

/* ---- one attempt ---- */

/* Adds what the statement took to what the request took, and to what the process counts. */
static void account(const execution *self)
{
    gp_cost *cost = self->work.store->cost;
    const gp_work *work = &self->work;
    apr_time_t now = work->ended != 0 ? work->ended : gp_clock(); /* 0: no place, at once */
    apr_time_t begun = work->begun != 0 ? work->begun : now;
    int rows = self->work.attempt->result->rows;

    gp_count(GP_COUNTER_WAIT, begun - work->submitted);
    if (work->begun == 0) {
        count_wait(self, now);
        return;
    }
    cost->time += count_once(&self->work.store->ran, begun, now);
    cost->rows += rows;
    gp_count(GP_COUNTER_STATEMENTS, 1);
    gp_count(GP_COUNTER_TIME, now - begun);
    if (work->outcome == GP_OUTCOME_LATE || work->outcome == GP_OUTCOME_EXPIRED)
        gp_count(GP_COUNTER_TIMEOUTS, 1);
    if (work->outcome == GP_OUTCOME_DONE)
        GP_LOG(&self->work.store->log, GP_LOG_DEBUG,
               "statement %s: %d rows in %" APR_TIME_T_FMT " us, batch of %d",
               self->work.statement->label, rows, now - begun, work->batch);
}

/* Logs whether the schema is fit, if that has changed. */
static void tell_fitness(const execution *self)
{
    const gp_log *log = &self->work.store->log;

    if (self->work.outcome == GP_OUTCOME_DONE)
        gp_database_fit(log, self->database, self->work.attempt->sql);
    else if (self->work.outcome == GP_OUTCOME_UNFIT && self->work.begun != 0)
        gp_database_unfit(log, self->database, self->work.attempt->sql,
                          apr_psprintf(self->work.store->pool,
                                       "a table, a column or a grant is missing (SQLSTATE %s)",
                                       self->work.sqlstate));
}

/* Begins. @return false: it has ended without a statement */
static bool begin(execution *self, gp_store *store, const gp_attempt *attempt)
{
    self->work.store = store;
    self->work.attempt = attempt;
    self->work.submitted = gp_clock();
    gp_result_reset(attempt->result);
    if (store->host == NULL) {
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
    if (store->began == 0)
        store->began = self->work.submitted;
    self->database = store->host->database;
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
    if (--self->work.store->under_way == 0)
        gp_share_leave(self->work.share);
    if (self->work.is_client_gone)
        GP_LOG(&self->work.store->log, GP_LOG_INFO, "the client has gone while its request waited");
    tell_fitness(self);
    account(self);
    return self->work.outcome;
}

static bool may_share(const execution *self)
{
    return self->database->engine != NULL && self->work.store->settings.pipeline;
}

/* Runs what the request has submitted, before it runs or awaits any other statement. What is for the engine reaches it
 * at once, so that creates share a transaction. */
static void run_submitted(gp_store *store)
{
    execution *first = store->submitted, *one;
    gp_work *works = NULL; /* the last one first */

    while (first != NULL && first->has_ended)
        first = first->next;
    for (one = first; one != NULL; one = one->next) {
        if (!begin(one, store, one->work.attempt))
            continue;
        if (!may_share(one)) {
            run_here(one);
        } else if (one != first || one->next != NULL || !try_here(one)) {
            work_of(one)->next = works;
            works = &one->work;
        }
    }
    if (works != NULL)
        gp_engine_submit(store->host->database->engine, works, false);
    for (one = first; one != NULL; one = one->next) {
        end(one);
        one->has_ended = true;
    }
}

gp_outcome gp_database_run(gp_store *store, gp_attempt *attempt)
{
    execution self = {0};

    run_submitted(store);
    if (!begin(&self, store, attempt))
        return self.work.outcome;
    if (!may_share(&self))
        run_here(&self);
    else if (!try_here(&self))
        gp_engine_submit(self.database->engine, work_of(&self), true);
    return end(&self);
}

void gp_database_submit(gp_store *store, gp_attempt *attempt)
{
    execution *self = apr_pcalloc(attempt->result->pool, sizeof *self), **last = &store->submitted;

    self->work.attempt = attempt;
    while (*last != NULL)
        last = &(*last)->next;
    *last = self;
    attempt->running = self;
}

gp_outcome gp_database_await(gp_store *store, gp_attempt *attempt)
{
    const execution *self = attempt->running;
    execution **at = &store->submitted;

    run_submitted(store);
    while (*at != NULL && *at != self)
        at = &(*at)->next;
    if (*at != NULL)
        *at = (*at)->next;
    return self->work.outcome;
}
