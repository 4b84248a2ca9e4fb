/* SPDX-License-Identifier: Apache-2.0 */
#include "http/answer_memory.h"
#include "unit.h"

#include <pthread.h>
#include <string.h>

#define MOST          1000
#define OF_CALLER     800
#define OF_CONNECTION 400
#define AT_ONCE       0
#define A_WHILE       APR_USEC_PER_SEC / 20

static gp_answer_memory *supply;
static int connections[4]; /* their addresses are the keys */

static void open_supply(void)
{
    gp_answer_limits limits = {MOST, OF_CALLER, OF_CONNECTION};

    supply = gp_answer_memory_create(limits);
    ck_assert_ptr_nonnull(supply);
}

static void *take_for(const char *caller, int connection, apr_size_t size)
{
    return gp_answer_memory_take(supply, &connections[connection], caller, size, AT_ONCE);
}

/* Each connection belongs to another caller. */
static void *take(int connection, apr_size_t size)
{
    static const char *const callers[] = {"a", "b", "c", "d"};

    return take_for(callers[connection], connection, size);
}

TEST(the_limit_of_one_connection)
{
    void *first, *second;

    open_supply();
    first = take(0, OF_CONNECTION - 1);
    second = take(0, 1);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_nonnull(second);
    ck_assert_ptr_null(take(0, 1));
    gp_answer_memory_free(second);
    ck_assert_ptr_null(take(0, 2));
    second = take(0, 1);
    ck_assert_ptr_nonnull(second);
    gp_answer_memory_free(first);
    gp_answer_memory_free(second);
}

TEST(the_limit_of_all_connections)
{
    void *blocks[4];

    open_supply();
    blocks[0] = take(0, 400);
    blocks[1] = take(1, 400);
    blocks[2] = take(2, 199);
    ck_assert_ptr_nonnull(blocks[2]);
    ck_assert_ptr_null(take(3, 2));
    blocks[3] = take(3, 1);
    ck_assert_ptr_nonnull(blocks[3]);
    ck_assert_ptr_null(take(2, 1));
    gp_answer_memory_free(blocks[0]);
    blocks[0] = take(2, 201);
    ck_assert_ptr_nonnull(blocks[0]);
    for (int i = 0; i < 4; i++)
        gp_answer_memory_free(blocks[i]);
}

TEST(the_limit_of_one_caller)
{
    void *blocks[4];

    open_supply();
    blocks[0] = take_for("a", 0, 400);
    blocks[1] = take_for("a", 1, 399);
    ck_assert_ptr_null(take_for("a", 2, 2));
    blocks[2] = take_for("a", 2, 1);
    ck_assert_ptr_nonnull(blocks[2]);
    ck_assert_ptr_null(take_for("a", 3, 1));
    blocks[3] = take_for("b", 3, 200);
    ck_assert_ptr_nonnull(blocks[3]);
    for (int i = 0; i < 4; i++)
        gp_answer_memory_free(blocks[i]);
}

/* A block larger than every limit is granted if it is the only one. */
TEST(a_block_larger_than_the_limits)
{
    void *large, *small;

    open_supply();
    large = take(0, 10 * MOST);
    ck_assert_ptr_nonnull(large);
    memset(large, 'x', 10 * MOST);
    ck_assert_ptr_null(take(0, 1));
    ck_assert_ptr_null(take(1, 1));
    gp_answer_memory_free(large);
    small = take(1, 1);
    ck_assert_ptr_nonnull(small);
    ck_assert_ptr_null(take(0, 10 * MOST));
    gp_answer_memory_free(small);
    large = take(0, OF_CONNECTION + 1);
    ck_assert_ptr_nonnull(large);
    gp_answer_memory_free(large);
}

static void *free_later(void *block)
{
    apr_sleep(A_WHILE);
    gp_answer_memory_free(block);
    return NULL;
}

TEST(a_caller_waits_for_a_block_of_another_thread)
{
    pthread_t thread;
    void *first, *second;

    open_supply();
    first = take(0, OF_CONNECTION);
    ck_assert_int_eq(pthread_create(&thread, NULL, free_later, first), 0);
    second = gp_answer_memory_take(supply, &connections[0], "a", OF_CONNECTION, 100 * A_WHILE);
    ck_assert_ptr_nonnull(second);
    pthread_join(thread, NULL);
    gp_answer_memory_free(second);
}

TEST(a_caller_waits_no_longer_than_allowed)
{
    apr_time_t begun = apr_time_now();
    void *first;

    open_supply();
    first = take(0, OF_CONNECTION);
    ck_assert_ptr_null(gp_answer_memory_take(supply, &connections[0], "a", 1, A_WHILE));
    ck_assert_int_ge(apr_time_now() - begun, A_WHILE);
    gp_answer_memory_free(first);
}

UNIT_MAIN("answer_memory")
