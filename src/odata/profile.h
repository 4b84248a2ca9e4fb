/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_PROFILE_H
#define GP_PROFILE_H

#include "query.h"

/** Prefix of the target of a problem with an option of the positions. */
#define GP_PROFILE_TARGET "$expand/positions/"

/** The parts of a profile that a request asks for, by $select and $expand (OData URL conventions 4.01 sections
 * 5.1.2 and 5.1.3). */
typedef struct gp_profile_query {
    bool has_id;
    bool has_positions;
    unsigned
        collections; /* the other answered collections, all empty: one bit for each gp_profile_collection */
    const char *text;   /* as listed in the context URL, without parentheses; NULL: no selection */
    const char *args;   /* the query string of the answered collection of positions */
    gp_query positions; /* the same, parsed */
} gp_profile_query;

/** @return the name of a collection of Graph's profile, other than positions, by its index from 0; NULL: there
 *           are no more. This service stores nothing in them. */
const char *gp_profile_collection(int index);

/**
 * Parse $select and $expand of a profile. Without $expand, the positions are answered as if it named them, as in
 * Graph, unless $select leaves them out.
 * @param select  percent-decoded UTF-8; NULL: missing
 * @param expand  percent-decoded UTF-8; NULL: missing
 * @param rest  the query string without these two: it contains the aliases, and links repeat it
 * @param problem  receives the problem, with its position in characters from 1
 * @return from the pool; NULL: the problem is set
 */
const gp_profile_query *gp_profile_parse(apr_pool_t *pool, const char *select, const char *expand,
                                         const char *rest, gp_problem *problem);

#endif
