/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TAGGED_H
#define GP_TAGGED_H

#include "conditions.h"

/**
 * End an answer whose ETag is a digest of its body, which must have been written: equal bodies have equal tags in
 * all processes. Then check the conditions of the request: the answer stays, becomes 304, or the request fails.
 * @return false on failure: x->problem is set
 */
bool gp_tagged_finish(gp_exchange *x, const gp_conditions *sent);

#endif
