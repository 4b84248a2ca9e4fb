/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole way of a request, from URL to answer: the only file that knows it. Each operation reads
 * straight down; a step that fails has set the problem and ends it. Returning the problem's status
 * has httpd ask errors.c for the body, as for any other error.
 */
#include "handler.h"
#include "http/audit.h"
#include "exchange.h"
#include "base/limits.h"
#include "base/scratch.h"

#include <apr_strings.h>

#include <string.h>

static gp_position_terms creation_terms(const gp_exchange *x)
{
    gp_position_terms terms = {gp_config_validation(x->config), gp_config_audience(x->config),
                               gp_caller_may_know_ids(&x->viewer),
                               gp_config_created_by(x->config) == GP_CREATED_BY_CLIENT};

    return terms;
}

/* Whether a document may be stored. One that is larger than the limit already, since that was lowered, may
 * be changed as long as it does not grow: `before` is its length; 0: it is new. */
static int fits(const gp_exchange *x, apr_size_t length, apr_size_t before)
{
    apr_off_t most = gp_config_max_document(x->config);

    return (apr_off_t)length <= most || length <= before
           || gp_problem_set(x->problem, GP_DOCUMENT_TOO_LARGE, NULL,
                             "The position would be stored in %" APR_SIZE_T_FMT
                             " bytes, more than %" APR_OFF_T_FMT ".",
                             length, most);
}

/* Before a write, reserves the memory of its answer, unless the client wants none of the position. */
static int reserve_written(request_rec *r, const gp_exchange *x, const gp_entity *entity)
{
    return x->prefer.returns == GP_RETURN_MINIMAL
           || gp_reply_reserve(r, gp_reply_entity_size(r, entity, &x->shape), x->problem);
}

/* POST .../positions and POST .../positions/$ref: body -> tree -> document -> row -> 201. */
static int create(request_rec *r)
{
    gp_exchange x;
    gp_position_entropy entropy;
    gp_position_terms terms;
    gp_position position;
    gp_entity entity;
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
    if (!gp_position_create(scratch, value, &actor, apr_time_now(), &entropy, &terms, &position,
                            x.problem)
        || !fits(&x, position.length, 0) || !gp_conditions_meet_untagged(r, x.problem))
        return gp_exchange_fail(r, &x);
    position.document = apr_pmemdup(x.pool, position.document, position.length + 1);
    apr_pool_destroy(scratch);
    entity.owner = x.owner;
    entity.id = position.id;
    entity.etag = position.etag;
    entity.document = position.document;
    if (!reserve_written(r, &x, &entity)
        || !gp_store_create(r, x.pool, x.owner, x.caller.id, &position,
                            gp_config_max_positions(x.config), x.problem))
        return gp_exchange_fail(r, &x);
    gp_audit_write(r, &x.caller, x.owner, position.id, NULL, position.etag);
    return gp_reply_written(r, x.pool, HTTP_CREATED, &entity, &x.prefer, &x.shape);
}

/* GET .../positions: a page, and one more row to know whether there is another page. */
static int list(request_rec *r)
{
    gp_exchange x;
    gp_page page;
    gp_result rows;
    gp_listing listing;
    int size, is_last;

    if (!gp_exchange_open_positions(r, &x, GP_OPERATION_LIST, GP_ACCESS_READ, GP_OFFER_JSON)
        || !gp_conditions_meet_untagged(r, x.problem))
        return gp_exchange_fail(r, &x);
    size = gp_config_page_size(x.config);
    if (x.prefer.page_size > 0 && x.prefer.page_size < size)
        size = x.prefer.page_size;
    is_last = x.query.top >= 0 && x.query.top <= size;
    page.filter = x.query.filter;
    page.order = x.query.order;
    page.first = x.query.first;
    page.offset = x.query.offset;
    page.limit = is_last ? x.query.top : size + 1;
    page.bytes = GP_PAGE_BYTES_MAX;
    memset(&listing, 0, sizeof listing);
    if (!gp_store_list(r, x.pool, x.owner, &x.viewer, &page, &rows, x.problem)
        || (x.query.count
            && !gp_store_count(r, r->pool, x.owner, &x.viewer, page.filter, &listing.total,
                               x.problem)))
        return gp_exchange_fail(r, &x);
    listing.owner = gp_exchange_owner(&x);
    listing.rows = &rows;
    listing.count = gp_reply_fitting(r, &listing, size, &x.shape);
    if (rows.rows > listing.count)
        listing.next = gp_query_next(r->pool, r->args, &x.query, listing.count,
                                     gp_store_row(&rows, listing.count).id);
    listing.preference = x.prefer.page_preference;
    listing.max_page_size = size;
    if (!gp_reply_reserve(r, gp_reply_list_size(r, &listing, &x.shape), x.problem))
        return gp_exchange_fail(r, &x);
    return gp_reply_list(r, x.pool, &listing, &x.shape);
}

/* GET .../positions/$count. Clients ask for text, or, not knowing better, for JSON. */
static int count(request_rec *r)
{
    gp_exchange x;
    const char *number;

    if (!gp_exchange_open_positions(r, &x, GP_OPERATION_COUNT, GP_ACCESS_READ,
                                    GP_OFFER_TEXT | GP_OFFER_JSON)
        || !gp_conditions_meet_untagged(r, x.problem)
        || !gp_store_count(r, r->pool, x.owner, &x.viewer, x.query.filter, &number, x.problem))
        return gp_exchange_fail(r, &x);
    return gp_reply_count(r, number);
}

/* GET .../positions/{id}: the stored text, or 304. */
static int read_one(request_rec *r)
{
    gp_exchange x;
    gp_conditions sent;
    const gp_etag *known;
    gp_entity entity;
    gp_row row;

    if (!gp_exchange_open_positions(r, &x, GP_OPERATION_READ, GP_ACCESS_READ, GP_OFFER_JSON)
        || !gp_conditions_read(r, &sent, x.problem)
        || !gp_store_read(r, x.pool, x.owner, &x.viewer, x.id, &row, x.problem))
        return gp_exchange_fail(r, &x);
    if (sent.if_match.is_sent && !gp_etags_match(&sent.if_match, row.etag)) {
        gp_problem_set(x.problem, GP_PRECONDITION_FAILED, "If-Match", NULL);
        return gp_exchange_fail(r, &x);
    }
    known = gp_etags_find(r->pool, &sent.if_none_match, row.etag, x.accepted.level);
    if (known != NULL)
        return gp_reply_not_modified(r, known);
    entity.owner = gp_exchange_owner(&x);
    entity.id = x.id;
    entity.etag = row.etag;
    entity.document = row.document;
    if (!gp_reply_reserve(r, gp_reply_entity_size(r, &entity, &x.shape), x.problem))
        return gp_exchange_fail(r, &x);
    return gp_reply_entity(r, x.pool, &entity, &x.shape);
}

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
    return fits(x, position->length, length);
}

/* One attempt to make the change. Sets *entity to the outcome, *done where it holds. */
static int try_update(request_rec *r, apr_pool_t *pool, gp_exchange *x, const gp_conditions *sent,
                      const gp_value *change, gp_entity *entity, int *done)
{
    gp_position *position = apr_palloc(pool, sizeof *position);
    const char *before;
    int is_new = 0;

    if (!change_stored(r, pool, x, sent, change, &before, position, entity, &is_new)
        || !reserve_written(r, x, entity))
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

/* PATCH .../positions/{id}: read, merge, replace if nobody else has; otherwise again. */
static int update(request_rec *r)
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

/* DELETE .../positions/{id}. The ETag is looked at by the statement itself; for If-None-Match it is
 * the one that was seen to be none of them. */
static int delete_one(request_rec *r)
{
    gp_exchange x;
    gp_conditions sent;
    const char *etag;
    gp_row row;

    if (!gp_exchange_open_positions(r, &x, GP_OPERATION_DELETE, GP_ACCESS_WRITE, 0)
        || !gp_conditions_read(r, &sent, x.problem))
        return gp_exchange_fail(r, &x);
    if (sent.if_none_match.is_sent
        && (!gp_store_read(r, r->pool, x.owner, &x.viewer, x.id, &row, x.problem)
            || !gp_conditions_meet(&sent, row.etag, x.problem)
            || !gp_header_etags(r->pool, gp_etag_quote(r->pool, row.etag, GP_METADATA_MINIMAL),
                                &sent.if_match)))
        return gp_exchange_fail(r, &x);
    if (!gp_store_delete(r, r->pool, x.owner, &x.viewer, x.id, &sent.if_match, &etag, x.problem))
        return gp_exchange_fail(r, &x);
    gp_audit_write(r, &x.caller, x.owner, x.id, etag, NULL);
    return gp_reply_deleted(r);
}

/* GET of the root. */
static int service(request_rec *r)
{
    gp_exchange x;

    gp_exchange_open(r, &x);
    if (!gp_exchange_agree(r, &x, GP_OPERATION_SERVICE, GP_OFFER_JSON)
        || !gp_conditions_meet_untagged(r, x.problem))
        return gp_exchange_fail(r, &x);
    return gp_reply_service(r, &x.shape);
}

/* GET /$metadata. */
static int metadata(request_rec *r)
{
    gp_exchange x;

    gp_exchange_open(r, &x);
    if (!gp_exchange_agree(r, &x, GP_OPERATION_METADATA, GP_OFFER_XML | GP_OFFER_JSON)
        || !gp_conditions_meet_untagged(r, x.problem))
        return gp_exchange_fail(r, &x);
    return gp_reply_metadata(r, x.accepted.media, &x.shape);
}

int gp_handler(request_rec *r)
{
    gp_request *request;
    gp_resource resource;

    if (r->handler == NULL || strcmp(r->handler, GP_HANDLER) != 0)
        return DECLINED;
    request = gp_request_get(r);
    resource = request->route.resource;
    if (resource == GP_RESOURCE_NONE)
        return DECLINED;
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "%s under %s, request-id %s", r->method,
                  gp_config_get(r)->root, request->request_id);

    if (resource == GP_RESOURCE_UNKNOWN) {
        gp_problem_set(&request->problem, GP_NOT_FOUND, NULL, request->route.reason ? "%s" : NULL,
                       request->route.reason);
        return gp_exchange_fail(r, NULL);
    }
    switch (gp_route_operation(resource, r->method)) {
    case GP_OPERATION_SERVICE:
        return service(r);
    case GP_OPERATION_METADATA:
        return metadata(r);
    case GP_OPERATION_LIST:
        return list(r);
    case GP_OPERATION_COUNT:
        return count(r);
    case GP_OPERATION_CREATE:
        return create(r);
    case GP_OPERATION_READ:
        return read_one(r);
    case GP_OPERATION_UPDATE:
        return update(r);
    case GP_OPERATION_DELETE:
        return delete_one(r);
    case GP_OPERATION_OPTIONS:
        return gp_reply_options(r, resource);
    case GP_OPERATION_NONE:
        break;
    }
    gp_problem_set(&request->problem, GP_METHOD_NOT_ALLOWED, NULL, NULL);
    return gp_exchange_fail(r, NULL);
}
