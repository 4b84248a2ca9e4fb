/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CALLER_H
#define GP_CALLER_H

#include "graphprofile.h"

#include "operations/exchange.h"

/**
 * Identify the caller by the directives GraphProfileUser .. GraphProfileRoles.
 * @param caller  receives it; its id is NULL for an unauthenticated one
 * @return false: an expression cannot be evaluated, and the problem is set
 */
bool gp_caller_identify(request_rec *r, gp_caller *caller, gp_problem *problem);

#endif
