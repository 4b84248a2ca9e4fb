/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Works that wait for a connection of the engine, and which is sent where.
 */
#include "base/clock.h"
#include "base/limits.h"
#include "counters.h"
#include "engine_state.h"

/* Reads use few connections at once, as do writes: what they send together costs less. A second group is a full one.
 * Measured with 2 processors. */
#define GROUPS 2

/* Statements slower than this run one by one; all others at least in groups of SMALL_GROUP. */
#define VERY_SLOW   50000
#define SMALL_GROUP 4

/* One connection of so many may run statements of GP_LANE_ROWS. */
#define CONNECTIONS_PER_ROWS 4

/* How many works of a lane may go out together. */
static const int most_together[GP_LANES] = {
    [GP_LANE_READ] = GP_BATCH_MAX,   [GP_LANE_SCAN] = GP_SCANS_MAX, [GP_LANE_CREATE] = GP_BATCH_MAX,
    [GP_LANE_CHANGE] = GP_BATCH_MAX, [GP_LANE_ALONE] = 1,           [GP_LANE_ROWS] = 1};

/* ---- works ---- */

static gp_share_kind kind_of(const gp_work *work)
{
    return work->lane == GP_LANE_ROWS ? GP_SHARE_CLASS : GP_SHARE_BATCH;
}

/* The work may be gone when this returns. */
static void call(gp_work *work)
{
    sem_post(&work->called);
}

/* A gp_link_ended. */
void gp_engine_end_sent(void *context, gp_work *work)
{
    (void)context;
    gp_share_count(work->share, kind_of(work), -1);
    call(work);
}

static void unqueue(gp_engine *engine, gp_work *work)
{
    APR_RING_REMOVE(work, link);
    engine->waits[work->lane]--;
    gp_count(GP_COUNTER_WAITING, -1);
}

static void end_waiting(gp_engine *engine, gp_work *work, gp_outcome outcome)
{
    unqueue(engine, work);
    work->outcome = outcome;
    work->ended = gp_clock();
    call(work);
}

/* Calls a function for each work that waits, the last ones first; it may end that. */
static void for_each_waiting(gp_engine *engine, void (*visit)(gp_engine *, gp_work *, apr_time_t),
                             apr_time_t now)
{
    int lane;

    for (lane = 0; lane < GP_LANES; lane++) {
        gp_work *work = APR_RING_LAST(&engine->waiting[lane]), *previous;

        for (; work != APR_RING_SENTINEL(&engine->waiting[lane], gp_work, link); work = previous) {
            previous = APR_RING_PREV(work, link);
            visit(engine, work, now);
        }
    }
}

static void end_unreachable(gp_engine *engine, gp_work *work, apr_time_t now)
{
    (void)now;
    end_waiting(engine, work, GP_OUTCOME_UNREACHABLE);
}

static void end_if_late(gp_engine *engine, gp_work *work, apr_time_t now)
{
    if (now >= work->until)
        end_waiting(engine, work, GP_OUTCOME_FULL);
    else
        gp_engine_due_at(engine, work->until);
}

/* A request that is turned away gives up all of its works, and counts once. */
static void end_if_excess(gp_engine *engine, gp_work *work, apr_time_t now)
{
    gp_store *store = work->store;

    (void)now;
    store->is_turned_away = store->is_turned_away || gp_share_turns_away(work->share);
    if (store->is_turned_away)
        end_waiting(engine, work, GP_OUTCOME_FULL);
}

void gp_engine_take_submitted(gp_engine *engine, apr_time_t now)
{
    gp_work *last = atomic_exchange(&engine->submitted, NULL), *first = NULL, *work;
    bool is_any = last != NULL;

    while ((work = last) != NULL) {
        last = work->next;
        work->next = first;
        first = work;
    }
    while ((work = first) != NULL) {
        first = work->next;
        APR_RING_INSERT_TAIL(&engine->waiting[work->lane], work, gp_work, link);
        engine->waits[work->lane]++;
        gp_engine_due_at(engine, work->until);
    }
    if (is_any && gp_share_is_contended())
        for_each_waiting(engine, end_if_excess, now);
}

void gp_engine_end_late(gp_engine *engine, apr_time_t now)
{
    for_each_waiting(engine, end_if_late, now);
}

void gp_engine_end_all(gp_engine *engine)
{
    for_each_waiting(engine, end_unreachable, 0);
}

/* The first work that waits and for which `is` is true; NULL: there is none. */
static gp_work *find_waiting(gp_engine *engine, bool (*is)(const gp_work *, const void *),
                             const void *context)
{
    int lane;

    for (lane = 0; lane < GP_LANES; lane++) {
        gp_work *work = APR_RING_FIRST(&engine->waiting[lane]);

        for (; work != APR_RING_SENTINEL(&engine->waiting[lane], gp_work, link);
             work = APR_RING_NEXT(work, link)) {
            if (is(work, context))
                return work;
        }
    }
    return NULL;
}

static bool is_same(const gp_work *work, const void *other)
{
    return work == other;
}

static bool is_awaited(const gp_work *work, const void *nothing)
{
    (void)nothing;
    return atomic_load(&work->is_awaited);
}

void gp_engine_end_opener(gp_engine *engine, const gp_work *work, gp_outcome outcome)
{
    gp_work *found = find_waiting(engine, is_same, work);

    /* The opener may have ended, and its memory may be that of a work that was submitted since. */
    if (found != NULL && found->is_opener)
        end_waiting(engine, found, outcome);
}

/* The thread of a request that has several works under way awaits one of them, which may have been sent. */
gp_work *gp_engine_find_opener(gp_engine *engine, gp_work **called)
{
    gp_work *found = find_waiting(engine, is_awaited, NULL);
    int lane;

    *called = found;
    for (lane = 0; lane < GP_LANES && *called == NULL; lane++) {
        if (APR_RING_EMPTY(&engine->waiting[lane], gp_work, link))
            continue;
        found = APR_RING_FIRST(&engine->waiting[lane]);
        *called = gp_engine_find_sent(engine, found->store);
    }
    return *called != NULL ? found : NULL;
}

/* ---- sending ---- */

/* Whether the caller of a work comes before that of another; among equals, whether it is its turn. */
static bool precedes(const gp_engine *engine, const gp_work *one, const gp_work *other)
{
    int order =
        kind_of(one) == kind_of(other)
            ? gp_share_compare(one->share, other->share, kind_of(one))
            : gp_share_held(one->share, kind_of(one)) - gp_share_held(other->share, kind_of(other));

    return engine->is_contended && order != 0 ? order < 0 : one->turn < other->turn;
}

/* The next work of a lane that is not empty: of a caller who has the fewest under way; among equals, the one with the
 * earliest turn. Only the works of GP_LANE_ROWS do not wait in the order of their turns. */
static gp_work *next_work(gp_engine *engine, gp_lane lane)
{
    gp_work *first = APR_RING_FIRST(&engine->waiting[lane]), *best = first, *one;

    if (!engine->is_contended && lane != GP_LANE_ROWS)
        return first;
    for (one = APR_RING_NEXT(first, link);
         one != APR_RING_SENTINEL(&engine->waiting[lane], gp_work, link);
         one = APR_RING_NEXT(one, link)) {
        if (lane != GP_LANE_ROWS && gp_share_held(best->share, kind_of(best)) == 0)
            break;
        if (precedes(engine, one, best))
            best = one;
    }
    return best;
}

/* Statements of clients that have given up would delay the others. @return whether it is one of those: it has ended */
static bool is_given_up(gp_engine *engine, gp_work *work, apr_time_t now)
{
    if (!atomic_load(&work->is_awaited) || !gp_work_is_given_up(work, now))
        return false;
    end_waiting(engine, work, GP_OUTCOME_FULL);
    return true;
}

/* Takes a work out of the queue to send it. @return false: its client has gone */
static bool take(gp_engine *engine, gp_work *work, apr_time_t now)
{
    if (is_given_up(engine, work, now))
        return false;
    unqueue(engine, work);
    gp_share_count(work->share, kind_of(work), 1);
    return true;
}

/* How many works of a lane go out together, since all wait for each. */
static int group_size(const gp_engine *engine, gp_lane lane)
{
    apr_interval_time_t pace = engine->paces[lane];
    apr_interval_time_t size = pace > 0 ? GP_ENGINE_SLOW / pace : GP_BATCH_MAX;

    if (size < SMALL_GROUP)
        size = pace < VERY_SLOW ? SMALL_GROUP : 1;
    return (int)(size < most_together[lane] ? size : most_together[lane]);
}

/* Whether a work may go out with another one of its lane: the settings of a host hold for a whole transaction. */
static bool go_together(const gp_work *one, const gp_work *other)
{
    return gp_lane_shares_reads(one->lane) || one->store->host == other->store->host;
}

/* Takes what goes out together with the next work of a lane. @return how many */
static int take_group(gp_engine *engine, gp_lane lane, gp_work *taken[GP_BATCH_MAX], apr_time_t now)
{
    struct gp_works *waiting = &engine->waiting[lane], *others = &engine->aside;
    int most = group_size(engine, lane), count = 0;

    while (!APR_RING_EMPTY(waiting, gp_work, link) && count < most) {
        gp_work *work = next_work(engine, lane);

        if (count > 0 && !go_together(work, taken[0])) {
            APR_RING_REMOVE(work, link);
            APR_RING_INSERT_TAIL(others, work, gp_work, link);
            continue;
        }
        if (take(engine, work, now))
            taken[count++] = work;
    }
    APR_RING_CONCAT(others, waiting, gp_work, link);
    APR_RING_CONCAT(waiting, others, gp_work, link);
    return count;
}

/* Queues a change that was taken again, as the first of its lane: it may wait for a row lock, and must delay no other. What
 * was learned is slowly forgotten: of changes that run alone nothing is learned. */
static void put_apart(gp_engine *engine, gp_work *work)
{
    gp_share_count(work->share, kind_of(work), -1);
    gp_count(GP_COUNTER_WAITING, 1);
    work->lane = GP_LANE_ALONE;
    APR_RING_INSERT_HEAD(&engine->waiting[work->lane], work, gp_work, link);
    engine->waits[work->lane]++;
    gp_engine_due_at(engine, work->until);
    engine->paces[GP_LANE_CHANGE] -= engine->paces[GP_LANE_CHANGE] / 32;
}

/* Sends a work by itself; a read is a transaction. */
static void send_one(gp_engine *engine, gp_link *link, gp_work *work, apr_time_t now)
{
    if (work->lane == GP_LANE_CHANGE) {
        put_apart(engine, work);
        return;
    }
    gp_link_add(link, work, engine->texts[false][work->attempt->sql], now);
    if (gp_lane_shares_reads(work->lane))
        gp_link_end(link, false);
}

/* Sends works of one statement; reads are one transaction. */
static void send_merge(gp_engine *engine, gp_link *link, const gp_merge *merge, apr_time_t now)
{
    gp_sql sql = merge->works[0]->attempt->sql;

    gp_link_add_merged(link, merge, engine->texts[true][sql], &engine->scratch, now);
    if (gp_lane_shares_reads(merge->works[0]->lane))
        gp_link_end(link, false);
}

/* Sends works, those of one statement as one if possible. */
static void send_works(gp_engine *engine, gp_link *link, gp_work **works, int count, apr_time_t now)
{
    while (count > 0) {
        gp_work *first = *works++;
        gp_merge merge = {.count = 0};
        bool can_merge = gp_merge_add(&merge, first);
        int left = 0, i;

        for (i = 0; i < count - 1; i++) {
            if (!can_merge || !gp_merge_add(&merge, works[i]))
                works[left++] = works[i];
        }
        if (merge.count > 1)
            send_merge(engine, link, &merge, now);
        else
            send_one(engine, link, first, now);
        count = left;
    }
}

/* What became of an attempt to send from a lane. */
typedef enum {
    SENT,
    LANE_FULL,    /* as many of the lane are under way as may be */
    NO_CONNECTION /* there is none for it */
} sending;

static bool is_lane_full(gp_engine *engine, gp_lane lane, apr_time_t now)
{
    int most = engine->size > CONNECTIONS_PER_ROWS ? engine->size / CONNECTIONS_PER_ROWS : 1;
    int groups;

    if (lane == GP_LANE_ALONE)
        return false;
    if (lane == GP_LANE_ROWS)
        return gp_engine_count_used(engine, lane, 0) >= most;
    groups = gp_engine_count_used(engine, lane, now - GP_ENGINE_SLOW);
    return groups >= GROUPS || (groups > 0 && engine->waits[lane] < group_size(engine, lane));
}

/* Sends what waits in a lane, as much as one connection takes. */
static sending send_from(gp_engine *engine, gp_lane lane, apr_time_t now)
{
    gp_work *taken[GP_BATCH_MAX] = {NULL};
    gp_link *link;
    bool is_repeatable;
    int count;

    if (is_lane_full(engine, lane, now)) {
        gp_engine_due_at(engine, now + GP_ENGINE_SLOW);
        return LANE_FULL;
    }
    link = gp_engine_find_idle(engine);
    if (link == NULL)
        return NO_CONNECTION;
    count = take_group(engine, lane, taken, now);
    if (count == 0)
        return SENT; /* nothing */
    is_repeatable = taken[0]->statement->is_repeatable;
    send_works(engine, link, taken, count, now);
    if (gp_link_count(link) == 0)
        return SENT; /* all of it waits to be sent apart */
    gp_engine_use(link, lane, now);
    if (link->open > 0)
        gp_link_end(link, !is_repeatable);
    gp_engine_send_off(engine, link);
    return SENT;
}

/* The work whose turn it is, of the lanes that are not done. NULL: none */
static gp_work *next_of_all(gp_engine *engine, const bool done[GP_LANES])
{
    gp_work *best = NULL;
    int lane;

    for (lane = 0; lane < GP_LANES; lane++) {
        gp_work *one;

        if (done[lane] || APR_RING_EMPTY(&engine->waiting[lane], gp_work, link))
            continue;
        one = next_work(engine, (gp_lane)lane);
        if (best == NULL || precedes(engine, one, best))
            best = one;
    }
    return best;
}

bool gp_engine_dispatch(gp_engine *engine, apr_time_t now)
{
    bool done[GP_LANES] = {false}, wanted = false;
    gp_work *next;

    engine->is_contended = gp_share_is_contended();
    while ((next = next_of_all(engine, done)) != NULL) {
        gp_lane lane = next->lane;
        sending how = send_from(engine, lane, now);

        done[lane] = how != SENT;
        wanted |= how == NO_CONNECTION;
    }
    return wanted;
}
