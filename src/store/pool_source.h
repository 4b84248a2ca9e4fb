/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_POOL_SOURCE_H
#define GP_POOL_SOURCE_H

#include <apr_dbd.h>
#include <apr_pools.h>

#include <stdbool.h>

/** A connection that a pool of connections has handed out. */
typedef struct {
    apr_pool_t *pool; /* lives as long as the connection, which outlives its stay here */
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    const void *identity; /* of the pool that made it; NULL: not known */
    void *lease;          /* the source's own */
} gp_pooled;

/**
 * Where a virtual host gets its connections: mod_dbd, behind functions that the httpd side fills in
 * (src/http/dbd.c). The store knows no other way to connect.
 */
typedef struct gp_pool_source gp_pool_source;
struct gp_pool_source {
    const void *identity; /* of the host's pool: hosts with the same one share the pool */
    int size;             /* how many connections the pool can hold */
    const char *params;   /* how to connect, as libpq has it; as long as the process */
    bool is_persistent;   /* connections outlive the requests that they were opened for */

    /**
     * Take a connection. May connect, which takes as long as it takes.
     * @param pool    of the request
     * @param pooled  receives it, for `close`
     * @return false: there is none
     */
    bool (*open)(const gp_pool_source *source, apr_pool_t *pool, gp_pooled *pooled);
    /** Give a connection back. Any thread may. */
    void (*close)(const gp_pool_source *source, const gp_pooled *pooled);
    /** Forget why earlier attempts to connect in this thread failed. */
    void (*forget_reason)(void);
    /** @return why the last attempt to connect in this thread failed, on one line; never NULL */
    const char *(*reason)(void);
    void *context; /* the source's own */
};

#endif
