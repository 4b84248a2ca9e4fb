/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks of memory for answers. A block counts from before it is written until httpd has sent it.
 */
#include "answer_memory.h"
#include "base/clock.h"

#include <apr_ring.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct block {
    APR_RING_ENTRY(block) link;
    gp_answer_memory *supply;
    const void *connection;
    apr_size_t size;
    char *caller; /* after the bytes */
    max_align_t bytes[];
} block;

struct gp_answer_memory {
    pthread_mutex_t mutex;
    pthread_cond_t freed;
    gp_answer_limits limits;
    APR_RING_HEAD(blocks, block) blocks;
};

gp_answer_memory *gp_answer_memory_create(gp_answer_limits limits)
{
    gp_answer_memory *supply = calloc(1, sizeof *supply);

    if (supply == NULL)
        return NULL;
    if (pthread_mutex_init(&supply->mutex, NULL) != 0 || !gp_clock_cond_init(&supply->freed)) {
        free(supply);
        return NULL;
    }
    APR_RING_INIT(&supply->blocks, block, link);
    supply->limits = limits;
    return supply;
}

static bool fits(apr_size_t held, apr_size_t size, apr_size_t most)
{
    return held == 0 || (size <= most && held <= most - size);
}

/* Returns true if a block fits within the limits. A linear search is enough: there are no more
 * blocks than threads and streams. */
static bool may_take(gp_answer_memory *supply, const void *connection, const char *caller,
                     apr_size_t size)
{
    const gp_answer_limits *limits = &supply->limits;
    gp_answer_limits held = {0, 0, 0};
    const block *one = APR_RING_FIRST(&supply->blocks);

    for (; one != APR_RING_SENTINEL(&supply->blocks, block, link); one = APR_RING_NEXT(one, link)) {
        held.of_all += one->size;
        if (one->connection == connection)
            held.of_connection += one->size;
        if (strcmp(one->caller, caller) == 0)
            held.of_caller += one->size;
    }
    return fits(held.of_all, size, limits->of_all) && fits(held.of_caller, size, limits->of_caller)
           && fits(held.of_connection, size, limits->of_connection);
}

static block *make_block(gp_answer_memory *supply, const void *connection, const char *caller,
                         apr_size_t size)
{
    apr_size_t length = strlen(caller) + 1;
    block *made = malloc(sizeof *made + size + length);

    if (made == NULL)
        return NULL;
    made->supply = supply;
    made->connection = connection;
    made->size = size;
    made->caller = memcpy((char *)made->bytes + size, caller, length);
    APR_RING_INSERT_TAIL(&supply->blocks, made, block, link);
    return made;
}

/* gcc's analyzer does not see that the ring holds the block. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

void *gp_answer_memory_take(gp_answer_memory *supply, const void *connection, const char *caller,
                            apr_size_t size, apr_interval_time_t wait)
{
    apr_time_t deadline = gp_clock() + wait;
    block *taken = NULL;
    bool may;

    pthread_mutex_lock(&supply->mutex);
    may = may_take(supply, connection, caller, size);
    while (!may && gp_clock() < deadline) {
        gp_clock_cond_wait(&supply->freed, &supply->mutex, deadline);
        may = may_take(supply, connection, caller, size);
    }
    if (may)
        taken = make_block(supply, connection, caller, size);
    pthread_mutex_unlock(&supply->mutex);
    return taken != NULL ? taken->bytes : NULL;
}

void gp_answer_memory_free(void *bytes)
{
    block *given = (block *)((char *)bytes - offsetof(block, bytes));
    gp_answer_memory *supply = given->supply;

    pthread_mutex_lock(&supply->mutex);
    APR_RING_REMOVE(given, link);
    pthread_cond_broadcast(&supply->freed);
    pthread_mutex_unlock(&supply->mutex);
    free(given);
}
