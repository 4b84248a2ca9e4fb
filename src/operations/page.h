/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_PAGE_H
#define GP_PAGE_H

#include "odata/entity.h"
#include "search.h"

/*
 * A page of positions: finding its rows by the query options of a request, and writing it as a collection. Call
 * the steps in this order: open, find, measure; then write the total, the link and the rows.
 */

/** A page and its rows. */
typedef struct {
    int size; /* the most positions on a page */
    gp_found found;
    gp_entity_form form;
    int count;       /* rows on this page */
    apr_size_t most; /* upper limit of the collection, in bytes */
} gp_listing;

/** Take the size of the page from the settings, Prefer and $top. x->query must be that of the collection. */
void gp_page_open(gp_exchange *x, gp_listing *listing);

/** Find the rows. @return false on failure: x->problem is set */
bool gp_page_find(gp_exchange *x, gp_listing *listing);

/**
 * Count the rows that fit on the page, at least one, and its bytes.
 * @param owner  as answers name the owner
 */
void gp_page_measure(gp_exchange *x, gp_listing *listing, const char *owner);

/** Report the preference for the page size as applied, if there was one. */
void gp_page_prefer(gp_exchange *x, const gp_listing *listing);

/**
 * Write the collection into the body of the answer: @odata.count if the client asked for it, @odata.nextLink if
 * there are more rows, each with its comma; then the rows.
 * @param property  the property that contains the collection, also used in the names of its annotations; NULL:
 *                  the collection is the whole answer
 */
void gp_page_write(gp_exchange *x, const gp_listing *listing, const char *property);

#endif
