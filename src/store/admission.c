/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a statement comes to a connection: through the gate before the pool. The end of an attempt to connect tells whether
 * the database can be reached.
 */
#include "admission.h"
#include "base/clock.h"
#include "base/limits.h"
#include "counters.h"
#include "database.h"
#include "orphan.h"
#include "outage.h"
#include "probe.h"

#include <apr_strings.h>

gp_outcome gp_admission_check(const gp_store *store, gp_connection *connection, apr_time_t end)
{
    gp_database *database = store->host->database;
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

/*
 * The last guard against running a statement in the database of another host: the connection must be of the pool that
 * the host's entry in the registry names. Otherwise the connection and the place at the gate are given back.
 */
static gp_outcome check_pool(const gp_store *store, gp_share *share, gp_connection **connection)
{
    if ((*connection)->identity == store->host->database->identity)
        return GP_OUTCOME_DONE;
    GP_LOG(&store->log, GP_LOG_ERROR,
           "mod_dbd gave this host a connection from the pool of another host: not used");
    gp_connection_close(*connection);
    gp_share_count(share, GP_SHARE_CONNECTION, -1);
    gp_gate_leave(store->host->database->gate);
    *connection = NULL;
    return GP_OUTCOME_FAILED;
}

/* The breaker has opened. One process logs the outage as an error; the others log their own reason for debugging. */
static void begin_outage(const gp_store *store, apr_time_t attempted)
{
    const gp_log *log = &store->log;
    const char *reason = store->host->source.reason();

    gp_count(GP_COUNTER_OPENED, 1);
    gp_probe_wake();
    if (gp_outage_begins(store->host->database->outage, attempted))
        GP_LOG(log, GP_LOG_ERROR, "the database cannot be reached: %s", reason);
    else
        GP_LOG(log, GP_LOG_DEBUG, "this process cannot reach the database: %s", reason);
}

/*
 * Reports the end of an attempt to connect to the gate, and logs what has changed.
 * @param connection  NULL: it failed
 * @return whether the database grants no further connection, but others have theirs
 */
static bool end_attempt(const gp_store *store, const gp_connection *connection,
                        apr_time_t attempted)
{
    const gp_log *log = &store->log;
    bool is_new = connection != NULL && !connection->schema_seen;
    gp_gate_change change =
        gp_gate_opened(store->host->database->gate, connection != NULL, GP_RETRY_INTERVAL);

    switch (change) {
    case GP_GATE_LOST:
        begin_outage(store, attempted);
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
        gp_probe_tell_end(store->host->database->outage, log);
    return change == GP_GATE_REDUCED;
}

/*
 * Enters the gate and opens a connection.
 * @return GP_OUTCOME_FULL: there was no place within `wait` microseconds, or the database grants no further
 *         connection: then *is_reduced
 */
static gp_outcome enter(gp_store *store, gp_share *share, apr_interval_time_t wait,
                        gp_connection **connection, bool *is_reduced)
{
    const gp_pool_source *source = &store->host->source;
    bool unknown = false; /* meanwhile the engine may turn the request away */
    apr_time_t attempted;

    *connection = NULL;
    *is_reduced = false;
    switch (gp_gate_enter_for(store->host->database->gate, share, GP_SHARE_CONNECTION, wait,
                              share != NULL ? &store->is_turned_away : &unknown)) {
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
    *is_reduced = end_attempt(store, *connection, attempted);
    if (*connection != NULL)
        return check_pool(store, share, connection);
    return *is_reduced ? GP_OUTCOME_FULL : GP_OUTCOME_UNREACHABLE;
}

gp_outcome gp_admission_try(gp_store *store, gp_share *share, gp_connection **connection)
{
    bool is_reduced;

    return enter(store, share, 0, connection, &is_reduced);
}

gp_outcome gp_admission_wait(gp_store *store, gp_share *share, apr_time_t deadline,
                             gp_connection **connection)
{
    gp_engine *engine = store->host->database->engine;
    gp_outcome outcome;
    bool is_reduced;

    outcome = enter(store, share, 0, connection, &is_reduced);
    if (outcome != GP_OUTCOME_FULL)
        return outcome;
    if (engine != NULL)
        gp_engine_yield(engine);
    do
        outcome = enter(store, share, deadline - gp_clock(), connection, &is_reduced);
    while (is_reduced);
    if (engine != NULL)
        gp_engine_yield_end(engine);
    return outcome;
}

gp_outcome gp_admission_open(void *context, apr_time_t until, gp_connection **connection)
{
    gp_store *store = context;
    apr_time_t now = gp_clock();
    bool is_reduced;
    gp_outcome outcome = enter(store, NULL, until > now ? until - now : 0, connection, &is_reduced);

    if (outcome != GP_OUTCOME_DONE || (*connection)->schema_seen)
        return outcome;
    outcome = gp_admission_check(store, *connection, gp_clock() + store->budget.time);
    if (outcome == GP_OUTCOME_DONE)
        return outcome;
    gp_orphan_return(*connection, store->host->database->gate);
    *connection = NULL;
    return outcome;
}
