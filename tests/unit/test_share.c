/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shares of callers, and the order in which gates and batches serve them.
 */
#include "store/share.h"
#include "base/clock.h"
#include "store/gate.h"
#include "threads.h"

#define MOST 3 /* half of six threads */

static gp_share *enter(const char *key)
{
    gp_share *share;

    ck_assert(gp_share_enter(key, &share));
    ck_assert_ptr_nonnull(share);
    return share;
}

TEST(one_key_is_one_caller)
{
    gp_share *one, *same, *other;

    ck_assert(gp_share_init(2 * MOST));
    one = enter("one");
    same = enter("one");
    other = enter("One");
    ck_assert_ptr_eq(one, same);
    ck_assert_ptr_ne(one, other);
    gp_share_count(one, GP_SHARE_CONNECTION, 2);
    ck_assert_int_eq(gp_share_held(same, GP_SHARE_CONNECTION), 2);
    ck_assert_int_eq(gp_share_held(same, GP_SHARE_BATCH), 0);
    ck_assert_int_eq(gp_share_held(other, GP_SHARE_CONNECTION), 0);
    ck_assert_int_eq(gp_share_held(NULL, GP_SHARE_CONNECTION), 0);
    gp_share_leave(one);
    gp_share_leave(same);
    /* A caller whose requests have all ended begins with an empty share. */
    one = enter("one");
    ck_assert_int_eq(gp_share_held(one, GP_SHARE_CONNECTION), 0);
    gp_share_leave(one);
    gp_share_leave(other);
    gp_share_leave(NULL);
}

TEST(one_caller_alone_may_hold_all_threads)
{
    gp_share *shares[10 * MOST];
    int i;

    ck_assert(gp_share_init(2 * MOST));
    for (i = 0; i < 10 * MOST; i++)
        shares[i] = enter("one");
    ck_assert(!gp_share_turns_away(shares[0]));
    for (i = 0; i < 10 * MOST; i++)
        gp_share_leave(shares[i]);
}

TEST(beside_others_a_caller_holds_half)
{
    gp_share *shares[MOST], *other, *none;
    int i;

    ck_assert(gp_share_init(2 * MOST));
    other = enter("other");
    for (i = 0; i < MOST; i++)
        shares[i] = enter("one");
    ck_assert(!gp_share_enter("one", &none));
    ck_assert_ptr_null(none);
    /* Also if the other caller has just left, because it may return. */
    gp_share_leave(other);
    ck_assert(!gp_share_enter("one", &none));
    gp_share_leave(shares[--i]);
    shares[i++] = enter("one");
    ck_assert(!gp_share_turns_away(shares[0]));
    /* After a second without others, the caller may have all. */
    apr_sleep(1100 * MILLISECOND);
    gp_share_leave(enter("one"));
    for (i = 0; i < MOST; i++)
        gp_share_leave(shares[i]);
}

TEST(when_another_comes_the_excess_over_half_is_turned_away)
{
    gp_share *shares[2 * MOST], *other;
    int i, away;

    ck_assert(gp_share_init(2 * MOST));
    for (i = 0; i < 2 * MOST; i++)
        shares[i] = enter("one");
    ck_assert(!gp_share_turns_away(shares[0]));
    other = enter("other");
    ck_assert(gp_share_is_contended());
    for (i = away = 0; i < 2 * MOST; i++)
        away += gp_share_turns_away(shares[i]);
    ck_assert_int_eq(away, MOST);
    ck_assert(!gp_share_turns_away(other));
    ck_assert(!gp_share_turns_away(NULL));
    for (i = 0; i < 2 * MOST; i++)
        gp_share_leave(shares[i]);
    gp_share_leave(other);
}

/* ---- the order of service ---- */

typedef struct {
    gp_gate *gate;
    gp_share *share;
    gp_share_kind kind;
    waiting_thread thread;
    gp_gate_answer answer;
    bool is_turned_away;
    apr_time_t at;
} waiter;

static void *APR_THREAD_FUNC wait_for_place(apr_thread_t *thread, void *data)
{
    waiter *self = data;

    (void)thread;
    apr_atomic_set32(&self->thread.started, 1);
    self->answer =
        gp_gate_enter_for(self->gate, self->share, self->kind, PATIENCE, &self->is_turned_away);
    self->at = gp_clock();
    if (self->answer == GP_GATE_ENTERED) {
        gp_gate_opened(self->gate, 1, 0);
        apr_sleep(5 * MILLISECOND);
        gp_share_count(self->share, self->kind, -1);
        gp_gate_leave(self->gate);
    }
    return NULL;
}

static void start_waiter_of(waiter *self, gp_gate *gate, gp_share *share, gp_share_kind kind)
{
    memset(self, 0, sizeof *self);
    self->gate = gate;
    self->share = share;
    self->kind = kind;
    start_thread(&self->thread, wait_for_place, self);
    let_begin(&self->thread);
    apr_sleep(10 * MILLISECOND);
}

static void start_waiter(waiter *self, gp_gate *gate, gp_share *share)
{
    start_waiter_of(self, gate, share, GP_SHARE_CONNECTION);
}

/* The greedy caller holds a place and waits for more. A caller without a place comes before it. */
TEST(the_caller_with_fewest_places_is_admitted_first)
{
    gp_gate *gate = gp_gate_create(pool, 1);
    gp_share *greedy, *modest;
    waiter waiters[4];
    int i;

    ck_assert(gp_share_init(100));
    greedy = enter("greedy");
    modest = enter("modest");
    gp_share_count(greedy, GP_SHARE_CONNECTION, 1); /* as if it held a place in another gate */
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    gp_gate_opened(gate, 1, 0);
    for (i = 0; i < 3; i++)
        start_waiter(&waiters[i], gate, greedy);
    start_waiter(&waiters[3], gate, modest);
    gp_gate_leave(gate);
    for (i = 0; i < 4; i++) {
        end_thread(&waiters[i].thread);
        ck_assert_int_eq(waiters[i].answer, GP_GATE_ENTERED);
    }
    for (i = 0; i < 3; i++)
        ck_assert_int_lt(waiters[3].at, waiters[i].at);
    ck_assert(waiters[0].at < waiters[1].at && waiters[1].at < waiters[2].at);
    ck_assert_int_eq(gp_share_held(greedy, GP_SHARE_CONNECTION), 1);
    ck_assert_int_eq(gp_share_held(modest, GP_SHARE_CONNECTION), 0);
    gp_share_leave(greedy);
    gp_share_leave(modest);
}

/* Whenever the only place of a class comes free, nobody holds one. */
TEST(callers_take_turns_in_a_class_of_one_place)
{
    gp_gate *gate = gp_gate_create(pool, 1);
    gp_share *greedy, *modest;
    bool is_turned_away = false;
    waiter waiters[4];
    int i;

    ck_assert(gp_share_init(100));
    greedy = enter("greedy");
    modest = enter("modest");
    ck_assert_int_eq(gp_gate_enter_for(gate, greedy, GP_SHARE_CLASS, 0, &is_turned_away),
                     GP_GATE_ENTERED);
    gp_gate_opened(gate, 1, 0);
    for (i = 0; i < 4; i++)
        start_waiter_of(&waiters[i], gate, i < 2 ? greedy : modest, GP_SHARE_CLASS);
    gp_share_count(greedy, GP_SHARE_CLASS, -1);
    gp_gate_leave(gate);
    for (i = 0; i < 4; i++) {
        end_thread(&waiters[i].thread);
        ck_assert_int_eq(waiters[i].answer, GP_GATE_ENTERED);
    }
    ck_assert_int_lt(waiters[2].at, waiters[0].at);
    ck_assert_int_lt(waiters[0].at, waiters[3].at);
    ck_assert_int_lt(waiters[3].at, waiters[1].at);
    gp_share_leave(greedy);
    gp_share_leave(modest);
}

/* The gate turns away older waiters when the next caller comes to it. */
TEST(waiters_beyond_half_of_the_threads_are_turned_away)
{
    gp_gate *gate = gp_gate_create(pool, 1);
    gp_share *shares[2 * MOST], *other;
    waiter waiters[2 * MOST];
    bool is_turned_away = false;
    int i, full = 0;

    ck_assert(gp_share_init(2 * MOST));
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    gp_gate_opened(gate, 1, 0);
    for (i = 0; i < 2 * MOST; i++) {
        shares[i] = enter("greedy");
        start_waiter(&waiters[i], gate, shares[i]);
    }
    other = enter("other");
    ck_assert_int_eq(gp_gate_enter_for(gate, other, GP_SHARE_CONNECTION, 0, &is_turned_away),
                     GP_GATE_FULL);
    for (i = MOST; i < 2 * MOST; i++) { /* the newest waiters */
        end_thread(&waiters[i].thread);
        full += waiters[i].answer == GP_GATE_FULL && waiters[i].is_turned_away;
    }
    ck_assert_int_eq(full, MOST);
    gp_gate_leave(gate);
    for (i = 0; i < MOST; i++) {
        end_thread(&waiters[i].thread);
        ck_assert_int_eq(waiters[i].answer, GP_GATE_ENTERED);
    }
    for (i = 0; i < 2 * MOST; i++)
        gp_share_leave(shares[i]);
    gp_share_leave(other);
}

/* Takes the only place of a gate. @return the share of a caller who holds all threads */
static gp_share *fill(gp_gate *gate)
{
    gp_share *greedy = NULL;
    int i;

    ck_assert(gp_share_init(2 * MOST));
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    gp_gate_opened(gate, 1, 0);
    for (i = 0; i < 2 * MOST; i++)
        greedy = enter("greedy");
    return greedy;
}

/* All requests of both callers end. @return how many of the greedy one's would still be turned away */
static int end(gp_share *greedy, gp_share *other)
{
    int i, away = 0;

    for (i = 0; i < 2 * MOST; i++)
        away += gp_share_turns_away(greedy);
    for (i = 0; i < 2 * MOST; i++)
        gp_share_leave(greedy);
    gp_share_leave(other);
    return away;
}

/* It holds no thread there, and may wait for the engine next, which would turn it away a second time. */
TEST(who_does_not_wait_is_not_turned_away)
{
    gp_gate *gate = gp_gate_create(pool, 1);
    gp_share *greedy, *other;
    bool is_turned_away = false;

    greedy = fill(gate);
    other = enter("other");
    ck_assert_int_eq(gp_gate_enter_for(gate, greedy, GP_SHARE_CONNECTION, 0, &is_turned_away),
                     GP_GATE_FULL);
    ck_assert_int_eq(end(greedy, other), MOST);
}

/* A $batch whose statements run one after the other goes to the gate for each of them. */
TEST(a_request_that_was_turned_away_does_not_wait_again)
{
    gp_gate *gate = gp_gate_create(pool, 1);
    gp_share *greedy, *other;
    bool is_turned_away = false;
    int i;

    greedy = fill(gate);
    other = enter("other");
    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(
            gp_gate_enter_for(gate, greedy, GP_SHARE_CONNECTION, PATIENCE, &is_turned_away),
            GP_GATE_FULL);
        ck_assert(is_turned_away);
    }
    ck_assert_int_eq(end(greedy, other), MOST - 1);
}

UNIT_MAIN("share")
