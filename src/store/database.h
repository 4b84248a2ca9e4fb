/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_DATABASE_H
#define GP_DATABASE_H

#include "batch.h"
#include "gate.h"
#include "pool_source.h"
#include "run.h"

/** What the requests of one process share about one pool of connections. */
typedef struct gp_database {
    const void *identity; /* of the pool; every connection used must be of it */
    atomic_llong *outage; /* shared by all processes: outage.h */
    gp_gate *gate;        /* admits as many callers as the pool holds connections */
    /* Before it, one for each cost class, narrower: it admits statements to a quarter of the
     * connections. Statements of constant cost have no gate of their own (NULL). */
    gp_gate *classes[GP_COST_CLASSES];
    gp_batches *batches; /* before it, for statements that can run together */
    volatile apr_uint32_t
        unfit; /* 1 + the statement that found the schema unfit, as logged; 0: none */
} gp_database;

/**
 * A virtual host and its database. Statements share a batch only if their kinds are one object, and each
 * host has kinds of its own, so a batch holds statements of one host: they have the same database, and
 * its GraphProfileTimeout applies to all of them.
 */
typedef struct gp_host {
    gp_database *database;
    gp_pool_source source;
    gp_batch_kind kinds[GP_SQL_STATEMENTS];
} gp_host;

/**
 * child_init: what all databases of this process share: callers' shares and the threads that watch statements.
 * What cannot be made is logged; requests are served without it.
 * @param child    its lifetime
 * @param threads  how many requests this process serves at a time
 */
void gp_database_init(apr_pool_t *child, int threads, const gp_log *log);

/**
 * child_init: make the database of a pool.
 * @param child   its lifetime
 * @param source  of its connections: the identity, the size and the parameters count
 * @param log     where probes write that the database can be reached again; copied
 * @return NULL: the system has no mutex left
 */
gp_database *gp_database_create(apr_pool_t *child, const gp_pool_source *source, const gp_log *log);

/** child_init: make a host that uses a database. @param source  copied; of the database's pool */
gp_host *gp_host_create(apr_pool_t *child, gp_database *database, const gp_pool_source *source);

/**
 * The gp_runner of requests: run a statement on a connection of the host's pool, the only way to the database.
 * Where requests wait for connections, those of the same statement (gp_statement.batch) may run in one
 * transaction.
 */
gp_outcome gp_database_run(gp_store *store, gp_attempt *attempt);

/** The gp_submitter of requests. A statement that finds nobody else runs within this call. */
void gp_database_submit(gp_store *store, gp_attempt *attempt);

/** The gp_awaiter of requests. */
gp_outcome gp_database_await(gp_store *store, gp_attempt *attempt);

/** Log once that a statement found the schema or its grants unfit. @param what  the defect */
void gp_database_unfit(const gp_log *log, gp_database *database, gp_sql sql, const char *what);

/** A statement succeeded. If it was the one that reported the schema unfit, log that the schema is fit. */
void gp_database_fit(const gp_log *log, gp_database *database, gp_sql sql);

#endif
