/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_PAGE_H
#define GP_PAGE_H

#include "odata/entity.h"
#include "search.h"

/*
 * A page of positions: what the query options of a request find, and how a collection is written. The steps, in
 * this order: open, find, measure; then the total, the link and the rows.
 */

/** A page and the rows that are on it. */
typedef struct {
    int size; /* positions on a page at most */
    gp_found found;
    gp_entity_form form;
    int count;       /* rows on this page */
    apr_size_t most; /* bytes of the collection at most */
} gp_listing;

/** Take the size of the page from the settings, Prefer and $top. x->query must be that of the collection. */
void gp_page_open(gp_exchange *x, gp_listing *listing);

/** Find the rows. @return false: x->problem is set */
bool gp_page_find(gp_exchange *x, gp_listing *listing);

/** Decide how many rows fit on the page, one at least, and how many bytes it takes.
 *  @param owner  as answers name the owner */
void gp_page_measure(gp_exchange *x, gp_listing *listing, const char *owner);

/** Name the preference for the size of a page as applied, if there was one. */
void gp_page_prefer(gp_exchange *x, const gp_listing *listing);

/**
 * Write the collection into the body of the answer: @odata.count if it was asked for, @odata.nextLink if there
 * are more rows, each with its comma; then the rows.
 * @param property  the property that holds the collection, which its annotations name, too; NULL: the collection
 *                  is the whole answer
 */
void gp_page_write(gp_exchange *x, const gp_listing *listing, const char *property);

#endif
