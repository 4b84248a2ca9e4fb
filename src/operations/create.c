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
#include "access.h"
#include "answer.h"
#include "conditions.h"
#include "operations.h"

static gp_position_terms terms_of(const gp_exchange *x)
{
    gp_position_terms terms = {x->settings.validation, x->settings.default_audience,
                               gp_access_may_know_ids(&x->viewer), x->settings.keeps_created_by};

    return terms;
}

static bool is_bare_reference(const gp_exchange *x)
{
    return x->route->resource == GP_RESOURCE_REF && gp_reader_is_reference(x->reader);
}

/*
 * Reads the body and makes the position.
 * @param scratch  for the body and its tree, which take many times the memory of the document
 * @param position  receives the position; in x->work
 */
static bool make_position(gp_exchange *x, apr_pool_t *scratch, gp_position *position)
{
    gp_position_terms terms = terms_of(x);
    gp_actor actor = gp_access_actor(&x->caller);
    gp_position_entropy entropy;
    gp_value *value;

    if (!gp_exchange_read_body(x, scratch, GP_READING_NEW, &value))
        return false;
    if (is_bare_reference(x))
        return gp_problem_set(
            x->problem, GP_BAD_REQUEST, "$['@odata.id']",
            "Positions are contained in their user, so an existing one cannot be added "
            "by reference. Send the workPosition itself.");
    x->receiver->random(x, &entropy, sizeof entropy);
    return gp_position_create(x->work, scratch, value, &actor, apr_time_now(), &entropy, &terms,
                              position, x->problem);
}

static bool begin(gp_exchange *x)
{
    gp_position *position = apr_palloc(x->work, sizeof *position);
    apr_pool_t *scratch;

    x->state = position;
    if (!gp_exchange_open_positions(x, GP_ACCESS_WRITE, GP_OFFER_JSON))
        return false;
    apr_pool_create(&scratch, x->work);
    if (!make_position(x, scratch, position))
        return false;
    apr_pool_destroy(scratch);
    if (!gp_exchange_check_size(x, position->length, 0))
        return false;
    if (!gp_conditions_meet_untagged(x))
        return false;
    return gp_answer_reserve_written(x, position);
}

static void submit(gp_exchange *x)
{
    x->ahead = gp_store_submit_create(x->store, x->work, x->owner, x->caller.id, x->state,
                                      x->settings.max_positions);
}

static bool run(gp_exchange *x)
{
    return gp_store_create(x->store, x->work, x->owner, x->caller.id, x->state,
                           x->settings.max_positions, x->problem);
}

static bool finish(gp_exchange *x)
{
    const gp_position *position = x->state;

    x->receiver->audit(x, position->id, NULL, position->etag);
    return gp_answer_written(x, GP_HTTP_CREATED, position);
}

const gp_operation_steps gp_operation_create = {begin, run, finish, submit};
