/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Admission to a connection pool: a bounded number of callers inside, a bounded wait, and a circuit breaker. mod_dbd
 * has none of these: it waits without limit and connects under a lock.
 */
#include "gate.h"
#include "base/clock.h"

#include <apr_ring.h>

#include <pthread.h>

/* After one idle second, assume that the pool may have expired its connections. */
#define IDLE_TRUST APR_USEC_PER_SEC

/* How often a probe checks whether a caller's attempt to connect has ended. */
#define PROBE_LOOK (APR_USEC_PER_SEC / 20)

/* A waiting caller, on the stack of its thread. The thread returns only after it was called, or after it has removed
 * the waiter from the queue. */
typedef struct waiter {
    pthread_cond_t called;
    bool is_called;
    bool waits;            /* false: it only looks whether there is a place */
    gp_gate_answer answer; /* GP_GATE_FULL until it is called */
    gp_share *share;
    gp_share_kind kind;
    bool *is_turned_away;
    APR_RING_ENTRY(waiter) link;
} waiter;

struct gp_gate {
    pthread_mutex_t mutex;
    APR_RING_HEAD(waiters, waiter) waiting; /* the first has waited longest */
    int capacity;
    int inside;
    int abandoned;   /* how many of them only hold their place: gp_gate_abandon */
    int opening;     /* how many of them are opening a connection */
    bool connecting; /* the only one that is opening makes a new connection */
    int idle;        /* estimate of the idle connections in the pool */
    apr_time_t used; /* when the gate last admitted a caller */
    int established; /* most callers with a connection at any time since the present openings began */
    bool breaker_open;     /* the last attempt failed, and no other proved the database reachable */
    int reduced_capacity;  /* other callers beside the last failed attempt; 0: none failed */
    apr_time_t retry;      /* when the next attempt is due after a failed one */
    atomic_llong *is_open; /* gp_gate_publish; NULL: not published */
    void (*tell)(void *context); /* gp_gate_on_free; NULL: none */
    void *context;
};

gp_gate *gp_gate_create(apr_pool_t *pool, int capacity)
{
    gp_gate *gate = apr_pcalloc(pool, sizeof *gate);

    gate->capacity = capacity;
    APR_RING_INIT(&gate->waiting, waiter, link);
    return pthread_mutex_init(&gate->mutex, NULL) == 0 ? gate : NULL;
}

static bool is_reduced(const gp_gate *gate, apr_time_t now)
{
    return gate->reduced_capacity > 0 && gate->reduced_capacity < gate->capacity
           && now < gate->retry;
}

/* The present capacity. */
static int places(const gp_gate *gate, apr_time_t now)
{
    return is_reduced(gate, now) ? gate->reduced_capacity : gate->capacity;
}

/* While the breaker is open, one caller at a time tries. The others do not wait for the outcome. */
static bool refuses_all(const gp_gate *gate, apr_time_t now)
{
    return gate->breaker_open && (gate->opening > 0 || now < gate->retry);
}

static void publish(const gp_gate *gate)
{
    if (gate->is_open != NULL)
        atomic_store(gate->is_open, gate->breaker_open);
}

/* One caller at a time makes a new connection. Any number of callers take idle ones. */
static bool has_room(const gp_gate *gate, apr_time_t now)
{
    return gate->inside < gate->capacity && gate->inside - gate->abandoned < places(gate, now)
           && (gate->opening == 0 || (gate->idle > 0 && !gate->connecting));
}

/* The next waiter. The queue must not be empty. */
static waiter *next_waiter(const gp_gate *gate)
{
    waiter *one, *best = APR_RING_FIRST(&gate->waiting);

    APR_RING_FOREACH(one, &gate->waiting, waiter, link)
    {
        if (best->kind != GP_SHARE_CLASS && gp_share_held(best->share, best->kind) == 0)
            break;
        if (gp_share_compare(one->share, best->share, one->kind) < 0)
            best = one;
    }
    return best;
}

static void admit(gp_gate *gate, waiter *one, apr_time_t now)
{
    gp_share_count(one->share, one->kind, 1);
    if (now - gate->used > IDLE_TRUST)
        gate->idle = 0;
    gate->used = now;
    gate->connecting = gate->idle == 0;
    if (gate->idle > 0)
        gate->idle--;
    if (gate->opening == 0)
        gate->established = gate->inside - gate->abandoned;
    gate->inside++;
    gate->opening++;
}

static void answer(waiter *one, gp_gate_answer with)
{
    one->answer = with;
    APR_RING_REMOVE(one, link);
    one->is_called = true;
    pthread_cond_signal(&one->called);
}

/* Turns away waiters of callers that hold too many threads, the newest first. */
static void reject_excess(gp_gate *gate)
{
    waiter *one, *previous;

    for (one = APR_RING_LAST(&gate->waiting);
         one != APR_RING_SENTINEL(&gate->waiting, waiter, link); one = previous) {
        previous = APR_RING_PREV(one, link);
        if (!one->waits)
            continue;
        *one->is_turned_away = *one->is_turned_away || gp_share_turns_away(one->share);
        if (*one->is_turned_away)
            answer(one, GP_GATE_FULL);
    }
}

/* Answers waiters while there is an answer for the next one. */
static void call_waiters(gp_gate *gate, apr_time_t now)
{
    reject_excess(gate);
    while (!APR_RING_EMPTY(&gate->waiting, waiter, link)) {
        waiter *one = next_waiter(gate);

        if (refuses_all(gate, now)) {
            answer(one, GP_GATE_UNREACHABLE);
        } else if (has_room(gate, now)) {
            admit(gate, one, now);
            answer(one, GP_GATE_ENTERED);
        } else {
            break;
        }
    }
}

/* When a waiter must look again by itself. The end of reduced capacity is an event that wakes no waiter. */
static apr_time_t next_look(const gp_gate *gate, apr_time_t deadline)
{
    return is_reduced(gate, gp_clock()) && gate->retry < deadline ? gate->retry : deadline;
}

gp_gate_answer gp_gate_enter(gp_gate *gate, apr_interval_time_t wait)
{
    bool is_turned_away = false;

    return gp_gate_enter_for(gate, NULL, GP_SHARE_CONNECTION, wait, &is_turned_away);
}

gp_gate_answer gp_gate_enter_for(gp_gate *gate, gp_share *share, gp_share_kind kind,
                                 apr_interval_time_t wait, bool *is_turned_away)
{
    apr_time_t now = gp_clock(), deadline = now + wait;
    waiter self = {.waits = wait > 0,
                   .answer = GP_GATE_FULL,
                   .share = share,
                   .kind = kind,
                   .is_turned_away = is_turned_away};

    if (!gp_clock_cond_init(&self.called))
        return GP_GATE_FULL;
    pthread_mutex_lock(&gate->mutex);
    APR_RING_INSERT_TAIL(&gate->waiting, &self, waiter, link);
    call_waiters(gate, now);
    while (!self.is_called && gp_clock() < deadline) {
        gp_clock_cond_wait(&self.called, &gate->mutex, next_look(gate, deadline));
        if (!self.is_called)
            call_waiters(gate, gp_clock());
    }
    if (!self.is_called)
        APR_RING_REMOVE(&self, link);
    pthread_mutex_unlock(&gate->mutex);
    pthread_cond_destroy(&self.called);
    return self.answer;
}

/* Whether a failed attempt means an outage: no other caller has a connection or is still trying. Otherwise this reduces
 * the capacity. */
static bool is_outage(gp_gate *gate)
{
    waiter *one;

    if (gate->breaker_open || gate->established + gate->opening == 0)
        return true;
    /* Established callers may have left by now, but their connections are still in the pool. */
    gate->reduced_capacity = gate->established + gate->opening;
    APR_RING_FOREACH(one, &gate->waiting, waiter, link)
    pthread_cond_signal(&one->called); /* so that each sets its next look to the end of that */
    return false;
}

static void note_established(gp_gate *gate)
{
    int established = gate->inside - gate->abandoned - gate->opening;

    if (established > gate->established)
        gate->established = established;
}

static void tell_free(const gp_gate *gate)
{
    if (gate->tell != NULL)
        gate->tell(gate->context);
}

void gp_gate_on_free(gp_gate *gate, void (*tell)(void *context), void *context)
{
    gate->tell = tell;
    gate->context = context;
}

gp_gate_change gp_gate_opened(gp_gate *gate, bool reachable, apr_interval_time_t pause)
{
    gp_gate_change change = GP_GATE_SAME;
    apr_time_t now = gp_clock();
    bool is_outage_now = false;

    pthread_mutex_lock(&gate->mutex);
    gate->opening--;
    if (reachable) {
        note_established(gate);
    } else {
        gate->retry = now + pause;
        gate->inside--;
        gate->idle = 0; /* idle connections would probably fail as well */
        is_outage_now = is_outage(gate);
    }
    if (!reachable && !is_outage_now)
        change = GP_GATE_REDUCED;
    else if (gate->breaker_open != is_outage_now)
        change = reachable ? GP_GATE_FOUND : GP_GATE_LOST;
    gate->breaker_open = is_outage_now;
    publish(gate);
    call_waiters(gate, now);
    pthread_mutex_unlock(&gate->mutex);
    tell_free(gate);
    return change;
}

void gp_gate_leave(gp_gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    gate->inside--;
    gate->idle++;
    if (!APR_RING_EMPTY(&gate->waiting, waiter, link))
        call_waiters(gate, gp_clock());
    pthread_mutex_unlock(&gate->mutex);
    tell_free(gate);
}

void gp_gate_abandon(gp_gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    gate->abandoned++;
    pthread_mutex_unlock(&gate->mutex);
}

void gp_gate_recover(gp_gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    gate->abandoned--;
    gate->inside--;
    call_waiters(gate, gp_clock());
    pthread_mutex_unlock(&gate->mutex);
    tell_free(gate);
}

void gp_gate_set_capacity(gp_gate *gate, int capacity)
{
    pthread_mutex_lock(&gate->mutex);
    gate->capacity = capacity;
    call_waiters(gate, gp_clock());
    pthread_mutex_unlock(&gate->mutex);
}

void gp_gate_publish(gp_gate *gate, atomic_llong *is_open)
{
    pthread_mutex_lock(&gate->mutex);
    gate->is_open = is_open;
    publish(gate);
    pthread_mutex_unlock(&gate->mutex);
}

apr_time_t gp_gate_probe(gp_gate *gate)
{
    apr_time_t now = gp_clock(), due = 0;

    pthread_mutex_lock(&gate->mutex);
    if (!gate->breaker_open)
        due = APR_INT64_MAX;
    else if (gate->opening > 0) /* a caller is trying */
        due = now + PROBE_LOOK;
    else if (now < gate->retry)
        due = gate->retry;
    else
        gate->opening++;
    pthread_mutex_unlock(&gate->mutex);
    return due;
}

void gp_gate_probed(gp_gate *gate, bool reachable, apr_interval_time_t pause)
{
    apr_time_t now = gp_clock();

    pthread_mutex_lock(&gate->mutex);
    gate->opening--;
    gate->breaker_open = !reachable;
    if (!reachable)
        gate->retry = now + pause;
    publish(gate);
    call_waiters(gate, now);
    pthread_mutex_unlock(&gate->mutex);
}
