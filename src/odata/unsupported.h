/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_UNSUPPORTED_H
#define GP_UNSUPPORTED_H

#include "base/problem.h"

/* Query options that OData has and this service has not: whether their text is legal decides whether the
 * client is told of an error (400) or of what is not there (501). */

/**
 * Check the syntax of a $search (OData URL conventions 4.01 section 5.1.8).
 * @param text  percent-decoded UTF-8
 * @return zero where it is wrong: the problem is set, with the position in characters from 1
 */
int gp_unsupported_search(apr_pool_t *pool, const char *text, gp_problem *problem);

/**
 * Check that an $apply is a sequence of transformations (OData Data Aggregation section 3); what stands in
 * their parentheses is not read.
 * @return as gp_unsupported_search
 */
int gp_unsupported_apply(apr_pool_t *pool, const char *text, gp_problem *problem);

#endif
