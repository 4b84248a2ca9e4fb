/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Count positions.
 *
 *     GET .../positions/$count[?$filter=..]
 *
 *     200  the number, as plain text
 *
 * Some clients send Accept: application/json with this request, so JSON is offered, too.
 */
#include "operations.h"
#include "exchange.h"

int gp_operation_count(request_rec *r)
{
    gp_exchange x;
    const char *number;

    if (!gp_exchange_open_positions(r, &x, GP_OPERATION_COUNT, GP_ACCESS_READ,
                                    GP_OFFER_TEXT | GP_OFFER_JSON)
        || !gp_conditions_meet_untagged(r, x.problem)
        || !gp_store_count(r, r->pool, x.owner, &x.viewer, x.query.filter, &number, x.problem))
        return gp_exchange_fail(r, &x);
    return gp_reply_count(r, number);
}
