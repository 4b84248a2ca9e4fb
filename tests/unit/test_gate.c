/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate in front of a connection pool, in one thread and in many.
 */
#include "base/clock.h"
#include "store/gate.h"
#include "threads.h"

/* Enters and opens a connection. Returns 0 if the gate does not admit it at once. */
static int get_in(gp_gate *gate)
{
    if (gp_gate_enter(gate, 0) != GP_GATE_ENTERED)
        return 0;
    ck_assert_int_eq(gp_gate_opened(gate, 1, 0), GP_GATE_SAME);
    return 1;
}

TEST(the_clock_goes_forward)
{
    apr_time_t before = gp_clock(), after;
    int i;

    for (i = 0; i < 1000; i++) {
        after = gp_clock();
        ck_assert_int_ge(after, before);
        before = after;
    }
    apr_sleep(20 * MILLISECOND);
    ck_assert_int_ge(gp_clock() - before, 19 * MILLISECOND);
}

TEST(the_gate_admits_as_many_as_there_are_places)
{
    gp_gate *gate = gp_gate_create(pool, 3);
    int i;

    for (i = 0; i < 3; i++)
        ck_assert(get_in(gate));
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_FULL);
    ck_assert_int_eq(gp_gate_enter(gate, -1), GP_GATE_FULL);
    gp_gate_leave(gate);
    ck_assert(get_in(gate));
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_FULL);
    for (i = 0; i < 3; i++)
        gp_gate_leave(gate);
    for (i = 0; i < 3; i++)
        ck_assert(get_in(gate));
    ck_assert(!get_in(gate));
}

TEST(waiting_ends_in_time)
{
    gp_gate *gate = gp_gate_create(pool, 1);
    apr_time_t start;

    ck_assert(get_in(gate));
    start = gp_clock();
    ck_assert_int_eq(gp_gate_enter(gate, 60 * MILLISECOND), GP_GATE_FULL);
    ck_assert_int_ge(gp_clock() - start, 60 * MILLISECOND);
    ck_assert_int_lt(gp_clock() - start, AT_ONCE);
    gp_gate_leave(gate);
    ck_assert(get_in(gate));
}

TEST(one_at_a_time_connects)
{
    gp_gate *gate = gp_gate_create(pool, 5);

    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_FULL);
    ck_assert_int_eq(gp_gate_enter(gate, 10 * MILLISECOND), GP_GATE_FULL);
    ck_assert_int_eq(gp_gate_opened(gate, 1, 0), GP_GATE_SAME);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_FULL);
    /* A caller that leaves does not end the opening of another. */
    gp_gate_leave(gate);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_FULL);
    ck_assert_int_eq(gp_gate_opened(gate, 1, 0), GP_GATE_SAME);
    ck_assert(get_in(gate));
}

TEST(as_many_open_at_once_as_there_are_idle_connections)
{
    gp_gate *gate = gp_gate_create(pool, 5);

    ck_assert(get_in(gate) && get_in(gate));
    gp_gate_leave(gate);
    gp_gate_leave(gate);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    /* The third would have to make a new connection, which only one caller at a time does. */
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_FULL);
    ck_assert_int_eq(gp_gate_opened(gate, 1, 0), GP_GATE_SAME);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_FULL);
    ck_assert_int_eq(gp_gate_opened(gate, 1, 0), GP_GATE_SAME);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
}

TEST(a_failed_opening_leaves_no_idle_connection)
{
    gp_gate *gate = gp_gate_create(pool, 5);

    ck_assert(get_in(gate) && get_in(gate));
    gp_gate_leave(gate);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 0), GP_GATE_REDUCED);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_FULL);
}

/* The pool may have expired them. */
TEST(connections_idle_for_a_second_are_not_trusted)
{
    gp_gate *gate = gp_gate_create(pool, 5);

    ck_assert(get_in(gate) && get_in(gate));
    gp_gate_leave(gate);
    gp_gate_leave(gate);
    apr_sleep(1100 * MILLISECOND);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_FULL);
}

TEST(a_gate_without_places_admits_no_caller)
{
    gp_gate *gate = gp_gate_create(pool, 0);

    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_FULL);
    ck_assert_int_eq(gp_gate_enter(gate, 5 * MILLISECOND), GP_GATE_FULL);
    gp_gate_set_capacity(gate, 1);
    ck_assert(get_in(gate));
}

TEST(the_capacity_can_be_raised_and_lowered)
{
    gp_gate *gate = gp_gate_create(pool, 1);

    ck_assert(get_in(gate));
    ck_assert(!get_in(gate));
    gp_gate_set_capacity(gate, 3);
    ck_assert(get_in(gate));
    ck_assert(get_in(gate));
    ck_assert(!get_in(gate));
    /* The callers inside stay. The gate admits no other until a place is free. */
    gp_gate_set_capacity(gate, 2);
    gp_gate_leave(gate);
    ck_assert(!get_in(gate));
    gp_gate_leave(gate);
    ck_assert(get_in(gate));
    ck_assert(!get_in(gate));
}

/* ---- outages ---- */

#define PAUSE (100 * MILLISECOND)

TEST(during_an_outage_callers_are_refused_at_once)
{
    gp_gate *gate = gp_gate_create(pool, 5);
    apr_time_t start = gp_clock();
    int i;

    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 10 * PATIENCE), GP_GATE_LOST);
    for (i = 0; i < 5; i++)
        ck_assert_int_eq(gp_gate_enter(gate, PATIENCE), GP_GATE_UNREACHABLE);
    ck_assert_int_lt(gp_clock() - start, AT_ONCE);
}

TEST(after_the_pause_one_tries_at_a_time)
{
    gp_gate *gate = gp_gate_create(pool, 5);
    apr_time_t start = gp_clock(), lost;
    gp_gate_answer answer;

    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    lost = gp_clock();
    ck_assert_int_eq(gp_gate_opened(gate, 0, PAUSE), GP_GATE_LOST);

    while ((answer = gp_gate_enter(gate, 0)) == GP_GATE_UNREACHABLE && gp_clock() - start < AT_ONCE)
        apr_sleep(MILLISECOND);
    ck_assert_int_eq(answer, GP_GATE_ENTERED);
    ck_assert_int_ge(gp_clock() - lost, PAUSE);

    /* While one caller tries, no other waits, however long the attempt takes. */
    start = gp_clock();
    ck_assert_int_eq(gp_gate_enter(gate, PATIENCE), GP_GATE_UNREACHABLE);
    apr_sleep(PAUSE + 10 * MILLISECOND);
    ck_assert_int_eq(gp_gate_enter(gate, PATIENCE), GP_GATE_UNREACHABLE);
    ck_assert_int_lt(gp_clock() - start, AT_ONCE);

    /* The attempt fails: the pause begins again. */
    ck_assert_int_eq(gp_gate_opened(gate, 0, PAUSE), GP_GATE_SAME);
    lost = gp_clock();
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_UNREACHABLE);
    while ((answer = gp_gate_enter(gate, 0)) == GP_GATE_UNREACHABLE && gp_clock() - lost < AT_ONCE)
        apr_sleep(MILLISECOND);
    ck_assert_int_eq(answer, GP_GATE_ENTERED);

    ck_assert_int_eq(gp_gate_opened(gate, 1, PAUSE), GP_GATE_FOUND);
    ck_assert(get_in(gate));
    ck_assert(get_in(gate));
}

TEST(without_a_pause_the_next_may_try_at_once)
{
    gp_gate *gate = gp_gate_create(pool, 2);
    int i;

    for (i = 0; i < 10; i++) {
        ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
        ck_assert_int_eq(gp_gate_opened(gate, 0, 0), i == 0 ? GP_GATE_LOST : GP_GATE_SAME);
    }
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_opened(gate, 1, 0), GP_GATE_FOUND);
    ck_assert(get_in(gate));
}

TEST(each_change_of_the_breaker_is_reported_once)
{
    gp_gate *gate = gp_gate_create(pool, 10);
    static const int reachable[] = {1, 1, 0, 0, 0, 1, 2, 0, -1};
    static const gp_gate_change changes[] = {
        GP_GATE_SAME,  GP_GATE_SAME, GP_GATE_LOST, GP_GATE_SAME,  GP_GATE_SAME,
        GP_GATE_FOUND, GP_GATE_SAME, GP_GATE_LOST, GP_GATE_FOUND,
    };
    apr_size_t i;

    for (i = 0; i < COUNT(changes); i++) {
        ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
        ck_assert_int_eq(gp_gate_opened(gate, reachable[i], 0), changes[i]);
        if (reachable[i])
            gp_gate_leave(gate);
    }
}

/* ---- with threads ---- */

/* A caller in a thread of its own. It waits for a place, and opens a connection if it gets one. */
typedef struct {
    gp_gate *gate;
    waiting_thread thread;
    gp_gate_answer answer;
    apr_time_t at; /* when it got the answer */
} waiter;

static void *APR_THREAD_FUNC wait_for_place(apr_thread_t *thread, void *data)
{
    waiter *self = data;
    apr_time_t start = gp_clock();

    (void)thread;
    apr_atomic_set32(&self->thread.started, 1);
    self->answer = gp_gate_enter(self->gate, PATIENCE);
    self->at = gp_clock();
    self->thread.waited = self->at - start;
    if (self->answer == GP_GATE_ENTERED)
        gp_gate_opened(self->gate, 1, 0);
    return NULL;
}

/* Starts waiters, and gives them time to begin to wait. */
static void start_waiters(waiter *waiters, int count, gp_gate *gate)
{
    int i;

    memset(waiters, 0, (apr_size_t)count * sizeof *waiters);
    for (i = 0; i < count; i++) {
        waiters[i].gate = gate;
        start_thread(&waiters[i].thread, wait_for_place, &waiters[i]);
    }
    for (i = 0; i < count; i++)
        let_begin(&waiters[i].thread);
    apr_sleep(20 * MILLISECOND);
}

TEST(leaving_admits_a_waiter)
{
    gp_gate *gate = gp_gate_create(pool, 1);
    waiter one;

    ck_assert(get_in(gate));
    start_waiters(&one, 1, gate);
    gp_gate_leave(gate);
    end_thread(&one.thread);
    ck_assert_int_eq(one.answer, GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_FULL);
}

TEST(the_end_of_an_opening_admits_a_waiter)
{
    gp_gate *gate = gp_gate_create(pool, 2);
    waiter one;

    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    start_waiters(&one, 1, gate);
    gp_gate_opened(gate, 1, 0);
    end_thread(&one.thread);
    ck_assert_int_eq(one.answer, GP_GATE_ENTERED);
}

TEST(each_caller_that_leaves_admits_one)
{
    gp_gate *gate = gp_gate_create(pool, 3);
    waiter waiters[3];
    int i;

    for (i = 0; i < 3; i++)
        ck_assert(get_in(gate));
    start_waiters(waiters, 3, gate);
    for (i = 0; i < 3; i++)
        gp_gate_leave(gate);
    for (i = 0; i < 3; i++) {
        end_thread(&waiters[i].thread);
        ck_assert_int_eq(waiters[i].answer, GP_GATE_ENTERED);
    }
    ck_assert(!get_in(gate));
}

TEST(the_longest_waiter_is_admitted_first)
{
    gp_gate *gate = gp_gate_create(pool, 1);
    waiter waiters[4];
    int i;

    ck_assert(get_in(gate));
    for (i = 0; i < 4; i++)
        start_waiters(&waiters[i], 1, gate);
    for (i = 0; i < 4; i++) {
        gp_gate_leave(gate);
        /* A caller that has not waited does not overtake them. */
        ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_FULL);
        end_thread(&waiters[i].thread);
        ck_assert_int_eq(waiters[i].answer, GP_GATE_ENTERED);
        ck_assert(i == 0 || waiters[i].at >= waiters[i - 1].at);
    }
}

TEST(a_higher_capacity_admits_waiters)
{
    gp_gate *gate = gp_gate_create(pool, 1);
    waiter waiters[3];
    int i;

    ck_assert(get_in(gate));
    start_waiters(waiters, 3, gate);
    gp_gate_set_capacity(gate, 4);
    for (i = 0; i < 3; i++) {
        end_thread(&waiters[i].thread);
        ck_assert_int_eq(waiters[i].answer, GP_GATE_ENTERED);
    }
}

TEST(an_outage_refuses_all_waiters)
{
    gp_gate *gate = gp_gate_create(pool, 1);
    waiter waiters[4];
    int i;

    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    start_waiters(waiters, 4, gate);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 10 * PATIENCE), GP_GATE_LOST);
    for (i = 0; i < 4; i++) {
        end_thread(&waiters[i].thread);
        ck_assert_int_eq(waiters[i].answer, GP_GATE_UNREACHABLE);
    }
}

/* ---- many threads ---- */

#define THREADS 16

/* State that all threads of a test share. */
typedef struct {
    gp_gate *gate;
    apr_time_t end;
    volatile apr_uint32_t inside;
    volatile apr_uint32_t too_many_inside, not_in, entered, turned_away;
    apr_uint32_t capacity;
    int fails; /* one of this many openings fails; 0: none */
} crowd;

typedef struct {
    crowd *all;
    apr_thread_t *thread;
    unsigned seed;
    apr_interval_time_t wait;
} member;

static void dawdle(unsigned *seed)
{
    if (dice(seed, 4) == 0)
        apr_sleep(dice(seed, 200));
    else if (dice(seed, 2) == 0)
        apr_thread_yield();
}

static void *APR_THREAD_FUNC hammer(apr_thread_t *thread, void *data)
{
    member *self = data;
    crowd *all = self->all;

    (void)thread;
    while (gp_clock() < all->end) {
        switch (gp_gate_enter(all->gate, self->wait)) {
        case GP_GATE_ENTERED:
            break;
        case GP_GATE_UNREACHABLE:
            apr_atomic_inc32(&all->turned_away);
            apr_thread_yield();
            continue;
        default:
            if (self->wait == PATIENCE)
                apr_atomic_inc32(&all->not_in);
            continue;
        }
        apr_atomic_inc32(&all->entered);
        if (apr_atomic_inc32(&all->inside) >= all->capacity)
            apr_atomic_inc32(&all->too_many_inside);
        dawdle(&self->seed);
        if (all->fails > 0 && dice(&self->seed, (unsigned)all->fails) == 0) {
            apr_atomic_dec32(&all->inside);
            gp_gate_opened(all->gate, 0, dice(&self->seed, 1000));
            continue;
        }
        gp_gate_opened(all->gate, 1, 0);
        dawdle(&self->seed);
        apr_atomic_dec32(&all->inside);
        gp_gate_leave(all->gate);
    }
    return NULL;
}

/* Lets all threads enter and leave until the end. Every `impatient`-th waits for a short time only; 0: none. */
static void let_hammer(crowd *all, int impatient)
{
    member members[THREADS];
    int i;

    for (i = 0; i < THREADS; i++) {
        members[i].all = all;
        members[i].seed = (unsigned)i + 1;
        members[i].wait = impatient > 0 && i % impatient == 0 ? i * 20 : PATIENCE;
        ck_assert_int_eq(apr_thread_create(&members[i].thread, NULL, hammer, &members[i], pool),
                         APR_SUCCESS);
    }
    for (i = 0; i < THREADS; i++) {
        apr_status_t status;

        ck_assert_int_eq(apr_thread_join(&status, members[i].thread), APR_SUCCESS);
    }
    ck_assert_uint_eq(all->inside, 0);
    ck_assert_uint_eq(all->too_many_inside, 0);
    ck_assert_uint_eq(all->not_in, 0);
    ck_assert_uint_gt(all->entered, 0);
}

TEST(many_threads_keep_to_the_capacity)
{
    crowd all = {.capacity = 3};
    int i;

    all.gate = gp_gate_create(pool, 3);
    all.end = gp_clock() + 400 * MILLISECOND;
    let_hammer(&all, 0);
    ck_assert_uint_eq(all.turned_away, 0);
    /* All places are free again. */
    for (i = 0; i < 3; i++)
        ck_assert(get_in(all.gate));
    ck_assert(!get_in(all.gate));
}

TEST(many_threads_share_a_single_place)
{
    crowd all = {.capacity = 1};

    all.gate = gp_gate_create(pool, 1);
    all.end = gp_clock() + 200 * MILLISECOND;
    let_hammer(&all, 0);
}

TEST(waiters_that_give_up_lose_no_wake_up)
{
    crowd all = {.capacity = 2};

    all.gate = gp_gate_create(pool, 2);
    all.end = gp_clock() + 400 * MILLISECOND;
    let_hammer(&all, 2);
}

TEST(many_threads_survive_outages)
{
    crowd all = {.capacity = 3, .fails = 4};

    all.gate = gp_gate_create(pool, 3);
    while (all.turned_away == 0) {
        all.end = gp_clock() + 300 * MILLISECOND;
        let_hammer(&all, 3);
    }
}

static void *APR_THREAD_FUNC change_capacity(apr_thread_t *thread, void *data)
{
    crowd *all = data;
    unsigned seed = 7;

    (void)thread;
    while (gp_clock() < all->end) {
        gp_gate_set_capacity(all->gate, (int)dice(&seed, 5));
        apr_sleep(dice(&seed, 500));
    }
    gp_gate_set_capacity(all->gate, 4);
    return NULL;
}

TEST(many_threads_survive_changes_of_the_capacity)
{
    crowd all = {.capacity = 4};
    apr_thread_t *changer;
    apr_status_t status;

    all.gate = gp_gate_create(pool, 4);
    all.end = gp_clock() + 300 * MILLISECOND;
    ck_assert_int_eq(apr_thread_create(&changer, NULL, change_capacity, &all, pool), APR_SUCCESS);
    let_hammer(&all, 0);
    ck_assert_int_eq(apr_thread_join(&status, changer), APR_SUCCESS);
}

/* The database refuses a connection while others work: their callers continue, and the breaker stays closed. */
TEST(a_refusal_beside_others_only_reduces_the_capacity)
{
    gp_gate *gate = gp_gate_create(pool, 4);

    ck_assert(get_in(gate) && get_in(gate));
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 10 * PATIENCE), GP_GATE_REDUCED);
    ck_assert_int_eq(gp_gate_enter(gate, MILLISECOND), GP_GATE_FULL);
    gp_gate_leave(gate);
    ck_assert(get_in(gate));
    ck_assert_int_eq(gp_gate_enter(gate, MILLISECOND), GP_GATE_FULL);
    gp_gate_leave(gate);
    gp_gate_leave(gate);
    /* A failure without others is an outage. */
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 10 * PATIENCE), GP_GATE_LOST);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_UNREACHABLE);
}

/* Opening takes time: callers that were inside when it began may have left when it fails. */
TEST(callers_that_left_meanwhile_count_as_others)
{
    gp_gate *gate = gp_gate_create(pool, 4);

    ck_assert(get_in(gate));
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    gp_gate_leave(gate);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 10 * PATIENCE), GP_GATE_REDUCED);
    ck_assert(get_in(gate));
    ck_assert_int_eq(gp_gate_enter(gate, MILLISECOND), GP_GATE_FULL);
}

TEST(the_full_capacity_returns_after_the_pause)
{
    gp_gate *gate = gp_gate_create(pool, 4);

    ck_assert(get_in(gate));
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 20 * MILLISECOND), GP_GATE_REDUCED);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_FULL);
    apr_sleep(30 * MILLISECOND);
    ck_assert(get_in(gate) && get_in(gate) && get_in(gate));
}

/* Of two stale connections, one reconnects and one is refused: the database is reachable. */
TEST(a_refusal_beside_a_success_is_no_outage)
{
    gp_gate *gate = gp_gate_create(pool, 4);

    ck_assert(get_in(gate) && get_in(gate));
    gp_gate_leave(gate);
    gp_gate_leave(gate);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_opened(gate, 1, 10 * PATIENCE), GP_GATE_SAME);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 10 * PATIENCE), GP_GATE_REDUCED);
    /* The one connection serves all callers. */
    ck_assert_int_eq(gp_gate_enter(gate, MILLISECOND), GP_GATE_FULL);
    gp_gate_leave(gate);
    ck_assert(get_in(gate));
}

/* The same if the caller that succeeded has left before the other fails. */
TEST(a_success_that_has_left_before_the_refusal_still_counts)
{
    gp_gate *gate = gp_gate_create(pool, 4);

    ck_assert(get_in(gate) && get_in(gate));
    gp_gate_leave(gate);
    gp_gate_leave(gate);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_opened(gate, 1, 10 * PATIENCE), GP_GATE_SAME);
    gp_gate_leave(gate);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 10 * PATIENCE), GP_GATE_REDUCED);
    ck_assert(get_in(gate));
}

/* An earlier success is no evidence: attempts that began after it must fail for the breaker to open. */
TEST(a_success_before_the_attempt_does_not_count)
{
    gp_gate *gate = gp_gate_create(pool, 4);

    ck_assert(get_in(gate));
    gp_gate_leave(gate);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 10 * PATIENCE), GP_GATE_LOST);
}

/* While one caller still tries, the failure of another is no outage. The last failure opens the breaker. */
TEST(two_refusals_at_once_are_one_outage)
{
    gp_gate *gate = gp_gate_create(pool, 4);

    ck_assert(get_in(gate) && get_in(gate));
    gp_gate_leave(gate);
    gp_gate_leave(gate);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 10 * PATIENCE), GP_GATE_REDUCED);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 10 * PATIENCE), GP_GATE_LOST);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_UNREACHABLE);
}

/* The refusal comes first: callers wait for the other attempt. */
TEST(a_refusal_before_a_success_is_no_outage)
{
    gp_gate *gate = gp_gate_create(pool, 4);

    ck_assert(get_in(gate) && get_in(gate));
    gp_gate_leave(gate);
    gp_gate_leave(gate);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 10 * PATIENCE), GP_GATE_REDUCED);
    ck_assert_int_eq(gp_gate_enter(gate, MILLISECOND), GP_GATE_FULL);
    ck_assert_int_eq(gp_gate_opened(gate, 1, 10 * PATIENCE), GP_GATE_SAME);
    gp_gate_leave(gate);
    ck_assert(get_in(gate));
}

/* No caller leaves: the end of the pause alone must admit the waiters. */
TEST(the_end_of_reduced_capacity_admits_waiters)
{
    gp_gate *gate = gp_gate_create(pool, 8);
    waiter waiters[3];
    int i;

    ck_assert(get_in(gate));
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 200 * MILLISECOND), GP_GATE_REDUCED);
    start_waiters(waiters, 3, gate);
    for (i = 0; i < 3; i++) {
        end_thread(&waiters[i].thread);
        ck_assert_int_eq(waiters[i].answer, GP_GATE_ENTERED);
    }
}

/* The same for waiters that came before the capacity was reduced. */
TEST(the_end_of_reduced_capacity_admits_earlier_waiters)
{
    gp_gate *gate = gp_gate_create(pool, 8);
    waiter waiters[3];
    int i;

    ck_assert(get_in(gate));
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    start_waiters(waiters, 3, gate);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 100 * MILLISECOND), GP_GATE_REDUCED);
    for (i = 0; i < 3; i++) {
        end_thread(&waiters[i].thread);
        ck_assert_int_eq(waiters[i].answer, GP_GATE_ENTERED);
    }
}

TEST(an_abandoned_connection_keeps_its_place)
{
    gp_gate *gate = gp_gate_create(pool, 2);

    ck_assert(get_in(gate));
    gp_gate_abandon(gate);
    ck_assert(get_in(gate));
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_FULL);
    gp_gate_leave(gate);
    ck_assert(get_in(gate));
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_FULL);
    gp_gate_recover(gate);
    ck_assert(get_in(gate));
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_FULL);
}

/* A backend that still runs does not prove that a new connection can be opened. */
TEST(an_abandoned_connection_is_not_established)
{
    gp_gate *gate = gp_gate_create(pool, 4);

    ck_assert(get_in(gate));
    gp_gate_abandon(gate);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 10 * PATIENCE), GP_GATE_LOST);
    gp_gate_recover(gate);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_UNREACHABLE);
}

/* An abandoned connection also takes none of the places while the capacity is reduced. */
TEST(an_abandoned_connection_takes_no_established_place)
{
    gp_gate *gate = gp_gate_create(pool, 4);

    ck_assert(get_in(gate) && get_in(gate));
    gp_gate_abandon(gate);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 10 * PATIENCE), GP_GATE_REDUCED);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_FULL);
    gp_gate_leave(gate);
    ck_assert(get_in(gate));
}

TEST(a_recovered_place_admits_a_waiter)
{
    gp_gate *gate = gp_gate_create(pool, 1);
    waiter one;

    ck_assert(get_in(gate));
    gp_gate_abandon(gate);
    start_waiters(&one, 1, gate);
    gp_gate_recover(gate);
    end_thread(&one.thread);
    ck_assert_int_eq(one.answer, GP_GATE_ENTERED);
}

TEST(the_state_of_the_breaker_is_published)
{
    gp_gate *gate = gp_gate_create(pool, 4);
    atomic_llong is_open = -1;

    gp_gate_publish(gate, &is_open);
    ck_assert_int_eq(is_open, 0);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(is_open, 0);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 20 * MILLISECOND), GP_GATE_LOST);
    ck_assert_int_eq(is_open, 1);
    /* The end of the pause alone does not close the breaker. */
    apr_sleep(30 * MILLISECOND);
    ck_assert_int_eq(is_open, 1);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(is_open, 1);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_UNREACHABLE);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 0), GP_GATE_SAME);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_opened(gate, 1, 0), GP_GATE_FOUND);
    ck_assert_int_eq(is_open, 0);
}

TEST(a_probe_closes_the_breaker)
{
    gp_gate *gate = gp_gate_create(pool, 4);
    atomic_llong is_open = -1;
    apr_time_t due;

    gp_gate_publish(gate, &is_open);
    ck_assert_int_eq(gp_gate_probe(gate), APR_INT64_MAX); /* the breaker is closed */
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 20 * MILLISECOND), GP_GATE_LOST);
    due = gp_gate_probe(gate);
    ck_assert(due > gp_clock() - PATIENCE && due <= gp_clock() + 20 * MILLISECOND);
    apr_sleep(25 * MILLISECOND);
    ck_assert_int_eq(gp_gate_probe(gate), 0);
    /* While a probe runs, no other attempt begins. */
    ck_assert_int_ne(gp_gate_probe(gate), 0);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_UNREACHABLE);
    gp_gate_probed(gate, 0, 20 * MILLISECOND);
    ck_assert_int_eq(is_open, 1);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_UNREACHABLE); /* the next is not due yet */
    ck_assert_int_ne(gp_gate_probe(gate), 0);
    apr_sleep(25 * MILLISECOND);
    ck_assert_int_eq(gp_gate_probe(gate), 0);
    gp_gate_probed(gate, 1, 0);
    ck_assert_int_eq(is_open, 0);
    ck_assert_int_eq(gp_gate_probe(gate), APR_INT64_MAX);
    /* The probe took no place and left no idle connection. */
    ck_assert(get_in(gate));
    ck_assert(get_in(gate));
    ck_assert(get_in(gate));
    ck_assert(get_in(gate));
    ck_assert(!get_in(gate));
}

TEST(a_probe_leaves_the_attempt_of_a_caller_alone)
{
    gp_gate *gate = gp_gate_create(pool, 4);

    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_eq(gp_gate_opened(gate, 0, 0), GP_GATE_LOST);
    ck_assert_int_eq(gp_gate_enter(gate, 0), GP_GATE_ENTERED);
    ck_assert_int_gt(gp_gate_probe(gate), gp_clock());
    ck_assert_int_eq(gp_gate_opened(gate, 1, 0), GP_GATE_FOUND);
    ck_assert_int_eq(gp_gate_probe(gate), APR_INT64_MAX);
}

UNIT_MAIN("gate")
