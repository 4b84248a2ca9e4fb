/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deadlines for calls that have none. apr_dbd blocks in libpq until the server answers; a hung
 * server never does, and no TCP setting notices. One thread looks at the running calls and shuts
 * down the socket under those that are late: libpq then returns an error like any lost connection.
 *
 * The socket is a duplicate of libpq's, so that the number cannot meanwhile belong to something
 * else. The request to cancel goes out from a thread of its own, since a hung server would hang it
 * too; at most MAX_CANCELS are under way, more are not sent.
 */
#include "deadline.h"
#include "gate.h"

#include <apr_atomic.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <apr_thread_proc.h>

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CANCELS 4

/* How often the thread looks while calls run. Between calls it sleeps on, so that a call need not
 * wake it: it goes to rest only after a whole interval without any. */
#define INTERVAL (APR_USEC_PER_SEC / 20)

static struct {
    apr_thread_mutex_t *mutex; /* NULL: no thread, no deadlines */
    apr_thread_cond_t *wake;
    apr_thread_t *thread;
    gp_deadline *running;
    int busy;    /* a call began since the thread last looked */
    int resting; /* the thread waits to be woken */
    int ending;
} watch;

static volatile apr_uint32_t cancels;

/* ---- cancelling ---- */

static void *cancel_main(void *data)
{
    char error[256];

    PQcancel(data, error, sizeof error);
    PQfreeCancel(data);
    apr_atomic_dec32(&cancels);
    return NULL;
}

static void send_cancel(PGcancel *cancel)
{
    pthread_attr_t detached;
    pthread_t thread;
    int started = 0;

    if (cancel == NULL)
        return;
    if (apr_atomic_inc32(&cancels) < MAX_CANCELS && pthread_attr_init(&detached) == 0) {
        pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
        started = pthread_create(&thread, &detached, cancel_main, cancel) == 0;
        pthread_attr_destroy(&detached);
    }
    if (!started) {
        PQfreeCancel(cancel);
        apr_atomic_dec32(&cancels);
    }
}

/* ---- watching ---- */

static void unlink_running(gp_deadline *deadline)
{
    if (deadline->previous != NULL)
        deadline->previous->next = deadline->next;
    else
        watch.running = deadline->next;
    if (deadline->next != NULL)
        deadline->next->previous = deadline->previous;
    deadline->running = 0;
}

static void expire(gp_deadline *deadline)
{
    deadline->expired = 1;
    unlink_running(deadline);
    send_cancel(deadline->cancel);
    deadline->cancel = NULL; /* it went with the thread that sends it */
    if (deadline->socket >= 0)
        shutdown(deadline->socket, SHUT_RDWR);
}

/* Returns as any function does: apr_thread_exit() would leave its frame behind (AddressSanitizer). */
static void *APR_THREAD_FUNC watch_main(apr_thread_t *thread, void *data)
{
    (void)thread;
    (void)data;
    apr_thread_mutex_lock(watch.mutex);
    while (!watch.ending) {
        gp_deadline *deadline = watch.running, *next;
        apr_time_t now = gp_clock();

        for (; deadline != NULL; deadline = next) {
            next = deadline->next;
            if (now >= deadline->at)
                expire(deadline);
        }
        watch.resting = watch.running == NULL && !watch.busy;
        watch.busy = 0;
        if (watch.resting)
            apr_thread_cond_wait(watch.wake, watch.mutex);
        else
            apr_thread_cond_timedwait(watch.wake, watch.mutex, INTERVAL);
    }
    apr_thread_mutex_unlock(watch.mutex);
    return NULL;
}

static apr_status_t stop_watching(void *data)
{
    apr_status_t status;

    (void)data;
    apr_thread_mutex_lock(watch.mutex);
    watch.ending = 1;
    apr_thread_cond_signal(watch.wake);
    apr_thread_mutex_unlock(watch.mutex);
    apr_thread_join(&status, watch.thread);
    return APR_SUCCESS;
}

apr_status_t gp_deadline_init(apr_pool_t *pool)
{
    apr_thread_mutex_t *mutex;
    apr_status_t status = apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, pool);

    if (status == APR_SUCCESS)
        status = apr_thread_cond_create(&watch.wake, pool);
    if (status != APR_SUCCESS)
        return status;
    watch.mutex = mutex;
    status = apr_thread_create(&watch.thread, NULL, watch_main, NULL, pool);
    if (status != APR_SUCCESS)
        watch.mutex = NULL;
    else /* before the pool's own cleanups destroy mutex and condition */
        apr_pool_pre_cleanup_register(pool, NULL, stop_watching);
    return status;
}

/* ---- one connection's deadline ---- */

void gp_deadline_attach(gp_deadline *deadline, PGconn *connection)
{
    gp_deadline_detach(deadline);
    deadline->socket = fcntl(PQsocket(connection), F_DUPFD_CLOEXEC, 0);
    deadline->cancel = PQgetCancel(connection);
    deadline->attached = 1;
}

void gp_deadline_detach(gp_deadline *deadline)
{
    if (!deadline->attached)
        return;
    if (deadline->socket >= 0)
        close(deadline->socket);
    PQfreeCancel(deadline->cancel);
    deadline->cancel = NULL;
    deadline->attached = 0;
}

void gp_deadline_start(gp_deadline *deadline, apr_interval_time_t timeout)
{
    deadline->expired = 0;
    if (watch.mutex == NULL)
        return;
    deadline->at = gp_clock() + timeout;
    apr_thread_mutex_lock(watch.mutex);
    deadline->previous = NULL;
    deadline->next = watch.running;
    if (watch.running != NULL)
        watch.running->previous = deadline;
    watch.running = deadline;
    deadline->running = 1;
    watch.busy = 1;
    if (watch.resting) {
        watch.resting = 0;
        apr_thread_cond_signal(watch.wake);
    }
    apr_thread_mutex_unlock(watch.mutex);
}

int gp_deadline_stop(gp_deadline *deadline)
{
    if (watch.mutex == NULL)
        return 0;
    apr_thread_mutex_lock(watch.mutex);
    if (deadline->running)
        unlink_running(deadline);
    apr_thread_mutex_unlock(watch.mutex);
    return deadline->expired;
}
