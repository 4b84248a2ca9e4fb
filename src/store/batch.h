/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_BATCH_H
#define GP_BATCH_H

#include "share.h"

#include <apr_pools.h>
#include <apr_ring.h>
#include <apr_time.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/**
 * Leader/follower batching, as in a group commit. A bounded number of members lead at once; the others wait. When a
 * leader leaves, a waiter becomes the next leader and takes waiters with the same kind of work along as followers.
 * Thread-safe; knows nothing of databases.
 */
typedef struct gp_batches gp_batches;

typedef enum {
    GP_BATCH_LEADS,  /* the member is a leader: gp_batches_leave must follow */
    GP_BATCH_SERVED, /* a leader has done the member's work with its own */
    GP_BATCH_FULL    /* the wait is over, or the caller (share.h) holds too many threads */
} gp_batch_answer;

/** A kind of work: members of the same kind can share a batch. */
typedef struct gp_batch_kind {
    int most;        /* members of one batch at most */
    atomic_int pace; /* batch.c's own: estimate of the microseconds that one member takes */
} gp_batch_kind;

/** One thread and its work. The memory must stay until gp_batches_join returns, and after GP_BATCH_LEADS until
 *  gp_batches_leave. */
typedef struct gp_batch_member {
    gp_batch_kind *kind;
    gp_share *share; /* of the caller; NULL: none */
    struct gp_batch_member
        *next; /* the first follower of a leader, the next follower of a follower */
    int companions; /* how many pieces of work a leader has done in addition, for which no member waits */

    /* batch.c's own */
    APR_RING_ENTRY(gp_batch_member) link; /* in the ring of waiters, or of leaders */
    pthread_mutex_t mutex;                /* guards the next two */
    pthread_cond_t called;
    bool is_called;
    enum { GP_BATCH_WAITING, GP_BATCH_LEADING, GP_BATCH_FOLLOWING, GP_BATCH_TURNED_AWAY } state;
    apr_time_t since; /* when it became a leader */
    apr_time_t begun; /* when it began to work; 0: not yet */
} gp_batch_member;

/**
 * Make batches.
 * @param pool   its lifetime
 * @param lanes  leaders at once while work is quick. Slower work gets more leaders, and up to half of `most` members
 *               need not wait at all. A leader that runs longer than 10 ms no longer counts.
 * @param most   upper limit of all leaders at once
 * @return NULL if the system has no mutex left
 */
gp_batches *gp_batches_create(apr_pool_t *pool, int lanes, int most);

/**
 * Wait to become a leader or a follower. The waiter whose caller (share.h) holds the fewest turns comes first; among
 * equals, the one that has waited longest.
 * @param self  its kind is set
 * @param wait  how long to wait, microseconds. A follower waits until its leader leaves, however long that takes.
 */
gp_batch_answer gp_batches_join(gp_batches *batches, gp_batch_member *self,
                                apr_interval_time_t wait);

/**
 * Begin to work, and take waiters of the same kind along, in the same order. Slower work gets fewer followers, because
 * every member waits for the whole batch.
 * @param self  the leader; its next receives the followers
 * @return the number of followers
 */
int gp_batches_gather(gp_batches *batches, gp_batch_member *self);

/** The leader has done its work and that of its followers. This wakes the followers. */
void gp_batches_leave(gp_batches *batches, gp_batch_member *self);

#endif
