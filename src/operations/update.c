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

/* Makes the changed position from the stored one. What that takes is freed before anything waits. */
static int merge(request_rec *r, apr_pool_t *pool, gp_exchange *x, const gp_value *change,
                 const gp_row *row, gp_position *position, int *is_new)
{
    gp_actor actor = gp_caller_actor(&x->caller);
    apr_pool_t *scratch = gp_scratch_open(pool, strlen(row->document));
    gp_value *stored = gp_position_read(scratch, row->document);
    unsigned char random[16];

    if (stored != NULL) {
        gp_request_random(r, random, sizeof random);
        *is_new =
            gp_position_change(scratch, stored, change, &actor, apr_time_now(), random, position);
        if (*is_new)
            position->document = apr_pmemdup(pool, position->document, position->length + 1);
    }
    gp_scratch_close(scratch);
    if (stored != NULL)
        return 1;
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "position %s: what is stored is no position", x->id);
    return gp_problem_set(x->problem, GP_INTERNAL_ERROR, NULL, NULL);
}

/*
 * Reads the stored position and applies the change to it.
 * @param pool    of this attempt: receives the changed position, else the stored one
 * @param change  as it was read from the body
 * @param before  receives the ETag of the stored position
 * @param entity  receives what is to be answered
 * @param is_new  receives whether there is anything to write
 */
static int change_stored(request_rec *r, apr_pool_t *pool, gp_exchange *x,
                         const gp_conditions *sent, const gp_value *change, const char **before,
                         gp_position *position, gp_entity *entity, int *is_new)
{
    apr_pool_t *reading;
    apr_size_t length;
    gp_row row;

    apr_pool_create(&reading, pool);
    if (!gp_store_read(r, reading, x->owner, &x->viewer, x->id, &row, x->problem)
        || !gp_conditions_meet(sent, row.etag, x->problem)
        || !merge(r, pool, x, change, &row, position, is_new))
        return 0;
    *before = apr_pstrdup(pool, row.etag);
    entity->owner = x->owner;
    entity->id = x->id;
    entity->etag = *is_new ? position->etag : *before;
    entity->document = *is_new ? position->document : row.document;
    length = strlen(row.document);
    if (!*is_new)
        return 1;
    apr_pool_destroy(reading); /* the statement may wait */
    return gp_exchange_fits(x, position->length, length);
}

/* One attempt to make the change. Sets *entity to the outcome, *done where it holds. */
static int try_update(request_rec *r, apr_pool_t *pool, gp_exchange *x, const gp_conditions *sent,
                      const gp_value *change, gp_entity *entity, int *done)
{
    gp_position *position = apr_palloc(pool, sizeof *position);
    const char *before;
    int is_new = 0;

    if (!change_stored(r, pool, x, sent, change, &before, position, entity, &is_new)
        || !gp_exchange_reserve_written(r, x, entity))
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
    gp_entity entity;
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
        if (!try_update(r, pool, &x, &sent, change, &entity, &done))
            return gp_exchange_fail(r, &x);
        if (!done && attempt == GP_UPDATE_ATTEMPTS) {
            gp_run_problem(GP_RUN_AGAIN, x.problem);
            return gp_exchange_fail(r, &x);
        }
        if (!done) /* apart, so as not to meet the same ones again */
            apr_sleep(apr_time_now() % (APR_INT64_C(500) * attempt));
    }
    return gp_reply_written(r, x.pool, HTTP_OK, &entity, &x.prefer, &x.shape);
}
