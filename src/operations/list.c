/* SPDX-License-Identifier: Apache-2.0 */
/*
 * List positions.
 *
 *     GET {root}/me/profile/positions[?$filter=..&$orderby=..&$top=..&$skip=..&$count=..&$select=..]
 *     GET {root}/users/{id}/profile/positions
 *
 *     200  a page in order of creation, with @odata.nextLink where there are more
 *     400  a query option is malformed, unknown or out of place
 *     412  If-Match cannot hold for a collection
 *
 * The statement asks for one row more than the page holds: that row tells that there is another page.
 */
#include "operations.h"
#include "base/limits.h"
#include "exchange.h"

#include <string.h>

int gp_operation_list(request_rec *r)
{
    gp_exchange x;
    gp_page page;
    gp_result rows;
    gp_listing listing;
    int size, is_last;

    if (!gp_exchange_open_positions(r, &x, GP_OPERATION_LIST, GP_ACCESS_READ, GP_OFFER_JSON)
        || !gp_conditions_meet_untagged(r, x.problem))
        return gp_exchange_fail(r, &x);
    size = gp_config_page_size(x.config);
    if (x.prefer.page_size > 0 && x.prefer.page_size < size)
        size = x.prefer.page_size;
    is_last = x.query.top >= 0 && x.query.top <= size;
    page.filter = x.query.filter;
    page.order = x.query.order;
    page.first = x.query.first;
    page.offset = x.query.offset;
    page.limit = is_last ? x.query.top : size + 1;
    page.bytes = GP_PAGE_BYTES_MAX;
    memset(&listing, 0, sizeof listing);
    if (!gp_store_list(r, x.pool, x.owner, &x.viewer, &page, &rows, x.problem)
        || (x.query.count
            && !gp_store_count(r, r->pool, x.owner, &x.viewer, page.filter, &listing.total,
                               x.problem)))
        return gp_exchange_fail(r, &x);
    listing.owner = gp_exchange_owner(&x);
    listing.rows = &rows;
    listing.count = gp_reply_fitting(r, &listing, size, &x.shape);
    if (rows.rows > listing.count)
        listing.next = gp_query_next(r->pool, r->args, &x.query, listing.count,
                                     gp_store_row(&rows, listing.count).id);
    listing.preference = x.prefer.page_preference;
    listing.max_page_size = size;
    if (!gp_reply_reserve(r, gp_reply_list_size(r, &listing, &x.shape), x.problem))
        return gp_exchange_fail(r, &x);
    return gp_reply_list(r, x.pool, &listing, &x.shape);
}
