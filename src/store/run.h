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

/** What a request took of the database. */
typedef struct {
    apr_interval_time_t wait; /* for connections, microseconds */
    apr_interval_time_t time; /* on them, microseconds */
    int rows;                 /* that its statements returned */
} gp_cost;

/** How statements are run for a request. */
typedef struct {
    bool prepare; /* statements are prepared by label (GraphProfilePrepare) */
    bool
        pipeline; /* statements of several requests may share a transaction (GraphProfilePipeline); only
                         with `prepare` */
} gp_run_settings;

/**
 * One attempt at one statement. Lies where its caller likes until its outcome is known, and so do the parameters and
 * the result: a runner may hand it to another thread, and several may be under way for one request.
 */
typedef struct {
    gp_sql sql;
    bool unbatched; /* it may have to wait for another transaction, so it must not share one */
    const char *
        *parameters; /* NUL-terminated texts, as many as the statement has; NULL is SQL's null */
    gp_result *
        result; /* receives the rows, in its pool; they outlive the connection. Empty unless done */
    void *running; /* the runner's own: from submit to await */
} gp_attempt;

/**
 * The database as one request uses it: settings as values, and callbacks for what only the request's own side
 * knows. Made in one place (src/http/dbd.c); unit tests make their own, with a runner that follows a script.
 */
typedef struct gp_store gp_store;

/**
 * Run a statement: one call is one statement, which is committed when the call returns.
 * @return how it ended. It has run at most once; gp_outcome_effect says whether it has.
 *         GP_OUTCOME_AGAIN: run it again, unbatched.
 */
typedef gp_outcome gp_runner(gp_store *store, gp_attempt *attempt);

/**
 * Begin one attempt and return without its outcome, so that a request can have several under way: creates that are
 * submitted one after the other may share a commit. Each attempt that was submitted must be awaited before its memory,
 * its parameters or the pool of its result go, by the thread that submitted it.
 */
typedef void gp_submitter(gp_store *store, gp_attempt *attempt);

/** Wait for the outcome of a submitted attempt, and fill its result. @return as gp_runner does */
typedef gp_outcome gp_awaiter(gp_store *store, gp_attempt *attempt);

struct gp_store {
    gp_runner *run;       /* gp_database_run: submit, then await */
    gp_submitter *submit; /* gp_database_submit */
    gp_awaiter *await;    /* gp_database_await */
    gp_attempt
        *ahead; /* the next statement, which was submitted (gp_store_submit_*); NULL: it was not */
    apr_pool_t *pool; /* of the request */
    gp_run_settings settings;
    gp_budget budget;   /* of the request: what all of its statements together have left */
    const char *caller; /* whose share of the process the request counts to (share.h) */
    gp_cost *cost;      /* receives what statements take; added up */
    gp_log log;
    /** @return whether the client has hung up, so that nobody would read the answer. Any thread may ask while the
     *          request waits. */
    bool (*is_client_gone)(const gp_store *store);
    void *context;        /* of is_client_gone */
    struct gp_host *host; /* whose database; NULL: it has none, and nothing can be run */
};

#endif
