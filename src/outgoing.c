/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks for answers, counted from before they are written until httpd has sent them.
 */
#include "outgoing.h"
#include "gate.h"

#include <apr_ring.h>

#include <stddef.h>
#include <stdlib.h>

typedef struct block {
    APR_RING_ENTRY(block) link;
    gp_outgoing *outgoing;
    const void *connection;
    apr_size_t size;
    max_align_t bytes[];
} block;

struct gp_outgoing {
    pthread_mutex_t mutex;
    pthread_cond_t freed;
    apr_size_t most, of_connection; /* bounds, in bytes */
    apr_size_t held;                /* bytes of all blocks */
    APR_RING_HEAD(blocks, block) blocks;
};

gp_outgoing *gp_outgoing_create(apr_pool_t *pool, apr_size_t most, apr_size_t of_connection)
{
    gp_outgoing *outgoing = apr_pcalloc(pool, sizeof *outgoing);

    if (pthread_mutex_init(&outgoing->mutex, NULL) != 0 || !gp_clock_cond_init(&outgoing->freed))
        return NULL;
    APR_RING_INIT(&outgoing->blocks, block, link);
    outgoing->most = most;
    outgoing->of_connection = of_connection;
    return outgoing;
}

/* There are no more blocks than threads and streams, so they are looked through. */
static apr_size_t held_by(gp_outgoing *outgoing, const void *connection)
{
    apr_size_t held = 0;
    const block *one = APR_RING_FIRST(&outgoing->blocks);

    for (; one != APR_RING_SENTINEL(&outgoing->blocks, block, link); one = APR_RING_NEXT(one, link))
        if (one->connection == connection)
            held += one->size;
    return held;
}

static int has_room(apr_size_t held, apr_size_t size, apr_size_t most)
{
    return held == 0 || (size <= most && held <= most - size);
}

static int may_take(gp_outgoing *outgoing, const void *connection, apr_size_t size)
{
    return has_room(outgoing->held, size, outgoing->most)
           && has_room(held_by(outgoing, connection), size, outgoing->of_connection);
}

void *gp_outgoing_take(gp_outgoing *outgoing, const void *connection, apr_size_t size,
                       apr_interval_time_t wait)
{
    apr_time_t deadline = gp_clock() + wait;
    block *taken = NULL;

    pthread_mutex_lock(&outgoing->mutex);
    while (!may_take(outgoing, connection, size) && gp_clock() < deadline)
        gp_clock_cond_wait(&outgoing->freed, &outgoing->mutex, deadline);
    if (may_take(outgoing, connection, size))
        taken = malloc(sizeof *taken + size);
    if (taken != NULL) {
        taken->outgoing = outgoing;
        taken->connection = connection;
        taken->size = size;
        outgoing->held += size;
        APR_RING_INSERT_TAIL(&outgoing->blocks, taken, block, link);
    }
    pthread_mutex_unlock(&outgoing->mutex);
    return taken != NULL ? taken->bytes : NULL;
}

void gp_outgoing_free(void *bytes)
{
    block *given = (block *)((char *)bytes - offsetof(block, bytes));
    gp_outgoing *outgoing = given->outgoing;

    pthread_mutex_lock(&outgoing->mutex);
    APR_RING_REMOVE(given, link);
    outgoing->held -= given->size;
    pthread_cond_broadcast(&outgoing->freed);
    pthread_mutex_unlock(&outgoing->mutex);
    free(given);
}
