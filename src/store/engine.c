/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine: a loop around epoll that takes what was submitted, sends what finds a connection, reads answers, and
 * calls the threads that wait for them. All that it knows belongs to its thread, except the few atomic words by which
 * others wake it.
 */
#include "base/clock.h"
#include "counters.h"
#include "engine_state.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVENTS 64

/* ---- the other threads' side ---- */

static void wake(gp_engine *engine)
{
    uint64_t one = 1;

    atomic_store(&engine->is_woken, true);
    if (atomic_exchange(&engine->is_asleep, false) && write(engine->event, &one, sizeof one) < 0)
        return; /* EAGAIN: it is awake already */
}

/* Ends what was submitted after the engine's thread has ended. */
static void end_submitted(gp_engine *engine)
{
    gp_work *work = atomic_exchange(&engine->submitted, NULL), *next;

    for (; work != NULL; work = next) {
        next = work->next;
        work->outcome = GP_OUTCOME_UNREACHABLE;
        work->ended = gp_clock();
        gp_count(GP_COUNTER_WAITING, -1);
        sem_post(&work->called);
    }
}

static void prepare(gp_work *work, bool is_awaited)
{
    sem_init(&work->called, 0, 0);
    atomic_init(&work->is_awaited, is_awaited);
    atomic_init(&work->is_asked, false);
    work->is_opener = false;
    gp_count(GP_COUNTER_WAITING, 1);
}

void gp_engine_submit(gp_engine *engine, gp_work *works, bool is_awaited)
{
    gp_work *before = atomic_load(&engine->submitted), *first = works;

    prepare(first, is_awaited);
    while (first->next != NULL) {
        first = first->next;
        prepare(first, is_awaited);
    }
    do
        first->next = before;
    while (!atomic_compare_exchange_weak(&engine->submitted, &before, works));
    if (atomic_load(&engine->is_stopped))
        end_submitted(engine);
    else
        wake(engine);
}

/* The thread that was asked answers how its attempt to open a connection ended. */
static void give(gp_engine *engine, gp_outcome outcome, gp_connection *connection)
{
    engine->given_after = outcome;
    engine->given = connection;
    atomic_store(&engine->is_given, true);
    wake(engine);
}

static void open_for(gp_engine *engine, const gp_work *work, gp_engine_opener *opener,
                     void *context)
{
    gp_connection *connection = NULL;
    gp_outcome outcome = opener(context, work->place_until, &connection);

    give(engine, outcome, connection);
}

void gp_engine_await(gp_engine *engine, gp_work *work, gp_engine_opener *opener, void *context)
{
    if (!atomic_exchange(&work->is_awaited, true) && atomic_load(&engine->is_hungry))
        wake(engine);
    for (;;) {
        while (sem_wait(&work->called) != 0) {
        }
        if (!atomic_exchange(&work->is_asked, false))
            break;
        if (sem_trywait(&work->called) == 0) {   /* it has ended meanwhile */
            give(engine, GP_OUTCOME_DONE, NULL); /* so that another thread is asked */
            break;
        }
        open_for(engine, work, opener, context);
    }
    sem_destroy(&work->called);
}

void gp_engine_freed(gp_engine *engine)
{
    atomic_store(&engine->is_freed, true);
    if (atomic_load(&engine->is_hungry))
        wake(engine);
}

void gp_engine_yield(gp_engine *engine)
{
    atomic_fetch_add(&engine->yields, 1);
    wake(engine);
}

void gp_engine_yield_end(gp_engine *engine)
{
    /* In this order: in between, the engine gives back too little, and is woken. The other order would have it take a
     * connection that is too much for one that is given back to the next who waits. */
    atomic_fetch_sub(&engine->yields, 1);
    atomic_fetch_add(&engine->yields_end, 1);
    wake(engine);
}

/* ---- opening ---- */

static void take_given(gp_engine *engine, apr_time_t now)
{
    const gp_work *opener = engine->opener;
    gp_outcome outcome;

    if (opener == NULL || !atomic_exchange(&engine->is_given, false))
        return;
    outcome = engine->given_after;
    engine->opener = NULL;
    engine->refused = outcome == GP_OUTCOME_FULL ? now : 0;
    if (outcome == GP_OUTCOME_DONE && engine->given != NULL)
        gp_engine_take_connection(engine, engine->given, now);
    else if (outcome == GP_OUTCOME_UNREACHABLE && gp_engine_count_links(engine) == 0)
        gp_engine_end_all(engine);
    else if (outcome != GP_OUTCOME_DONE && outcome != GP_OUTCOME_FULL)
        gp_engine_end_opener(engine, opener, outcome);
}

/*
 * How long a thread that opens a connection for a work waits for a place; 0: not at all. While others wait in the gate,
 * they get each place that comes free, so that the engine finds none unless it waits, too. It does only while it has no
 * connection: otherwise one could end the work meanwhile.
 */
static apr_time_t place_until(gp_engine *engine, const gp_work *work)
{
    return atomic_load(&engine->yields) > 0 && gp_engine_count_links(engine) == 0 ? work->until : 0;
}

/* A connection is wanted: asks a thread that waits to open one. */
static void ask_for_connection(gp_engine *engine, apr_time_t now)
{
    gp_work *work, *called;

    if (engine->opener != NULL || gp_engine_count_links(engine) >= engine->size)
        return;
    atomic_store(&engine->is_hungry, true);
    if (engine->refused != 0 && !atomic_load(&engine->is_freed)
        && now - engine->refused < GP_RETRY_INTERVAL) {
        gp_engine_due_at(engine, engine->refused + GP_RETRY_INTERVAL);
        return;
    }
    work = gp_engine_find_opener(engine, &called);
    if (work == NULL)
        return;
    atomic_store(&engine->is_freed, false);
    engine->opener = work;
    work->is_opener = true;
    called->place_until = place_until(engine, work);
    atomic_store(&called->is_asked, true);
    sem_post(&called->called);
}

/* ---- the loop ---- */

static int sleep_time(gp_engine *engine)
{
    apr_interval_time_t left;

    atomic_store(&engine->is_asleep, true);
    if (atomic_exchange(&engine->is_woken, false))
        return 0;
    if (engine->look == APR_INT64_MAX)
        return -1;
    left = (engine->look - gp_clock() + 999) / 1000;
    return left < 0 ? 0 : left < INT_MAX ? (int)left : INT_MAX;
}

static void turn(gp_engine *engine)
{
    struct epoll_event events[EVENTS];
    int i, count = epoll_wait(engine->epoll, events, EVENTS, sleep_time(engine));
    apr_time_t now = gp_clock();
    bool is_wanted;

    atomic_store(&engine->is_asleep, false);
    for (i = 0; i < count; i++) {
        gp_link *link = events[i].data.ptr;
        uint64_t woken;

        if (link == NULL) {
            if (read(engine->event, &woken, sizeof woken) < 0)
                continue;
        } else if (link->connection != NULL) {
            gp_engine_serve(engine, link, now);
        }
    }
    gp_engine_take_submitted(engine, now);
    gp_engine_yield_links(engine);
    take_given(engine, now); /* now, so that a new connection is used before it is given back */
    is_wanted = gp_engine_dispatch(engine, now);
    if (now >= engine->look) {
        engine->look = APR_INT64_MAX;
        gp_engine_end_late(engine, now);
        gp_engine_look_at_links(engine, now);
        is_wanted = gp_engine_dispatch(engine, now);
    }
    gp_engine_yield_links(engine); /* a new one, if nothing waits for it any more */
    atomic_store(&engine->is_hungry, false);
    if (is_wanted)
        ask_for_connection(engine, now);
}

static void *engine_main(void *data)
{
    gp_engine *engine = data;

    while (!atomic_load(&engine->is_ending))
        turn(engine);
    return NULL;
}

/* ---- its life ---- */

/* The pools of connections end after this. */
static apr_status_t stop(void *data)
{
    gp_engine *engine = data;

    atomic_store(&engine->is_ending, true);
    wake(engine);
    pthread_join(engine->thread, NULL);
    gp_engine_drop_links(engine);
    gp_engine_take_submitted(engine, 0);
    gp_engine_end_all(engine);
    atomic_store(&engine->is_stopped, true);
    end_submitted(engine);
    close(engine->epoll);
    close(engine->event);
    return APR_SUCCESS;
}

static bool open_descriptors(gp_engine *engine)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};

    engine->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    engine->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (engine->event >= 0 && engine->epoll >= 0
        && epoll_ctl(engine->epoll, EPOLL_CTL_ADD, engine->event, &event) == 0)
        return true;
    close(engine->event);
    close(engine->epoll);
    return false;
}

gp_engine *gp_engine_create(apr_pool_t *child, gp_gate *gate, int size)
{
    gp_engine *engine = apr_pcalloc(child, sizeof *engine);
    int i;

    engine->gate = gate;
    engine->size = size;
    engine->links = apr_pcalloc(child, (apr_size_t)size * sizeof *engine->links);
    engine->look = APR_INT64_MAX;
    APR_RING_INIT(&engine->aside, gp_work, link);
    for (i = 0; i < GP_LANES; i++)
        APR_RING_INIT(&engine->waiting[i], gp_work, link);
    for (i = 0; i < GP_SQL_STATEMENTS; i++) {
        engine->texts[false][i] = gp_statement_numbered(child, (gp_sql)i);
        engine->texts[true][i] = gp_statement_merged(child, (gp_sql)i);
    }
    if (!open_descriptors(engine))
        return NULL;
    if (!gp_thread_start(&engine->thread, engine_main, engine, PTHREAD_CREATE_JOINABLE)) {
        close(engine->epoll);
        close(engine->event);
        return NULL;
    }
    apr_pool_pre_cleanup_register(child, engine, stop);
    return engine;
}
