/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "store/outage.h"
#include "threads.h"

TEST(one_process_logs_an_outage_and_one_its_end)
{
    atomic_llong outage = 0;
    apr_time_t before = gp_clock();

    ck_assert(!gp_outage_ends(&outage));
    ck_assert(gp_outage_begins(&outage, before));
    ck_assert(!gp_outage_begins(&outage, before));
    ck_assert(!gp_outage_begins(&outage, gp_clock()));
    ck_assert(gp_outage_ends(&outage));
    ck_assert(!gp_outage_ends(&outage));
}

TEST(an_attempt_from_before_the_end_begins_no_outage)
{
    atomic_llong outage = 0;
    apr_time_t before = gp_clock();

    ck_assert(gp_outage_begins(&outage, before));
    ck_assert(gp_outage_ends(&outage));
    ck_assert(!gp_outage_begins(&outage, before));
    apr_sleep(1000);
    ck_assert(gp_outage_begins(&outage, gp_clock()));
    ck_assert(gp_outage_ends(&outage));
}

/* Many threads see the same outages at the same time. */
#define THREADS 8
#define OUTAGES 50

static atomic_llong shared;
static atomic_int begun, ended, round_of_all;

static void *watch(void *data)
{
    int i;

    (void)data;
    for (i = 0; i < OUTAGES; i++) {
        atomic_fetch_add(&round_of_all, 1);
        while (atomic_load(&round_of_all) < (2 * i + 1) * THREADS)
            sched_yield();
        begun += gp_outage_begins(&shared, gp_clock() + PATIENCE);
        atomic_fetch_add(&round_of_all, 1);
        while (atomic_load(&round_of_all) < (2 * i + 2) * THREADS)
            sched_yield();
        ended += gp_outage_ends(&shared);
    }
    return NULL;
}

TEST(one_of_many_threads_logs_each_outage)
{
    pthread_t threads[THREADS];
    int i;

    for (i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, watch, NULL), 0);
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(begun, OUTAGES);
    ck_assert_int_eq(ended, OUTAGES);
}

UNIT_MAIN("outage")
