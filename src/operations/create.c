/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Create a position.
 *
 *     POST {root}/me/profile/positions             a workPosition in JSON
 *     POST {root}/users/{id}/profile/positions
 *     POST .../positions/$ref                      the same: the specification's spelling
 *
 *     201  the position as stored, Location, ETag
 *     204  with Prefer: return=minimal: Location, OData-EntityId, ETag
 *     400  the body is not a workPosition, or only a reference to one
 *     409  the owner has a position with the id in the body
 *     412  If-Match or If-None-Match cannot hold for a collection
 *     413, 415  the body is too large, not JSON
 *
 * The body is checked against the model before the database is asked: body -> tree -> document -> row.
 */
#include "operations.h"
#include "exchange.h"
#include "http/audit.h"

static gp_position_terms creation_terms(const gp_exchange *x)
{
    gp_position_terms terms = {gp_config_validation(x->config), gp_config_audience(x->config),
                               gp_caller_may_know_ids(&x->viewer),
                               gp_config_created_by(x->config) == GP_CREATED_BY_CLIENT};

    return terms;
}

int gp_operation_create(request_rec *r)
{
    gp_exchange x;
    gp_position_entropy entropy;
    gp_position_terms terms;
    gp_position position;
    gp_actor actor;
    gp_value *value;
    apr_pool_t *scratch; /* of the body and its tree, which are many times the document */
    int answer;

    if (!gp_exchange_open_positions(r, &x, GP_OPERATION_CREATE, GP_ACCESS_WRITE, GP_OFFER_JSON))
        return gp_exchange_fail(r, &x);
    apr_pool_create(&scratch, x.pool);
    value = gp_exchange_read_body(r, scratch, &x, GP_READING_NEW, &answer);
    if (value == NULL)
        return answer;
    if (x.request->route.resource == GP_RESOURCE_REF && gp_reader_is_reference(x.reader)) {
        gp_problem_set(x.problem, GP_BAD_REQUEST, "$['@odata.id']",
                       "Positions are contained in their user, so an existing one cannot be added "
                       "by reference. Send the workPosition itself.");
        return gp_exchange_fail(r, &x);
    }

    actor = gp_caller_actor(&x.caller);
    gp_request_random(r, &entropy, sizeof entropy);
    terms = creation_terms(&x);
    if (!gp_position_create(x.pool, scratch, value, &actor, apr_time_now(), &entropy, &terms,
                            &position, x.problem)
        || !gp_exchange_fits(&x, position.length, 0) || !gp_conditions_meet_untagged(r, x.problem))
        return gp_exchange_fail(r, &x);
    apr_pool_destroy(scratch);
    if (!gp_exchange_reserve_written(r, &x, &position)
        || !gp_store_create(r, x.pool, x.owner, x.caller.id, &position,
                            gp_config_max_positions(x.config), x.problem))
        return gp_exchange_fail(r, &x);
    gp_audit_write(r, &x.caller, x.owner, position.id, NULL, position.etag);
    return gp_reply_written(r, x.pool, HTTP_CREATED, x.owner, &position, &x.prefer, &x.shape);
}
