/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read a position.
 *
 *     GET .../positions/{id}[?$select=..]
 *
 *     200  the position, ETag
 *     304  the client has this representation, by If-None-Match
 *     404  it does not exist, or this caller may not see it
 *     412  If-Match does not hold
 */
#include "operations.h"
#include "exchange.h"

int gp_operation_read(request_rec *r)
{
    gp_exchange x;
    gp_conditions sent;
    const gp_etag *known;
    gp_position position;
    const char *owner;

    if (!gp_exchange_open_positions(r, &x, GP_OPERATION_READ, GP_ACCESS_READ, GP_OFFER_JSON)
        || !gp_conditions_read(r, &sent, x.problem)
        || !gp_store_read(r, x.pool, x.owner, &x.viewer, x.id, &position, x.problem))
        return gp_exchange_fail(r, &x);
    if (sent.if_match.is_sent && !gp_etags_match(&sent.if_match, position.etag)) {
        gp_problem_set(x.problem, GP_PRECONDITION_FAILED, "If-Match", NULL);
        return gp_exchange_fail(r, &x);
    }
    known = gp_etags_find(r->pool, &sent.if_none_match, position.etag, x.accepted.level);
    if (known != NULL)
        return gp_reply_not_modified(r, known);
    owner = gp_exchange_owner(&x);
    if (!gp_reply_reserve(r, gp_reply_entity_size(r, owner, &position, &x.shape), x.problem))
        return gp_exchange_fail(r, &x);
    return gp_reply_entity(r, x.pool, owner, &position, &x.shape);
}
