/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CONDITIONS_H
#define GP_CONDITIONS_H

#include "exchange.h"

/** The ETags of a conditional request. */
typedef struct {
    gp_etags if_match, if_none_match;
} gp_conditions;

/* All functions return false if the request must end: then x->problem is set. */

/** Read If-Match and If-None-Match. */
bool gp_conditions_read(gp_exchange *x, gp_conditions *sent);

/** Check if a write may continue on a position with this ETag. */
bool gp_conditions_meet(gp_exchange *x, const gp_conditions *sent, const char *etag);

/**
 * Check if a read of a representation with this ETag may continue.
 * @param known  receives the tag of the representation that the client already has (304); NULL: it has none
 */
bool gp_conditions_meet_read(gp_exchange *x, const gp_conditions *sent, const char *etag,
                             const gp_etag **known);

/**
 * Check the conditions for a resource without an ETag, that is, all but a position and openapi.json. No ETag
 * matches it; only "*" does (RFC 9110 sections 13.1.1 and 13.1.2). A read with If-None-Match continues.
 */
bool gp_conditions_meet_untagged(gp_exchange *x);

#endif
