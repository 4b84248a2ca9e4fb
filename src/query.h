/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_QUERY_H
#define GP_QUERY_H

#include "problem.h"
#include "route.h"

/** The system query options of a request. */
typedef struct {
    const char *format; /* $format; NULL: not said */
    const char
        *skiptoken; /* $skiptoken: the id of the first position of the page; NULL: not said */
} gp_query;

/**
 * Read a query string: options are separated by "&" and percent-decoded once, "+" is a space; the $
 * of a system option may be left out, its name is in any case (OData 4.01 protocol 11.2.1, Graph).
 * What is no system option is ignored.
 * @param args       as it was sent; NULL: none
 * @param operation  decides which options may stand there
 * @param problem    receives what is wrong: malformed, repeated, unknown or out of place
 * @return non-zero on success
 */
int gp_query_parse(apr_pool_t *pool, const char *args, gp_operation operation, gp_query *query,
                   gp_problem *problem);

#endif
