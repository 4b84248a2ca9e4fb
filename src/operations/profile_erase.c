/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delete all positions of a profile, also those that the caller does not see, and the owner's relationships.
 *
 *     DELETE {root}/me/profile
 *     DELETE {root}/users/{id}/profile
 *
 *     204  no positions are left; also if there were none
 *     403  the configuration of the owner's path does not allow it
 *     405  the configuration of the request's path does not allow it
 *     412  the request has a condition: the statement that deletes could not check it
 *
 * One statement deletes all or nothing. If the connection is lost, it runs again.
 */
#include "answer.h"
#include "conditions.h"
#include "operations.h"

typedef struct {
    const apr_array_header_t *erased; /* of gp_position */
} erasure;

/* Only If-Match: * is true, because every profile exists. The ETag of a profile depends on the query options of the
 * answer, so no statement can compare it. */
static bool meet_conditions(gp_exchange *x)
{
    gp_conditions sent;
    const char *name;

    if (!gp_conditions_read(x, &sent))
        return false;
    if (!sent.if_none_match.is_sent && (!sent.if_match.is_sent || sent.if_match.any))
        return true;
    name = sent.if_none_match.is_sent ? "If-None-Match" : "If-Match";
    return gp_problem_set(
        x->problem, GP_PRECONDITION_FAILED, name,
        "The deletion of a profile ignores its content. Send the request without this header.");
}

static bool begin(gp_exchange *x)
{
    x->state = apr_pcalloc(x->work, sizeof(erasure));
    if (!gp_exchange_open_positions(x, GP_ACCESS_WRITE, 0))
        return false;
    if (x->settings.disabled & gp_operation_bit(GP_OPERATION_ERASE))
        return gp_problem_set(x->problem, GP_FORBIDDEN, NULL,
                              "The positions of this user cannot be deleted all at once.");
    return meet_conditions(x);
}

static bool run(gp_exchange *x)
{
    erasure *self = x->state;

    return gp_store_erase(x->store, x->work, x->owner, &self->erased, x->problem);
}

static bool finish(gp_exchange *x)
{
    const erasure *self = x->state;
    int i;

    for (i = 0; i < self->erased->nelts; i++) {
        const gp_position *position = &APR_ARRAY_IDX(self->erased, i, gp_position);

        x->receiver->audit(x, position->id, position->etag, NULL);
    }
    gp_answer_open(x, GP_HTTP_NO_CONTENT);
    return true;
}

const gp_operation_steps gp_operation_erase = {begin, run, finish, NULL};
