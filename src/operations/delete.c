/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delete a position.
 *
 *     DELETE .../positions/{id}
 *
 *     204  it is deleted
 *     404  it does not exist, or this caller may not see it
 *     412  If-Match or If-None-Match does not hold
 *
 * The statement itself compares the ETags of If-Match. For If-None-Match it compares the ETag that was read
 * and that the condition admits.
 */
#include "operations.h"
#include "exchange.h"
#include "http/audit.h"

int gp_operation_delete(request_rec *r)
{
    gp_exchange x;
    gp_conditions sent;
    const char *etag;
    gp_position position;

    if (!gp_exchange_open_positions(r, &x, GP_OPERATION_DELETE, GP_ACCESS_WRITE, 0)
        || !gp_conditions_read(r, &sent, x.problem))
        return gp_exchange_fail(r, &x);
    if (sent.if_none_match.is_sent
        && (!gp_store_read(r, r->pool, x.owner, &x.viewer, x.id, &position, x.problem)
            || !gp_conditions_meet(&sent, position.etag, x.problem)
            || !gp_header_etags(r->pool, gp_etag_quote(r->pool, position.etag, GP_METADATA_MINIMAL),
                                &sent.if_match)))
        return gp_exchange_fail(r, &x);
    if (!gp_store_delete(r, r->pool, x.owner, &x.viewer, x.id, &sent.if_match, &etag, x.problem))
        return gp_exchange_fail(r, &x);
    gp_audit_write(r, &x.caller, x.owner, x.id, etag, NULL);
    return gp_reply_deleted(r);
}
