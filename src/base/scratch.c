/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pools for trees of stored documents, and a bound for those of large ones. Threads work on them without
 * waiting for the database or for a client, so that a turn is short.
 */
#include "scratch.h"
#include "limits.h"

#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static int turns; /* large documents that threads work on */

static void begin_turn(void)
{
    pthread_mutex_lock(&mutex);
    while (turns >= GP_SCRATCH_LARGE_MAX)
        pthread_cond_wait(&ended, &mutex);
    turns++;
    pthread_mutex_unlock(&mutex);
}

static apr_status_t end_turn(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&mutex);
    turns--;
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&mutex);
    return APR_SUCCESS;
}

apr_pool_t *gp_scratch_open(apr_pool_t *parent, apr_size_t length)
{
    apr_allocator_t *allocator = NULL;
    apr_pool_t *scratch;

    if (length <= GP_SCRATCH_SMALL_MAX || apr_allocator_create(&allocator) != APR_SUCCESS) {
        apr_pool_create(&scratch, parent);
        return scratch;
    }
    begin_turn();
    apr_allocator_max_free_set(allocator, 1); /* it keeps nothing that a pool gives back */
    apr_pool_create_ex(&scratch, parent, NULL, allocator);
    apr_allocator_owner_set(allocator, scratch);
    apr_pool_cleanup_register(scratch, NULL, end_turn, apr_pool_cleanup_null);
    return scratch;
}

void gp_scratch_close(apr_pool_t *scratch)
{
    apr_pool_destroy(scratch);
}
