/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The callers with requests in this process, and the places that each holds. Gates and batches serve callers with few
 * places first, so that a caller with many requests does not delay the others. The waiting threads are shared, too,
 * because httpd accepts no connection while all of its threads wait for one caller.
 *
 * A list holds the callers. It is never longer than the number of threads. A hash table would hash texts that clients
 * choose.
 */
#include "share.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

/* How long another caller counts after its last request, microseconds. */
#define PRESENCE APR_USEC_PER_SEC

static struct {
    pthread_mutex_t mutex;
    bool is_usable;
    int most;           /* requests of one caller while there are others, at most */
    atomic_llong mixed; /* when there last were two callers, on gp_clock */
    gp_share *first;
} callers;

bool gp_share_init(int threads)
{
    callers.is_usable = pthread_mutex_init(&callers.mutex, NULL) == 0;
    callers.most = threads > 1 ? threads / 2 : 1;
    callers.mixed = gp_clock() - 2 * PRESENCE;
    callers.first = NULL;
    return callers.is_usable;
}

static gp_share *find(const char *key)
{
    gp_share *share = callers.first;

    while (share != NULL && strcmp(share->key, key) != 0)
        share = share->next;
    return share;
}

/* @return NULL: no memory is left */
static gp_share *add(const char *key)
{
    gp_share *share = calloc(1, sizeof *share);

    if (share == NULL)
        return NULL;
    share->key = strdup(key);
    if (share->key == NULL) {
        free(share);
        return NULL;
    }
    share->next = callers.first;
    if (callers.first != NULL)
        callers.first->previous = share;
    callers.first = share;
    return share;
}

bool gp_share_enter(const char *key, gp_share **share)
{
    apr_time_t now = gp_clock();
    gp_share *own;
    bool is_admitted;

    *share = NULL;
    if (!callers.is_usable)
        return true;
    pthread_mutex_lock(&callers.mutex);
    own = find(key);
    if (own == NULL)
        own = add(key);
    if (callers.first != NULL && callers.first->next != NULL)
        callers.mixed = now;
    is_admitted = own == NULL || own->requests < callers.most || now - callers.mixed > PRESENCE;
    if (is_admitted && own != NULL) {
        own->requests++;
        *share = own;
    }
    pthread_mutex_unlock(&callers.mutex);
    return is_admitted;
}

void gp_share_leave(gp_share *share)
{
    if (share == NULL)
        return;
    pthread_mutex_lock(&callers.mutex);
    if (share->leaving > 0)
        share->leaving--;
    if (--share->requests == 0) {
        if (share->previous != NULL)
            share->previous->next = share->next;
        else
            callers.first = share->next;
        if (share->next != NULL)
            share->next->previous = share->previous;
        free(share->key);
        free(share);
    }
    pthread_mutex_unlock(&callers.mutex);
}

bool gp_share_is_contended(void)
{
    return callers.is_usable && gp_clock() - callers.mixed <= PRESENCE;
}

bool gp_share_turns_away(gp_share *share)
{
    bool is_excess;

    if (share == NULL || share->requests <= callers.most || gp_clock() - callers.mixed > PRESENCE)
        return false;
    pthread_mutex_lock(&callers.mutex);
    is_excess = share->requests - share->leaving > callers.most;
    if (is_excess)
        share->leaving++;
    pthread_mutex_unlock(&callers.mutex);
    return is_excess;
}
