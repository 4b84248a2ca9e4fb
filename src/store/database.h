/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_DATABASE_H
#define GP_DATABASE_H

#include "engine.h"
#include "pool_source.h"
#include "run.h"

/** The state that all requests of one process share for one pool of connections. */
typedef struct gp_database {
    const void *identity; /* of the pool; every connection used must be of it */
    atomic_llong *outage; /* shared by all processes: outage.h */
    gp_gate *gate;        /* admits as many statements as the pool holds connections */
    /* A narrower gate for each cost class, before that gate: it admits statements to a quarter of the
     * connections. Statements of constant cost have no such gate (NULL). */
    gp_gate *classes[GP_COST_CLASSES];
    gp_engine *engine;  /* NULL: each thread runs its own statements */
    atomic_int present; /* statements that run or wait */
    /* 1 + the statement that found the schema unfit, as logged; 0: none. */
    volatile apr_uint32_t unfit;
} gp_database;

/** A virtual host and its database. */
typedef struct gp_host {
    gp_database *database;
    gp_pool_source source;
} gp_host;

/**
 * child_init: make the objects that all databases of this process share: the shares of callers and the threads that
 * watch statements. Logs each that it cannot make; requests are served without it.
 * @param child    its lifetime
 * @param threads  how many requests this process serves at a time
 */
void gp_database_init(apr_pool_t *child, int threads, const gp_log *log);

/**
 * child_init: make the database of a pool.
 * @param child   its lifetime
 * @param source  of its connections; only the identity, the size and the parameters are used
 * @param log     where probes log the end of an outage; copied
 * @return NULL: the system has no mutex left
 */
gp_database *gp_database_create(apr_pool_t *child, const gp_pool_source *source, const gp_log *log);

/** child_init: make a host that uses a database. @param source  of the database's pool; copied */
gp_host *gp_host_create(apr_pool_t *child, gp_database *database, const gp_pool_source *source);

/**
 * The gp_runner of requests: run a statement on a connection of the host's pool, the only way to the database. If few
 * statements are present, this thread runs it; otherwise the engine does, maybe together with others.
 */
gp_outcome gp_database_run(gp_store *store, gp_attempt *attempt);

/** The gp_submitter of requests. All that was submitted runs when the request awaits or runs a statement: its creates share
 *  a transaction. */
void gp_database_submit(gp_store *store, gp_attempt *attempt);

/** The gp_awaiter of requests. */
gp_outcome gp_database_await(gp_store *store, gp_attempt *attempt);

/** Log once that a statement found the schema or its grants unfit. @param what  the defect, for the log */
void gp_database_unfit(const gp_log *log, gp_database *database, gp_sql sql, const char *what);

/** A statement succeeded. If it was the one that reported the schema unfit, log that the schema is fit. */
void gp_database_fit(const gp_log *log, gp_database *database, gp_sql sql);

#endif
