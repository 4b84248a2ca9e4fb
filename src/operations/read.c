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
#include "answer.h"
#include "conditions.h"
#include "operations.h"

typedef struct {
    gp_conditions sent;
    gp_position position;
} reading;

static bool begin(gp_exchange *x)
{
    reading *self = apr_palloc(x->work, sizeof *self);

    x->state = self;
    if (!gp_exchange_open_positions(x, GP_ACCESS_READ, GP_OFFER_JSON))
        return false;
    return gp_conditions_read(x, &self->sent);
}

static void submit(gp_exchange *x)
{
    x->ahead = gp_store_submit_read(x->store, x->work, x->owner, &x->viewer, x->id);
}

static bool run(gp_exchange *x)
{
    reading *self = x->state;

    return gp_store_read(x->store, x->work, x->owner, &x->viewer, x->id, &self->position,
                         x->problem);
}

static bool finish(gp_exchange *x)
{
    const reading *self = x->state;
    const gp_position *position = &self->position;
    const gp_etag *known;

    if (!gp_conditions_meet_read(x, &self->sent, position->etag, &known))
        return false;
    if (known != NULL)
        return gp_answer_not_modified(x, known);
    return gp_answer_position(x, gp_exchange_owner(x), position);
}

const gp_operation_steps gp_operation_read = {begin, run, finish, submit};
