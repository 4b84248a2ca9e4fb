/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine where it has no connection: works wait, and the threads that wait are asked to open one. Then its parts
 * without its thread. Works that are sent are tested with a database (tests/http/test_pipeline.py).
 */
#include "store/engine_state.h"
#include "base/clock.h"
#include "threads.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#define THREADS 8

/* One thread with a work. */
typedef struct {
    gp_engine *engine;
    gp_work work;
    atomic_int finds; /* gp_outcome: how its attempts to open end */
    atomic_int opened;
    waiting_thread thread;
} waiter;

static bool is_never_gone(const gp_store *store)
{
    (void)store;
    return false;
}

static gp_store store = {.is_client_gone = is_never_gone};
static const char *no_parameters[GP_MERGE_PARAMETERS];
static gp_attempt attempt = {.sql = GP_SQL_READ, .parameters = no_parameters};

static gp_outcome open_nothing(void *context, apr_time_t until, gp_connection **connection)
{
    waiter *self = context;

    (void)until;
    *connection = NULL;
    atomic_fetch_add(&self->opened, 1);
    return (gp_outcome)atomic_load(&self->finds);
}

static void set_work(gp_work *work, apr_interval_time_t wait)
{
    memset(work, 0, sizeof *work);
    work->store = &store;
    work->attempt = &attempt;
    work->statement = gp_statement_get(attempt.sql);
    work->submitted = gp_clock();
    work->until = work->submitted + wait;
    work->time = APR_USEC_PER_SEC;
}

static void *APR_THREAD_FUNC submit_and_await(apr_thread_t *thread, void *data)
{
    waiter *self = data;
    apr_time_t began = gp_clock();

    (void)thread;
    gp_engine_submit(self->engine, &self->work, true);
    apr_atomic_set32(&self->thread.started, 1);
    gp_engine_await(self->engine, &self->work, open_nothing, self);
    self->thread.waited = gp_clock() - began;
    return NULL;
}

static void set(waiter *self, gp_engine *engine, gp_outcome finds, apr_interval_time_t wait)
{
    memset(self, 0, sizeof *self);
    self->engine = engine;
    self->finds = (int)finds;
    set_work(&self->work, wait);
    self->work.lane = GP_LANE_READ;
}

static void run(waiter *self)
{
    start_thread(&self->thread, submit_and_await, self);
    let_begin(&self->thread);
}

static gp_engine *make(int size)
{
    gp_gate *gate = gp_gate_create(pool, size);
    gp_engine *engine = gp_engine_create(pool, gate, size);

    ck_assert(gp_share_init(THREADS));
    ck_assert_ptr_nonnull(engine);
    return engine;
}

TEST(nobody_waits_for_a_database_that_cannot_be_reached)
{
    gp_engine *engine = make(2);
    waiter waiters[THREADS];
    int i;

    for (i = 0; i < THREADS; i++) {
        set(&waiters[i], engine, GP_OUTCOME_UNREACHABLE, PATIENCE);
        waiters[i].work.lane = (gp_lane)(i % GP_LANES);
        run(&waiters[i]);
    }
    for (i = 0; i < THREADS; i++) {
        end_thread(&waiters[i].thread);
        ck_assert_int_eq(waiters[i].work.outcome, GP_OUTCOME_UNREACHABLE);
        ck_assert_int_eq(waiters[i].work.begun, 0);
    }
}

TEST(a_work_that_finds_no_place_waits_no_longer_than_it_may)
{
    gp_engine *engine = make(2);
    waiter self;

    set(&self, engine, GP_OUTCOME_FULL, 50 * MILLISECOND);
    run(&self);
    end_thread(&self.thread);
    ck_assert_int_eq(self.work.outcome, GP_OUTCOME_FULL);
    ck_assert_int_ge(self.work.ended, self.work.until);
}

TEST(what_is_wrong_with_a_connection_ends_the_work_that_opened_it)
{
    gp_engine *engine = make(2);
    waiter self;

    set(&self, engine, GP_OUTCOME_UNFIT, PATIENCE);
    run(&self);
    end_thread(&self.thread);
    ck_assert_int_eq(self.work.outcome, GP_OUTCOME_UNFIT);
}

/* At once; and an attempt in vain is not repeated for a while. */
TEST(a_place_that_comes_free_is_tried)
{
    gp_engine *engine = make(1);
    waiter self;

    set(&self, engine, GP_OUTCOME_FULL, PATIENCE);
    run(&self);
    while (atomic_load(&self.opened) == 0)
        apr_sleep(MILLISECOND);
    apr_sleep(100 * MILLISECOND);
    ck_assert_int_le(atomic_load(&self.opened), 2);
    atomic_store(&self.finds, (int)GP_OUTCOME_UNREACHABLE);
    gp_engine_freed(engine);
    end_thread(&self.thread);
    ck_assert_int_eq(self.work.outcome, GP_OUTCOME_UNREACHABLE);
}

/* Its thread may be busy with another work, and is asked for nothing until it waits. */
TEST(a_work_is_submitted_before_it_is_awaited)
{
    gp_engine *engine = make(1);
    waiter self[3];
    int i;

    for (i = 0; i < 3; i++) {
        set(&self[i], engine, GP_OUTCOME_UNREACHABLE, PATIENCE);
        gp_engine_submit(engine, &self[i].work, false);
    }
    apr_sleep(20 * MILLISECOND);
    for (i = 0; i < 3; i++) {
        gp_engine_await(engine, &self[i].work, open_nothing, &self[i]);
        ck_assert_int_eq(self[i].work.outcome, GP_OUTCOME_UNREACHABLE);
    }
}

TEST(works_that_wait_when_the_process_ends_are_ended)
{
    apr_pool_t *child;
    gp_engine *engine;
    waiter self;

    ck_assert(gp_share_init(THREADS));
    apr_pool_create(&child, pool);
    engine = gp_engine_create(child, gp_gate_create(child, 1), 1);
    set(&self, engine, GP_OUTCOME_FULL, PATIENCE);
    run(&self);
    while (atomic_load(&self.opened) == 0)
        apr_sleep(MILLISECOND);
    apr_pool_destroy(child);
    end_thread(&self.thread);
    ck_assert_int_eq(self.work.outcome, GP_OUTCOME_UNREACHABLE);
}

/* It would keep its client, which has its answer, waiting. Another thread is asked. */
TEST(a_thread_whose_work_has_ended_opens_nothing)
{
    gp_engine *engine = make(1);
    waiter late, next;
    int calls = 0;

    set(&late, engine, GP_OUTCOME_UNFIT, 20 * MILLISECOND);
    gp_engine_submit(engine, &late.work, true);
    while (sem_getvalue(&late.work.called, &calls) == 0 && calls < 2)
        apr_sleep(MILLISECOND); /* it is asked, and then ends */
    set(&next, engine, GP_OUTCOME_UNREACHABLE, PATIENCE);
    run(&next);
    gp_engine_await(engine, &late.work, open_nothing, &late);
    ck_assert_int_eq(late.work.outcome, GP_OUTCOME_FULL);
    ck_assert_int_eq(late.opened, 0);
    end_thread(&next.thread);
    ck_assert_int_eq(next.work.outcome, GP_OUTCOME_UNREACHABLE);
    ck_assert_int_eq(next.opened, 1);
}

static apr_status_t submit_late(void *data)
{
    waiter *self = data;

    gp_engine_submit(self->engine, &self->work, true);
    gp_engine_await(self->engine, &self->work, open_nothing, self);
    return APR_SUCCESS;
}

TEST(a_work_that_comes_after_the_end_is_ended)
{
    apr_pool_t *child;
    waiter self;

    ck_assert(gp_share_init(THREADS));
    apr_pool_create(&child, pool);
    set(&self, NULL, GP_OUTCOME_FULL, PATIENCE);
    apr_pool_pre_cleanup_register(child, &self,
                                  submit_late); /* the last one registered runs first */
    self.engine = gp_engine_create(child, gp_gate_create(child, 1), 1);
    apr_pool_destroy(child);
    ck_assert_int_eq(self.work.outcome, GP_OUTCOME_UNREACHABLE);
    ck_assert_int_eq(self.opened, 0);
}

static bool is_expected(gp_outcome outcome)
{
    return outcome == GP_OUTCOME_FULL || outcome == GP_OUTCOME_UNREACHABLE
           || outcome == GP_OUTCOME_UNFIT;
}

static void *APR_THREAD_FUNC come_and_go(apr_thread_t *thread, void *data)
{
    static const gp_outcome found[] = {GP_OUTCOME_FULL, GP_OUTCOME_UNREACHABLE, GP_OUTCOME_UNFIT};
    waiter *self = data;
    unsigned seed = (unsigned)(apr_uintptr_t)self;
    int i;

    (void)thread;
    for (i = 0; i < 200; i++) {
        atomic_store(&self->finds, (int)found[dice(&seed, 3)]);
        set_work(&self->work, (1 + dice(&seed, 5)) * MILLISECOND);
        self->work.lane = (gp_lane)dice(&seed, GP_LANES);
        gp_engine_submit(self->engine, &self->work, dice(&seed, 2) == 0);
        if (dice(&seed, 4) == 0)
            gp_engine_freed(self->engine);
        if (dice(&seed, 8) == 0) {
            gp_engine_yield(self->engine);
            gp_engine_yield_end(self->engine);
        }
        gp_engine_await(self->engine, &self->work, open_nothing, self);
        ck_assert(is_expected(self->work.outcome));
    }
    return NULL;
}

/* Openers find something else each time: each work ends, once. */
TEST(threads_come_and_go)
{
    gp_engine *engine = make(2);
    waiter waiters[THREADS];
    int i;

    for (i = 0; i < THREADS; i++) {
        set(&waiters[i], engine, GP_OUTCOME_FULL, PATIENCE);
        start_thread(&waiters[i].thread, come_and_go, &waiters[i]);
    }
    for (i = 0; i < THREADS; i++)
        end_thread(&waiters[i].thread);
}

/* ---- without its thread ---- */

#define LINKS 2

/* An engine of which a test calls the parts. Its connections have no PGconn: libpq refuses whatever is sent there. */
typedef struct {
    gp_engine engine;
    gp_link links[LINKS];
    gp_connection connections[LINKS];
} still;

static still *make_still(void)
{
    still *self = apr_pcalloc(pool, sizeof *self);
    int i;

    ck_assert(gp_share_init(THREADS));
    self->engine.links = self->links;
    self->engine.size = LINKS;
    APR_RING_INIT(&self->engine.aside, gp_work, link);
    for (i = 0; i < GP_LANES; i++)
        APR_RING_INIT(&self->engine.waiting[i], gp_work, link);
    return self;
}

/* @return a connection with a work under way */
static gp_link *use(still *self, int number, gp_lane lane, gp_work *work)
{
    gp_link *link = &self->links[number];

    self->connections[number] = (gp_connection){.schema_seen = true, .deadline.socket = -1};
    *link = (gp_link){
        .connection = &self->connections[number], .lane = lane, .works = {work}, .next = 1};
    work->begun = gp_clock();
    return link;
}

/* What a thread found ends no work that came to the same memory after its own had ended. */
TEST(the_work_that_opened_is_known_by_more_than_its_address)
{
    still *self = make_still();
    gp_work work;

    set_work(&work, PATIENCE);
    work.is_opener = true;
    gp_engine_submit(&self->engine, &work, true);
    gp_engine_take_submitted(&self->engine, gp_clock());
    gp_engine_end_opener(&self->engine, &work, GP_OUTCOME_UNFIT);
    ck_assert_int_eq(self->engine.waits[work.lane], 1);
    work.is_opener = true;
    gp_engine_end_opener(&self->engine, &work, GP_OUTCOME_UNFIT);
    ck_assert_int_eq(self->engine.waits[work.lane], 0);
    ck_assert_int_eq(work.outcome, GP_OUTCOME_UNFIT);
}

/* A thread awaits one work, of a $batch for example, while others of its request wait for a connection. */
TEST(the_thread_of_a_work_that_was_sent_opens_for_others_of_its_request)
{
    still *self = make_still();
    gp_store other = store;
    gp_work under_way, next, *called;

    set_work(&under_way, PATIENCE);
    set_work(&next, PATIENCE);
    use(self, 0, GP_LANE_ALONE, &under_way);
    gp_engine_submit(&self->engine, &next, false);
    gp_engine_take_submitted(&self->engine, gp_clock());
    ck_assert_ptr_null(gp_engine_find_opener(&self->engine, &called));
    atomic_store(&under_way.is_awaited, true);
    ck_assert_ptr_eq(gp_engine_find_opener(&self->engine, &called), &next);
    ck_assert_ptr_eq(called, &under_way);
    under_way.store = &other;
    ck_assert_ptr_null(gp_engine_find_opener(&self->engine, &called));
}

static void ended(void *nothing, gp_work *work)
{
    (void)nothing;
    (void)work;
}

/* A request may have used up most of its time before. Then the others of its group have theirs: a create if it was not
 * committed, a change always. */
TEST(a_write_that_is_late_takes_no_time_from_others)
{
    static const struct {
        gp_sql sql;
        gp_lane lane;
        int open; /* 2: Sync, which commits, has not been sent; 0: it has been */
        gp_outcome late, other;
    } cases[] = {{GP_SQL_CREATE_WITHIN, GP_LANE_CREATE, 2, GP_OUTCOME_EXPIRED, GP_OUTCOME_AGAIN},
                 {GP_SQL_CREATE_WITHIN, GP_LANE_CREATE, 0, GP_OUTCOME_LATE, GP_OUTCOME_LATE},
                 {GP_SQL_REPLACE, GP_LANE_CHANGE, 0, GP_OUTCOME_LATE, GP_OUTCOME_LOST}};
    still *self = make_still();
    gp_work late, other;
    gp_link *link;
    int i;

    for (i = 0; i < 3; i++) {
        set_work(&late, PATIENCE);
        set_work(&other, PATIENCE);
        late.statement = other.statement = gp_statement_get(cases[i].sql);
        link = use(self, 0, cases[i].lane, &late);
        link->works[link->next++] = &other;
        link->open = cases[i].open;
        other.begun = late.begun;
        late.time = 0;
        gp_link_break(link, true, ended, NULL);
        ck_assert_int_eq(late.outcome, cases[i].late);
        ck_assert_int_eq(other.outcome, cases[i].other);
    }
}

/* With few connections one may run statements over many rows. Another waits, though a connection is idle. */
TEST(statements_over_many_rows_leave_connections_for_others)
{
    still *self = make_still();
    gp_work under_way, next;

    set_work(&under_way, PATIENCE);
    set_work(&next, PATIENCE);
    next.lane = GP_LANE_ROWS;
    use(self, 0, GP_LANE_ROWS, &under_way)->since = under_way.begun;
    use(self, 1, GP_LANE_READ, &under_way)->next = 0; /* idle */
    gp_engine_submit(&self->engine, &next, true);
    gp_engine_take_submitted(&self->engine, gp_clock());
    gp_engine_dispatch(&self->engine, gp_clock());
    ck_assert_int_eq(self->engine.waits[GP_LANE_ROWS], 1);
    ck_assert_int_eq(next.begun, 0);
}

/* A group of inserts waits for its commit: more of them wait for it to end, but a change needs another connection. */
TEST(a_change_does_not_wait_for_inserts)
{
    static const gp_lane lanes[] = {GP_LANE_CREATE, GP_LANE_CHANGE};
    int i;

    for (i = 0; i < 2; i++) {
        still *self = make_still();
        gp_work under_way, next;

        set_work(&under_way, PATIENCE);
        set_work(&next, PATIENCE);
        next.lane = lanes[i];
        use(self, 0, GP_LANE_CREATE, &under_way)->since = under_way.begun;
        gp_engine_submit(&self->engine, &next, true);
        gp_engine_take_submitted(&self->engine, gp_clock());
        ck_assert_int_eq(gp_engine_dispatch(&self->engine, gp_clock()), lanes[i] == GP_LANE_CHANGE);
        ck_assert_int_eq(self->engine.waits[lanes[i]], 1);
    }
}

/* The caller has two requests too many when another comes. The newest, of a $batch, has three works. */
TEST(a_request_with_several_works_is_turned_away_once)
{
    still *self = make_still();
    gp_store stores[4] = {store, store, store, store};
    gp_work works[7];
    gp_share *share = NULL, *other;
    int i;

    ck_assert(gp_share_init(4)); /* a caller may hold two */
    for (i = 0; i < 4; i++)
        ck_assert(gp_share_enter("one", &share));
    for (i = 0; i < 6; i++) {
        set_work(&works[i], PATIENCE);
        works[i].store = &stores[i < 3 ? i : 3];
        works[i].share = share;
        gp_engine_submit(&self->engine, &works[i], true);
    }
    gp_engine_take_submitted(&self->engine, gp_clock());
    ck_assert(gp_share_enter("other", &other));
    set_work(&works[6], PATIENCE);
    gp_engine_submit(&self->engine, &works[6], true);
    gp_engine_take_submitted(&self->engine, gp_clock());
    for (i = 0; i < 7; i++)
        ck_assert_int_eq(works[i].ended != 0, i >= 2 && i < 6);
}

/* epoll reports that a socket can be written for as long as it is asked for that. */
TEST(a_socket_is_watched_for_writing_only_while_something_is_to_be_written)
{
    still *self = make_still();
    gp_work work;
    gp_link *link;
    struct epoll_event event = {.events = EPOLLIN};
    int sockets[2];

    set_work(&work, PATIENCE);
    link = use(self, 0, GP_LANE_READ, &work);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    link->connection->deadline.socket = sockets[0];
    self->engine.epoll = epoll_create1(0);
    ck_assert_int_eq(epoll_ctl(self->engine.epoll, EPOLL_CTL_ADD, sockets[0], &event), 0);
    link->waits_to_write = true;
    gp_engine_send_off(&self->engine, link);
    ck_assert_int_eq(epoll_wait(self->engine.epoll, &event, 1, 0), 1);
    ck_assert_ptr_eq(event.data.ptr, link);
    link->waits_to_write = false; /* all has gone with what was sent next */
    gp_engine_send_off(&self->engine, link);
    ck_assert_int_eq(epoll_wait(self->engine.epoll, &event, 1, 0), 0);
    close(self->engine.epoll);
    close(sockets[0]);
    close(sockets[1]);
}

UNIT_MAIN("engine")
