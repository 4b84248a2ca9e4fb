/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_SEARCH_H
#define GP_SEARCH_H

#include "exchange.h"

/** Positions of an owner. */
typedef struct {
    /* From the first one without a document on, they do not fit into the page. */
    const gp_position *positions;
    int count;
    bool has_more;     /* further positions follow, although no row without a document shows it */
    const char *total; /* how many the filter selects, in digits; NULL: without $count */
} gp_found;

/**
 * Find the positions that a request's query options ask for.
 * @param limit    how many at most
 * @param found    receives them, in x->work
 * @return false: x->problem is set
 */
bool gp_search(gp_exchange *x, int limit, gp_found *found);

/** Count the positions that the filter of a request selects. @param total  receives the number, in digits */
bool gp_search_count(gp_exchange *x, const char **total);

#endif
