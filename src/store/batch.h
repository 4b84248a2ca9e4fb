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
 * Who runs whose work. A few callers at a time do what they came for; where more come, they wait, and
 * one of those who are done is followed by one of those who wait, who takes along the others whose work
 * can be done together with its own (leader and followers, as in a group commit). Thread-safe; knows
 * nothing of databases.
 */
typedef struct gp_batches gp_batches;

typedef enum {
    GP_BATCH_LEADS,  /* it is the caller's turn: gp_batches_leave must follow */
    GP_BATCH_SERVED, /* another has taken the caller along, and is done */
    GP_BATCH_FULL    /* neither came in time, or the caller has too many of the threads */
} gp_batch_answer;

/** Work that can be done together. */
typedef struct gp_batch_kind {
    int most;        /* so many at a time */
    atomic_int pace; /* batch.c's own: microseconds that one takes, as it seems */
} gp_batch_kind;

/** One caller. It lies where its thread likes, until gp_batches_join says that it was served or waited
 *  in vain, or until gp_batches_leave. */
typedef struct gp_batch_member {
    gp_batch_kind *kind;
    gp_share *share;              /* of the caller; NULL: none */
    struct gp_batch_member *next; /* of who leads: who follows; of who follows: the next one */

    /* batch.c's own */
    APR_RING_ENTRY(gp_batch_member) link; /* among those who wait, or those who lead */
    pthread_mutex_t mutex;                /* of the next two */
    pthread_cond_t called;
    bool is_called;
    enum { GP_BATCH_WAITING, GP_BATCH_LEADING, GP_BATCH_FOLLOWING, GP_BATCH_TURNED_AWAY } state;
    apr_time_t since; /* it leads */
    apr_time_t begun; /* to work; 0: not yet */
} gp_batch_member;

/**
 * @param pool   for its lifetime
 * @param lanes  how many lead at a time where work is quick. More lead where it takes longer, or where
 *               there are no more callers than half of `most`; who takes very long (10 ms) does not count.
 * @param most   how many lead in any case
 * @return NULL where the system has no mutex left
 */
gp_batches *gp_batches_create(apr_pool_t *pool, int lanes, int most);

/**
 * Wait for one's turn, or for somebody who takes one along. A caller of fewer turns comes before one of more;
 * among equals, the one who has waited longest leads first.
 * @param self  its kind is set
 * @param wait  how long, microseconds. Who has been taken along waits until that is done.
 */
gp_batch_answer gp_batches_join(gp_batches *batches, gp_batch_member *self,
                                apr_interval_time_t wait);

/**
 * Begin to work, and take along those who wait and fit, in the same order. The longer
 * one of the kind takes, the fewer: all of them wait for each.
 * @param self  who leads; its next receives them
 * @return how many they are
 */
int gp_batches_gather(gp_batches *batches, gp_batch_member *self);

/** Who leads is done, with the work of those who were taken along, too: they are told. */
void gp_batches_leave(gp_batches *batches, gp_batch_member *self);

#endif
