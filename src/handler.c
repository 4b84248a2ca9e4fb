/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole way of a request, from URL to answer: the only file that knows it. Each operation reads
 * straight down; a step that fails has set the problem and ends it. Returning the problem's status
 * has httpd ask errors.c for the body, as for any other error.
 */
#include "handler.h"
#include "audit.h"
#include "body.h"
#include "caller.h"
#include "errors.h"
#include "limits.h"
#include "origin.h"
#include "query.h"
#include "refusal.h"
#include "reply.h"
#include "rules.h"
#include "scratch.h"

#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>

/* The versions of OData that answers come in, in hundredths. */
#define VERSION_4_0  400
#define VERSION_4_01 401

/* What the first steps, common to all operations, find out. */
typedef struct {
    gp_request *request;
    gp_problem *problem; /* of the request */
    apr_pool_t *pool;    /* of all that the answer is made from: gone before the answer is sent */
    const gp_config *config;
    int max_version; /* that the client takes, in hundredths */
    gp_query query;
    gp_accepted accepted;
    gp_shape shape; /* of what is answered */
    gp_prefer prefer;
    gp_reader *reader; /* of the body, where there is one */
    gp_caller caller;
    gp_viewer viewer;
    const char *owner;     /* whose positions */
    char id[GP_UUID_SIZE]; /* which one, where the path names one */
} exchange;

static const char *header(const request_rec *r, const char *name)
{
    return apr_table_get(r->headers_in, name);
}

/* Ends a request that failed. What it was to be answered from is freed, since the client may be slow to read
 * the error, too. */
static int fail(request_rec *r, exchange *x)
{
    const gp_request *request = gp_request_get(r);

    if (x != NULL)
        apr_pool_destroy(x->pool);
    if (request->refusal != 0) /* by httpd, which errors.c logs */
        return request->refusal;
    gp_refusal_log(r, &request->problem, request->request_id);
    return gp_errors_answer(r);
}

/* ---- steps ---- */

/* The protocol's version (OData 4.01 sections 8.1.5 and 8.2.7): answers are 4.0, unless they say so. */
static int check_version(request_rec *r, exchange *x)
{
    const char *max = header(r, "OData-MaxVersion"), *sent = header(r, "OData-Version");

    x->max_version = max ? gp_header_version(max) : VERSION_4_01;
    if (x->max_version < VERSION_4_0)
        return gp_problem_set(x->problem, GP_NOT_ACCEPTABLE, "OData-MaxVersion",
                              "This service answers in OData version 4.0.");
    if (sent != NULL && strcmp(sent, "4.0") != 0 && strcmp(sent, "4.01") != 0)
        return gp_problem_set(x->problem, GP_BAD_REQUEST, "OData-Version",
                              "This service takes OData versions 4.0 and 4.01.");
    return 1;
}

/* Snapshot isolation, the only one there is, is not supported: such a request must not be processed,
 * whatever the value (OData 4.01 section 8.2.6). */
static int check_isolation(request_rec *r, gp_problem *problem)
{
    static const char *const names[] = {"Isolation", "OData-Isolation"};
    apr_size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (header(r, names[i]) != NULL)
            return gp_problem_set(problem, GP_ISOLATION_UNSUPPORTED, names[i], NULL);
    }
    return 1;
}

/* $format, which wins, or Accept. An answer without a body needs neither: then nothing is offered. */
static int negotiate(request_rec *r, exchange *x, unsigned offered)
{
    const char *format = x->query.format;

    if (offered == 0)
        return 1;
    if (format == NULL)
        return gp_header_accept(header(r, "Accept"), offered, &x->accepted)
               || gp_problem_set(x->problem, GP_NOT_ACCEPTABLE, "Accept", NULL);
    if (strcasecmp(format, "json") == 0)
        format = "application/json";
    else if (strcasecmp(format, "xml") == 0)
        format = "application/xml";
    return (*format != '\0' && gp_header_accept(format, offered, &x->accepted))
           || gp_problem_set(x->problem, GP_NOT_ACCEPTABLE, "$format",
                             "The format is not one that this resource is answered in.");
}

static void open_exchange(request_rec *r, exchange *x)
{
    memset(x, 0, sizeof *x);
    x->request = gp_request_get(r);
    x->problem = &x->request->problem;
    apr_pool_create(&x->pool, r->pool);
    x->config = gp_config_get(r);
    x->prefer = gp_header_prefer(header(r, "Prefer"));
}

/* Whatever the request is for: versions, query options, and the format of the answer. */
static int agree(request_rec *r, exchange *x, gp_operation operation, unsigned offered)
{
    if (!check_version(r, x) || !check_isolation(r, x->problem))
        return 0;
    /* CSDL in JSON is of version 4.01. */
    if (operation == GP_OPERATION_METADATA && x->max_version < VERSION_4_01)
        offered &= ~(unsigned)GP_OFFER_JSON;
    if (!gp_query_parse(r->pool, r->args, operation, &x->query, x->problem)
        || !negotiate(r, x, offered))
        return 0;
    x->shape.level = x->accepted.level;
    x->shape.ieee754 = x->accepted.ieee754;
    x->shape.selection = x->query.selection;
    return 1;
}

/* Identifies and judges the caller again, by the configuration of the owner's path. */
static int meet_owners_terms(request_rec *r, exchange *x, gp_access access)
{
    x->config = gp_config_get(r);
    return gp_caller_identify(r, access, &x->request->route, &x->caller, x->problem)
           && gp_caller_permit_again(r, &x->caller, access, x->owner, &x->viewer, x->problem);
}

/* Goes on as if the key in the path were nobody's: with the configuration and the caller from before the rules
 * of the owner were applied. */
static int forget_owner(request_rec *r, exchange *x, ap_conf_vector_t *config,
                        const gp_caller *caller, const gp_viewer *viewer)
{
    r->per_dir_config = config;
    gp_origin_announce(r);
    gp_problem_open(x->problem, r->pool);
    x->config = gp_config_get(r);
    x->caller = *caller;
    x->viewer = *viewer;
    x->owner = x->request->route.user;
    return 1;
}

/*
 * Applies what the configuration says of the owner's id where the path names the owner otherwise. It may
 * say anything else that the configuration can, so the caller is identified and judged by it again. A
 * refusal, by whatever it is, would tell an anonymous caller whose name it is: to such a caller the user is
 * unknown.
 */
static int obey_rules_of_owner(request_rec *r, exchange *x, gp_access access)
{
    const gp_caller caller = x->caller;
    const gp_viewer viewer = x->viewer;
    ap_conf_vector_t *config = r->per_dir_config;
    const char *key = x->request->route.user;
    int status = DECLINED;

    if (key != NULL && strcmp(key, x->owner) != 0)
        status = gp_rules_apply(r, x->owner, caller.id != NULL);
    if (status == DECLINED || (status == OK && meet_owners_terms(r, x, access)))
        return 1;
    if (caller.id == NULL)
        return forget_owner(r, x, config, &caller, &viewer);
    x->request->refusal = status; /* OK: the problem says why */
    return 0;
}

/* The same for a request for a user's positions: in addition, who calls, and whether they may. */
static int open_positions(request_rec *r, exchange *x, gp_operation operation, gp_access access,
                          unsigned offered)
{
    const gp_route *route = &gp_request_get(r)->route;

    open_exchange(r, x);
    return gp_caller_identify(r, access, route, &x->caller, x->problem)
           && (access == GP_ACCESS_READ || gp_origin_permit_write(r, x->problem))
           && agree(r, x, operation, offered)
           && gp_caller_permit(r, &x->caller, access, route, &x->owner, &x->viewer, x->problem)
           && obey_rules_of_owner(r, x, access)
           /* What is no UUID is nobody's id. */
           && (route->id == NULL || gp_uuid_parse(x->id, route->id, strlen(route->id))
               || gp_problem_set(x->problem, GP_NOT_FOUND, NULL, NULL));
}

/* Whom answers name as the owner. Nobody is told whose id a name stands for: it stays as they put it. */
static const char *named_owner(const exchange *x)
{
    return x->caller.id != NULL ? x->owner : x->request->route.user;
}

static int check_media_type(request_rec *r, gp_problem *problem)
{
    gp_media media = gp_header_content_type(header(r, "Content-Type"));

    if (media == GP_MEDIA_JSON)
        return 1;
    gp_reply_accepted(gp_request_get(r)->route.resource, r->err_headers_out);
    return gp_problem_set(
        problem, GP_UNSUPPORTED_MEDIA_TYPE, "Content-Type",
        media == GP_MEDIA_OTHER_CHARSET ? "The request body must be JSON in UTF-8." : NULL);
}

/* Reads the body into a pool. NULL where it cannot be had: then *answer is what the handler must return. */
static gp_value *read_body(request_rec *r, apr_pool_t *pool, exchange *x, gp_reading reading,
                           int *answer)
{
    gp_value *value = NULL;

    *answer = OK;
    if (check_media_type(r, x->problem)) {
        x->reader = gp_reader_open(pool, &gp_work_position, reading,
                                   gp_config_validation(x->config), x->problem);
        *answer = gp_body_read(r, pool, gp_config_max_body(x->config), x->reader, x->problem);
        if (*answer == OK)
            value = gp_reader_finish(x->reader);
    }
    if (x->problem->error != GP_OK && *answer != AP_FILTER_ERROR) /* which is answered already */
        *answer = fail(r, x);
    return value;
}

/* The ETags of a conditional request. */
typedef struct {
    gp_etags if_match, if_none_match;
} conditions;

static int read_conditions(request_rec *r, conditions *sent, gp_problem *problem)
{
    if (!gp_header_etags(r->pool, header(r, "If-Match"), &sent->if_match))
        return gp_problem_set(problem, GP_BAD_REQUEST, "If-Match",
                              "An ETag is text in quotes, or \"*\" without them.");
    if (!gp_header_etags(r->pool, header(r, "If-None-Match"), &sent->if_none_match))
        return gp_problem_set(problem, GP_BAD_REQUEST, "If-None-Match",
                              "An ETag is text in quotes, or \"*\" without them.");
    return 1;
}

/* Whether a write may go on upon a position with this ETag. */
static int meets(const conditions *sent, const char *etag, gp_problem *problem)
{
    if (sent->if_match.is_sent && !gp_etags_match(&sent->if_match, etag))
        return gp_problem_set(problem, GP_PRECONDITION_FAILED, "If-Match", NULL);
    if (gp_etags_match(&sent->if_none_match, etag))
        return gp_problem_set(problem, GP_PRECONDITION_FAILED, "If-None-Match",
                              "The resource has an ETag that the request rules out.");
    return 1;
}

/*
 * The same for what has no ETag, which is everything but a position: none matches, and only "*" stands
 * for what is there (RFC 9110 sections 13.1.1 and 13.1.2). A read with If-None-Match goes on.
 */
static int meets_untagged(request_rec *r, gp_problem *problem)
{
    conditions sent;

    if (!read_conditions(r, &sent, problem))
        return 0;
    if (sent.if_match.is_sent && !sent.if_match.any)
        return gp_problem_set(problem, GP_PRECONDITION_FAILED, "If-Match",
                              "This resource has no ETag, so none can match.");
    if (sent.if_none_match.any && r->method_number == M_POST)
        return gp_problem_set(problem, GP_PRECONDITION_FAILED, "If-None-Match",
                              "The collection exists. A position that exists is never overwritten: "
                              "send the request without the header.");
    return 1;
}

/* ---- operations ---- */

static gp_position_terms creation_terms(const exchange *x)
{
    gp_position_terms terms = {gp_config_validation(x->config), gp_config_audience(x->config),
                               gp_caller_may_know_ids(&x->viewer),
                               gp_config_created_by(x->config) == GP_CREATED_BY_CLIENT};

    return terms;
}

/* Whether a document may be stored. One that is larger than the limit already, since that was lowered, may
 * be changed as long as it does not grow: `before` is its length; 0: it is new. */
static int fits(const exchange *x, apr_size_t length, apr_size_t before)
{
    apr_off_t most = gp_config_max_document(x->config);

    return (apr_off_t)length <= most || length <= before
           || gp_problem_set(x->problem, GP_DOCUMENT_TOO_LARGE, NULL,
                             "The position would be stored in %" APR_SIZE_T_FMT
                             " bytes, more than %" APR_OFF_T_FMT ".",
                             length, most);
}

/* Before a write, reserves the memory of its answer, unless the client wants none of the position. */
static int reserve_written(request_rec *r, const exchange *x, const gp_entity *entity)
{
    return x->prefer.returns == GP_RETURN_MINIMAL
           || gp_reply_reserve(r, gp_reply_entity_size(r, entity, &x->shape), x->problem);
}

/* POST .../positions and POST .../positions/$ref: body -> tree -> document -> row -> 201. */
static int create(request_rec *r)
{
    exchange x;
    gp_position_entropy entropy;
    gp_position_terms terms;
    gp_position position;
    gp_entity entity;
    gp_actor actor;
    gp_value *value;
    apr_pool_t *scratch; /* of the body and its tree, which are many times the document */
    int answer;

    if (!open_positions(r, &x, GP_OPERATION_CREATE, GP_ACCESS_WRITE, GP_OFFER_JSON))
        return fail(r, &x);
    apr_pool_create(&scratch, x.pool);
    value = read_body(r, scratch, &x, GP_READING_NEW, &answer);
    if (value == NULL)
        return answer;
    if (x.request->route.resource == GP_RESOURCE_REF && gp_reader_is_reference(x.reader)) {
        gp_problem_set(x.problem, GP_BAD_REQUEST, "$['@odata.id']",
                       "Positions are contained in their user, so an existing one cannot be added "
                       "by reference. Send the workPosition itself.");
        return fail(r, &x);
    }

    actor = gp_caller_actor(&x.caller);
    gp_request_random(r, &entropy, sizeof entropy);
    terms = creation_terms(&x);
    if (!gp_position_create(scratch, value, &actor, apr_time_now(), &entropy, &terms, &position,
                            x.problem)
        || !fits(&x, position.length, 0) || !meets_untagged(r, x.problem))
        return fail(r, &x);
    position.document = apr_pmemdup(x.pool, position.document, position.length + 1);
    apr_pool_destroy(scratch);
    entity.owner = x.owner;
    entity.id = position.id;
    entity.etag = position.etag;
    entity.document = position.document;
    if (!reserve_written(r, &x, &entity)
        || !gp_store_create(r, x.pool, x.owner, x.caller.id, &position,
                            gp_config_max_positions(x.config), x.problem))
        return fail(r, &x);
    gp_audit_write(r, &x.caller, x.owner, position.id, NULL, position.etag);
    return gp_reply_written(r, x.pool, HTTP_CREATED, &entity, &x.prefer, &x.shape);
}

/* GET .../positions: a page, and one more row to know whether there is another page. */
static int list(request_rec *r)
{
    exchange x;
    gp_page page;
    gp_result rows;
    gp_listing listing;
    int size, is_last;

    if (!open_positions(r, &x, GP_OPERATION_LIST, GP_ACCESS_READ, GP_OFFER_JSON)
        || !meets_untagged(r, x.problem))
        return fail(r, &x);
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
        return fail(r, &x);
    listing.owner = named_owner(&x);
    listing.rows = &rows;
    listing.count = gp_reply_fitting(r, &listing, size, &x.shape);
    if (rows.rows > listing.count)
        listing.next = gp_query_next(r->pool, r->args, &x.query, listing.count,
                                     gp_store_row(&rows, listing.count).id);
    listing.preference = x.prefer.page_preference;
    listing.max_page_size = size;
    if (!gp_reply_reserve(r, gp_reply_list_size(r, &listing, &x.shape), x.problem))
        return fail(r, &x);
    return gp_reply_list(r, x.pool, &listing, &x.shape);
}

/* GET .../positions/$count. Clients ask for text, or, not knowing better, for JSON. */
static int count(request_rec *r)
{
    exchange x;
    const char *number;

    if (!open_positions(r, &x, GP_OPERATION_COUNT, GP_ACCESS_READ, GP_OFFER_TEXT | GP_OFFER_JSON)
        || !meets_untagged(r, x.problem)
        || !gp_store_count(r, r->pool, x.owner, &x.viewer, x.query.filter, &number, x.problem))
        return fail(r, &x);
    return gp_reply_count(r, number);
}

/* GET .../positions/{id}: the stored text, or 304. */
static int read_one(request_rec *r)
{
    exchange x;
    conditions sent;
    const gp_etag *known;
    gp_entity entity;
    gp_row row;

    if (!open_positions(r, &x, GP_OPERATION_READ, GP_ACCESS_READ, GP_OFFER_JSON)
        || !read_conditions(r, &sent, x.problem)
        || !gp_store_read(r, x.pool, x.owner, &x.viewer, x.id, &row, x.problem))
        return fail(r, &x);
    if (sent.if_match.is_sent && !gp_etags_match(&sent.if_match, row.etag)) {
        gp_problem_set(x.problem, GP_PRECONDITION_FAILED, "If-Match", NULL);
        return fail(r, &x);
    }
    known = gp_etags_find(r->pool, &sent.if_none_match, row.etag, x.accepted.level);
    if (known != NULL)
        return gp_reply_not_modified(r, known);
    entity.owner = named_owner(&x);
    entity.id = x.id;
    entity.etag = row.etag;
    entity.document = row.document;
    if (!gp_reply_reserve(r, gp_reply_entity_size(r, &entity, &x.shape), x.problem))
        return fail(r, &x);
    return gp_reply_entity(r, x.pool, &entity, &x.shape);
}

/* Makes the changed position from the stored one. What that takes is freed before anything waits. */
static int merge(request_rec *r, apr_pool_t *pool, exchange *x, const gp_value *change,
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
static int change_stored(request_rec *r, apr_pool_t *pool, exchange *x, const conditions *sent,
                         const gp_value *change, const char **before, gp_position *position,
                         gp_entity *entity, int *is_new)
{
    apr_pool_t *reading;
    apr_size_t length;
    gp_row row;

    apr_pool_create(&reading, pool);
    if (!gp_store_read(r, reading, x->owner, &x->viewer, x->id, &row, x->problem)
        || !meets(sent, row.etag, x->problem) || !merge(r, pool, x, change, &row, position, is_new))
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
static int try_update(request_rec *r, apr_pool_t *pool, exchange *x, const conditions *sent,
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
    exchange x;
    conditions sent;
    gp_entity entity;
    gp_value *change;
    apr_pool_t *pool;
    int answer, attempt, done = 0;

    if (!open_positions(r, &x, GP_OPERATION_UPDATE, GP_ACCESS_WRITE, GP_OFFER_JSON)
        || !read_conditions(r, &sent, x.problem))
        return fail(r, &x);
    change = read_body(r, x.pool, &x, GP_READING_CHANGE, &answer);
    if (change == NULL)
        return answer;
    apr_pool_create(&pool, x.pool);
    for (attempt = 1; !done; attempt++) {
        apr_pool_clear(pool);
        if (!try_update(r, pool, &x, &sent, change, &entity, &done))
            return fail(r, &x);
        if (!done && attempt == GP_UPDATE_ATTEMPTS) {
            gp_run_problem(GP_RUN_AGAIN, x.problem);
            return fail(r, &x);
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
    exchange x;
    conditions sent;
    const char *etag;
    gp_row row;

    if (!open_positions(r, &x, GP_OPERATION_DELETE, GP_ACCESS_WRITE, 0)
        || !read_conditions(r, &sent, x.problem))
        return fail(r, &x);
    if (sent.if_none_match.is_sent
        && (!gp_store_read(r, r->pool, x.owner, &x.viewer, x.id, &row, x.problem)
            || !meets(&sent, row.etag, x.problem)
            || !gp_header_etags(r->pool, gp_etag_quote(r->pool, row.etag, GP_METADATA_MINIMAL),
                                &sent.if_match)))
        return fail(r, &x);
    if (!gp_store_delete(r, r->pool, x.owner, &x.viewer, x.id, &sent.if_match, &etag, x.problem))
        return fail(r, &x);
    gp_audit_write(r, &x.caller, x.owner, x.id, etag, NULL);
    return gp_reply_deleted(r);
}

/* GET of the root. */
static int service(request_rec *r)
{
    exchange x;

    open_exchange(r, &x);
    if (!agree(r, &x, GP_OPERATION_SERVICE, GP_OFFER_JSON) || !meets_untagged(r, x.problem))
        return fail(r, &x);
    return gp_reply_service(r, &x.shape);
}

/* GET /$metadata. */
static int metadata(request_rec *r)
{
    exchange x;

    open_exchange(r, &x);
    if (!agree(r, &x, GP_OPERATION_METADATA, GP_OFFER_XML | GP_OFFER_JSON)
        || !meets_untagged(r, x.problem))
        return fail(r, &x);
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
        return fail(r, NULL);
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
    return fail(r, NULL);
}
