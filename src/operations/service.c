/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Describe the service.
 *
 *     GET {root}              200  the service document
 *     GET {root}/$metadata    200  the types in CSDL, as XML or JSON
 */
#include "operations.h"
#include "exchange.h"

int gp_operation_service(request_rec *r)
{
    gp_exchange x;

    gp_exchange_open(r, &x);
    if (!gp_exchange_agree(r, &x, GP_OPERATION_SERVICE, GP_OFFER_JSON)
        || !gp_conditions_meet_untagged(r, x.problem))
        return gp_exchange_fail(r, &x);
    return gp_reply_service(r, &x.shape);
}

int gp_operation_metadata(request_rec *r)
{
    gp_exchange x;

    gp_exchange_open(r, &x);
    if (!gp_exchange_agree(r, &x, GP_OPERATION_METADATA, GP_OFFER_XML | GP_OFFER_JSON)
        || !gp_conditions_meet_untagged(r, x.problem))
        return gp_exchange_fail(r, &x);
    return gp_reply_metadata(r, x.accepted.media, &x.shape);
}
