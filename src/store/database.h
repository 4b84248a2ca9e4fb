/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_DATABASE_H
#define GP_DATABASE_H

#include "http/graphprofile.h"

#include "batch.h"
#include "gate.h"
#include "statements.h"

#include <apr_dbd.h>
#include <mod_dbd.h>

/** What the requests of one process share about one connection pool of mod_dbd. */
typedef struct gp_database {
    const dbd_cfg_t *pool; /* identity of mod_dbd's pool; every connection used must be of it */
    gp_gate *gate;         /* admits as many callers as the pool holds connections */
    /* Before it, one for each cost class, narrower: together they leave a quarter of the connections to
     * statements of constant cost, which have no gate of their own (NULL). */
    gp_gate *classes[GP_COST_CLASSES];
    gp_batches *batches; /* before it, for statements that can run together */
    volatile apr_uint32_t
        unfit; /* 1 + the statement that found the schema unfit, as logged; 0: none */
    struct gp_database *next;
} gp_database;

/**
 * A virtual host and its database. Statements share a batch only if their kinds are one object, and each
 * host has kinds of its own, so a batch holds statements of one host: they have the same database, and
 * its GraphProfileTimeout applies to all of them.
 */
typedef struct {
    gp_database *database;
    gp_batch_kind kinds[GP_SQL_STATEMENTS];
} gp_host;

/**
 * child_init: register every host that has a service root. The registry does not change afterwards.
 * mod_dbd must have been found (gp_session_init).
 * @param child  lifetime of the registry
 */
void gp_database_init(apr_pool_t *child, server_rec *server);

/** @return the host; NULL if it has no service root, or the system had no mutex left for its database */
gp_host *gp_database_host(const server_rec *server);

/** Log once that a statement found the schema or its grants unfit. @param what  the defect */
void gp_database_unfit(request_rec *r, gp_database *database, gp_sql sql, const char *what);

/** A statement succeeded. If it was the one that reported the schema unfit, log that the schema is fit. */
void gp_database_fit(request_rec *r, gp_database *database, gp_sql sql);

#endif
