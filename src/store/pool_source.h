/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_POOL_SOURCE_H
#define GP_POOL_SOURCE_H

#include <apr_dbd.h>
#include <apr_pools.h>

#include <stdbool.h>

/** A connection that a pool of connections has handed out. */
typedef struct {
    apr_pool_t *pool; /* lives as long as the connection, which the pool keeps after `close` */
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    const void *identity; /* of the pool that made it; NULL: unknown */
    void *lease;          /* the source's own */
} gp_pooled;

/**
 * The source of a virtual host's connections: mod_dbd, behind functions that the httpd side sets (src/http/dbd.c). Only
 * probes connect in another way.
 */
typedef struct gp_pool_source gp_pool_source;
struct gp_pool_source {
    const void *identity; /* of the host's pool: hosts with the same identity share the pool */
    int size;             /* how many connections the pool can hold */
    const char *params;   /* connection string of libpq; lives as long as the process */
    bool is_persistent;   /* connections outlive the requests that they were opened for */
    bool is_shared;       /* several requests of the process need it at a time */

    /**
     * Take a connection. The pool may have to connect; no deadline bounds that.
     * @param pool    of the request
     * @param pooled  receives the connection, for `close`
     * @return false: there is none
     */
    bool (*open)(const gp_pool_source *source, apr_pool_t *pool, gp_pooled *pooled);
    /** Give a connection back. Any thread may call it. */
    void (*close)(const gp_pool_source *source, const gp_pooled *pooled);
    /** Drop the reason why earlier attempts to connect in this thread failed. */
    void (*forget_reason)(void);
    /** @return why the last attempt to connect in this thread failed, on one line; never NULL */
    const char *(*reason)(void);
    void *context; /* the source's own */
};

#endif
