/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CALLER_H
#define GP_CALLER_H

#include "graphprofile.h"

#include "operations/exchange.h"

/**
 * Identify the caller by the directives GraphProfileUser .. GraphProfileRoles.
 * @param caller  receives the caller; its id is NULL if the caller is anonymous
 * @return false if an expression cannot be evaluated; the problem is set
 */
bool gp_caller_identify(request_rec *r, gp_caller *caller, gp_problem *problem);

#endif
