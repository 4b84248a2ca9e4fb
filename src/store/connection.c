/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a statement reaches PostgreSQL: through the gates before the pool of connections, on one of them,
 * and where many wait together with others of its kind.
 */
#include "connection.h"
#include "base/clock.h"
#include "http/config.h"
#include "database.h"
#include "base/limits.h"
#include "orphan.h"
#include "http/reason.h"
#include "http/request.h"
#include "session.h"
#include "share.h"
#include "counters.h"

#include <apr_portable.h>
#include <apr_strings.h>
#include <ap_mpm.h>
#include <http_core.h>
#include <poll.h>

#include <string.h>

/* After a failure to connect, this long passes before the next attempt. */
#define RETRY_INTERVAL APR_USEC_PER_SEC

/* Who has waited for a connection longer than this is asked whether they are still there: else the
 * queries of clients that have given up would keep those busy who have not. */
#define CLIENT_CHECK_AFTER (APR_USEC_PER_SEC / 100)

/* A statement on its way, in the keeping of the thread whose request it is of. */
typedef struct {
    gp_batch_member member; /* first, so that either is found from the other */
    request_rec *r;
    gp_database *database;
    gp_sql sql;
    const char **parameters;
    gp_result *result;
    gp_budget *budget;
    gp_share *share; /* of the caller; NULL: not known */
    int can_batch;   /* it may run with others */
    apr_time_t submitted;
    apr_time_t begun;   /* on a connection; 0: it never did */
    int batch;          /* of so many */
    gp_outcome outcome; /* how it ended */
} statement;

void gp_connection_init(apr_pool_t *child, server_rec *server)
{
    int threads = 1;

    if (!gp_session_init())
        return;
    ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
    if (!gp_share_init(threads))
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, server,
                     "no mutex left: callers are not told apart");
    if (!gp_deadline_init(child) || !gp_orphan_init(child))
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, server,
                     "cannot watch over database statements: a hung server will hang requests");
    gp_database_init(child, server);
}

/* ---- the schema ---- */

/* Whether the schema on this backend is at least the one that the statements are written for. However the
 * look ends, the statement that it precedes has not been sent. */
static gp_outcome check_schema(request_rec *r, gp_database *database, gp_session *session,
                               apr_time_t end)
{
    gp_result result = {.pool = r->pool};
    gp_outcome outcome = gp_session_run(r, session, GP_SQL_SCHEMA_VERSION, end, NULL, &result);
    const char *version;

    if (outcome != GP_OUTCOME_DONE)
        return gp_outcome_unsent(outcome);
    version = gp_result_text(&result, 0, 0);
    if (version == NULL || apr_atoi64(version) < GP_SCHEMA_VERSION) {
        gp_database_unfit(r, database, GP_SQL_SCHEMA_VERSION,
                          apr_psprintf(r->pool, "its schema version is %s, not %d",
                                       version ? version : "none", GP_SCHEMA_VERSION));
        return GP_OUTCOME_UNFIT;
    }
    session->schema_seen = 1;
    gp_database_fit(r, database, GP_SQL_SCHEMA_VERSION);
    return GP_OUTCOME_DONE;
}

/* ---- the way in ---- */

/*
 * The last guard against a statement in another host's database: the connection must be of the pool that
 * the host's entry in the registry names. Otherwise it goes back, as does the place at the gate.
 */
static gp_outcome check_pool(statement *self, gp_session **session)
{
    if ((*session)->pool == self->database->pool)
        return GP_OUTCOME_DONE;
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, self->r,
                  "mod_dbd gave this host a connection from the pool of another host: not used");
    gp_session_close(*session);
    gp_share_count(self->share, GP_SHARE_CONNECTION, -1);
    gp_gate_leave(self->database->gate);
    *session = NULL;
    return GP_OUTCOME_FAILED;
}

/*
 * Comes in through the gate with a connection. Where the database grants no more of them than those
 * that are inside have, this is to wait for one of theirs.
 */
static gp_outcome admit(statement *self, apr_time_t deadline, gp_session **session)
{
    request_rec *r = self->r;
    gp_gate *gate = self->database->gate;

    for (;;) {
        switch (gp_gate_enter_for(gate, self->share, GP_SHARE_CONNECTION, deadline - gp_clock())) {
        case GP_GATE_ENTERED:
            break;
        case GP_GATE_FULL:
            return GP_OUTCOME_FULL;
        case GP_GATE_UNREACHABLE:
            return GP_OUTCOME_UNREACHABLE;
        }
        gp_reason_clear();
        *session = gp_session_open(r);
        if (*session == NULL)
            gp_share_count(self->share, GP_SHARE_CONNECTION, -1);
        switch (gp_gate_opened(gate, *session != NULL, RETRY_INTERVAL)) {
        case GP_GATE_LOST:
            gp_count(GP_COUNTER_OPENED, 1);
            ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "the database cannot be reached: %s",
                          gp_reason_get());
            break;
        case GP_GATE_FOUND:
            ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r, "the database is reached again");
            break;
        case GP_GATE_REDUCED:
            ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                          "the database grants no further connection: waiting for one");
            break;
        case GP_GATE_SAME:
            break;
        }
        if (*session != NULL)
            return check_pool(self, session);
    }
}

/* The gate of the statement's cost class; NULL: it has none. */
static gp_gate *class_gate(const statement *self)
{
    return self->database->classes[gp_statement_get(self->sql)->cost];
}

/* Gives back what a statement had to have before it might come in. */
static void leave_queue(statement *self)
{
    if (self->can_batch) {
        gp_batches_leave(self->database->batches, &self->member);
    } else if (class_gate(self) != NULL) {
        gp_share_count(self->share, GP_SHARE_CLASS, -1);
        gp_gate_leave(class_gate(self));
    }
}

/* Waits for what a statement must have before it may come in. */
static gp_batch_answer enter_queue(statement *self, apr_interval_time_t wait)
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

/* Waits until a statement may run, or has run: then there is no session. */
static gp_outcome queue(statement *self, apr_interval_time_t wait, gp_session **session)
{
    gp_outcome outcome = GP_OUTCOME_FULL;

    gp_count(GP_COUNTER_WAITING, 1);
    switch (enter_queue(self, wait)) {
    case GP_BATCH_SERVED: /* who led has counted that it does not wait any more */
        return self->outcome;
    case GP_BATCH_LEADS:
        outcome = admit(self, self->submitted + wait, session);
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

/* Whether the client has hung up, so that nobody would read the answer. */
static int is_client_gone(request_rec *r)
{
    /* A stream of HTTP/2 has a socket that is connected to nothing. */
    conn_rec *connection = r->connection->master ? r->connection->master : r->connection;
    apr_socket_t *client = ap_get_conn_socket(connection);
    struct pollfd socket = {-1, POLLRDHUP, 0};

    return r->connection->aborted
           || (client != NULL && apr_os_sock_get(&socket.fd, client) == APR_SUCCESS
               && poll(&socket, 1, 0) == 1);
}

/* ---- running ---- */

/*
 * A read that is late in a batch may be so because of the others, so it runs again alone: a batch of reads
 * gets half of the time, and each has the other half for that. A write may have happened.
 */
static gp_outcome run_batch(gp_session *session, statement *const batch[], int count,
                            apr_time_t end)
{
    int is_repeatable = gp_statement_get(batch[0]->sql)->is_repeatable;
    const char *const *parameters[GP_BATCH_MAX];
    PGresult *rows[GP_BATCH_MAX];
    gp_outcome outcome;
    int i;

    for (i = 0; i < count; i++)
        parameters[i] = batch[i]->parameters;
    if (is_repeatable)
        end -= (end - gp_clock()) / 2;
    outcome =
        gp_session_run_batch(batch[0]->r, session, batch[0]->sql, end, count, parameters, rows);
    for (i = 0; i < count && outcome == GP_OUTCOME_DONE; i++)
        gp_result_own(batch[i]->result, rows[i]);
    if (outcome == GP_OUTCOME_DONE) {
        gp_count_batch(count);
    } else {
        gp_count(GP_COUNTER_UNDONE, 1);
    }
    return (outcome == GP_OUTCOME_LATE || outcome == GP_OUTCOME_EXPIRED) && is_repeatable
               ? GP_OUTCOME_AGAIN
               : outcome;
}

static gp_outcome run_on(gp_session *session, statement *const batch[], int count)
{
    statement *first = batch[0];
    apr_time_t end = gp_clock() + first->budget->time;
    gp_outcome outcome = session->schema_seen
                             ? GP_OUTCOME_DONE
                             : check_schema(first->r, first->database, session, end);

    if (outcome == GP_OUTCOME_DONE)
        outcome = count > 1 ? run_batch(session, batch, count, end)
                            : gp_session_run(first->r, session, first->sql, end, first->parameters,
                                             first->result);
    if (outcome == GP_OUTCOME_UNFIT) {
        session->schema_seen = 0;
        gp_database_unfit(first->r, first->database, first->sql,
                          apr_psprintf(first->r->pool,
                                       "a table, a column or a grant is missing (SQLSTATE %s)",
                                       session->sqlstate));
    } else if (outcome == GP_OUTCOME_DONE) {
        gp_database_fit(first->r, first->database, first->sql);
    }
    return outcome;
}

/* Runs the statement that has come in, and those that wait and can run with it: the threads of these
 * are waiting, so that this one may use their pools. */
static void run_all(statement *self, gp_session *session)
{
    statement *batch[GP_BATCH_MAX] = {NULL};
    gp_batch_member *member;
    apr_time_t now;
    int count = 0, i;
    gp_outcome outcome;

    if (self->can_batch)
        gp_count(GP_COUNTER_WAITING, -gp_batches_gather(self->database->batches, &self->member));
    now = gp_clock();
    for (member = &self->member; member != NULL; member = member->next) {
        statement *one = (statement *)member;

        if (now - one->submitted > CLIENT_CHECK_AFTER && is_client_gone(one->r)) {
            ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, one->r,
                          "the client has gone while its request waited");
            one->outcome = GP_OUTCOME_FULL;
        } else {
            one->begun = now;
            batch[count++] = one;
        }
    }
    outcome = count > 0 ? run_on(session, batch, count) : GP_OUTCOME_FULL;
    for (i = 0; i < count; i++) {
        batch[i]->batch = count;
        batch[i]->outcome = outcome;
    }
}

/* What the statement took is the request's, and all requests' together. */
static void account(const statement *self)
{
    gp_cost *cost = &gp_request_get(self->r)->cost;
    apr_time_t now = gp_clock(), begun = self->begun != 0 ? self->begun : now;

    cost->wait += begun - self->submitted;
    self->budget->wait -= begun - self->submitted;
    gp_count(GP_COUNTER_WAIT, begun - self->submitted);
    if (self->begun == 0)
        return;
    cost->time += now - begun;
    self->budget->time -= now - begun;
    cost->rows += self->result->rows;
    gp_count(GP_COUNTER_STATEMENTS, 1);
    gp_count(GP_COUNTER_TIME, now - begun);
    if (self->outcome == GP_OUTCOME_LATE || self->outcome == GP_OUTCOME_EXPIRED)
        gp_count(GP_COUNTER_TIMEOUTS, 1);
    if (self->outcome == GP_OUTCOME_DONE)
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, self->r,
                      "statement %s: %d rows in %" APR_TIME_T_FMT " us, batch of %d",
                      gp_statement_get(self->sql)->label, self->result->rows, now - begun,
                      self->batch);
}

/* Gives back the session and the places, unless the backend goes on: then they are given back when it ends. */
static void leave(statement *self, gp_session *session)
{
    gp_gate *class = self->can_batch ? NULL : class_gate(self);

    gp_share_count(self->share, GP_SHARE_CONNECTION, -1);
    if (gp_session_is_outlived(session) && gp_orphan_adopt(session, self->database->gate, class)) {
        if (self->can_batch)
            leave_queue(self);
        else
            gp_share_count(self->share, GP_SHARE_CLASS, class != NULL ? -1 : 0);
        return;
    }
    gp_session_close(session);
    gp_gate_leave(self->database->gate);
    leave_queue(self);
}

gp_budget gp_connection_budget(const request_rec *r)
{
    const gp_server_config *config = gp_config_get_server(r->server);
    gp_budget budget = {gp_config_queue_timeout(config), gp_config_timeout(config)};

    return budget;
}

/* Runs a statement of a caller who has so much already. */
static gp_outcome run_for(statement *self)
{
    gp_session *session = NULL;

    self->outcome = queue(self, self->budget->wait, &session);
    if (session != NULL) {
        gp_count(GP_COUNTER_IN_USE, 1);
        run_all(self, session);
        leave(self, session);
        gp_count(GP_COUNTER_IN_USE, -1);
    }
    return self->outcome;
}

gp_outcome gp_connection_run(request_rec *r, gp_sql sql, int unbatched, gp_budget *budget,
                             const char **parameters, gp_result *result)
{
    const gp_server_config *config = gp_config_get_server(r->server);
    gp_host *host = gp_database_host(r->server);
    statement self = {.r = r,
                      .database = host != NULL ? host->database : NULL,
                      .sql = sql,
                      .parameters = parameters,
                      .result = result,
                      .budget = budget,
                      .can_batch = !unbatched && gp_statement_get(sql)->batch > 1
                                   && gp_config_pipeline(config),
                      .submitted = gp_clock()};

    gp_result_reset(result);
    if (host == NULL)
        return GP_OUTCOME_UNREACHABLE;
    if (budget->time <= 0)
        return GP_OUTCOME_EXPIRED;
    if (!gp_share_enter(gp_request_caller(r), &self.share)) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                      "the caller has half of the threads already, and others wait");
        return GP_OUTCOME_FULL;
    }
    self.member.kind = &host->kinds[sql];
    self.member.share = self.share;
    run_for(&self);
    gp_share_leave(self.share);
    account(&self);
    return self.outcome;
}
