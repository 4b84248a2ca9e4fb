/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Admission to a connection pool: a bounded number inside, a bounded wait before it, and a circuit
 * breaker. mod_dbd has none of them: it waits without end and connects under a lock.
 */
#include "gate.h"

#include <apr_ring.h>

#include <pthread.h>
#include <time.h>

/* Where nobody has come in for so long it is not known any more whether the pool has connections: it
 * may have let them expire. */
#define MEMORY APR_USEC_PER_SEC

/* One caller before the gate. It is on the stack of its thread, which leaves only once called, or
 * after taking itself out of the queue. */
typedef struct waiter {
    pthread_cond_t called;
    int is_called;
    gp_gate_answer answer; /* then */
    APR_RING_ENTRY(waiter) link;
} waiter;

struct gp_gate {
    pthread_mutex_t mutex;
    APR_RING_HEAD(waiters, waiter) waiting; /* who has waited longest is the first */
    int capacity;
    int inside;
    int opening;      /* of them, who have not opened yet */
    int connecting;   /* the one who is opening makes a new connection */
    int idle;         /* connections that those who left have left behind: about so many */
    apr_time_t used;  /* when somebody last came in */
    int others;       /* how many had opened when the last one came in */
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
    APR_RING_INIT(&gate->waiting, waiter, link);
    return pthread_mutex_init(&gate->mutex, NULL) == 0 ? gate : NULL;
}

/* How many may be inside just now. */
static int places(const gp_gate *gate, apr_time_t now)
{
    return gate->narrow > 0 && gate->narrow < gate->capacity && now < gate->retry ? gate->narrow
                                                                                  : gate->capacity;
}

/* While the database is away one caller tries at a time, and nobody queues for it. */
static int is_away(const gp_gate *gate, apr_time_t now)
{
    return gate->away && (gate->opening > 0 || now < gate->retry);
}

/* A new connection is made by one alone; those that are there are taken by as many as come. */
static int has_room(const gp_gate *gate, apr_time_t now)
{
    return gate->inside < places(gate, now)
           && (gate->opening == 0 || (gate->idle > 0 && !gate->connecting));
}

static void let_in(gp_gate *gate, apr_time_t now)
{
    if (now - gate->used > MEMORY)
        gate->idle = 0;
    gate->used = now;
    gate->connecting = gate->idle == 0;
    if (gate->idle > 0)
        gate->idle--;
    gate->others = gate->inside - gate->opening;
    gate->inside++;
    gate->opening++;
}

/* Calls those to whom there is an answer, who has waited longest first. */
static void call(gp_gate *gate, apr_time_t now)
{
    while (!APR_RING_EMPTY(&gate->waiting, waiter, link)) {
        waiter *one = APR_RING_FIRST(&gate->waiting);

        if (is_away(gate, now)) {
            one->answer = GP_GATE_AWAY;
        } else if (has_room(gate, now)) {
            let_in(gate, now);
            one->answer = GP_GATE_ENTERED;
        } else {
            break;
        }
        APR_RING_REMOVE(one, link);
        one->is_called = 1;
        pthread_cond_signal(&one->called);
    }
}

gp_gate_answer gp_gate_enter(gp_gate *gate, apr_interval_time_t wait)
{
    apr_time_t now = gp_clock(), deadline = now + wait;
    waiter self = {.answer = GP_GATE_FULL};

    if (!gp_clock_cond_init(&self.called))
        return GP_GATE_FULL;
    pthread_mutex_lock(&gate->mutex);
    APR_RING_INSERT_TAIL(&gate->waiting, &self, waiter, link);
    call(gate, now);
    while (!self.is_called && gp_clock() < deadline)
        gp_clock_cond_wait(&self.called, &gate->mutex, deadline);
    if (!self.is_called)
        APR_RING_REMOVE(&self, link);
    pthread_mutex_unlock(&gate->mutex);
    pthread_cond_destroy(&self.called);
    return self.answer;
}

gp_gate_change gp_gate_opened(gp_gate *gate, int reachable, apr_interval_time_t pause)
{
    gp_gate_change change = GP_GATE_SAME;
    apr_time_t now = gp_clock();

    pthread_mutex_lock(&gate->mutex);
    reachable = reachable != 0;
    gate->opening--;
    if (!reachable) {
        gate->retry = now + pause;
        gate->inside--;
        gate->idle = 0; /* if there were any they would not be better */
    }
    if (!reachable && !gate->away && gate->others > 0) {
        gate->narrow =
            gate->others; /* they may have left by now, but their connections are there */
        change = GP_GATE_NARROWED;
    } else {
        if (gate->away == reachable)
            change = reachable ? GP_GATE_FOUND : GP_GATE_LOST;
        gate->away = !reachable;
    }
    call(gate, now);
    pthread_mutex_unlock(&gate->mutex);
    return change;
}

void gp_gate_leave(gp_gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    gate->inside--;
    gate->idle++;
    if (!APR_RING_EMPTY(&gate->waiting, waiter, link))
        call(gate, gp_clock());
    pthread_mutex_unlock(&gate->mutex);
}

void gp_gate_set_capacity(gp_gate *gate, int capacity)
{
    pthread_mutex_lock(&gate->mutex);
    gate->capacity = capacity;
    call(gate, gp_clock());
    pthread_mutex_unlock(&gate->mutex);
}
