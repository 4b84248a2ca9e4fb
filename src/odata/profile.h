/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_PROFILE_H
#define GP_PROFILE_H

#include "query.h"

/** What a request asks of a profile, by $select and $expand (OData URL conventions 4.01 sections 5.1.2 and 5.1.3). */
typedef struct gp_profile_query {
    bool has_id;
    bool has_positions;
    unsigned
        collections; /* the others that are answered, all empty: a bit for each gp_profile_collection */
    const char
        *text; /* as the context URL lists it, without parentheses; NULL: nothing was selected */
    const char *args;   /* the query string of the collection of positions that is answered */
    gp_query positions; /* the same, read */
} gp_profile_query;

/** @return the name of a collection of Graph's profile, other than positions, by its index from 0; NULL: there are
 *          no more. This service keeps nothing in them. */
const char *gp_profile_collection(int index);

/**
 * Read $select and $expand of a profile. Without $expand the positions are answered as if it named them, because
 * Graph does so, unless $select leaves them out.
 * @param select   percent-decoded UTF-8; NULL: not said
 * @param expand   likewise
 * @param rest     the query string without these two: it holds the aliases, and links repeat it
 * @param problem  receives what is wrong, with the position in characters from 1
 * @return from the pool; NULL: the problem is set
 */
const gp_profile_query *gp_profile_parse(apr_pool_t *pool, const char *select, const char *expand,
                                         const char *rest, gp_problem *problem);

#endif
