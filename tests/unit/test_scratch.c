/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "base/scratch.h"
#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>

#define LARGE (GP_SCRATCH_SMALL_MAX + 1)

static atomic_int opened;

static void *open_one(void *parent)
{
    apr_pool_t *scratch = gp_scratch_open(parent, LARGE);

    opened++;
    gp_scratch_close(scratch);
    return NULL;
}

TEST(small_documents_take_no_turns)
{
    int i;

    for (i = 0; i <= GP_SCRATCH_LARGE_MAX; i++)
        ck_assert_ptr_nonnull(apr_palloc(gp_scratch_open(pool, GP_SCRATCH_SMALL_MAX), 100));
}

/* With all turns but one taken, it does not wait; with all taken, it waits until one ends. */
TEST(large_documents_take_turns)
{
    apr_pool_t *others[GP_SCRATCH_LARGE_MAX], *own;
    pthread_t thread;
    int i;

    apr_pool_create(&own, NULL);
    for (i = 0; i < GP_SCRATCH_LARGE_MAX - 1; i++)
        others[i] = gp_scratch_open(pool, LARGE);
    open_one(own);
    ck_assert_int_eq(opened, 1);
    others[i] = gp_scratch_open(pool, LARGE);
    ck_assert_int_eq(pthread_create(&thread, NULL, open_one, own), 0);
    apr_sleep(APR_USEC_PER_SEC / 20);
    ck_assert_int_eq(opened, 1);
    gp_scratch_close(others[0]);
    pthread_join(thread, NULL);
    ck_assert_int_eq(opened, 2);
    for (i = 1; i < GP_SCRATCH_LARGE_MAX; i++)
        gp_scratch_close(others[i]);
    apr_pool_destroy(own);
}

/* A failed request destroys its pools, and thereby ends its turn. */
TEST(a_turn_ends_with_the_parent)
{
    apr_pool_t *parent;
    int i;

    for (i = 0; i <= GP_SCRATCH_LARGE_MAX; i++) {
        apr_pool_create(&parent, pool);
        ck_assert_ptr_nonnull(apr_palloc(gp_scratch_open(parent, LARGE), 100));
        apr_pool_destroy(parent);
    }
}

UNIT_MAIN("scratch")
