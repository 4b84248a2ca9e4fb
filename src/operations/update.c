/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Change a position.
 *
 *     PATCH .../positions/{id}          the properties to change, in JSON
 *
 *     200  the position after the change, ETag
 *     204  with Prefer: return=minimal: OData-EntityId, ETag
 *     404  it does not exist, or this caller may not see it
 *     412  If-Match or If-None-Match does not hold
 *
 * Reads the stored position, merges the change into it and replaces it if its ETag is still the same. After
 * a concurrent change it starts again, GP_UPDATE_ATTEMPTS times at most.
 */
#include "access.h"
#include "answer.h"
#include "base/limits.h"
#include "base/scratch.h"
#include "conditions.h"
#include "operations.h"

#include <apr_strings.h>

typedef struct {
    gp_conditions sent;
    gp_value *change;     /* as it was read from the body */
    apr_pool_t *pool;     /* of one attempt; cleared before the next */
    apr_pool_t *reading;  /* of the stored position: freed before the write, which may wait */
    gp_position position; /* as stored, then as changed */
    const char *before;   /* ETag of the stored position */
    bool is_new;          /* the change has an effect to write */
    bool is_done;
} update;

static bool begin(gp_exchange *x)
{
    update *self = apr_pcalloc(x->work, sizeof *self);

    x->state = self;
    if (!gp_exchange_open_positions(x, GP_ACCESS_WRITE, GP_OFFER_JSON))
        return false;
    if (!gp_conditions_read(x, &self->sent))
        return false;
    apr_pool_create(&self->pool, x->work);
    return gp_exchange_read_body(x, x->work, GP_READING_CHANGE, &self->change);
}

/* Reads the stored position. */
static bool run(gp_exchange *x)
{
    update *self = x->state;

    apr_pool_clear(self->pool);
    apr_pool_create(&self->reading, self->pool);
    return gp_store_read(x->store, self->reading, x->owner, &x->viewer, x->id, &self->position,
                         x->problem);
}

/* Merges the change into the stored position. Its memory is freed before anything waits. */
static bool merge(gp_exchange *x, update *self)
{
    gp_actor actor = gp_access_actor(&x->caller);
    apr_pool_t *scratch = gp_scratch_open(self->pool, self->position.length);
    gp_value *stored = gp_position_read(scratch, self->position.document);
    unsigned char random[16];

    if (stored != NULL) {
        x->receiver->random(x, random, sizeof random);
        self->is_new = gp_position_change(self->pool, scratch, stored, self->change, &actor,
                                          apr_time_now(), random, &self->position);
    }
    gp_scratch_close(scratch);
    if (stored != NULL)
        return true;
    GP_LOG(&x->store->log, GP_LOG_ERROR, "position %s: the stored document is not a position",
           x->id);
    return gp_problem_set(x->problem, GP_INTERNAL_ERROR, NULL, NULL);
}

/* Makes the changed position, then frees the memory of the stored one, unless that is the answer. */
static bool change_stored(gp_exchange *x, update *self)
{
    apr_size_t length = self->position.length;

    if (!gp_conditions_meet(x, &self->sent, self->position.etag))
        return false;
    self->before = apr_pstrdup(self->pool, self->position.etag);
    if (!merge(x, self))
        return false;
    if (!self->is_new)
        return true;
    apr_pool_destroy(self->reading);
    return gp_exchange_check_size(x, self->position.length, length);
}

/* Replaces the stored position if it has not changed since it was read. */
static bool replace(gp_exchange *x, update *self)
{
    bool replaced;

    if (!gp_store_replace(x->store, self->pool, x->owner, x->id, self->before, x->caller.id,
                          &self->position, &replaced, x->problem))
        return false;
    self->is_done = replaced;
    if (replaced)
        x->receiver->audit(x, x->id, self->before, self->position.etag);
    return true;
}

/* Tries to write the change to the position that was read. */
static bool attempt(gp_exchange *x, update *self)
{
    if (!change_stored(x, self))
        return false;
    if (!gp_answer_reserve_written(x, &self->position))
        return false;
    self->is_done = !self->is_new;
    return self->is_done || replace(x, self);
}

static bool finish(gp_exchange *x)
{
    update *self = x->state;
    int attempts;

    for (attempts = 1; attempt(x, self); attempts++) {
        if (self->is_done)
            return gp_answer_written(x, GP_HTTP_OK, &self->position);
        if (attempts == GP_UPDATE_ATTEMPTS)
            return gp_outcome_problem(GP_OUTCOME_AGAIN, x->problem);
        /* A random pause, so that concurrent changes do not collide again. */
        apr_sleep(apr_time_now() % (APR_INT64_C(500) * attempts));
        if (!run(x))
            return false;
    }
    return false;
}

const gp_operation_steps gp_operation_update = {begin, run, finish, NULL};
