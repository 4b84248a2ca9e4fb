/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections whose backends outlive their deadline. PostgreSQL ends a statement only where it checks for interrupts,
 * and some functions run for minutes without a check. The client already has its 504. The connection stays out of its
 * pool: to use it again, libpq would have to reconnect, and the old backend would run beside the new one.
 *
 * One thread checks whether the backends have ended, and gives the connections back. The first adoption starts it. Only
 * this thread gives them back, because mod_dbd may connect at that moment (to keep DBDMin connections).
 */
#include "orphan.h"
#include "base/clock.h"
#include "deadline.h"
#include "counters.h"

#include <stdlib.h>

/* How often the thread checks, microseconds. Most backends end at once, because the cancel request reaches them. */
#define INTERVAL 10000

typedef struct orphan {
    gp_connection *connection;
    gp_gate *gate;
    gp_gate *class; /* or NULL */
    struct orphan *next;
} orphan;

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    pthread_t thread;
    bool is_usable;
    bool is_started;
    bool ending;
    orphan *first;
} home;

/* Gives back a connection and its places. */
static void release(orphan *self)
{
    gp_connection_close(self->connection);
    gp_gate_recover(self->gate);
    if (self->class != NULL)
        gp_gate_recover(self->class);
    gp_count(GP_COUNTER_ABANDONED, -1);
    free(self);
}

/* Removes an orphan whose backend has ended from the list; with `all`, any orphan. NULL: there is none */
static orphan *take(bool all)
{
    orphan **at = &home.first, *found;

    while (*at != NULL && !all && gp_connection_is_outlived((*at)->connection))
        at = &(*at)->next;
    found = *at;
    if (found != NULL)
        *at = found->next;
    return found;
}

static void *home_main(void *data)
{
    (void)data;
    pthread_mutex_lock(&home.mutex);
    while (!home.ending) {
        orphan *one = take(false);

        if (one != NULL) {
            pthread_mutex_unlock(&home.mutex);
            release(one);
            pthread_mutex_lock(&home.mutex);
        } else if (home.first != NULL) {
            gp_clock_cond_wait(&home.wake, &home.mutex, gp_clock() + INTERVAL);
        } else {
            pthread_cond_wait(&home.wake, &home.mutex);
        }
    }
    pthread_mutex_unlock(&home.mutex);
    return NULL;
}

/* Runs before the pools of connections are destroyed. */
static apr_status_t stop(void *data)
{
    orphan *one;
    bool is_started;

    (void)data;
    pthread_mutex_lock(&home.mutex);
    home.ending = true;
    is_started = home.is_started;
    pthread_cond_signal(&home.wake);
    pthread_mutex_unlock(&home.mutex);
    if (is_started)
        pthread_join(home.thread, NULL);
    while ((one = take(true)) != NULL)
        release(one);
    return APR_SUCCESS;
}

bool gp_orphan_init(apr_pool_t *child)
{
    home.is_usable = pthread_mutex_init(&home.mutex, NULL) == 0 && gp_clock_cond_init(&home.wake);
    home.is_started = home.ending = false; /* httpd -X starts again in the same process */
    if (home.is_usable)
        apr_pool_pre_cleanup_register(child, NULL, stop);
    return home.is_usable;
}

bool gp_orphan_adopt(gp_connection *connection, gp_gate *gate, gp_gate *class)
{
    orphan *self = home.is_usable ? malloc(sizeof *self) : NULL;
    bool is_adopted;

    if (self == NULL)
        return false;
    self->connection = connection;
    self->gate = gate;
    self->class = class;
    gp_gate_abandon(gate);
    if (class != NULL)
        gp_gate_abandon(class);
    gp_count(GP_COUNTER_ABANDONED, 1);
    pthread_mutex_lock(&home.mutex);
    if (!home.is_started && !home.ending)
        home.is_started = gp_thread_start(&home.thread, home_main, NULL, PTHREAD_CREATE_JOINABLE);
    is_adopted = home.is_started && !home.ending;
    if (is_adopted) {
        self->next = home.first;
        home.first = self;
        pthread_cond_signal(&home.wake);
    }
    pthread_mutex_unlock(&home.mutex);
    if (!is_adopted)
        release(self); /* without the thread, nothing would release it later */
    return true;
}

void gp_orphan_return(gp_connection *connection, gp_gate *gate)
{
    if (gp_orphan_adopt(connection, gate, NULL))
        return;
    gp_connection_close(connection);
    gp_gate_leave(gate);
}
