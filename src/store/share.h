/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_SHARE_H
#define GP_SHARE_H

#include <apr_pools.h>

#include <stdatomic.h>
#include <stdbool.h>

/** What a caller may have several of. */
typedef enum {
    GP_SHARE_BATCH,      /* turns in the batches: to lead, or to be taken along */
    GP_SHARE_CLASS,      /* places in the gate of a cost class */
    GP_SHARE_CONNECTION, /* places in the gate of a pool */
    GP_SHARE_KINDS
} gp_share_kind;

/** One caller who has requests in this process. Those of fewer places come before those of more. */
typedef struct gp_share {
    atomic_int held[GP_SHARE_KINDS]; /* counted by the gates and batches */

    /* share.c's own */
    atomic_int requests; /* those of the caller in this process */
    int leaving;         /* those of them that were turned away and are not gone yet */
    char *key;
    struct gp_share *previous, *next;
} gp_share;

/**
 * child_init.
 * @param threads  how many requests this process serves at a time
 * @return false where the system has no mutex left: no caller is told from another then
 */
bool gp_share_init(int threads);

/**
 * A request of a caller begins to use the database.
 * @param key    who that is
 * @param share  receives the caller's, for gp_share_leave; NULL where there is no memory for it
 * @return false: the caller has half of the threads already, and others had requests within the last
 *         second, so this one must not wait; *share is NULL
 */
bool gp_share_enter(const char *key, gp_share **share);

/** @param share  may be NULL */
void gp_share_leave(gp_share *share);

/**
 * Whether a request that waits must give up its thread: another caller has come, and this one has more than
 * half of them. Each call that says so is for one request.
 * @param share  may be NULL
 */
bool gp_share_turns_away(gp_share *share);

/** @return how many of something a caller has; 0 for NULL */
static inline int gp_share_held(const gp_share *share, gp_share_kind kind)
{
    return share != NULL ? share->held[kind] : 0;
}

/** Count them. @param share  may be NULL */
static inline void gp_share_count(gp_share *share, gp_share_kind kind, int change)
{
    if (share != NULL)
        atomic_fetch_add(&share->held[kind], change);
}

#endif
