/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leader/follower batching, in one thread and in many.
 */
#include "store/batch.h"
#include "base/clock.h"
#include "store/gate.h"
#include "threads.h"

#define LONG (30 * MILLISECOND) /* a leader that runs this long no longer counts */

static gp_batch_member member_of(gp_batch_kind *kind)
{
    gp_batch_member member = {.kind = kind};

    return member;
}

/* A caller in a thread of its own. If it leads, it leaves at once. */
typedef struct {
    gp_batch_member member;
    gp_batches *batches;
    waiting_thread thread;
    apr_interval_time_t wait;
    gp_batch_answer answer;
    int followers;
    apr_time_t at; /* when it got the answer */
    int served;    /* how often its leader served it */
} caller;

static void *APR_THREAD_FUNC call(apr_thread_t *thread, void *data)
{
    caller *self = data;
    gp_batch_member *member;
    apr_time_t start = gp_clock();

    (void)thread;
    apr_atomic_set32(&self->thread.started, 1);
    self->answer = gp_batches_join(self->batches, &self->member, self->wait);
    self->at = gp_clock();
    self->thread.waited = self->at - start;
    if (self->answer == GP_BATCH_LEADS) {
        self->followers = gp_batches_gather(self->batches, &self->member);
        for (member = &self->member; member != NULL; member = member->next)
            ((caller *)member)->served++;
        gp_batches_leave(self->batches, &self->member);
    }
    return NULL;
}

/* Starts a caller, and gives it time to begin to wait. */
static void start(caller *one, gp_batches *batches, gp_batch_member member, apr_time_t wait)
{
    memset(one, 0, sizeof *one);
    one->member = member;
    one->batches = batches;
    one->wait = wait;
    start_thread(&one->thread, call, one);
    let_begin(&one->thread);
    apr_sleep(2 * MILLISECOND);
}

/* Leads, and starts callers of the same kind, which wait. */
static void lead_before(gp_batches *batches, gp_batch_member *self, caller *callers, int count)
{
    int i;

    ck_assert_int_eq(gp_batches_join(batches, self, 0), GP_BATCH_LEADS);
    for (i = 0; i < count; i++)
        start(&callers[i], batches, member_of(self->kind), PATIENCE);
}

TEST(a_single_caller_leads_at_once)
{
    gp_batches *batches = gp_batches_create(pool, 1, 1);
    int i;

    for (i = 0; i < 3; i++) {
        gp_batch_kind kind = {.most = 8};
        gp_batch_member self = member_of(&kind);

        ck_assert_int_eq(gp_batches_join(batches, &self, 0), GP_BATCH_LEADS);
        ck_assert_int_eq(gp_batches_gather(batches, &self), 0);
        ck_assert_ptr_null(self.next);
        gp_batches_leave(batches, &self);
    }
}

TEST(as_many_lead_as_there_are_lanes)
{
    gp_batches *batches = gp_batches_create(pool, 2, 2);
    gp_batch_kind kind = {.most = 8};
    gp_batch_member one = member_of(&kind), two = one, three = one;

    ck_assert_int_eq(gp_batches_join(batches, &one, 0), GP_BATCH_LEADS);
    ck_assert_int_eq(gp_batches_join(batches, &two, 0), GP_BATCH_LEADS);
    ck_assert_int_eq(gp_batches_join(batches, &three, 0), GP_BATCH_FULL);
    gp_batches_leave(batches, &one);
    ck_assert_int_eq(gp_batches_join(batches, &three, 0), GP_BATCH_LEADS);
    ck_assert_int_eq(gp_batches_join(batches, &one, -1), GP_BATCH_FULL);
    gp_batches_leave(batches, &three);
    gp_batches_leave(batches, &two);
}

TEST(waiting_ends_in_time_and_leaves_nothing_behind)
{
    gp_batches *batches = gp_batches_create(pool, 1, 1);
    gp_batch_kind kind = {.most = 8};
    gp_batch_member one = member_of(&kind), two = one;
    apr_time_t from = gp_clock();

    ck_assert_int_eq(gp_batches_join(batches, &one, 0), GP_BATCH_LEADS);
    ck_assert_int_eq(gp_batches_join(batches, &two, 60 * MILLISECOND), GP_BATCH_FULL);
    ck_assert_int_ge(gp_clock() - from, 60 * MILLISECOND);
    ck_assert_int_lt(gp_clock() - from, AT_ONCE);
    ck_assert_int_eq(gp_batches_gather(batches, &one), 0);
    gp_batches_leave(batches, &one);
    ck_assert_int_eq(gp_batches_join(batches, &two, 0), GP_BATCH_LEADS);
}

TEST(waiters_are_taken_along)
{
    gp_batches *batches = gp_batches_create(pool, 1, 1);
    gp_batch_kind kind = {.most = 8};
    gp_batch_member self = member_of(&kind);
    caller callers[3];
    int i;

    lead_before(batches, &self, callers, 3);
    ck_assert_int_eq(gp_batches_gather(batches, &self), 3);
    /* In the order of their arrival. */
    ck_assert_ptr_eq(self.next, &callers[0].member);
    ck_assert_ptr_eq(callers[0].member.next, &callers[1].member);
    ck_assert_ptr_eq(callers[1].member.next, &callers[2].member);
    ck_assert_ptr_null(callers[2].member.next);
    gp_batches_leave(batches, &self);
    for (i = 0; i < 3; i++) {
        end_thread(&callers[i].thread);
        ck_assert_int_eq(callers[i].answer, GP_BATCH_SERVED);
    }
}

TEST(only_waiters_of_the_same_kind_are_taken_along)
{
    gp_batches *batches = gp_batches_create(pool, 1, 1);
    gp_batch_kind kind = {.most = 3}, second = {.most = 3}, third = {.most = 3};
    gp_batch_member self = member_of(&kind);
    caller callers[6];
    int i;

    ck_assert_int_eq(gp_batches_join(batches, &self, 0), GP_BATCH_LEADS);
    start(&callers[0], batches, member_of(&second), PATIENCE);
    start(&callers[1], batches, self, PATIENCE);
    start(&callers[2], batches, member_of(&third), PATIENCE);
    start(&callers[3], batches, self, PATIENCE);
    start(&callers[4], batches, self, PATIENCE);
    start(&callers[5], batches, member_of(&second), PATIENCE);
    /* Two waiters of its kind follow. A third would exceed the largest batch. */
    ck_assert_int_eq(gp_batches_gather(batches, &self), 2);
    ck_assert_ptr_eq(self.next, &callers[1].member);
    ck_assert_ptr_eq(callers[1].member.next, &callers[3].member);
    gp_batches_leave(batches, &self);
    for (i = 0; i < 6; i++)
        end_thread(&callers[i].thread);
    ck_assert_int_eq(callers[1].answer, GP_BATCH_SERVED);
    ck_assert_int_eq(callers[3].answer, GP_BATCH_SERVED);
    /* The longest waiter led next, with the others of its kind. */
    ck_assert_int_eq(callers[0].answer, GP_BATCH_LEADS);
    ck_assert_int_eq(callers[0].followers, 1);
    ck_assert_int_eq(callers[5].answer, GP_BATCH_SERVED);
    ck_assert_int_eq(callers[2].answer, GP_BATCH_LEADS);
    ck_assert_int_eq(callers[4].answer, GP_BATCH_LEADS);
}

TEST(a_follower_waits_until_its_leader_leaves)
{
    gp_batches *batches = gp_batches_create(pool, 1, 1);
    gp_batch_kind kind = {.most = 8};
    gp_batch_member self = member_of(&kind);
    caller one;

    ck_assert_int_eq(gp_batches_join(batches, &self, 0), GP_BATCH_LEADS);
    start(&one, batches, self, 60 * MILLISECOND);
    ck_assert_int_eq(gp_batches_gather(batches, &self), 1);
    apr_sleep(150 * MILLISECOND);
    gp_batches_leave(batches, &self);
    end_thread(&one.thread);
    ck_assert_int_eq(one.answer, GP_BATCH_SERVED);
    ck_assert_int_ge(one.thread.waited, 140 * MILLISECOND);
}

TEST(a_slow_leader_does_not_count)
{
    gp_batches *batches = gp_batches_create(pool, 1, 2);
    gp_batch_kind kind = {.most = 8};
    gp_batch_member one = member_of(&kind), two = one, three = one;
    caller late;

    ck_assert_int_eq(gp_batches_join(batches, &one, 0), GP_BATCH_LEADS);
    ck_assert_int_eq(gp_batches_join(batches, &two, 0), GP_BATCH_FULL);
    /* A waiter notices that the leader no longer counts. */
    start(&late, batches, one, PATIENCE);
    end_thread(&late.thread);
    ck_assert_int_eq(late.answer, GP_BATCH_LEADS);
    ck_assert_int_eq(gp_batches_join(batches, &two, LONG), GP_BATCH_LEADS);
    /* `most` still bounds all leaders. */
    ck_assert_int_eq(gp_batches_join(batches, &three, LONG), GP_BATCH_FULL);
    gp_batches_leave(batches, &one);
    ck_assert_int_eq(gp_batches_join(batches, &three, LONG), GP_BATCH_LEADS);
    gp_batches_leave(batches, &two);
    gp_batches_leave(batches, &three);
}

TEST(after_a_leader_the_longest_waiter_leads)
{
    gp_batches *batches = gp_batches_create(pool, 1, 1);
    gp_batch_kind kind = {.most = 1};
    gp_batch_member self = member_of(&kind);
    caller callers[3];
    int i;

    lead_before(batches, &self, callers, 3);
    gp_batches_leave(batches, &self);
    for (i = 0; i < 3; i++) {
        end_thread(&callers[i].thread);
        ck_assert_int_eq(callers[i].answer, GP_BATCH_LEADS);
        ck_assert(i == 0 || callers[i].at >= callers[i - 1].at);
    }
}

TEST(few_callers_do_not_wait_for_each_other)
{
    gp_batches *batches = gp_batches_create(pool, 1, 8);
    gp_batch_kind kind = {.most = 8};
    gp_batch_member members[5];
    int i;

    for (i = 0; i < 4; i++) {
        members[i] = member_of(&kind);
        ck_assert_int_eq(gp_batches_join(batches, &members[i], 0), GP_BATCH_LEADS);
    }
    members[4] = member_of(&kind);
    ck_assert_int_eq(gp_batches_join(batches, &members[4], 0), GP_BATCH_FULL);
    gp_batches_leave(batches, &members[1]);
    ck_assert_int_eq(gp_batches_join(batches, &members[4], 0), GP_BATCH_LEADS);
    for (i = 0; i < 5; i++) {
        if (i != 1)
            gp_batches_leave(batches, &members[i]);
    }
    /* All have left. */
    for (i = 0; i < 4; i++)
        ck_assert_int_eq(gp_batches_join(batches, &members[i], 0), GP_BATCH_LEADS);
}

/* ---- slow work ---- */

/* Does work of a kind, each of this length, so that the kind learns its pace. */
static void work(gp_batches *batches, gp_batch_kind *kind, apr_interval_time_t long_, int times)
{
    for (; times > 0; times--) {
        gp_batch_member self = member_of(kind);

        ck_assert_int_eq(gp_batches_join(batches, &self, 0), GP_BATCH_LEADS);
        ck_assert_int_eq(gp_batches_gather(batches, &self), 0);
        if (long_ > 0)
            apr_sleep(long_);
        gp_batches_leave(batches, &self);
    }
}

TEST(slow_work_gets_more_leaders)
{
    gp_batches *batches = gp_batches_create(pool, 1, 8);
    gp_batch_kind slow = {.most = 8}, quick = {.most = 8};
    gp_batch_member members[8];
    int i;

    work(batches, &slow, 20 * MILLISECOND, 3);
    work(batches, &quick, 0, 3);
    for (i = 0; i < 7; i++) {
        members[i] = member_of(&slow);
        ck_assert_int_eq(gp_batches_join(batches, &members[i], 0), GP_BATCH_LEADS);
    }
    members[7] = member_of(&quick);
    ck_assert_int_eq(gp_batches_join(batches, &members[7], 0), GP_BATCH_FULL);
    members[7] = member_of(&slow);
    ck_assert_int_eq(gp_batches_join(batches, &members[7], 0), GP_BATCH_LEADS);
}

TEST(slow_work_gets_fewer_followers)
{
    static const struct {
        apr_interval_time_t takes;
        int times, followers;
    } paces[] = {{0, 1, 5}, {30 * MILLISECOND, 10, 3}, {400 * MILLISECOND, 5, 0}, {0, 30, 5}};
    gp_batches *batches = gp_batches_create(pool, 1, 1);
    gp_batch_kind kind = {.most = 8};
    gp_batch_member self;
    caller callers[5];
    apr_size_t i, k;

    for (i = 0; i < COUNT(paces); i++) {
        work(batches, &kind, paces[i].takes, paces[i].times);
        self = member_of(&kind);
        lead_before(batches, &self, callers, 5);
        ck_assert_int_eq(gp_batches_gather(batches, &self), paces[i].followers);
        gp_batches_leave(batches, &self);
        for (k = 0; k < 5; k++)
            end_thread(&callers[k].thread);
    }
}

/* ---- many threads ---- */

#define THREADS 16
#define LANES   2
#define MOST    4

static struct {
    gp_batches *batches;
    gp_batch_kind kinds[2];
    apr_time_t end;
    volatile apr_uint32_t leading, too_many, wrong, led, followed, in_vain;
} crowd;

typedef struct {
    gp_batch_member member;
    unsigned seed;
    int is_served;
} visitor;

/* Leads: serves each member once, and checks that all are of its kind. */
static void lead(visitor *self)
{
    gp_batch_member *member;
    int count = 0;

    if (apr_atomic_inc32(&crowd.leading) >= LANES)
        apr_atomic_inc32(&crowd.too_many);
    gp_batches_gather(crowd.batches, &self->member);
    if (dice(&self->seed, 4) == 0)
        apr_sleep(dice(&self->seed, 500));
    for (member = &self->member; member != NULL; member = member->next) {
        visitor *one = (visitor *)member;

        if (one->is_served++ != 0 || member->kind != self->member.kind || ++count > MOST)
            apr_atomic_inc32(&crowd.wrong);
    }
    apr_atomic_dec32(&crowd.leading);
    gp_batches_leave(crowd.batches, &self->member);
}

static void *APR_THREAD_FUNC visit(apr_thread_t *thread, void *data)
{
    unsigned seed = *(unsigned *)data;

    (void)thread;
    while (gp_clock() < crowd.end) {
        visitor self = {member_of(&crowd.kinds[dice(&seed, 2)]), seed, 0};

        switch (gp_batches_join(crowd.batches, &self.member, (apr_time_t)dice(&seed, 400))) {
        case GP_BATCH_LEADS:
            lead(&self);
            apr_atomic_inc32(&crowd.led);
            break;
        case GP_BATCH_SERVED:
            apr_atomic_inc32(self.is_served == 1 ? &crowd.followed : &crowd.wrong);
            break;
        case GP_BATCH_FULL:
            apr_atomic_inc32(self.is_served == 0 ? &crowd.in_vain : &crowd.wrong);
            break;
        }
    }
    return NULL;
}

TEST(many_threads_are_served_once_each)
{
    apr_thread_t *threads[THREADS];
    unsigned seeds[THREADS];
    apr_status_t status;
    unsigned i;

    crowd.batches = gp_batches_create(pool, LANES, LANES);
    crowd.kinds[0].most = crowd.kinds[1].most = MOST;
    crowd.end = gp_clock() + 500 * MILLISECOND;
    for (i = 0; i < THREADS; i++) {
        seeds[i] = i + 1;
        ck_assert_int_eq(apr_thread_create(&threads[i], NULL, visit, &seeds[i], pool), APR_SUCCESS);
    }
    for (i = 0; i < THREADS; i++)
        ck_assert_int_eq(apr_thread_join(&status, threads[i]), APR_SUCCESS);
    ck_assert_int_eq(crowd.wrong, 0);
    ck_assert_int_eq(crowd.too_many, 0);
    ck_assert_int_eq(crowd.leading, 0);
    ck_assert_int_gt(crowd.led, 100);
    ck_assert_int_gt(crowd.followed, 100);
    ck_assert_int_gt(crowd.in_vain, 0);
}

UNIT_MAIN("batch")
