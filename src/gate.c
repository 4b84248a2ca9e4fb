/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Admission to a connection pool: a bounded number inside, a bounded wait before it, and a circuit
 * breaker. mod_dbd has none of them: it waits without end and connects under a lock.
 */
#include "gate.h"

#include <pthread.h>
#include <time.h>

struct gp_gate {
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* a place or the right to open came free, or the database went */
    int capacity;
    int inside;
    int others;       /* how many were inside when the one who opens came in */
    int opening;      /* somebody is inside who has not opened yet */
    int away;         /* the last attempt to open failed, and nobody else was inside */
    int narrow;       /* it failed while so many others were inside, who go on; 0: it never did */
    apr_time_t retry; /* then: when the next may try */
};

apr_time_t gp_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return apr_time_from_sec(now.tv_sec) + now.tv_nsec / 1000;
}

int gp_clock_cond_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    int made;

    if (pthread_condattr_init(&attributes) != 0)
        return 0;
    made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0
           && pthread_cond_init(condition, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return made;
}

void gp_clock_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, apr_time_t until)
{
    struct timespec at;

    at.tv_sec = (time_t)apr_time_sec(until);
    at.tv_nsec = (long)apr_time_usec(until) * 1000;
    pthread_cond_timedwait(condition, mutex, &at);
}

gp_gate *gp_gate_create(apr_pool_t *pool, int capacity)
{
    gp_gate *gate = apr_pcalloc(pool, sizeof *gate);

    gate->capacity = capacity;
    if (pthread_mutex_init(&gate->mutex, NULL) != 0)
        return NULL;
    return gp_clock_cond_init(&gate->changed) ? gate : NULL;
}

/* How many may be inside just now. */
static int places(const gp_gate *gate, apr_time_t now)
{
    return gate->narrow > 0 && gate->narrow < gate->capacity && now < gate->retry ? gate->narrow
                                                                                  : gate->capacity;
}

gp_gate_answer gp_gate_enter(gp_gate *gate, apr_interval_time_t wait)
{
    apr_time_t deadline = gp_clock() + wait;
    gp_gate_answer answer;

    pthread_mutex_lock(&gate->mutex);
    for (;;) {
        apr_time_t now = gp_clock();

        /* While the database is away one caller tries at a time, and nobody queues for it. */
        if (gate->away && (gate->opening || now < gate->retry)) {
            answer = GP_GATE_AWAY;
            break;
        }
        if (!gate->opening && gate->inside < places(gate, now)) {
            gate->opening = 1;
            gate->others = gate->inside++;
            answer = GP_GATE_ENTERED;
            break;
        }
        if (now >= deadline) {
            answer = GP_GATE_FULL;
            break;
        }
        gp_clock_cond_wait(&gate->changed, &gate->mutex, deadline);
    }
    pthread_mutex_unlock(&gate->mutex);
    return answer;
}

gp_gate_change gp_gate_opened(gp_gate *gate, int reachable, apr_interval_time_t pause)
{
    gp_gate_change change = GP_GATE_SAME;

    pthread_mutex_lock(&gate->mutex);
    reachable = reachable != 0;
    if (!reachable)
        gate->retry = gp_clock() + pause;
    if (!reachable && !gate->away && gate->others > 0) {
        gate->narrow =
            gate->others; /* they may have left by now, but their connections are there */
        change = GP_GATE_NARROWED;
    } else {
        if (gate->away == reachable)
            change = reachable ? GP_GATE_FOUND : GP_GATE_LOST;
        gate->away = !reachable;
    }
    gate->opening = 0;
    if (change == GP_GATE_SAME)
        pthread_cond_signal(&gate->changed);
    else
        pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->mutex);
    return change;
}

void gp_gate_leave(gp_gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    gate->inside--;
    pthread_cond_signal(&gate->changed);
    pthread_mutex_unlock(&gate->mutex);
}

void gp_gate_set_capacity(gp_gate *gate, int capacity)
{
    pthread_mutex_lock(&gate->mutex);
    if (gate->capacity != capacity) {
        gate->capacity = capacity;
        pthread_cond_broadcast(&gate->changed);
    }
    pthread_mutex_unlock(&gate->mutex);
}
