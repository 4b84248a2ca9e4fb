/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pools for the trees of stored documents, and a limit on the number of large ones. A thread uses such a
 * pool without waiting for the database or a client, so turns are short.
 */
#include "scratch.h"
#include "limits.h"

#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static int turns; /* threads that work on large documents */

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
    apr_allocator_max_free_set(allocator, 1); /* keeps no memory that a pool returns */
    apr_pool_create_ex(&scratch, parent, NULL, allocator);
    apr_allocator_owner_set(allocator, scratch);
    apr_pool_cleanup_register(scratch, NULL, end_turn, apr_pool_cleanup_null);
    return scratch;
}

void gp_scratch_close(apr_pool_t *scratch)
{
    apr_pool_destroy(scratch);
}
