/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaders and followers. There is no thread beside those of the callers: where nobody else is there, a
 * caller goes on without having waited for anybody, and the more there are, the larger the batches.
 */
#include "batch.h"
#include "gate.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

/* Who leads for longer than this does not count, since what is done may take very long. Who waits looks
 * after so much time, again after twice as much, and so on. */
#define PATIENCE (APR_USEC_PER_SEC / 100)

struct gp_batches {
    pthread_mutex_t mutex;
    gp_batch_member *first;   /* the queue: who has waited longest; NULL: nobody waits */
    gp_batch_member **end;    /* where the next one's address goes */
    gp_batch_member *leaders; /* those who lead */
    int present;              /* all who have come and not left, whatever they do */
    int lanes;
    int most;
};

gp_batches *gp_batches_create(apr_pool_t *pool, int lanes, int most)
{
    gp_batches *batches = apr_pcalloc(pool, sizeof *batches);

    batches->end = &batches->first;
    batches->lanes = lanes;
    batches->most = most;
    return pthread_mutex_init(&batches->mutex, NULL) == 0 ? batches : NULL;
}

/* A few need not wait for each other: that would save work, but nobody has much. */
static int has_room(const gp_batches *batches, apr_time_t now)
{
    const gp_batch_member *leader;
    int all = 0, counted = 0;

    for (leader = batches->leaders; leader != NULL; leader = leader->beside) {
        all++;
        counted += now - leader->since < PATIENCE;
    }
    return all < batches->most
           && (counted < batches->lanes || batches->present <= batches->most / 2);
}

/* Takes a member out of the queue. @param at  what points to it */
static gp_batch_member *take_out(gp_batches *batches, gp_batch_member **at)
{
    gp_batch_member *member = *at;

    *at = member->next;
    if (*at == NULL)
        batches->end = at;
    member->next = NULL;
    return member;
}

/* Has those lead whose turn it is. */
static void call(gp_batches *batches, apr_time_t now)
{
    while (batches->first != NULL && has_room(batches, now)) {
        gp_batch_member *member = take_out(batches, &batches->first);

        member->state = GP_BATCH_LEADING;
        member->since = now;
        member->beside = batches->leaders;
        batches->leaders = member;
        sem_post(&member->called);
    }
}

void gp_batches_set_lanes(gp_batches *batches, int lanes, int most)
{
    pthread_mutex_lock(&batches->mutex);
    batches->lanes = lanes;
    batches->most = most;
    call(batches, gp_clock());
    pthread_mutex_unlock(&batches->mutex);
}

/* @return zero where the time is over */
static int is_called(gp_batch_member *self, apr_time_t until)
{
    struct timespec at = {(time_t)apr_time_sec(until), (long)apr_time_usec(until) * 1000};

    while (sem_clockwait(&self->called, CLOCK_MONOTONIC, &at) != 0) {
        if (errno != EINTR)
            return 0;
    }
    return 1;
}

/* Looks whether the time has made room, or is over. @return when to look again; 0: it is over, and the
 * member is out of the queue. Who has been taken along goes on waiting. */
static apr_time_t look(gp_batches *batches, gp_batch_member *self, apr_time_t deadline,
                       apr_interval_time_t patience)
{
    apr_time_t now = gp_clock(), next = now + patience;
    gp_batch_member **at = &batches->first;

    pthread_mutex_lock(&batches->mutex);
    call(batches, now);
    if (self->state == GP_BATCH_WAITING && now >= deadline) {
        while (*at != self)
            at = &(*at)->next;
        take_out(batches, at);
        batches->present--;
        next = 0;
    } else if (self->state == GP_BATCH_WAITING && deadline < next) {
        next = deadline;
    }
    pthread_mutex_unlock(&batches->mutex);
    return next;
}

gp_batch_answer gp_batches_join(gp_batches *batches, gp_batch_member *self,
                                apr_interval_time_t wait)
{
    apr_time_t now = gp_clock(), deadline = now + wait, next;
    apr_interval_time_t patience = PATIENCE;

    if (sem_init(&self->called, 0, 0) != 0)
        return GP_BATCH_FULL;
    self->state = GP_BATCH_WAITING;
    self->next = NULL;
    pthread_mutex_lock(&batches->mutex);
    *batches->end = self;
    batches->end = &self->next;
    batches->present++;
    call(batches, now);
    pthread_mutex_unlock(&batches->mutex);
    next = wait < patience ? deadline : now + patience;
    while (next != 0 && !is_called(self, next)) {
        patience *= 2;
        next = look(batches, self, deadline, patience);
    }
    sem_destroy(&self->called);
    if (next == 0)
        return GP_BATCH_FULL;
    return self->state == GP_BATCH_LEADING ? GP_BATCH_LEADS : GP_BATCH_SERVED;
}

int gp_batches_gather(gp_batches *batches, gp_batch_member *self)
{
    gp_batch_member **from = &batches->first, **to = &self->next;
    int followers = 0;

    pthread_mutex_lock(&batches->mutex);
    while (*from != NULL && followers < self->most - 1) {
        if ((*from)->scope != self->scope || (*from)->kind != self->kind) {
            from = &(*from)->next;
            continue;
        }
        *to = take_out(batches, from);
        (*to)->state = GP_BATCH_FOLLOWING;
        to = &(*to)->next;
        followers++;
    }
    pthread_mutex_unlock(&batches->mutex);
    return followers;
}

void gp_batches_leave(gp_batches *batches, gp_batch_member *self)
{
    gp_batch_member **at = &batches->leaders, *follower, *next;

    pthread_mutex_lock(&batches->mutex);
    while (*at != self)
        at = &(*at)->beside;
    *at = self->beside;
    for (follower = self; follower != NULL; follower = follower->next)
        batches->present--;
    call(batches, gp_clock());
    pthread_mutex_unlock(&batches->mutex);
    /* Once told, a follower is not there any more. */
    for (follower = self->next; follower != NULL; follower = next) {
        next = follower->next;
        sem_post(&follower->called);
    }
}
