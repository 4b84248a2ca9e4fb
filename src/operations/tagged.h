/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TAGGED_H
#define GP_TAGGED_H

#include "conditions.h"

/**
 * End an answer whose ETag is a digest of its body, which must be written: equal bodies have equal tags, whichever
 * process wrote them. The conditions of the request decide then: the answer stays as it is, becomes 304, or the
 * request fails.
 * @return false: x->problem is set
 */
bool gp_tagged_finish(gp_exchange *x, const gp_conditions *sent);

#endif
