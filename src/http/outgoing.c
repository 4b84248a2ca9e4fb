/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks of memory for answers. A block counts from before it is written until httpd has sent it.
 */
#include "outgoing.h"
#include "base/clock.h"

#include <apr_ring.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct block {
    APR_RING_ENTRY(block) link;
    gp_outgoing *outgoing;
    const void *connection;
    apr_size_t size;
    char *caller; /* after the bytes */
    max_align_t bytes[];
} block;

struct gp_outgoing {
    pthread_mutex_t mutex;
    pthread_cond_t freed;
    gp_outgoing_bounds bounds;
    APR_RING_HEAD(blocks, block) blocks;
};

gp_outgoing *gp_outgoing_create(gp_outgoing_bounds bounds)
{
    gp_outgoing *outgoing = calloc(1, sizeof *outgoing);

    if (outgoing == NULL)
        return NULL;
    if (pthread_mutex_init(&outgoing->mutex, NULL) != 0 || !gp_clock_cond_init(&outgoing->freed)) {
        free(outgoing);
        return NULL;
    }
    APR_RING_INIT(&outgoing->blocks, block, link);
    outgoing->bounds = bounds;
    return outgoing;
}

static bool has_room(apr_size_t held, apr_size_t size, apr_size_t most)
{
    return held == 0 || (size <= most && held <= most - size);
}

/* Returns true if a block fits within the limits. A linear search is enough: there are no more
 * blocks than threads and streams. */
static bool may_take(gp_outgoing *outgoing, const void *connection, const char *caller,
                     apr_size_t size)
{
    const gp_outgoing_bounds *bounds = &outgoing->bounds;
    gp_outgoing_bounds held = {0, 0, 0};
    const block *one = APR_RING_FIRST(&outgoing->blocks);

    for (; one != APR_RING_SENTINEL(&outgoing->blocks, block, link);
         one = APR_RING_NEXT(one, link)) {
        held.of_all += one->size;
        if (one->connection == connection)
            held.of_connection += one->size;
        if (strcmp(one->caller, caller) == 0)
            held.of_caller += one->size;
    }
    return has_room(held.of_all, size, bounds->of_all)
           && has_room(held.of_caller, size, bounds->of_caller)
           && has_room(held.of_connection, size, bounds->of_connection);
}

static block *make_block(gp_outgoing *outgoing, const void *connection, const char *caller,
                         apr_size_t size)
{
    apr_size_t length = strlen(caller) + 1;
    block *made = malloc(sizeof *made + size + length);

    if (made == NULL)
        return NULL;
    made->outgoing = outgoing;
    made->connection = connection;
    made->size = size;
    made->caller = memcpy((char *)made->bytes + size, caller, length);
    APR_RING_INSERT_TAIL(&outgoing->blocks, made, block, link);
    return made;
}

/* gcc's analyzer does not see that the ring holds the block. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

void *gp_outgoing_take(gp_outgoing *outgoing, const void *connection, const char *caller,
                       apr_size_t size, apr_interval_time_t wait)
{
    apr_time_t deadline = gp_clock() + wait;
    block *taken = NULL;
    bool may;

    pthread_mutex_lock(&outgoing->mutex);
    may = may_take(outgoing, connection, caller, size);
    while (!may && gp_clock() < deadline) {
        gp_clock_cond_wait(&outgoing->freed, &outgoing->mutex, deadline);
        may = may_take(outgoing, connection, caller, size);
    }
    if (may)
        taken = make_block(outgoing, connection, caller, size);
    pthread_mutex_unlock(&outgoing->mutex);
    return taken != NULL ? taken->bytes : NULL;
}

void gp_outgoing_free(void *bytes)
{
    block *given = (block *)((char *)bytes - offsetof(block, bytes));
    gp_outgoing *outgoing = given->outgoing;

    pthread_mutex_lock(&outgoing->mutex);
    APR_RING_REMOVE(given, link);
    pthread_cond_broadcast(&outgoing->freed);
    pthread_mutex_unlock(&outgoing->mutex);
    free(given);
}
