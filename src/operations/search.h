/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_SEARCH_H
#define GP_SEARCH_H

#include "exchange.h"

/** Positions of an owner. */
typedef struct {
    const gp_position
        *positions; /* from the first without a document on, they do not fit on the page */
    int count;
    bool has_more;     /* there are more, though they are not among these */
    const char *total; /* how many the filter selects, in digits; NULL: $count was not asked for */
} gp_found;

/**
 * Find the positions that a request's query options ask for.
 * @param limit    how many at the most
 * @param found    receives them, in x->work
 * @return false: x->problem is set
 */
bool gp_search(gp_exchange *x, int limit, gp_found *found);

/** Count the positions that the filter of a request selects. @param total  receives the number, in digits */
bool gp_search_count(gp_exchange *x, const char **total);

#endif
