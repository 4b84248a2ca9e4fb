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
#include "answer.h"
#include "conditions.h"
#include "operations.h"

typedef struct {
    gp_conditions sent;
    gp_position position; /* as read, for If-None-Match */
    const char *before;   /* ETag of the deleted position */
} deletion;

static bool begin(gp_exchange *x)
{
    deletion *self = apr_pcalloc(x->work, sizeof *self);

    x->state = self;
    if (!gp_exchange_open_positions(x, GP_ACCESS_WRITE, 0))
        return false;
    return gp_conditions_read(x, &self->sent);
}

static bool delete_position(gp_exchange *x, deletion *self)
{
    return gp_store_delete(x->store, x->work, x->owner, &x->viewer, x->id, &self->sent.if_match,
                           &self->before, x->problem);
}

static bool run(gp_exchange *x)
{
    deletion *self = x->state;

    if (!self->sent.if_none_match.is_sent)
        return delete_position(x, self);
    return gp_store_read(x->store, x->work, x->owner, &x->viewer, x->id, &self->position,
                         x->problem);
}

/* Deletes the position that was read, if the conditions admit it and it has not changed since. */
static bool delete_unchanged(gp_exchange *x, deletion *self)
{
    const char *etag = self->position.etag;

    if (!gp_conditions_meet(x, &self->sent, etag))
        return false;
    gp_header_etags(x->work, gp_etag_quote(x->work, etag, GP_METADATA_MINIMAL),
                    &self->sent.if_match);
    return delete_position(x, self);
}

static bool finish(gp_exchange *x)
{
    deletion *self = x->state;

    if (self->sent.if_none_match.is_sent && !delete_unchanged(x, self))
        return false;
    x->receiver->audit(x, x->id, self->before, NULL);
    gp_answer_open(x, GP_HTTP_NO_CONTENT);
    return true;
}

const gp_operation_steps gp_operation_delete = {begin, run, finish, NULL};
