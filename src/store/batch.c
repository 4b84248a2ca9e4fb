/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaders and followers. Only the threads that join do work. A single member never waits, and batches grow with the
 * number of members.
 *
 * Few large batches are cheapest while work is quick. Slow work is better done in parallel, because every member waits
 * for its whole batch. So the pace of each kind decides how many members lead and how many follow each leader.
 */
#include "batch.h"
#include "base/clock.h"

/* Target maximum for one batch, microseconds. A leader that runs longer no longer counts against the lane limit. A
 * waiter looks again by itself after this time, after twice as long, and so on. */
#define BATCH_TARGET 10000

/* Lanes per millisecond of statement time: slower statements get more leaders. */
#define LANES_PER_MILLISECOND 8

/* Statements slower than this, microseconds, run unbatched. All others run in batches of at least SMALL_BATCH: a
 * batch that is slow as a whole may be slow for a reason that its statements share. */
#define SLOW_PACE   50000
#define SMALL_BATCH 4

/* Upper limit of the pace that is remembered, microseconds. */
#define SLOWEST_PACE 1000000

struct gp_batches {
    pthread_mutex_t mutex;
    APR_RING_HEAD(members, gp_batch_member) waiting; /* the first has waited longest */
    struct members leading;
    int present; /* waiters, leaders and followers */
    int lanes;
    int most;
};

gp_batches *gp_batches_create(apr_pool_t *pool, int lanes, int most)
{
    gp_batches *batches = apr_pcalloc(pool, sizeof *batches);

    APR_RING_INIT(&batches->waiting, gp_batch_member, link);
    APR_RING_INIT(&batches->leading, gp_batch_member, link);
    batches->lanes = lanes;
    batches->most = most;
    return pthread_mutex_init(&batches->mutex, NULL) == 0 ? batches : NULL;
}

/* ---- the pace ---- */

/* The pace follows quick batches at once and slow ones slowly. On busy processors most batches take longer than their
 * work needs; if they raised the pace, more leaders would run at once and make the processors busier still. */
static void learn(gp_batch_kind *kind, apr_interval_time_t took, int count)
{
    int before = kind->pace;
    int now = (int)(took / count < SLOWEST_PACE ? took / count : SLOWEST_PACE);

    kind->pace = now > before ? before + (now - before) / 32 : before - (before - now) / 2;
}

/* The largest batch of a kind at its present pace. */
static int size(const gp_batch_kind *kind)
{
    int pace = kind->pace, size = pace > 0 ? BATCH_TARGET / pace : kind->most;

    if (size < SMALL_BATCH)
        size = pace < SLOW_PACE ? SMALL_BATCH : 1;
    return size < kind->most ? size : kind->most;
}

/* How many may lead at once if the next leader is of this kind. */
static int lanes(const gp_batches *batches, const gp_batch_kind *kind)
{
    int lanes = kind->pace * LANES_PER_MILLISECOND / 1000;

    return lanes > batches->lanes ? lanes : batches->lanes;
}

/* ---- the queue ---- */

static bool has_room(const gp_batches *batches, const gp_batch_member *next, apr_time_t now)
{
    const gp_batch_member *leader;
    int all = 0, counted = 0;

    for (leader = APR_RING_FIRST(&batches->leading);
         leader != APR_RING_SENTINEL(&batches->leading, gp_batch_member, link);
         leader = APR_RING_NEXT(leader, link)) {
        all++;
        if (now - leader->since < BATCH_TARGET)
            counted++;
    }
    /* Few members need not wait for each other: a batch would save work, but the load is low. */
    return all < batches->most
           && (batches->present <= batches->most / 2 || counted < lanes(batches, next->kind));
}

static void wake(gp_batch_member *member)
{
    pthread_mutex_lock(&member->mutex);
    member->is_called = true;
    pthread_cond_signal(&member->called);
    pthread_mutex_unlock(&member->mutex);
}

static int turns(const gp_batch_member *member)
{
    return gp_share_held(member->share, GP_SHARE_BATCH);
}

static void count_turn(gp_batch_member *member, int change)
{
    gp_share_count(member->share, GP_SHARE_BATCH, change);
}

/* The next waiter. @param kind  its kind; NULL: any @return NULL: no such waiter */
static gp_batch_member *next_member(gp_batches *batches, const gp_batch_kind *kind)
{
    gp_batch_member *one = APR_RING_FIRST(&batches->waiting), *best = NULL;

    while (one != APR_RING_SENTINEL(&batches->waiting, gp_batch_member, link)) {
        const gp_batch_kind *its = one->kind;

        if ((kind == NULL || its == kind) && (best == NULL || turns(one) < turns(best)))
            best = one;
        if (best != NULL && turns(best) == 0)
            break;
        one = APR_RING_NEXT(one, link);
    }
    return best;
}

/* Turns away waiters of callers that hold too many threads, the newest first. */
static void reject_excess(gp_batches *batches)
{
    gp_batch_member *one, *previous;

    for (one = APR_RING_LAST(&batches->waiting);
         one != APR_RING_SENTINEL(&batches->waiting, gp_batch_member, link); one = previous) {
        previous = APR_RING_PREV(one, link);
        if (!gp_share_turns_away(one->share))
            continue;
        APR_RING_REMOVE(one, link);
        batches->present--;
        one->state = GP_BATCH_TURNED_AWAY;
        wake(one);
    }
}

/* Makes waiters leaders while there are lanes. */
static void call_leaders(gp_batches *batches, apr_time_t now)
{
    gp_batch_member *member;

    reject_excess(batches);
    while ((member = next_member(batches, NULL)) != NULL && has_room(batches, member, now)) {
        APR_RING_REMOVE(member, link);
        count_turn(member, 1);
        APR_RING_INSERT_TAIL(&batches->leading, member, gp_batch_member, link);
        member->state = GP_BATCH_LEADING;
        member->since = now;
        wake(member);
    }
}

/* Calls leaders, and takes the member out of the queue if its time is over. A follower keeps waiting. The caller holds
 * the mutex. @return when to look again; 0: the time is over */
static apr_time_t look(gp_batches *batches, gp_batch_member *self, apr_time_t deadline,
                       apr_interval_time_t patience)
{
    apr_time_t now = gp_clock(), next = now + patience;

    call_leaders(batches, now);
    if (self->state == GP_BATCH_WAITING && now >= deadline) {
        APR_RING_REMOVE(self, link);
        batches->present--;
        next = 0;
    } else if (self->state == GP_BATCH_WAITING && deadline < next) {
        next = deadline;
    }
    return next;
}

/* Waits for wake(). @return false: it did not come by `until` */
static bool is_called(gp_batch_member *self, apr_time_t until)
{
    bool is_called;

    pthread_mutex_lock(&self->mutex);
    while (!self->is_called && gp_clock() < until)
        gp_clock_cond_wait(&self->called, &self->mutex, until);
    is_called = self->is_called;
    pthread_mutex_unlock(&self->mutex);
    return is_called;
}

gp_batch_answer gp_batches_join(gp_batches *batches, gp_batch_member *self,
                                apr_interval_time_t wait)
{
    apr_time_t deadline = gp_clock() + wait, next;
    apr_interval_time_t patience = BATCH_TARGET;

    if (!gp_clock_cond_init(&self->called))
        return GP_BATCH_FULL;
    pthread_mutex_init(&self->mutex, NULL);
    self->next = NULL;
    self->is_called = false;
    self->state = GP_BATCH_WAITING;
    self->begun = 0;
    pthread_mutex_lock(&batches->mutex);
    APR_RING_INSERT_TAIL(&batches->waiting, self, gp_batch_member, link);
    batches->present++;
    next = look(batches, self, deadline, patience);
    pthread_mutex_unlock(&batches->mutex);
    while (next != 0 && !is_called(self, next)) {
        patience *= 2;
        pthread_mutex_lock(&batches->mutex);
        next = look(batches, self, deadline, patience);
        pthread_mutex_unlock(&batches->mutex);
    }
    pthread_cond_destroy(&self->called);
    pthread_mutex_destroy(&self->mutex);
    if (next == 0 || self->state == GP_BATCH_TURNED_AWAY)
        return GP_BATCH_FULL;
    return self->state == GP_BATCH_LEADING ? GP_BATCH_LEADS : GP_BATCH_SERVED;
}

int gp_batches_gather(gp_batches *batches, gp_batch_member *self)
{
    gp_batch_member **to = &self->next, *one;
    int followers = 0, room = size(self->kind) - 1;

    pthread_mutex_lock(&batches->mutex);
    while (followers < room && (one = next_member(batches, self->kind)) != NULL) {
        APR_RING_REMOVE(one, link);
        count_turn(one, 1);
        one->state = GP_BATCH_FOLLOWING;
        *to = one;
        to = &one->next;
        followers++;
    }
    pthread_mutex_unlock(&batches->mutex);
    self->begun = gp_clock();
    return followers;
}

void gp_batches_leave(gp_batches *batches, gp_batch_member *self)
{
    apr_time_t now = gp_clock();
    gp_batch_member *one, *next;
    int count = 1;

    for (one = self->next; one != NULL; one = one->next)
        count++;
    if (self->begun != 0)
        learn(self->kind, now - self->begun, count + self->companions);
    pthread_mutex_lock(&batches->mutex);
    APR_RING_REMOVE(self, link);
    for (one = self; one != NULL; one = one->next)
        count_turn(one, -1);
    batches->present -= count;
    call_leaders(batches, now);
    pthread_mutex_unlock(&batches->mutex);
    /* A follower's memory may be gone once it is woken, so read its `next` first. */
    for (one = self->next; one != NULL; one = next) {
        next = one->next;
        wake(one);
    }
}
