/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_RUN_H
#define GP_RUN_H

#include "base/log.h"
#include "budget.h"
#include "outcome.h"
#include "result.h"
#include "statements.h"

#include <apr_pools.h>
#include <apr_time.h>

#include <stdbool.h>

/** The cost of a request in the database. */
typedef struct {
    apr_interval_time_t wait; /* time in which it waited for connections, microseconds */
    apr_interval_time_t time; /* time in which its statements ran, microseconds */
    int rows;                 /* rows that its statements returned */
} gp_cost;

/** How statements are run for a request. */
typedef struct {
    bool prepare; /* statements are prepared by label (GraphProfilePrepare) */
    /* Statements of several requests may share a transaction (GraphProfilePipeline). Needs `prepare`. */
    bool pipeline;
} gp_run_settings;

/**
 * One attempt at one statement. The attempt, its parameters and its result must stay until the outcome is known,
 * because a runner may hand the attempt to another thread. Several attempts may be under way for one request.
 */
typedef struct {
    gp_sql sql;
    bool unbatched; /* it may wait for another transaction, and must not delay a batch */
    /* NUL-terminated texts, as many as the statement has parameters; NULL is SQL's null. */
    const char **parameters;
    /* Receives the rows, in its pool. They outlive the connection. Empty unless the outcome is done. */
    gp_result *result;
    void *running; /* the runner's own: from submit to await */
} gp_attempt;

/**
 * The database as one request uses it: settings as values, and callbacks for questions that only httpd's side can
 * answer. src/http/dbd.c makes it; unit tests make their own, with a runner that follows a script.
 */
typedef struct gp_store gp_store;

/**
 * Run a statement at most once. After GP_OUTCOME_DONE it has been committed.
 * @return how it ended; gp_outcome_effect says whether it has been executed. GP_OUTCOME_AGAIN: run it again, unbatched.
 */
typedef gp_outcome gp_runner(gp_store *store, gp_attempt *attempt);

/**
 * Begin an attempt and return without its outcome, so that a request can have several under way: creates that are
 * submitted one after the other may share a commit. The thread that submits an attempt must await it before its memory,
 * its parameters or the pool of its result are freed.
 */
typedef void gp_submitter(gp_store *store, gp_attempt *attempt);

/** Wait for the outcome of a submitted attempt, and fill its result. @return as gp_runner does */
typedef gp_outcome gp_awaiter(gp_store *store, gp_attempt *attempt);

struct gp_store {
    gp_runner *run;       /* gp_database_run: submit, then await */
    gp_submitter *submit; /* gp_database_submit */
    gp_awaiter *await;    /* gp_database_await */
    gp_attempt *ahead;    /* the next statement, if it was submitted (gp_store_submit_*); or NULL */
    apr_pool_t *pool;     /* of the request */
    gp_run_settings settings;
    gp_budget budget;   /* the rest of the request's time, for all of its statements */
    const char *caller; /* key of the caller's share (share.h) */
    gp_cost *cost;      /* statements add their cost to it */
    gp_log log;
    /** @return whether the client has disconnected. Any thread may call it while the request waits. */
    bool (*is_client_gone)(const gp_store *store);
    void *context;        /* of is_client_gone */
    struct gp_host *host; /* of the request; NULL: it has no database, and no statement can run */

    /* The runner's own. */
    int under_way;          /* attempts that have begun and not ended */
    apr_time_t began;       /* when its first attempt was submitted, on gp_clock; 0: none was */
    apr_time_t waited;      /* waits until then have been counted */
    apr_time_t ran;         /* and time of statements until then */
    struct gp_share *share; /* of the caller, meanwhile; NULL: unknown */
    bool is_turned_away;    /* by gp_share_turns_away, which counts requests and not attempts */
    struct gp_execution *submitted; /* attempts that were submitted and not awaited */
};

#endif
