/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_UNSUPPORTED_H
#define GP_UNSUPPORTED_H

#include "base/problem.h"

/* Query options that OData has and this service does not: if their text is illegal, the client gets an
 * error (400); if it is legal, the answer is that the option is not implemented (501). */

/**
 * Check the syntax of a $search (OData URL conventions 4.01 section 5.1.8).
 * @param text  percent-decoded UTF-8
 * @return zero if it is wrong: the problem is set, with the position in characters from 1
 */
int gp_unsupported_search(apr_pool_t *pool, const char *text, gp_problem *problem);

/**
 * Check that an $apply is a sequence of transformations (OData Data Aggregation section 3). The text in
 * their parentheses is not read.
 * @return as gp_unsupported_search
 */
int gp_unsupported_apply(apr_pool_t *pool, const char *text, gp_problem *problem);

#endif
