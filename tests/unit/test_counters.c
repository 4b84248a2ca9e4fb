/* SPDX-License-Identifier: Apache-2.0 */
#include "store/counters.h"
#include "unit.h"

TEST(batches_are_counted_by_size)
{
    static const struct {
        int size, row;
    } batches[] = {{1, 0},  {2, 0},  {3, 1},  {4, 1},  {5, 2},  {8, 2},  {9, 3},
                   {16, 3}, {17, 4}, {32, 4}, {33, 5}, {64, 5}, {65, 6}, {1000, 6}};
    static gp_counters counters;
    size_t i;
    int row, sum = 0;

    gp_counters_use(&counters, NULL, false);
    for (i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        apr_int64_t before = counters.sizes[batches[i].row];

        gp_count_batch(batches[i].size);
        sum += batches[i].size;
        ck_assert_int_eq(counters.sizes[batches[i].row], before + 1);
        ck_assert_int_eq(counters.values[GP_COUNTER_BATCHES], (int)i + 1);
        ck_assert_int_eq(counters.values[GP_COUNTER_BATCHED], sum);
    }
    for (row = 0; row < GP_COUNTER_SIZES; row++)
        ck_assert_int_eq(gp_counter_size(row), 2 << row);
    ck_assert_int_eq(gp_counter_size(GP_COUNTER_SIZES - 1), 64);
    gp_counters_use(NULL, NULL, false);
}

TEST(gauges_end_with_their_process_and_counters_go_on)
{
    static gp_counters counters;

    gp_counters_use(&counters, NULL, false);
    gp_count(GP_COUNTER_IN_USE, 3);
    gp_count(GP_COUNTER_STATEMENTS, 3);
    atomic_store(gp_counters_breaker().is_open, 1);
    gp_count_batch(5);
    gp_counters_use(NULL, NULL, false);
    gp_count(GP_COUNTER_STATEMENTS, 100); /* before any process reads it */
    ck_assert_int_eq(counters.breakers[0], 1);
    gp_counters_use(&counters, NULL, false);
    ck_assert_int_eq(counters.values[GP_COUNTER_IN_USE], 0);
    ck_assert_int_eq(counters.breakers[0], 0);
    ck_assert_int_eq(counters.values[GP_COUNTER_STATEMENTS], 3);
    ck_assert_int_eq(counters.sizes[2], 1);
    gp_counters_use(NULL, NULL, false);
}

TEST(each_pool_has_words_of_its_own)
{
    static gp_counters counters, other;
    static atomic_llong outages[GP_COUNTER_BREAKERS];
    gp_counter_breaker words;
    int i;

    gp_counters_use(&counters, outages, false);
    for (i = 0; i < GP_COUNTER_BREAKERS; i++) {
        words = gp_counters_breaker();
        ck_assert_ptr_eq(words.is_open, &counters.breakers[i]);
        ck_assert_ptr_eq(words.outage, &outages[i]);
    }
    words = gp_counters_breaker(); /* one too many */
    ck_assert(words.is_open < &counters.breakers[0] || words.is_open >= &counters.breakers[i]);
    ck_assert(words.outage < &outages[0] || words.outage >= &outages[i]);
    /* Another process has its own breakers, unless it shares the counters of others; outages are common to
     * all. */
    gp_counters_use(&other, outages, true);
    words = gp_counters_breaker();
    ck_assert_ptr_ne(words.is_open, &other.breakers[0]);
    ck_assert_ptr_eq(words.outage, &outages[0]);
    gp_counters_use(NULL, NULL, false);
}

UNIT_MAIN("counters")
