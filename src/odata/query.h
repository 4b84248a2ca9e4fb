/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_QUERY_H
#define GP_QUERY_H

#include "base/problem.h"
#include "filter.h"
#include "route.h"
#include "select.h"

struct gp_profile_query; /* profile.h */

/** The system query options of a request (OData URL conventions 4.01 section 5). */
typedef struct {
    const char *format;            /* $format; NULL: missing */
    const gp_selection *selection; /* $select; NULL: everything */
    gp_expression *filter;         /* $filter; NULL: missing */
    const gp_order *order;         /* $orderby; NULL: missing */
    const char *first;             /* the id at which $skiptoken begins; NULL: missing */
    int offset;                    /* positions to skip: $skip, or $skiptoken with an order */
    int top;                       /* $top; -1: missing */
    bool top_is_page; /* set by the caller: $top limits each page, so the next one has the same */
    int count;        /* $count=true */
    const struct gp_profile_query *profile; /* of a profile: $select and $expand, read; else NULL */
} gp_query;

/**
 * @param name  of an option, with its $
 * @return non-zero if the option is implemented and applies to an operation
 */
int gp_query_applies(const char *name, gp_operation operation);

/**
 * Find a part of a query string by its whole name.
 * @param args  may be NULL
 * @return its value, decoded; NULL if there is none with that name, or if it is not percent-encoded
 *         UTF-8
 */
const char *gp_query_find(apr_pool_t *pool, const char *args, const char *name);

/**
 * Read a query string. Options are separated by "&" and percent-decoded once, "+" is a space. The $ of a
 * system option is optional, and its name may be in any case (OData 4.01 protocol 11.2.1, Graph).
 * "@name" is an alias for a value in $filter or $orderby. Other options are ignored, and repeated by the
 * link to the next page.
 * @param args  as it was sent; NULL: none
 * @param operation  decides which options are valid
 * @param problem  receives the problem: a malformed, repeated, unknown or inapplicable option
 * @return non-zero on success
 */
int gp_query_parse(apr_pool_t *pool, const char *args, gp_operation operation, gp_query *query,
                   gp_problem *problem);

/**
 * Write the query string of the next page: the same options in the same order, custom ones included,
 * each byte as it was sent if a URL may contain it, and the start of the page.
 * @param args  of this page, as it was sent; NULL: none
 * @param given  the number of positions on this page
 * @param next  the id of the first position after it
 * @return from the pool, without "?"; only characters that a URL may contain
 */
const char *gp_query_next(apr_pool_t *pool, const char *args, const gp_query *query, int given,
                          const char *next);

#endif
