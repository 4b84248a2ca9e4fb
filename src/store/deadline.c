/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deadlines for calls into libpq. apr_dbd blocks in libpq until the server answers. A hung server never answers, and no
 * TCP setting detects that. One thread checks the running calls, and shuts down the socket of each that is late: libpq
 * then returns an error, as for any lost connection.
 *
 * The socket is a duplicate of libpq's, because libpq may close its own, and another thread may get the same number.
 * Each cancel request has a thread of its own, because a hung server blocks that thread, too. At most GP_CANCELS_MAX
 * run at once; beyond that, no cancel request is sent.
 */
#include "deadline.h"
#include "base/clock.h"
#include "base/limits.h"

#include <apr_atomic.h>

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* How often the thread checks while calls run. It rests only after an interval without any call, so that most calls
 * need not wake it. */
#define INTERVAL (APR_USEC_PER_SEC / 20)

/* For a TCP connection that was shut down: seconds without an answer before the kernel sends a keep-alive probe, and
 * between probes. After three probes the connection has ended. */
#define GIVE_UP 5

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    pthread_t thread;
    bool is_watched; /* the thread runs; otherwise no deadline expires */
    gp_deadline *running;
    bool busy;    /* a call has begun since the last check */
    bool resting; /* the thread sleeps until a call wakes it */
    bool ending;
} watch;

static volatile apr_uint32_t cancels;

bool gp_thread_start(pthread_t *thread, void *(*main)(void *), void *data, int detached)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    bool started;

    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setdetachstate(&attributes, detached);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(thread, &attributes, main, data) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return started;
}

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
    pthread_t thread;

    if (cancel == NULL)
        return;
    if (apr_atomic_inc32(&cancels) >= GP_CANCELS_MAX
        || !gp_thread_start(&thread, cancel_main, cancel, PTHREAD_CREATE_DETACHED)) {
        PQfreeCancel(cancel);
        apr_atomic_dec32(&cancels);
    }
}

/* ---- the end of a connection ---- */

static bool is_local(int file)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof address;

    return getsockname(file, (struct sockaddr *)&address, &size) == 0
           && address.ss_family == AF_UNIX;
}

static void set_tcp(int file, int option, int value)
{
    setsockopt(file, IPPROTO_TCP, option, &value, sizeof value);
}

/*
 * Shuts a connection down so that is_over can find out when the server's side has ended. The kernel does not report
 * that for a Unix socket, but it counts the bytes that the server has not read. So the socket gets a last message,
 * Terminate, which the backend reads at the end of its statement.
 * For TCP the kernel knows the state of the connection. If the host does not answer, it gives up after these times.
 */
static void shut_down(int file)
{
    static const char terminate[] = {'X', 0, 0, 0, 4};

    if (is_local(file)) {
        send(file, terminate, sizeof terminate, MSG_DONTWAIT | MSG_NOSIGNAL);
    } else {
        set_tcp(file, TCP_USER_TIMEOUT, GIVE_UP * 1000);
        set_tcp(file, TCP_KEEPIDLE, GIVE_UP);
        set_tcp(file, TCP_KEEPINTVL, GIVE_UP);
        set_tcp(file, TCP_KEEPCNT, 3);
    }
    shutdown(file, SHUT_RDWR);
}

static bool is_over(int file)
{
    struct tcp_info info = {.tcpi_state = TCP_CLOSE};
    socklen_t size = sizeof info;
    int unread = 0;

    if (is_local(file))
        return ioctl(file, SIOCOUTQ, &unread) != 0 || unread == 0;
    return getsockopt(file, IPPROTO_TCP, TCP_INFO, &info, &size) != 0
           || (info.tcpi_state != TCP_ESTABLISHED && info.tcpi_state != TCP_FIN_WAIT1
               && info.tcpi_state != TCP_FIN_WAIT2);
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
    deadline->running = false;
}

void gp_deadline_expire(gp_deadline *deadline)
{
    deadline->expired = true;
    send_cancel(deadline->cancel);
    deadline->cancel = NULL; /* the thread that sends it frees it */
    if (deadline->socket >= 0)
        shut_down(deadline->socket);
}

static void *watch_main(void *data)
{
    (void)data;
    pthread_mutex_lock(&watch.mutex);
    while (!watch.ending) {
        gp_deadline *deadline = watch.running, *next;
        apr_time_t now = gp_clock();

        for (; deadline != NULL; deadline = next) {
            next = deadline->next;
            if (now < deadline->at)
                continue;
            unlink_running(deadline);
            gp_deadline_expire(deadline);
        }
        watch.resting = watch.running == NULL && !watch.busy;
        watch.busy = false;
        if (watch.resting)
            pthread_cond_wait(&watch.wake, &watch.mutex);
        else
            gp_clock_cond_wait(&watch.wake, &watch.mutex, gp_clock() + INTERVAL);
    }
    pthread_mutex_unlock(&watch.mutex);
    return NULL;
}

static apr_status_t stop_watching(void *data)
{
    (void)data;
    pthread_mutex_lock(&watch.mutex);
    watch.ending = true;
    pthread_cond_signal(&watch.wake);
    pthread_mutex_unlock(&watch.mutex);
    pthread_join(watch.thread, NULL);
    return APR_SUCCESS;
}

bool gp_deadline_init(apr_pool_t *pool)
{
    watch.is_watched = pthread_mutex_init(&watch.mutex, NULL) == 0
                       && gp_clock_cond_init(&watch.wake)
                       && gp_thread_start(&watch.thread, watch_main, NULL, PTHREAD_CREATE_JOINABLE);
    if (watch.is_watched)
        apr_pool_pre_cleanup_register(pool, NULL, stop_watching);
    return watch.is_watched;
}

/* ---- one connection's deadline ---- */

void gp_deadline_attach(gp_deadline *deadline, PGconn *connection)
{
    gp_deadline_detach(deadline);
    deadline->socket = fcntl(PQsocket(connection), F_DUPFD_CLOEXEC, 0);
    deadline->cancel = PQgetCancel(connection);
    deadline->attached = true;
    deadline->expired = false;
}

bool gp_deadline_is_attached(const gp_deadline *deadline)
{
    return deadline->attached && deadline->socket >= 0;
}

void gp_deadline_detach(gp_deadline *deadline)
{
    if (!deadline->attached)
        return;
    if (deadline->socket >= 0)
        close(deadline->socket);
    PQfreeCancel(deadline->cancel);
    deadline->cancel = NULL;
    deadline->attached = false;
}

void gp_deadline_start(gp_deadline *deadline, apr_interval_time_t timeout)
{
    deadline->expired = false;
    if (!watch.is_watched)
        return;
    deadline->at = gp_clock() + timeout;
    pthread_mutex_lock(&watch.mutex);
    deadline->previous = NULL;
    deadline->next = watch.running;
    if (watch.running != NULL)
        watch.running->previous = deadline;
    watch.running = deadline;
    deadline->running = true;
    watch.busy = true;
    if (watch.resting) {
        watch.resting = false;
        pthread_cond_signal(&watch.wake);
    }
    pthread_mutex_unlock(&watch.mutex);
}

bool gp_deadline_stop(gp_deadline *deadline)
{
    if (!watch.is_watched)
        return false;
    pthread_mutex_lock(&watch.mutex);
    if (deadline->running)
        unlink_running(deadline);
    pthread_mutex_unlock(&watch.mutex);
    return deadline->expired;
}

bool gp_deadline_is_outlived(const gp_deadline *deadline)
{
    return deadline->expired && gp_deadline_is_attached(deadline) && !is_over(deadline->socket);
}
