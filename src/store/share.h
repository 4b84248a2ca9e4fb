/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_SHARE_H
#define GP_SHARE_H

#include "base/clock.h"

#include <apr_pools.h>

#include <stdatomic.h>
#include <stdbool.h>

/** The kinds of places that a caller may hold. */
typedef enum {
    GP_SHARE_BATCH,      /* statements that the engine has sent, except those of the next kind */
    GP_SHARE_CLASS,      /* statements of an expensive class, or places in its gate */
    GP_SHARE_CONNECTION, /* places in the gate of a pool */
    GP_SHARE_KINDS
} gp_share_kind;

/** A caller with requests in this process. Callers that hold fewer places are served first. */
typedef struct gp_share {
    atomic_int held[GP_SHARE_KINDS]; /* counted by the gates and batches */
    atomic_llong served;             /* when it last got a place of GP_SHARE_CLASS, on gp_clock */

    /* share.c's own */
    atomic_int requests; /* its requests in this process */
    int leaving;         /* those of them that were turned away and have not ended yet */
    char *key;
    struct gp_share *previous, *next;
} gp_share;

/**
 * child_init: prepare the list of callers.
 * @param threads  how many requests this process serves at once
 * @return false: the system has no mutex left, and all callers are treated as one
 */
bool gp_share_init(int threads);

/**
 * A request begins to use the database.
 * @param key    identifies its caller
 * @param share  receives the share of the caller, for gp_share_leave; NULL if there is no memory for it
 * @return false: the caller holds half of the threads, and another caller had a request within the last second, so this
 *         request must not wait; *share is NULL
 */
bool gp_share_enter(const char *key, gp_share **share);

/** A request has ended its use of the database. @param share  may be NULL */
void gp_share_leave(gp_share *share);

/**
 * Whether a waiting request must give up its thread, because its caller holds more than half of the threads and another
 * caller has come. Each call that returns true counts one request as turned away.
 * @param share  may be NULL
 */
bool gp_share_turns_away(gp_share *share);

/** @return whether there are several callers, or were within the last second */
bool gp_share_is_contended(void);

/** @return how many places of a kind a caller holds; 0 for NULL */
static inline int gp_share_held(const gp_share *share, gp_share_kind kind)
{
    return share != NULL ? share->held[kind] : 0;
}

/** Change the number of places that a caller holds. @param share  may be NULL */
static inline void gp_share_count(gp_share *share, gp_share_kind kind, int change)
{
    if (share == NULL)
        return;
    atomic_fetch_add(&share->held[kind], change);
    if (kind == GP_SHARE_CLASS && change > 0)
        atomic_store(&share->served, gp_clock());
}

/**
 * Compare two callers that want a place of a kind. There may be only one place of an expensive class: when it comes free,
 * nobody holds one, so the callers take turns.
 * @return less than 0: `one` comes first; 0: neither
 */
static inline int gp_share_compare(const gp_share *one, const gp_share *other, gp_share_kind kind)
{
    int held = gp_share_held(one, kind), others = gp_share_held(other, kind);
    long long served = one != NULL ? one->served : 0, before = other != NULL ? other->served : 0;

    if (held != others || kind != GP_SHARE_CLASS)
        return held - others;
    return served < before ? -1 : served > before;
}

#endif
