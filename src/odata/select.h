/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_SELECT_H
#define GP_SELECT_H

#include "document/selection.h"
#include "base/problem.h"

/**
 * Read a $select (OData URL conventions 4.01 section 5.1.3): properties, paths, "*", and nested
 * $select in parentheses.
 * @param text  percent-decoded UTF-8
 * @param problem  receives the problem, with its position in characters from 1
 * @return from the pool; NULL on failure
 */
const gp_selection *gp_select_parse(apr_pool_t *pool, const char *text, gp_problem *problem);

#endif
