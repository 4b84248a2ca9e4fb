/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The path of a statement to PostgreSQL: through the gates before the pool, then on a connection of the pool. If many
 * requests wait, the statement shares a batch with others of its kind.
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

/* Before running a statement that has waited longer than this (microseconds), check that its client is still
 * connected: otherwise statements of clients that have given up would delay the others. */
#define CLIENT_CHECK_AFTER (APR_USEC_PER_SEC / 100)

/* A running attempt. It lies on the stack of the request's thread, or, if it was submitted, in the pool of its result. */
typedef struct gp_execution {
    gp_batch_member member; /* first, so that a cast finds the execution of a member */
    struct gp_execution
        *companion; /* the next attempt that the same request has submitted; NULL: none */
    gp_store *store;
    gp_attempt *attempt;
    gp_host *host;
    gp_database *database; /* of the host */
    const gp_statement *statement;
    gp_share *share; /* of the caller; NULL: unknown */
    bool can_batch;  /* it may share a batch */
    apr_time_t submitted;
    apr_time_t begun; /* when it began on a connection; 0: never */
    apr_time_t ended; /* when its outcome was known; 0: not yet */
    int batch;        /* size of its batch */
    gp_outcome outcome;
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
static gp_outcome check_pool(execution *self, gp_connection **connection)
{
    if ((*connection)->identity == self->database->identity)
        return GP_OUTCOME_DONE;
    GP_LOG(&self->store->log, GP_LOG_ERROR,
           "mod_dbd gave this host a connection from the pool of another host: not used");
    gp_connection_close(*connection);
    gp_share_count(self->share, GP_SHARE_CONNECTION, -1);
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
 */
static void end_attempt(const execution *self, const gp_connection *connection,
                        apr_time_t attempted)
{
    const gp_log *log = &self->store->log;
    bool is_new = connection != NULL && !connection->schema_seen;

    switch (gp_gate_opened(self->database->gate, connection != NULL, GP_RETRY_INTERVAL)) {
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
}

/*
 * Enters the gate and opens a connection. If the database grants no further connection, this waits for one that is in
 * use.
 */
static gp_outcome admit(execution *self, apr_time_t deadline, gp_connection **connection)
{
    const gp_store *store = self->store;
    const gp_pool_source *source = &self->host->source;
    gp_gate *gate = self->database->gate;

    for (;;) {
        apr_time_t attempted;

        switch (gp_gate_enter_for(gate, self->share, GP_SHARE_CONNECTION, deadline - gp_clock())) {
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
            gp_share_count(self->share, GP_SHARE_CONNECTION, -1);
        end_attempt(self, *connection, attempted);
        if (*connection != NULL)
            return check_pool(self, connection);
    }
}

/* The gate of the statement's cost class; NULL: it has none. */
static gp_gate *class_gate(const execution *self)
{
    return self->database->classes[self->statement->cost];
}

/* Undoes enter_queue. */
static void leave_queue(execution *self)
{
    if (self->can_batch) {
        gp_batches_leave(self->database->batches, &self->member);
    } else if (class_gate(self) != NULL) {
        gp_share_count(self->share, GP_SHARE_CLASS, -1);
        gp_gate_leave(class_gate(self));
    }
}

/* Waits until a statement may ask for a connection: until it leads a batch, or has a place in the gate of its class. */
static gp_batch_answer enter_queue(execution *self, apr_interval_time_t wait)
{
    if (self->can_batch)
        return gp_batches_join(self->database->batches, &self->member, wait);
    if (class_gate(self) == NULL)
        return GP_BATCH_LEADS;
    if (gp_gate_enter_for(class_gate(self), self->share, GP_SHARE_CLASS, wait) != GP_GATE_ENTERED)
        return GP_BATCH_FULL;
    gp_gate_opened(class_gate(self), 1, 0);
    return GP_BATCH_LEADS;
}

/* Waits until the statement has a connection, or until a leader has run it: then *connection stays NULL. */
static gp_outcome queue(execution *self, apr_interval_time_t wait, gp_connection **connection)
{
    gp_outcome outcome = GP_OUTCOME_FULL;

    gp_count(GP_COUNTER_WAITING, 1);
    switch (enter_queue(self, wait)) {
    case GP_BATCH_SERVED: /* the leader has decremented GP_COUNTER_WAITING for it */
        return self->outcome;
    case GP_BATCH_LEADS:
        outcome = admit(self, self->submitted + wait, connection);
        if (outcome != GP_OUTCOME_DONE)
            leave_queue(self);
        break;
    case GP_BATCH_FULL:
        break;
    }
    gp_count(GP_COUNTER_WAITING, -1);
    if (outcome == GP_OUTCOME_FULL)
        gp_count(GP_COUNTER_QUEUE_TIMEOUTS, 1);
    return outcome;
}

/* ---- running ---- */

/* The earliest deadline of a batch. */
static apr_time_t first_end(execution *const batch[], int count)
{
    apr_time_t now = gp_clock(), first = gp_budget_end(&batch[0]->store->budget, now);
    int i;

    for (i = 1; i < count; i++) {
        apr_time_t end = gp_budget_end(&batch[i]->store->budget, now);

        first = end < first ? end : first;
    }
    return first;
}

/*
 * A read may be late only because of its batch, so it is retried unbatched: a batch of reads gets half of the time, and
 * each read has the other half for that. A write may have committed: it is not retried.
 */
static gp_outcome run_batch(gp_connection *connection, execution *const batch[], int count,
                            apr_time_t end)
{
    const execution *first = batch[0];
    bool is_repeatable = first->statement->is_repeatable;
    const char *const *parameters[GP_BATCH_MAX];
    PGresult *rows[GP_BATCH_MAX];
    gp_outcome outcome;
    int i;

    for (i = 0; i < count; i++)
        parameters[i] = batch[i]->attempt->parameters;
    if (is_repeatable)
        end -= (end - gp_clock()) / 2;
    outcome = gp_connection_run_batch(first->store, connection, first->attempt->sql, end, count,
                                      parameters, rows);
    for (i = 0; i < count && outcome == GP_OUTCOME_DONE; i++)
        gp_result_own(batch[i]->attempt->result, rows[i]);
    if (outcome == GP_OUTCOME_DONE) {
        gp_count_batch(count);
    } else {
        gp_count(GP_COUNTER_UNDONE, 1);
    }
    return (outcome == GP_OUTCOME_LATE || outcome == GP_OUTCOME_EXPIRED) && is_repeatable
               ? GP_OUTCOME_AGAIN
               : outcome;
}

static gp_outcome run_on(gp_connection *connection, execution *const batch[], int count)
{
    const execution *first = batch[0];
    const gp_store *store = first->store;
    const gp_attempt *attempt = first->attempt;
    apr_time_t end = first_end(batch, count);
    gp_outcome outcome = connection->schema_seen
                             ? GP_OUTCOME_DONE
                             : check_schema(store, first->database, connection, end);

    if (outcome == GP_OUTCOME_DONE)
        outcome = count > 1 ? run_batch(connection, batch, count, end)
                            : gp_connection_run(store, connection, attempt->sql, end,
                                                attempt->parameters, attempt->result);
    if (outcome == GP_OUTCOME_UNFIT) {
        connection->schema_seen = false;
        gp_database_unfit(&store->log, first->database, attempt->sql,
                          apr_psprintf(store->pool,
                                       "a table, a column or a grant is missing (SQLSTATE %s)",
                                       connection->sqlstate));
    } else if (outcome == GP_OUTCOME_DONE) {
        gp_database_fit(&store->log, first->database, attempt->sql);
    }
    return outcome;
}

/* Adds a statement that has begun to the counters of the process. */
static void count_statement(const execution *self)
{
    apr_interval_time_t time = (self->ended != 0 ? self->ended : gp_clock()) - self->begun;
    int rows = self->attempt->result->rows;

    self->store->cost->rows += rows;
    gp_count(GP_COUNTER_STATEMENTS, 1);
    gp_count(GP_COUNTER_TIME, time);
    if (self->outcome == GP_OUTCOME_LATE || self->outcome == GP_OUTCOME_EXPIRED)
        gp_count(GP_COUNTER_TIMEOUTS, 1);
    if (self->outcome == GP_OUTCOME_DONE)
        GP_LOG(&self->store->log, GP_LOG_DEBUG,
               "statement %s: %d rows in %" APR_TIME_T_FMT " us, batch of %d",
               self->statement->label, rows, time, self->batch);
}

/* Adds the attempts that the request of the leader has submitted after it, as far as they fit. @return the size of the
 * batch */
static int add_companions(execution *self, execution *batch[GP_BATCH_MAX], int count)
{
    execution *one;

    for (one = self->companion; one != NULL && count < self->statement->batch;
         one = one->companion) {
        if (one->ended != 0 || !one->can_batch || one->attempt->sql != self->attempt->sql)
            continue;
        one->begun = one->submitted = self->begun;
        self->member.companions++;
        batch[count++] = one;
    }
    return count;
}

/* Runs the admitted statement, and waiting statements of the same kind with it. The threads of the followers wait
 * meanwhile, so this thread may use their pools and callbacks. */
static void run_all(execution *self, gp_connection *connection)
{
    execution *batch[GP_BATCH_MAX] = {NULL};
    gp_batch_member *member;
    apr_time_t now;
    int count = 0, own, i;
    gp_outcome outcome;

    if (self->can_batch)
        gp_count(GP_COUNTER_WAITING, -gp_batches_gather(self->database->batches, &self->member));
    now = gp_clock();
    for (member = &self->member; member != NULL; member = member->next) {
        execution *one = (execution *)member;

        if (now - one->submitted > CLIENT_CHECK_AFTER && one->store->is_client_gone(one->store)) {
            GP_LOG(&one->store->log, GP_LOG_INFO, "the client has gone while its request waited");
            one->outcome = GP_OUTCOME_FULL;
        } else {
            one->begun = now;
            gp_budget_wait(&one->store->budget, now - one->submitted);
            batch[count++] = one;
        }
    }
    own = count;
    if (self->can_batch && count > 0 && batch[0] == self)
        count = add_companions(self, batch, count);
    outcome = count > 0 ? run_on(connection, batch, count) : GP_OUTCOME_FULL;
    for (i = 0; i < count; i++) {
        batch[i]->batch = count;
        batch[i]->outcome = outcome;
        batch[i]->ended = gp_clock();
        if (i >= own) /* within the time of the leader */
            count_statement(batch[i]);
    }
}

/* Adds the cost of the statement to the cost of the request and to the counters of the process. */
static void account(const execution *self)
{
    gp_cost *cost = self->store->cost;
    apr_time_t now = gp_clock(), begun = self->begun != 0 ? self->begun : now;

    cost->wait += begun - self->submitted;
    gp_count(GP_COUNTER_WAIT, begun - self->submitted);
    if (self->begun == 0) {
        gp_budget_wait(&self->store->budget, now - self->submitted);
        return;
    }
    cost->time += now - begun;
    count_statement(self);
}

/* Gives back the connection and the places. If the backend outlives the deadline, they stay taken until it ends. */
static void leave(execution *self, gp_connection *connection)
{
    gp_gate *class = self->can_batch ? NULL : class_gate(self);

    gp_share_count(self->share, GP_SHARE_CONNECTION, -1);
    if (gp_connection_is_outlived(connection)
        && gp_orphan_adopt(connection, self->database->gate, class)) {
        if (self->can_batch)
            leave_queue(self);
        else
            gp_share_count(self->share, GP_SHARE_CLASS, class != NULL ? -1 : 0);
        return;
    }
    gp_connection_close(connection);
    gp_gate_leave(self->database->gate);
    leave_queue(self);
}

/* Runs a statement whose caller is within its share. */
static void run_for(execution *self)
{
    gp_connection *connection = NULL;

    self->outcome = queue(self, self->store->budget.wait, &connection);
    if (connection == NULL)
        return;
    gp_count(GP_COUNTER_IN_USE, 1);
    run_all(self, connection);
    leave(self, connection);
    gp_count(GP_COUNTER_IN_USE, -1);
}

/* A statement of a request that has used half of its time runs unbatched, because a batch must end at the earliest
 * deadline of its members. */
static bool can_batch(gp_store *store, const gp_attempt *attempt)
{
    apr_time_t now = gp_clock();

    return !attempt->unbatched && gp_statement_get(attempt->sql)->batch > 1
           && store->settings.pipeline
           && gp_budget_end(&store->budget, now) - now >= store->budget.time / 2;
}

static execution begin(gp_store *store, gp_attempt *attempt)
{
    gp_result_reset(attempt->result);
    return (execution){.store = store,
                       .attempt = attempt,
                       .host = store->host,
                       .statement = gp_statement_get(attempt->sql),
                       .can_batch = can_batch(store, attempt),
                       .submitted = gp_clock()};
}

static gp_outcome run(execution *self)
{
    gp_store *store = self->store;

    if (self->host == NULL)
        return GP_OUTCOME_UNREACHABLE;
    if (gp_budget_is_over(&store->budget))
        return GP_OUTCOME_EXPIRED;
    if (!gp_share_enter(store->caller, &self->share)) {
        GP_LOG(&store->log, GP_LOG_INFO,
               "the caller already holds half of the threads, and other callers need some");
        return GP_OUTCOME_FULL;
    }
    self->database = self->host->database;
    self->member.kind = &self->host->kinds[self->attempt->sql];
    self->member.share = self->share;
    run_for(self);
    gp_share_leave(self->share);
    account(self);
    return self->outcome;
}

/* Runs what the request has submitted and no other has taken along yet. */
static void run_submitted(gp_store *store)
{
    execution *one;

    for (one = store->submitted; one != NULL; one = one->companion) {
        if (one->ended != 0)
            continue;
        one->submitted = gp_clock();
        one->can_batch = can_batch(store, one->attempt);
        one->outcome = run(one);
        one->ended = gp_clock();
    }
}

gp_outcome gp_database_run(gp_store *store, gp_attempt *attempt)
{
    execution self;

    run_submitted(store);
    self = begin(store, attempt);
    return run(&self);
}

void gp_database_submit(gp_store *store, gp_attempt *attempt)
{
    execution *self = apr_palloc(attempt->result->pool, sizeof *self), **last;

    *self = begin(store, attempt);
    for (last = &store->submitted; *last != NULL; last = &(*last)->companion)
        continue;
    *last = self;
    attempt->running = self;
}

gp_outcome gp_database_await(gp_store *store, gp_attempt *attempt)
{
    const execution *self = attempt->running;
    execution **at = &store->submitted;

    run_submitted(store);
    while (*at != NULL && *at != self)
        at = &(*at)->companion;
    if (*at != NULL)
        *at = (*at)->companion;
    return self->outcome;
}
