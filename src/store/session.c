/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions with PostgreSQL: connections that mod_dbd pools and makes, on which apr_dbd runs a statement
 * and libpq a batch of them. Everything that can be wrong with one connection is dealt with here; what a
 * statement means is not known.
 *
 * The life of one: ap_dbd_open -> is it alive -> prepare what is not prepared -> run under a deadline ->
 * ap_dbd_close. What is remembered of a connection (statements prepared, schema seen) is forgotten
 * whenever libpq reconnects it.
 */
#include "session.h"
#include "http/config.h"
#include "base/clock.h"
#include "pipeline.h"
#include "counters.h"

#include <apr_optional_hooks.h>
#include <apr_strings.h>
#include <libpq-events.h>

#include <stdlib.h>
#include <string.h>

#define SESSION_KEY "graphprofile-session"
#define POOL_KEY    "graphprofile-pool"

#define MOD_DBD "mod_dbd.c"

/* For so long, microseconds, connections of a pool that cannot be used are looked through for one that can. */
#define QUICK 100000

/* The size of a pool that has none, because of DBDPersist Off and DBDMax 0: mod_dbd's default. */
#define DEFAULT_SIZE 10

/* mod_dbd's configuration of a host (svr_cfg) and the head of what it holds of a pool (dbd_group_t). Both
 * are private to mod_dbd.c, and the same from httpd 2.4.1 on. There is no public way to learn the pool of
 * a host before it connects. gp_session_knows_mod_dbd refuses another layout at startup; and each session
 * has the identity of its pool from mod_dbd's public hook, which must agree (connection.c). */
typedef struct {
    const dbd_cfg_t *own; /* what the host's directives say */
    const struct {
        const dbd_cfg_t *identity; /* of the host for which the pool was made */
    } *shared;                     /* NULL: DBDPersist Off */
} dbd_host;

static const module *mod_dbd;
static APR_OPTIONAL_FN_TYPE(ap_dbd_open) * dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) * dbd_close;

/* mod_dbd connected: note which pool the connection is of, since ap_dbd_open does not tell. */
static apr_status_t on_connect(apr_pool_t *pool, dbd_cfg_t *config, ap_dbd_t *dbd)
{
    (void)pool;
    return apr_pool_userdata_setn(config, POOL_KEY, NULL, dbd->pool);
}

void gp_session_register(void)
{
    /* Before mod_dbd's own hook, which ends the round if a DBDInitSQL fails. */
    APR_OPTIONAL_HOOK(dbd, post_connect, on_connect, NULL, NULL, APR_HOOK_REALLY_FIRST);
}

int gp_session_knows_mod_dbd(apr_pool_t *pool, server_rec *server)
{
    const module *dbd = ap_find_linked_module(MOD_DBD);
    const dbd_host *fresh;

    if (dbd == NULL || dbd->create_server_config == NULL)
        return 0;
    fresh = dbd->create_server_config(pool, server);
    return fresh->own != NULL && fresh->own->server == server && fresh->shared == NULL;
}

const dbd_cfg_t *gp_session_pool(const server_rec *server, int *size)
{
    const dbd_host *host = ap_get_module_config(server->module_config, mod_dbd);

    /* mod_dbd shares a pool among hosts of equal sizes only. */
    *size = host->own->nmax > 0 ? host->own->nmax : DEFAULT_SIZE;
    return host->shared != NULL ? host->shared->identity : host->own;
}

int gp_session_init(void)
{
    mod_dbd = ap_find_linked_module(MOD_DBD);
    dbd_open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    dbd_close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
    return mod_dbd != NULL && dbd_open != NULL && dbd_close != NULL;
}

/* ---- what is remembered ---- */

static void forget(gp_session *session)
{
    memset(session->prepared, 0, sizeof session->prepared); /* apr_dbd would use them again */
    apr_pool_clear(session->statements);
    session->schema_seen = 0;
    session->backend = PQbackendPID(session->pg);
}

/* By this thread: connections of the pool that mod_dbd could not reset. */
static _Thread_local unsigned thrown_away;

static int on_event(PGEventId id, void *info, void *data)
{
    gp_session *session = data;

    (void)info;
    if (id == PGEVT_CONNRESET) {
        gp_count(GP_COUNTER_RECONNECTS, 1);
        forget(session);
        gp_deadline_attach(&session->deadline, session->pg);
    } else if (id == PGEVT_CONNDESTROY) {
        thrown_away++;
        gp_deadline_detach(&session->deadline);
        free(session);
    }
    return 1;
}

/*
 * The pools of mod_dbd's connections share one allocator that nobody locks, so what is allocated
 * while the others run, too, is not allocated there. The memory goes with PGEVT_CONNDESTROY, which
 * comes after the pools below the connection's are gone.
 */
static gp_session *make_session(apr_pool_t *parent)
{
    gp_session *session = calloc(1, sizeof *session);
    apr_allocator_t *allocator;

    if (session == NULL || apr_allocator_create(&allocator) != APR_SUCCESS) {
        free(session);
        return NULL;
    }
    if (apr_pool_create_ex(&session->statements, parent, NULL, allocator) != APR_SUCCESS) {
        apr_allocator_destroy(allocator);
        free(session);
        return NULL;
    }
    apr_allocator_owner_set(allocator, session->statements);
    return session;
}

/* What is remembered of a connection; made when we first see it. NULL: it is not PostgreSQL's. */
static gp_session *remember(request_rec *r, ap_dbd_t *dbd)
{
    void *found = NULL;
    gp_session *session;

    if (apr_pool_userdata_get(&found, SESSION_KEY, dbd->pool) == APR_SUCCESS && found != NULL) {
        session = found;
        if (session->backend != PQbackendPID(session->pg))
            forget(session);
        return session;
    }
    if (strcmp(apr_dbd_name(dbd->driver), "pgsql") != 0) {
        ap_log_rerror(APLOG_MARK, APLOG_CRIT, 0, r, "DBDriver is %s; GraphProfile needs pgsql",
                      apr_dbd_name(dbd->driver));
        return NULL;
    }
    session = make_session(dbd->pool);
    if (session == NULL)
        return NULL;
    session->pg = apr_dbd_native_handle(dbd->driver, dbd->handle);
    apr_pool_userdata_get(&found, POOL_KEY, dbd->pool);
    session->pool = found;
    forget(session);
    if (!PQregisterEventProc(session->pg, on_event, "graphprofile", session)) {
        free(session);
        return NULL;
    }
    gp_count(GP_COUNTER_CONNECTS, 1);
    gp_deadline_attach(&session->deadline, session->pg);
    apr_pool_userdata_setn(session, SESSION_KEY, NULL, dbd->pool);
    return session;
}

/*
 * Whether the server still is at the other end, without a round trip. A transaction that another module
 * left open would swallow our statement, so such a connection is no good either; nor is one that no
 * deadline can end.
 */
static int is_usable(const gp_session *session)
{
    PGconn *pg = session->pg;

    return !gp_pipeline_has_ended(pg) && PQstatus(pg) == CONNECTION_OK
           && PQtransactionStatus(pg) == PQTRANS_IDLE && PQpipelineStatus(pg) == PQ_PIPELINE_OFF
           && gp_deadline_is_attached(&session->deadline);
}

static int revive(request_rec *r, const gp_session *session)
{
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "database connection is stale: reconnecting");
    PQreset(session->pg);
    if (PQstatus(session->pg) == CONNECTION_OK && !gp_deadline_is_attached(&session->deadline))
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "nothing can watch over the deadlines of a database connection: there is no "
                      "file descriptor left (ulimit -n)");
    return is_usable(session);
}

/* What a connection that cannot be used says of the next one of the pool. */
typedef enum {
    NEXT_IS_NO_BETTER,
    NEXT_IS_NEW,     /* none could be opened: that may have been a chance failure */
    NEXT_IS_ANOTHER, /* this one was thrown away, or will be when the pool is asked again */
} prospect;

/* Takes a connection. @return NULL where it cannot be used: then *next is set */
static gp_session *take(request_rec *r, prospect *next)
{
    unsigned before = thrown_away;
    ap_dbd_t *dbd = dbd_open(r->pool, r->server);
    gp_session *session;

    *next = thrown_away != before ? NEXT_IS_ANOTHER : NEXT_IS_NEW;
    if (dbd == NULL)
        return NULL;
    *next = NEXT_IS_NO_BETTER;
    session = remember(r, dbd);
    if (session != NULL) {
        session->dbd = dbd;
        session->server = r->server;
        if (is_usable(session) || revive(r, session))
            return session;
        if (PQstatus(session->pg) != CONNECTION_OK)
            *next = NEXT_IS_ANOTHER;
    }
    dbd_close(r->server, dbd);
    return NULL;
}

/*
 * The pool gives the connection that was used last. Where the server has ended some and does not grant as
 * many again, those that are left lie below them: so the pool is asked again after each that is thrown
 * away, as long as that takes no time.
 */
gp_session *gp_session_open(request_rec *r)
{
    apr_time_t end = gp_clock() + QUICK;
    prospect next;
    gp_session *session = take(r, &next);

    if (session == NULL && next == NEXT_IS_NEW)
        session = take(r, &next);
    while (session == NULL && next == NEXT_IS_ANOTHER && gp_clock() < end)
        session = take(r, &next);
    return session;
}

void gp_session_close(gp_session *session)
{
    dbd_close(session->server, session->dbd);
}

/* Whether connections of a host outlive the requests that use them. With DBDPersist Off mod_dbd makes each in
 * the pool of the request. */
static int is_persistent(const server_rec *server)
{
    const dbd_host *host = ap_get_module_config(server->module_config, mod_dbd);

    return host->shared != NULL;
}

int gp_session_is_outlived(const gp_session *session)
{
    return is_persistent(session->server) && gp_deadline_is_outlived(&session->deadline);
}

/* ---- statements ---- */

/* One line, and no more of a message than its first: what follows may hold data. */
static const char *first_line(apr_pool_t *pool, const char *message)
{
    return apr_pstrmemdup(pool, message, strcspn(message, "\r\n"));
}

/* How a call into the connection that failed has ended, by session->sqlstate. */
static gp_outcome judge_failure(request_rec *r, gp_session *session, const char *label,
                                const char *message)
{
    gp_outcome outcome = PQstatus(session->pg) == CONNECTION_OK
                             ? gp_outcome_judge(session->sqlstate)
                             : gp_outcome_judge_end(session->sqlstate);

    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "statement %s: %s: %s", label,
                  gp_outcome_name(outcome), first_line(r->pool, message));
    if (outcome == GP_OUTCOME_FAILED || outcome == GP_OUTCOME_REFUSED
        || outcome == GP_OUTCOME_DISK_FULL)
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "statement %s failed: SQLSTATE %s", label,
                      *session->sqlstate ? session->sqlstate : "unknown");
    return outcome;
}

/* The same where it was a call of apr_dbd's. */
static gp_outcome judge_call(request_rec *r, gp_session *session, const char *label)
{
    const char *message = apr_dbd_error(session->dbd->driver, session->dbd->handle, 0);

    gp_outcome_find_sqlstate(session->sqlstate, message);
    return judge_failure(r, session, label, message);
}

/* Prepares a statement, if need be. However that fails, the statement itself has not been sent. */
static gp_outcome prepare(request_rec *r, gp_session *session, gp_sql sql,
                          apr_dbd_prepared_t **prepared)
{
    const gp_statement *statement = gp_statement_get(sql);
    int by_label = gp_config_prepare(gp_config_get_server(r->server));
    apr_dbd_prepared_t **kept = &session->prepared[by_label][sql];
    apr_pool_t *pool; /* of its own, since what fails may fail for ever */

    *prepared = *kept;
    if (*kept != NULL)
        return GP_OUTCOME_DONE;
    apr_pool_create(&pool, session->statements);
    if (apr_dbd_prepare(session->dbd->driver, pool, session->dbd->handle, statement->text,
                        by_label ? statement->label : NULL, prepared)
        == 0) {
        *kept = *prepared;
        return GP_OUTCOME_DONE;
    }
    apr_pool_destroy(pool);
    return gp_outcome_unsent(judge_call(r, session, statement->label));
}

static gp_outcome prepare_and_select(request_rec *r, gp_session *session, gp_sql sql,
                                     const char **parameters, gp_result *result)
{
    const apr_dbd_driver_t *driver = session->dbd->driver;
    apr_dbd_prepared_t *prepared;
    apr_dbd_results_t *rows = NULL;
    gp_outcome outcome = prepare(r, session, sql, &prepared);

    if (outcome != GP_OUTCOME_DONE)
        return outcome;
    if (apr_dbd_pselect(driver, result->pool, session->dbd->handle, &rows, prepared, 1, 0,
                        parameters)
        != 0)
        return judge_call(r, session, gp_statement_get(sql)->label);
    gp_result_set(result, driver, rows);
    return GP_OUTCOME_DONE;
}

static gp_outcome prepare_and_pipeline(request_rec *r, gp_session *session, gp_sql sql, int count,
                                       const char *const *const parameters[], PGresult *results[])
{
    char message[GP_PIPELINE_MESSAGE_SIZE];
    const gp_statement *statement = gp_statement_get(sql);
    apr_dbd_prepared_t *prepared;
    gp_outcome outcome = prepare(r, session, sql, &prepared);

    if (outcome != GP_OUTCOME_DONE)
        return outcome;
    outcome =
        gp_pipeline_run(session->pg, statement->label, statement->parameters, count, parameters,
                        !statement->is_repeatable, results, session->sqlstate, message);
    if (outcome != GP_OUTCOME_DONE)
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "statement %s: batch of %d: %s: %s",
                      statement->label, count,
                      outcome == GP_OUTCOME_AGAIN ? "undone" : gp_outcome_name(outcome),
                      *message ? message : "no message of the server");
    return outcome;
}

/* Runs one statement as a pipeline, for the sake of its commit. */
static gp_outcome pipeline_one(request_rec *r, gp_session *session, gp_sql sql,
                               const char **parameters, gp_result *result)
{
    const char *const *all[] = {parameters};
    PGresult *rows[1];
    gp_outcome outcome = prepare_and_pipeline(r, session, sql, 1, all, rows);

    if (outcome == GP_OUTCOME_DONE)
        gp_result_own(result, rows[0]);
    if (outcome == GP_OUTCOME_AGAIN && *session->sqlstate != '\0')
        outcome = judge_failure(r, session, gp_statement_get(sql)->label, "undone");
    return outcome;
}

static void start_time(gp_session *session, apr_time_t end)
{
    gp_deadline_start(&session->deadline, end - gp_clock());
}

/* How that ended which began with start_time. */
static gp_outcome stop_time(gp_session *session, gp_outcome outcome)
{
    if (!gp_deadline_stop(&session->deadline))
        return outcome;
    return outcome == GP_OUTCOME_LOST     ? GP_OUTCOME_LATE
           : outcome == GP_OUTCOME_BROKEN ? GP_OUTCOME_EXPIRED
                                          : outcome;
}

static gp_outcome run_in_time(request_rec *r, gp_session *session, gp_sql sql, apr_time_t end,
                              const char **parameters, gp_result *result)
{
    int in_pipeline = !gp_statement_get(sql)->is_repeatable
                      && gp_config_pipeline(gp_config_get_server(r->server));

    start_time(session, end);
    return stop_time(session, in_pipeline
                                  ? pipeline_one(r, session, sql, parameters, result)
                                  : prepare_and_select(r, session, sql, parameters, result));
}

/* Whether a connection on which a statement failed, and which is still there, must be made anew: it is stuck
 * in the pipeline, or the statement would fail on it again. */
static int is_spoilt(const gp_session *session)
{
    gp_outcome cause = gp_outcome_judge(session->sqlstate);

    return PQstatus(session->pg) == CONNECTION_OK
           && (PQpipelineStatus(session->pg) != PQ_PIPELINE_OFF || cause == GP_OUTCOME_UNPREPARED
               || cause == GP_OUTCOME_READ_ONLY);
}

gp_outcome gp_session_run(request_rec *r, gp_session *session, gp_sql sql, apr_time_t end,
                          const char **parameters, gp_result *result)
{
    PGVerbosity before = PQsetErrorVerbosity(session->pg, PQERRORS_VERBOSE);
    gp_outcome outcome = run_in_time(r, session, sql, end, parameters, result);

    /* Once more, on a session made anew, where what was prepared is not there any more. */
    if (outcome == GP_OUTCOME_UNPREPARED) {
        PQreset(session->pg);
        outcome = is_usable(session) ? run_in_time(r, session, sql, end, parameters, result)
                                     : GP_OUTCOME_UNREACHABLE;
    }
    /* A server that only reads now is left, too: another of the DSN's hosts may write. */
    if (outcome != GP_OUTCOME_DONE && is_spoilt(session))
        PQreset(session->pg);
    PQsetErrorVerbosity(session->pg, before);
    return outcome;
}

gp_outcome gp_session_run_batch(request_rec *r, gp_session *session, gp_sql sql, apr_time_t end,
                                int count, const char *const *const parameters[],
                                PGresult *results[])
{
    PGVerbosity before = PQsetErrorVerbosity(session->pg, PQERRORS_VERBOSE);
    gp_outcome outcome;

    start_time(session, end);
    outcome = stop_time(session, prepare_and_pipeline(r, session, sql, count, parameters, results));
    if (outcome != GP_OUTCOME_DONE && is_spoilt(session))
        PQreset(session->pg);
    PQsetErrorVerbosity(session->pg, before);
    return outcome == GP_OUTCOME_UNPREPARED ? GP_OUTCOME_AGAIN : outcome;
}
