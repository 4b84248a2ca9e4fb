/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Admission to a connection pool: a bounded number inside, a bounded wait before it, and a circuit
 * breaker. mod_dbd has none of them: it waits without end and connects under a lock.
 */
#include "gate.h"

#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>

#include <time.h>

struct gp_gate {
    apr_thread_mutex_t *mutex;
    apr_thread_cond_t *changed; /* a place or the right to open came free, or the database went */
    int capacity;
    int inside;
    int opening;      /* somebody is inside who has not opened yet */
    int away;         /* the last attempt to open failed */
    apr_time_t retry; /* then: when the next may try */
};

apr_time_t gp_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return apr_time_from_sec(now.tv_sec) + now.tv_nsec / 1000;
}

gp_gate *gp_gate_create(apr_pool_t *pool, int capacity)
{
    gp_gate *gate = apr_pcalloc(pool, sizeof *gate);

    gate->capacity = capacity;
    if (apr_thread_mutex_create(&gate->mutex, APR_THREAD_MUTEX_DEFAULT, pool) != APR_SUCCESS
        || apr_thread_cond_create(&gate->changed, pool) != APR_SUCCESS)
        return NULL;
    return gate;
}

gp_gate_answer gp_gate_enter(gp_gate *gate, apr_interval_time_t wait)
{
    apr_time_t deadline = gp_clock() + wait;
    gp_gate_answer answer;

    apr_thread_mutex_lock(gate->mutex);
    for (;;) {
        apr_time_t now = gp_clock();

        /* While the database is away one caller tries at a time, and nobody queues for it. */
        if (gate->away && (gate->opening || now < gate->retry)) {
            answer = GP_GATE_AWAY;
            break;
        }
        if (!gate->opening && gate->inside < gate->capacity) {
            gate->opening = 1;
            gate->inside++;
            answer = GP_GATE_ENTERED;
            break;
        }
        if (now >= deadline) {
            answer = GP_GATE_FULL;
            break;
        }
        apr_thread_cond_timedwait(gate->changed, gate->mutex, deadline - now);
    }
    apr_thread_mutex_unlock(gate->mutex);
    return answer;
}

gp_gate_change gp_gate_opened(gp_gate *gate, int reachable, apr_interval_time_t pause)
{
    gp_gate_change change = GP_GATE_SAME;

    apr_thread_mutex_lock(gate->mutex);
    reachable = reachable != 0;
    if (gate->away == reachable)
        change = reachable ? GP_GATE_FOUND : GP_GATE_LOST;
    gate->away = !reachable;
    gate->retry = gp_clock() + pause;
    gate->opening = 0;
    if (change == GP_GATE_SAME)
        apr_thread_cond_signal(gate->changed);
    else
        apr_thread_cond_broadcast(gate->changed);
    apr_thread_mutex_unlock(gate->mutex);
    return change;
}

void gp_gate_leave(gp_gate *gate)
{
    apr_thread_mutex_lock(gate->mutex);
    gate->inside--;
    apr_thread_cond_signal(gate->changed);
    apr_thread_mutex_unlock(gate->mutex);
}

void gp_gate_set_capacity(gp_gate *gate, int capacity)
{
    apr_thread_mutex_lock(gate->mutex);
    if (gate->capacity != capacity) {
        gate->capacity = capacity;
        apr_thread_cond_broadcast(gate->changed);
    }
    apr_thread_mutex_unlock(gate->mutex);
}
