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
#include "operations.h"
#include "base/limits.h"
#include "base/scratch.h"
#include "exchange.h"
#include "http/audit.h"

#include <apr_strings.h>

#include <string.h>

/*
 * Merges the change into a stored position. What that takes is freed before anything waits.
 * @param pool     receives the changed position
 * @param changed  receives it; left alone where there is nothing to change
 * @param is_new   receives whether there is
 */
static int merge(request_rec *r, apr_pool_t *pool, gp_exchange *x, const gp_value *change,
                 const gp_position *stored, gp_position *changed, int *is_new)
{
    gp_actor actor = gp_caller_actor(&x->caller);
    apr_pool_t *scratch = gp_scratch_open(pool, stored->length);
    gp_value *value = gp_position_read(scratch, stored->document);
    unsigned char random[16];

    if (value != NULL) {
        gp_request_random(r, random, sizeof random);
        *is_new = gp_position_change(pool, scratch, value, change, &actor, apr_time_now(), random,
                                     changed);
    }
    gp_scratch_close(scratch);
    if (value != NULL)
        return 1;
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "position %s: what is stored is no position", x->id);
    return gp_problem_set(x->problem, GP_INTERNAL_ERROR, NULL, NULL);
}

/*
 * Reads the stored position and applies the change to it.
 * @param pool      of this attempt: receives the position
 * @param change    as it was read from the body
 * @param before    receives the ETag of the stored position
 * @param position  receives the changed position; the stored one where there is nothing to change
 * @param is_new    receives whether there is anything to write
 */
static int change_stored(request_rec *r, apr_pool_t *pool, gp_exchange *x,
                         const gp_conditions *sent, const gp_value *change, const char **before,
                         gp_position *position, int *is_new)
{
    apr_pool_t *reading;
    apr_size_t length;

    apr_pool_create(&reading, pool);
    if (!gp_store_read(r, reading, x->owner, &x->viewer, x->id, position, x->problem)
        || !gp_conditions_meet(sent, position->etag, x->problem))
        return 0;
    *before = apr_pstrdup(pool, position->etag);
    length = position->length;
    if (!merge(r, pool, x, change, position, position, is_new))
        return 0;
    if (!*is_new)
        return 1;
    apr_pool_destroy(reading); /* the statement may wait */
    return gp_exchange_fits(x, position->length, length);
}

/* One attempt to make the change. Sets *position to the outcome, *done where it holds. */
static int try_update(request_rec *r, apr_pool_t *pool, gp_exchange *x, const gp_conditions *sent,
                      const gp_value *change, gp_position *position, int *done)
{
    const char *before;
    int is_new = 0;

    if (!change_stored(r, pool, x, sent, change, &before, position, &is_new)
        || !gp_exchange_reserve_written(r, x, position))
        return 0;
    *done = !is_new;
    if (*done)
        return 1;
    if (!gp_store_replace(r, pool, x->owner, x->id, before, x->caller.id, position, done,
                          x->problem))
        return 0;
    if (*done)
        gp_audit_write(r, &x->caller, x->owner, x->id, before, position->etag);
    return 1;
}

int gp_operation_update(request_rec *r)
{
    gp_exchange x;
    gp_conditions sent;
    gp_position position;
    gp_value *change;
    apr_pool_t *pool;
    int answer, attempt, done = 0;

    if (!gp_exchange_open_positions(r, &x, GP_OPERATION_UPDATE, GP_ACCESS_WRITE, GP_OFFER_JSON)
        || !gp_conditions_read(r, &sent, x.problem))
        return gp_exchange_fail(r, &x);
    change = gp_exchange_read_body(r, x.pool, &x, GP_READING_CHANGE, &answer);
    if (change == NULL)
        return answer;
    apr_pool_create(&pool, x.pool);
    for (attempt = 1; !done; attempt++) {
        apr_pool_clear(pool);
        if (!try_update(r, pool, &x, &sent, change, &position, &done))
            return gp_exchange_fail(r, &x);
        if (!done && attempt == GP_UPDATE_ATTEMPTS) {
            gp_outcome_problem(GP_OUTCOME_AGAIN, x.problem);
            return gp_exchange_fail(r, &x);
        }
        if (!done) /* apart, so as not to meet the same ones again */
            apr_sleep(apr_time_now() % (APR_INT64_C(500) * attempt));
    }
    return gp_reply_written(r, x.pool, HTTP_OK, x.owner, &position, &x.prefer, &x.shape);
}
