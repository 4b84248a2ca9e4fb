/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_RANKING_H
#define GP_RANKING_H

#include "base/limits.h"
#include "document/position.h"
#include "odata/datum.h"

/** Keeps the first positions by the keys of $orderby, and by id if the keys are equal. It copies their keys and ids,
 *  not their documents. */
typedef struct gp_ranking gp_ranking;

/** A position that is kept. */
typedef struct {
    char id[GP_UUID_SIZE];
    const gp_position *position; /* a copy; its texts live as long as the caller keeps them */
    gp_datum keys[GP_ORDER_KEYS_MAX];
} gp_ranked;

/**
 * Make a ranking.
 * @param descends  of each key whether it descends; must outlive the ranking
 * @param most      how many positions it must keep
 */
gp_ranking *gp_ranking_make(apr_pool_t *pool, const bool *descends, int keys, apr_int64_t most);

/**
 * Add a position.
 * @param position  the struct is copied; its texts are not
 * @param keys      copied; of strings, only the first GP_ORDER_TEXT_MAX characters
 * @return false: the ranking takes more than GP_ORDER_BYTES_MAX bytes
 */
bool gp_ranking_add(gp_ranking *ranking, const gp_position *position, const gp_datum *keys);

/** @return the positions in order, at most as many as must be kept. @param count  receives how many */
const gp_ranked *gp_ranking_sort(gp_ranking *ranking, int *count);

#endif
