/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probes of databases that cannot be reached. Without them, a breaker stays open until a request comes and waits for an
 * attempt to connect, and monitoring cannot see the end of an outage.
 *
 * One thread of the process probes; the first breaker that opens starts it. It connects by libpq itself, because
 * mod_dbd logs two lines for each failure, in each process, for as long as an outage lasts.
 */
#include "probe.h"
#include "base/clock.h"
#include "deadline.h"
#include "outage.h"

#include <libpq-fe.h>

#include <pthread.h>

/* Time limit of an attempt if the parameters set none, seconds. */
#define CONNECT_TIMEOUT "5"

/* How long a process that ends waits for a running attempt, microseconds. */
#define END_WAIT APR_USEC_PER_SEC

typedef struct watched {
    gp_gate *gate;
    const char *params;
    apr_interval_time_t interval;
    atomic_llong *outage;
    gp_log log;
    struct watched *next;
} watched;

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    pthread_cond_t ended;
    bool is_usable;
    bool is_running; /* the thread */
    bool is_ending;
    watched *first;
} prober;

void gp_probe_tell_end(atomic_llong *outage, const gp_log *log)
{
    if (gp_outage_ends(outage))
        GP_LOG(log, GP_LOG_NOTICE, "the database is reached again");
}

/* Connects as mod_dbd does, then closes the connection. Blocks, because only libpq's blocking functions apply
 * connect_timeout to each host. */
static bool can_connect(const char *params)
{
    const char *const keywords[] = {"connect_timeout", "dbname", NULL};
    const char *const values[] = {CONNECT_TIMEOUT, params, NULL}; /* params may set another one */
    PGconn *pg = PQconnectdbParams(keywords, values, 1);
    bool is_connected = PQstatus(pg) == CONNECTION_OK;

    PQfinish(pg);
    return is_connected;
}

/* Begins a probe that is due. @param until  if none is due, receives when the next one is @return NULL: none is due */
static watched *next_due(apr_time_t *until)
{
    watched *one;

    *until = APR_INT64_MAX;
    for (one = prober.first; one != NULL; one = one->next) {
        apr_time_t due = gp_gate_probe(one->gate);

        if (due == 0)
            return one;
        *until = due < *until ? due : *until;
    }
    return NULL;
}

/* The caller holds the mutex; this releases it while it connects. After is_ending the gates may be gone. */
static void probe(watched *one)
{
    bool is_reachable;

    pthread_mutex_unlock(&prober.mutex);
    is_reachable = can_connect(one->params);
    pthread_mutex_lock(&prober.mutex);
    if (prober.is_ending)
        return;
    gp_gate_probed(one->gate, is_reachable, one->interval);
    if (is_reachable)
        gp_probe_tell_end(one->outage, &one->log);
}

static void *prober_main(void *data)
{
    (void)data;
    pthread_mutex_lock(&prober.mutex);
    while (!prober.is_ending) {
        apr_time_t until;
        watched *due = next_due(&until);

        if (due != NULL)
            probe(due);
        else if (until != APR_INT64_MAX)
            gp_clock_cond_wait(&prober.wake, &prober.mutex, until);
        else
            pthread_cond_wait(&prober.wake, &prober.mutex);
    }
    prober.is_running = false;
    pthread_cond_signal(&prober.ended);
    pthread_mutex_unlock(&prober.mutex);
    return NULL;
}

/* Runs before the gates are destroyed. A thread that is still connecting then uses no gate any more. */
static apr_status_t stop(void *data)
{
    apr_time_t until = gp_clock() + END_WAIT;

    (void)data;
    pthread_mutex_lock(&prober.mutex);
    prober.is_ending = true;
    pthread_cond_signal(&prober.wake);
    while (prober.is_running && gp_clock() < until)
        gp_clock_cond_wait(&prober.ended, &prober.mutex, until);
    prober.first = NULL;
    pthread_mutex_unlock(&prober.mutex);
    return APR_SUCCESS;
}

bool gp_probe_init(apr_pool_t *child)
{
    prober.is_usable = pthread_mutex_init(&prober.mutex, NULL) == 0
                       && gp_clock_cond_init(&prober.wake) && gp_clock_cond_init(&prober.ended);
    prober.is_running = prober.is_ending = false; /* httpd -X starts again in the same process */
    prober.first = NULL;
    if (prober.is_usable)
        apr_pool_pre_cleanup_register(child, NULL, stop);
    return prober.is_usable;
}

void gp_probe_watch(apr_pool_t *child, gp_gate *gate, const char *params,
                    apr_interval_time_t interval, atomic_llong *outage, const gp_log *log)
{
    watched *one;

    if (!prober.is_usable)
        return;
    one = apr_palloc(child, sizeof *one);
    *one = (watched){gate, params, interval, outage, *log, prober.first};
    prober.first = one;
}

void gp_probe_wake(void)
{
    pthread_t thread;

    if (!prober.is_usable)
        return;
    pthread_mutex_lock(&prober.mutex);
    if (!prober.is_running && !prober.is_ending)
        prober.is_running =
            gp_thread_start(&thread, prober_main, NULL, PTHREAD_CREATE_DETACHED) != 0;
    pthread_cond_signal(&prober.wake);
    pthread_mutex_unlock(&prober.mutex);
}
