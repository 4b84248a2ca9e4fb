/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_FILTER_H
#define GP_FILTER_H

#include "base/names.h"
#include "base/problem.h"

/**
 * Read a $filter (OData URL conventions 4.01 section 5.1.1).
 * @param text     percent-decoded UTF-8
 * @param aliases  what "@name" stands for, by name with its @
 * @param problem  receives what is wrong: GP_BAD_REQUEST with the position, in characters from 1;
 *                 GP_NOT_IMPLEMENTED for what OData has and this service has not
 * @return the checked expression as graphprofile.evaluate() reads it, JSON from the pool; or NULL
 */
const char *gp_filter_parse(apr_pool_t *pool, const char *text, const gp_names *aliases,
                            gp_problem *problem);

/**
 * Read an $orderby (section 5.1.4): expressions, each with asc or desc.
 * @return [{"by":expression,"desc":boolean},..], JSON from the pool; NULL: the problem is set
 */
const char *gp_orderby_parse(apr_pool_t *pool, const char *text, const gp_names *aliases,
                             gp_problem *problem);

/**
 * Check the syntax of a $compute (section 5.1.3.2), which this service does not have.
 * @return zero where it is wrong: the problem is set
 */
int gp_compute_check(apr_pool_t *pool, const char *text, const gp_names *aliases,
                     gp_problem *problem);

#endif
