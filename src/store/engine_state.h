/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ENGINE_STATE_H
#define GP_ENGINE_STATE_H

/*
 * What the files of the engine share: engine.c (its thread, and how others reach it), engine_queue.c (works that wait,
 * and which is sent where), engine_links.c (its connections).
 */
#include "engine.h"

#include <pthread.h>
#include <stdatomic.h>

/* A statement that takes longer (microseconds) is slow: it delays no other. */
#define GP_ENGINE_SLOW 10000

struct gp_engine {
    /* Any thread's. */
    _Atomic(gp_work *) submitted; /* the last one first */
    atomic_bool is_woken;         /* since it last looked */
    atomic_bool is_asleep;
    atomic_bool is_ending;
    atomic_bool is_stopped; /* nothing is sent any more */
    atomic_bool is_hungry; /* it waits for a place in the gate, or for a thread that can be asked */
    atomic_bool is_freed;  /* a place has come free since the last attempt to open */
    atomic_int yields;     /* who wait in the gate for a place that the engine may hold */
    atomic_int yields_end; /* those who have ended that since it last looked */
    atomic_bool is_given;  /* the thread that was asked has answered: then the next two are set */
    gp_connection *given;  /* NULL after GP_OUTCOME_DONE: it has not tried */
    gp_outcome given_after; /* how the attempt ended */

    gp_gate *gate;
    int size;
    int event, epoll;
    pthread_t thread;
    const char *texts[2][GP_SQL_STATEMENTS]; /* by itself; merged, or NULL */
    gp_merge_parameters scratch;

    gp_link *links; /* `size` slots */
    struct gp_works waiting[GP_LANES];
    struct gp_works aside; /* empty but while a group is chosen */
    int waits[GP_LANES];   /* how many of each lane */
    bool is_contended;     /* there are several callers */
    gp_work *opener;    /* for which a thread opens a connection; it may have ended. NULL: none */
    apr_time_t refused; /* when the last attempt found no place; 0: it found one */
    apr_time_t look;    /* when something may be due */
    int yielded;        /* connections given back for those who still wait in the gate */
    apr_interval_time_t paces[GP_LANES]; /* how long one of a group takes, about; 0: not known */
};

/* Something may be due then: the engine's thread does not sleep for longer. */
static inline void gp_engine_due_at(gp_engine *engine, apr_time_t at)
{
    engine->look = at < engine->look ? at : engine->look;
}

/* ---- engine_queue.c ---- */

/* Take what other threads have submitted. */
void gp_engine_take_submitted(gp_engine *engine, apr_time_t now);

/* End the works that have waited as long as they may. */
void gp_engine_end_late(gp_engine *engine, apr_time_t now);

/* End all works that wait: the database cannot be reached. */
void gp_engine_end_all(gp_engine *engine);

/* End the work whose thread has opened a connection in vain, if it still waits. */
void gp_engine_end_opener(gp_engine *engine, const gp_work *work, gp_outcome outcome);

/* Send what finds a connection. @return whether another connection is wanted */
bool gp_engine_dispatch(gp_engine *engine, apr_time_t now);

/* A gp_link_ended. */
void gp_engine_end_sent(void *context, gp_work *work);

/* A work that waits for a connection, and whose thread can be asked to open one. @param called  receives the work that
 * this thread awaits: the same, or one of the same request that was sent
 * @return NULL: there is none */
gp_work *gp_engine_find_opener(gp_engine *engine, gp_work **called);

/* ---- engine_links.c ---- */

/* @return how many connections the engine has */
int gp_engine_count_links(const gp_engine *engine);

/* @return how many are in use for a lane, and have been so since after a time */
int gp_engine_count_used(const gp_engine *engine, gp_lane lane, apr_time_t after);

/* @return a work of a request that was sent, and that its thread awaits; NULL: there is none */
gp_work *gp_engine_find_sent(const gp_engine *engine, const gp_store *store);

/* @return an idle one; NULL: there is none */
gp_link *gp_engine_find_idle(const gp_engine *engine);

/* Take over a connection and its place in the gate. */
void gp_engine_take_connection(gp_engine *engine, gp_connection *connection, apr_time_t now);

/* Works of a lane were added to a connection that was idle. */
void gp_engine_use(gp_link *link, gp_lane lane, apr_time_t now);

/* What was added to a connection, and ended, goes out. */
void gp_engine_send_off(gp_engine *engine, gp_link *link);

/* Something has come, or can be written. */
void gp_engine_serve(gp_engine *engine, gp_link *link, apr_time_t now);

/* Break connections whose works are late, and give those back that have been idle for long. */
void gp_engine_look_at_links(gp_engine *engine, apr_time_t now);

/* Give back idle connections for those who wait in the gate. */
void gp_engine_yield_links(gp_engine *engine);

/* Give back all, whatever runs there. */
void gp_engine_drop_links(gp_engine *engine);

#endif
