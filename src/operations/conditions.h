/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CONDITIONS_H
#define GP_CONDITIONS_H

#include "exchange.h"

/** The ETags of a conditional request. */
typedef struct {
    gp_etags if_match, if_none_match;
} gp_conditions;

/* All return false where the request must end: x->problem is set. */

/** Read If-Match and If-None-Match. */
bool gp_conditions_read(gp_exchange *x, gp_conditions *sent);

/** Check whether a write may continue on a position with this ETag. */
bool gp_conditions_meet(gp_exchange *x, const gp_conditions *sent, const char *etag);

/**
 * Check whether a read of a representation with this ETag may continue.
 * @param known  receives the tag by which the client has the representation already (304); NULL: it has not
 */
bool gp_conditions_meet_read(gp_exchange *x, const gp_conditions *sent, const char *etag,
                             const gp_etag **known);

/**
 * The same for a resource without an ETag, that is, for everything but a position and openapi.json: no ETag matches it, and only
 * "*" stands for it (RFC 9110 sections 13.1.1 and 13.1.2). A read with If-None-Match continues.
 */
bool gp_conditions_meet_untagged(gp_exchange *x);

#endif
