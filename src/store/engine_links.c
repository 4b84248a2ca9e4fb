/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's connections: taken over from the threads that opened them, and given back when they have been idle,
 * are of no further use, or are wanted elsewhere.
 */
#include "base/clock.h"
#include "counters.h"
#include "engine_state.h"
#include "orphan.h"

#include <sys/epoll.h>

/* A connection without work goes back to its pool after this time, microseconds. */
#define IDLE_TIME APR_USEC_PER_SEC

int gp_engine_count_links(const gp_engine *engine)
{
    int i, count = 0;

    for (i = 0; i < engine->size; i++)
        count += engine->links[i].connection != NULL;
    return count;
}

/* libpq closes its own descriptor when the connection ends. While this duplicate of it is open, epoll would go on to
 * report that, for a slot that another connection may have by then, and could not be told to stop. */
static int watched_socket(const gp_link *link)
{
    return link->connection->deadline.socket;
}

/* Has epoll report what the connection waits for, and nothing else. */
static void watch(gp_engine *engine, gp_link *link)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = link};

    if (link->waits_to_write)
        event.events |= EPOLLOUT;
    if (!link->is_broken && event.events != link->watched
        && epoll_ctl(engine->epoll, EPOLL_CTL_MOD, watched_socket(link), &event) == 0)
        link->watched = event.events;
}

/* Gives a connection back by the thread that may block. */
static void retire(gp_engine *engine, gp_link *link)
{
    gp_connection *connection = link->connection;

    epoll_ctl(engine->epoll, EPOLL_CTL_DEL, watched_socket(link), NULL);
    connection->is_spoilt = link->is_spoilt || link->is_broken;
    gp_link_close(link);
    gp_orphan_return(connection, engine->gate);
}

static bool is_idle(const gp_link *link)
{
    return gp_link_count(link) == 0;
}

void gp_engine_use(gp_link *link, gp_lane lane, apr_time_t now)
{
    gp_count(GP_COUNTER_IN_USE, 1);
    link->since = now;
    link->lane = lane;
    link->size = gp_link_count(link);
}

/* Whether no further statement may be sent there. */
static bool is_used_up(const gp_link *link)
{
    return link->is_broken || link->is_spoilt || !link->connection->schema_seen;
}

/* Learns from what a link was in use for how long one of its works takes. */
static void learn(gp_engine *engine, gp_link *link)
{
    apr_interval_time_t took = link->ran / link->size, before = engine->paces[link->lane];

    engine->paces[link->lane] =
        took > before ? before + (took - before) / 32 : before - (before - took) / 2;
    link->ran = 0;
}

/* After anything has happened to a connection that is in use. */
static void settle(gp_engine *engine, gp_link *link, bool was_idle)
{
    if (link->is_broken)
        gp_link_break(link, false, gp_engine_end_sent, NULL);
    if (is_idle(link) && !was_idle) {
        gp_count(GP_COUNTER_IN_USE, -1);
        gp_engine_due_at(engine, link->since + IDLE_TIME);
    }
    if (is_idle(link) && is_used_up(link))
        retire(engine, link);
}

void gp_engine_serve(gp_engine *engine, gp_link *link, apr_time_t now)
{
    bool was_idle = is_idle(link);

    gp_link_read(link, now, gp_engine_end_sent, NULL);
    if (link->waits_to_write)
        gp_link_flush(link);
    if (link->ran != 0)
        learn(engine, link);
    watch(engine, link);
    settle(engine, link, was_idle);
}

/* What was sent to a connection goes out. */
void gp_engine_send_off(gp_engine *engine, gp_link *link)
{
    watch(engine, link);
    gp_engine_due_at(engine, gp_link_due(link));
    settle(engine, link, false);
}

gp_work *gp_engine_find_sent(const gp_engine *engine, const gp_store *store)
{
    int i;

    for (i = 0; i < engine->size; i++) {
        const gp_link *link = &engine->links[i];
        unsigned at = link->connection != NULL ? link->first : link->next;

        for (; at != link->next; at++) {
            gp_work *work = link->works[at % GP_BATCH_MAX];

            if (work->store == store && atomic_load(&work->is_awaited))
                return work;
        }
    }
    return NULL;
}

gp_link *gp_engine_find_idle(const gp_engine *engine)
{
    int i;

    for (i = engine->size - 1; i >= 0; i--) {
        if (engine->links[i].connection != NULL && is_idle(&engine->links[i]))
            return &engine->links[i];
    }
    return NULL;
}

int gp_engine_count_used(const gp_engine *engine, gp_lane lane, apr_time_t after)
{
    int i, count = 0;

    for (i = 0; i < engine->size; i++) {
        const gp_link *link = &engine->links[i];

        count +=
            link->connection != NULL && !is_idle(link) && link->lane == lane && link->since > after;
    }
    return count;
}

/* A connection of which the engine can make no use goes back. */
static void refuse(gp_engine *engine, gp_connection *connection, apr_time_t now)
{
    connection->is_spoilt = true;
    gp_orphan_return(connection, engine->gate);
    engine->refused = now;
}

void gp_engine_take_connection(gp_engine *engine, gp_connection *connection, apr_time_t now)
{
    gp_link *link = engine->links;
    struct epoll_event event = {.events = EPOLLIN};

    while (link->connection != NULL)
        link++;
    event.data.ptr = link;
    if (!gp_link_open(link, connection, now)) {
        refuse(engine, connection, now);
        return;
    }
    if (epoll_ctl(engine->epoll, EPOLL_CTL_ADD, watched_socket(link), &event) != 0) {
        refuse(engine, gp_link_close(link), now);
        return;
    }
    link->watched = event.events;
    gp_engine_due_at(engine, now + IDLE_TIME);
}

static void look_at_link(gp_engine *engine, gp_link *link, apr_time_t now)
{
    apr_time_t due = is_idle(link) ? link->since + IDLE_TIME : gp_link_due(link);

    if (now < due) {
        gp_engine_due_at(engine, due);
    } else if (is_idle(link)) {
        retire(engine, link);
    } else {
        link->ran = now - link->since;
        learn(engine, link);
        gp_link_break(link, true, gp_engine_end_sent, NULL);
        settle(engine, link, false);
    }
}

void gp_engine_look_at_links(gp_engine *engine, apr_time_t now)
{
    int i;

    for (i = 0; i < engine->size; i++) {
        if (engine->links[i].connection != NULL)
            look_at_link(engine, &engine->links[i], now);
    }
}

/* Whether somebody waits in the gate for whom no connection has been given back. */
static bool owes(const gp_engine *engine)
{
    return atomic_load(&engine->yields) > engine->yielded;
}

void gp_engine_yield_links(gp_engine *engine)
{
    int ended = atomic_exchange(&engine->yields_end, 0);
    gp_link *link;

    engine->yielded = ended < engine->yielded ? engine->yielded - ended : 0;
    while (owes(engine) && (link = gp_engine_find_idle(engine)) != NULL) {
        engine->yielded++;
        retire(engine, link);
    }
}

void gp_engine_drop_links(gp_engine *engine)
{
    int i;

    for (i = 0; i < engine->size; i++) {
        gp_link *link = &engine->links[i];

        if (link->connection == NULL)
            continue;
        gp_link_break(link, false, gp_engine_end_sent, NULL);
        retire(engine, link);
    }
}
