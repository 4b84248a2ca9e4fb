/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_FILTER_H
#define GP_FILTER_H

#include "base/limits.h"
#include "base/names.h"
#include "base/problem.h"
#include "expression.h"

/** The keys of $orderby. */
typedef struct {
    int count;
    gp_expression *keys[GP_ORDER_KEYS_MAX];
    bool descends[GP_ORDER_KEYS_MAX];
} gp_order;

/**
 * Read a $filter (OData URL conventions 4.01 section 5.1.1).
 * @param text  percent-decoded UTF-8
 * @param aliases  the values of parameter aliases, by name with its @
 * @param problem  receives the problem: GP_BAD_REQUEST with the position, in characters from 1;
 *                 GP_NOT_IMPLEMENTED for a part of OData that is not implemented
 * @return the checked condition, from the pool; NULL on failure
 */
gp_expression *gp_filter_parse(apr_pool_t *pool, const char *text, const gp_names *aliases,
                               gp_problem *problem);

/**
 * Read an $orderby (section 5.1.4): expressions, each with asc or desc.
 * @return from the pool; NULL: the problem is set
 */
gp_order *gp_orderby_parse(apr_pool_t *pool, const char *text, const gp_names *aliases,
                           gp_problem *problem);

/**
 * Check the syntax of a $compute (section 5.1.3.2), which is not implemented.
 * @return zero if it is wrong: the problem is set
 */
int gp_compute_check(apr_pool_t *pool, const char *text, const gp_names *aliases,
                     gp_problem *problem);

#endif
