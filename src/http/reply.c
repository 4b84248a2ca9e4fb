/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that succeed: status, headers and one text. Documents go out as they are stored, with OData's
 * control information put before them. Errors are answered in errors.c, whoever raised them.
 */
#include "reply.h"
#include "base/limits.h"
#include "odata/metadata.h"
#include "outgoing.h"
#include "origin.h"
#include "range.h"
#include "base/uri.h"
#include "base/scratch.h"
#include "timing.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <util_filter.h>

#include <string.h>

void gp_reply_headers(request_rec *r, apr_table_t *headers)
{
    const gp_request *request = gp_request_get(r);

    apr_table_setn(headers, "OData-Version", "4.0");
    apr_table_setn(headers, "request-id", request->request_id);
    apr_table_setn(headers, "client-request-id", request->client_request_id);
    gp_request_forbid_sniffing(headers);
    gp_timing_announce(r, headers);
    /* Nobody is shown what was answered to somebody else. */
    apr_table_setn(headers, "Cache-Control", "private, no-cache");
    if (apr_table_get(headers, "Vary") == NULL) {
        apr_table_setn(headers, "Vary", "Accept, Authorization, Cookie, OData-MaxVersion, Prefer");
        return;
    }
    gp_request_vary(r, headers, "Accept");
    gp_request_vary(r, headers, "Authorization");
    gp_request_vary(r, headers, "Cookie");
    gp_request_vary(r, headers, "OData-MaxVersion");
    gp_request_vary(r, headers, "Prefer");
}

/* ---- memory ---- */

/* Of this child; NULL: the system had no mutex left, so that nothing is bounded. */
static gp_outgoing *outgoing;

void gp_reply_init(apr_pool_t *child, server_rec *server)
{
    static const gp_outgoing_bounds bounds = {GP_ANSWERS_MAX, GP_ANSWERS_CALLER_MAX,
                                              GP_ANSWERS_CONNECTION_MAX};

    (void)child;
    (void)server;
    outgoing = gp_outgoing_create(bounds);
}

static apr_status_t give_back(void *memory)
{
    gp_outgoing_free(memory);
    return APR_SUCCESS;
}

int gp_reply_reserve(request_rec *r, apr_size_t size, gp_problem *problem)
{
    gp_request *request = gp_request_get(r);
    const conn_rec *connection = r->connection->master ? r->connection->master : r->connection;

    if (size <= request->answer_size || size <= GP_ANSWERS_SMALL_MAX || outgoing == NULL)
        return 1;
    if (request->answer != NULL)
        apr_pool_cleanup_run(r->pool, request->answer, give_back);
    request->answer_size = 0;
    request->answer = gp_outgoing_take(outgoing, connection, gp_request_caller(r), size,
                                       gp_config_queue_timeout(gp_config_get_server(r->server)));
    if (request->answer == NULL) {
        gp_problem_set(problem, GP_UNAVAILABLE, NULL, "Earlier answers have not been read yet.");
        problem->retry_after = 1;
        return 0;
    }
    request->answer_size = size;
    apr_pool_cleanup_register(r->pool, request->answer, give_back, apr_pool_cleanup_null);
    return 1;
}

/* ---- bodies ---- */

static void open_answer(request_rec *r, int status)
{
    gp_reply_headers(r, r->headers_out);
    r->status = status;
}

/* Opens the text of an answer, in the memory that was reserved for it if there is any. */
static void open_body(request_rec *r, gp_buffer *body, apr_size_t expected)
{
    gp_request *request = gp_request_get(r);

    if (request->answer != NULL)
        gp_buffer_open_in(body, r->pool, request->answer, request->answer_size);
    else
        gp_buffer_open(body, r->pool, expected);
}

/* A bucket of the text. Reserved memory is given to the bucket, so that it is free as soon as it is sent,
 * and HTTP/2 need not copy it. */
static apr_bucket *body_bucket(request_rec *r, const gp_buffer *body, apr_bucket_alloc_t *allocator)
{
    gp_request *request = gp_request_get(r);

    if (request->answer == NULL || body->data != request->answer)
        return apr_bucket_pool_create(body->data, body->length, r->pool, allocator);
    apr_pool_cleanup_kill(r->pool, request->answer, give_back);
    request->answer = NULL;
    request->answer_size = 0;
    return apr_bucket_heap_create(body->data, body->length, gp_outgoing_free, allocator);
}

/*
 * Sends the headers, and the body if it is not NULL, as one bucket. One for each row would save copying,
 * which costs less than a bucket does: each is a cleanup of the pool, and they are searched one by one
 * for every one that is done with.
 */
static int close_answer(request_rec *r, const gp_buffer *body)
{
    apr_bucket_alloc_t *allocator = r->connection->bucket_alloc;
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, allocator);
    apr_status_t status;

    if (body != NULL) {
        ap_set_content_length(r, (apr_off_t)body->length);
        APR_BRIGADE_INSERT_TAIL(brigade, body_bucket(r, body, allocator));
    }
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(allocator));
    gp_range_prepare(r);
    status = ap_pass_brigade(r->output_filters, brigade);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, status, r, "answered %d", r->status);
    return status == APR_SUCCESS || r->connection->aborted ? OK : AP_FILTER_ERROR;
}

static void set_json(request_rec *r, const gp_shape *shape)
{
    static const char *const names[] = {"minimal", "none", "full"};

    ap_set_content_type(r, apr_pstrcat(r->pool,
                                       "application/json;odata.metadata=", names[shape->level],
                                       ";odata.streaming=true;IEEE754Compatible=",
                                       shape->ieee754 ? "true" : "false", ";charset=utf-8", NULL));
}

/* ---- URLs ---- */

#define OWNER_ALIAS "@u"

/* Behind the root: an owner's collection, as the context names it. It is never asked for. */
static void add_collection(gp_buffer *buffer, const char *owner)
{
    gp_buffer_puts(buffer, "users");
    gp_uri_add_key(buffer, owner);
    gp_buffer_puts(buffer, "/profile/positions");
}

/* Behind the root: a position. An owner's id with a slash, such as a Kerberos name, goes into the query
 * string (gp_route_resolve): httpd refuses %2F in a path. */
static void add_path(gp_buffer *buffer, const char *owner, const char *id)
{
    int has_slash = strchr(owner, '/') != NULL;

    if (has_slash)
        gp_buffer_puts(buffer, "users(" OWNER_ALIAS ")/profile/positions");
    else
        add_collection(buffer, owner);
    gp_uri_add_key(buffer, id);
    if (has_slash) {
        gp_buffer_puts(buffer, "?" OWNER_ALIAS "=");
        gp_uri_add_value(buffer, owner);
    }
}

static const char *entity_url(request_rec *r, apr_pool_t *pool, const char *owner,
                              const gp_position *position)
{
    gp_buffer url;

    gp_buffer_open(&url, pool, 256);
    gp_buffer_puts(&url, gp_request_base_url(r));
    gp_buffer_puts(&url, "/");
    add_path(&url, owner, position->id);
    return gp_buffer_text(&url);
}

/* The collection as the request addressed it, so that the next page is addressed alike. An alias of the
 * path is among the options. */
static const char *next_url(request_rec *r, const char *options)
{
    const gp_route *route = &gp_request_get(r)->route;
    gp_buffer url;

    gp_buffer_open(&url, r->pool, 256);
    gp_buffer_puts(&url, gp_request_base_url(r));
    gp_buffer_puts(&url, route->user ? "/users" : "/me");
    if (route->alias != NULL)
        gp_buffer_puts(&url, apr_pstrcat(r->pool, "(", route->alias, ")", NULL));
    else if (route->user != NULL)
        gp_uri_add_key(&url, route->user);
    gp_buffer_puts(&url, "/profile/positions?");
    gp_buffer_puts(&url, options);
    return gp_buffer_text(&url);
}

/* Writes {"@odata.context":"..", for a collection, or for an entity of it. */
static void open_object(request_rec *r, gp_buffer *buffer, const char *owner, const char *behind,
                        const gp_shape *shape)
{
    gp_buffer context;

    gp_buffer_puts(buffer, "{");
    if (shape->level == GP_METADATA_NONE)
        return;
    gp_buffer_open(&context, r->pool, 256);
    gp_buffer_puts(&context, gp_request_base_url(r));
    gp_buffer_puts(&context, "/$metadata#");
    add_collection(&context, owner);
    if (shape->selection != NULL) {
        gp_buffer_puts(&context, "(");
        gp_buffer_puts(&context, shape->selection->text);
        gp_buffer_puts(&context, ")");
    }
    gp_buffer_puts(&context, behind);
    gp_buffer_puts(buffer, "\"@odata.context\":");
    gp_buffer_puts_json(buffer, gp_buffer_text(&context));
    gp_buffer_puts(buffer, ",");
}

/* ---- entities ---- */

/* How much is put around a document, as a rule. */
#define AROUND 384

/* How many bytes the entity's own @odata.type takes behind the brace, with its comma; 0: none. */
static apr_size_t type_length(const char *document)
{
    static const char typed[] = "{\"@odata.type\":\"";
    const char *end;

    if (strncmp(document, typed, strlen(typed)) != 0
        || (end = strstr(document + strlen(typed), "\",")) == NULL)
        return 0;
    return (apr_size_t)(end + 2 - document - 1);
}

/* How many bytes the URLs of an entity take in full metadata. */
static apr_size_t urls_length(request_rec *r, const char *owner, const gp_position *position,
                              const gp_shape *shape)
{
    if (shape->level != GP_METADATA_FULL)
        return 0;
    return 2 * strlen(entity_url(r, r->pool, owner, position));
}

/*
 * Adds an entity behind the brace and the context, which are there already: its type, which is to
 * come first (OData JSON 4.0 section 4.4: the answer says odata.streaming), the control information
 * that is made here, and the rest of the document, which has its shape already.
 */
static void add_shaped(request_rec *r, apr_pool_t *pool, gp_buffer *body, const char *owner,
                       const gp_position *position, const gp_shape *shape)
{
    const char *document = position->document;
    apr_size_t typed;
    gp_buffer path;

    if (shape->level == GP_METADATA_NONE) {
        gp_buffer_puts(body, document + 1);
        return;
    }
    typed = type_length(document);
    gp_buffer_add(body, document + 1, typed);
    if (shape->level == GP_METADATA_FULL) {
        if (typed == 0)
            gp_buffer_puts(body, "\"@odata.type\":\"#" GP_NAMESPACE ".workPosition\",");
        gp_buffer_puts(body, "\"@odata.id\":");
        gp_buffer_puts_json(body, entity_url(r, pool, owner, position));
        gp_buffer_open(&path, pool, 128);
        add_path(&path, owner, position->id);
        gp_buffer_puts(body, ",\"@odata.editLink\":");
        gp_buffer_puts_json(body, gp_buffer_text(&path));
        gp_buffer_puts(body, ",");
    }
    gp_buffer_puts(body, "\"@odata.etag\":\"\\\"");
    gp_buffer_puts(body, position->etag);
    gp_buffer_puts(body, "\\\"\",");
    gp_buffer_puts(body, document + 1 + typed);
}

/* Adds an entity, as it is asked for. @param pool  for what that takes */
static void add_entity(request_rec *r, apr_pool_t *pool, gp_buffer *body, const char *owner,
                       const gp_position *position, const gp_shape *shape)
{
    gp_position shaped = *position;
    apr_pool_t *scratch;

    if (shape->level != GP_METADATA_NONE && shape->selection == NULL) {
        add_shaped(r, pool, body, owner, position, shape);
        return;
    }
    scratch = gp_scratch_open(pool, position->length);
    shaped.document = gp_position_reshape(scratch, position->document, shape);
    add_shaped(r, scratch, body, owner, &shaped, shape);
    gp_scratch_close(scratch);
}

apr_size_t gp_reply_entity_size(request_rec *r, const char *owner, const gp_position *position,
                                const gp_shape *shape)
{
    return AROUND + position->length + urls_length(r, owner, position, shape);
}

static int reply_entity(request_rec *r, apr_pool_t *pool, int status, const char *owner,
                        const gp_position *position, const gp_shape *shape)
{
    gp_buffer body;

    open_answer(r, status);
    apr_table_setn(r->headers_out, "ETag", gp_etag_quote(r->pool, position->etag, shape->level));
    set_json(r, shape);
    open_body(r, &body, gp_reply_entity_size(r, owner, position, shape));
    open_object(r, &body, owner, "/$entity", shape);
    add_entity(r, pool, &body, owner, position, shape);
    apr_pool_destroy(pool);
    return close_answer(r, &body);
}

int gp_reply_entity(request_rec *r, apr_pool_t *pool, const char *owner,
                    const gp_position *position, const gp_shape *shape)
{
    return reply_entity(r, pool, HTTP_OK, owner, position, shape);
}

int gp_reply_written(request_rec *r, apr_pool_t *pool, int status, const char *owner,
                     const gp_position *position, const gp_prefer *prefer, const gp_shape *shape)
{
    const char *url = entity_url(r, r->pool, owner, position);

    if (status == HTTP_CREATED)
        apr_table_setn(r->headers_out, "Location", url);
    if (prefer->returns == GP_RETURN_REPRESENTATION)
        apr_table_setn(r->headers_out, "Preference-Applied", "return=representation");
    if (prefer->returns != GP_RETURN_MINIMAL)
        return reply_entity(r, pool, status, owner, position, shape);

    apr_table_setn(r->headers_out, "Preference-Applied", "return=minimal");
    apr_table_setn(r->headers_out, "OData-EntityId", url);
    apr_table_setn(r->headers_out, "ETag", gp_etag_quote(r->pool, position->etag, shape->level));
    apr_pool_destroy(pool);
    open_answer(r, HTTP_NO_CONTENT);
    return close_answer(r, NULL);
}

int gp_reply_not_modified(request_rec *r, const gp_etag *etag)
{
    open_answer(r, HTTP_NOT_MODIFIED);
    apr_table_setn(r->headers_out, "ETag", etag->sent);
    if (etag->is_coded) /* the filter that compressed would say so, but leaves a 304 alone */
        gp_request_vary(r, r->headers_out, "Accept-Encoding");
    return close_answer(r, NULL);
}

int gp_reply_deleted(request_rec *r)
{
    open_answer(r, HTTP_NO_CONTENT);
    return close_answer(r, NULL);
}

/* ---- collections ---- */

/* How many rows fit, and how many bytes they take without what is put around them all. */
static int measure(request_rec *r, const gp_listing *listing, int most, const gp_shape *shape,
                   apr_size_t *bytes)
{
    apr_size_t urls = 0;
    int i;

    *bytes = 0;
    for (i = 0; i < most && i < listing->rows->rows; i++) {
        gp_position position = gp_store_row(listing->rows, i);
        apr_size_t size;

        if (position.document == NULL)
            break;
        if (i == 0) /* ids are of one length */
            urls = urls_length(r, listing->owner, &position, shape);
        size = position.length + urls;
        if (i > 0 && *bytes + size > GP_PAGE_BYTES_MAX)
            break;
        *bytes += size;
    }
    return i;
}

int gp_reply_fitting(request_rec *r, const gp_listing *listing, int most, const gp_shape *shape)
{
    apr_size_t bytes;

    return measure(r, listing, most, shape, &bytes);
}

apr_size_t gp_reply_list_size(request_rec *r, const gp_listing *listing, const gp_shape *shape)
{
    apr_size_t bytes;

    measure(r, listing, listing->count, shape, &bytes);
    return AROUND * (1 + (apr_size_t)listing->count) + bytes;
}

/* Adds the rows. What it takes to make one is given back before the next. */
static void add_rows(request_rec *r, apr_pool_t *parent, gp_buffer *body, const gp_listing *listing,
                     const gp_shape *shape)
{
    apr_pool_t *pool;
    int i;

    apr_pool_create(&pool, parent);
    for (i = 0; i < listing->count; i++) {
        gp_position position = gp_store_row(listing->rows, i);

        gp_buffer_puts(body, i > 0 ? ",{" : "{");
        add_entity(r, pool, body, listing->owner, &position, shape);
        apr_pool_clear(pool);
    }
}

int gp_reply_list(request_rec *r, apr_pool_t *pool, const gp_listing *listing,
                  const gp_shape *shape)
{
    const char *quote = shape->ieee754 ? "\"" : "";
    gp_buffer body;

    open_body(r, &body, gp_reply_list_size(r, listing, shape));
    open_answer(r, HTTP_OK);
    if (listing->preference != NULL)
        apr_table_setn(r->headers_out, "Preference-Applied",
                       apr_psprintf(r->pool, "%s=%d", listing->preference, listing->max_page_size));
    set_json(r, shape);
    open_object(r, &body, listing->owner, "", shape);
    if (listing->total != NULL) /* an Edm.Int64 */
        gp_buffer_puts(&body, apr_pstrcat(r->pool, "\"@odata.count\":", quote, listing->total,
                                          quote, ",", NULL));
    if (listing->next != NULL) {
        gp_buffer_puts(&body, "\"@odata.nextLink\":");
        gp_buffer_puts_json(&body, next_url(r, listing->next));
        gp_buffer_puts(&body, ",");
    }
    gp_buffer_puts(&body, "\"value\":[");
    add_rows(r, pool, &body, listing, shape);
    gp_buffer_puts(&body, "]}");
    apr_pool_destroy(pool);
    return close_answer(r, &body);
}

int gp_reply_count(request_rec *r, const char *count)
{
    gp_buffer body;

    open_answer(r, HTTP_OK);
    ap_set_content_type(r, "text/plain;charset=utf-8");
    gp_buffer_open(&body, r->pool, strlen(count));
    gp_buffer_puts(&body, count);
    return close_answer(r, &body);
}

/* ---- the service ---- */

int gp_reply_service(request_rec *r, const gp_shape *shape)
{
    gp_buffer body;

    open_answer(r, HTTP_OK);
    set_json(r, shape);
    gp_buffer_open(&body, r->pool, 256);
    gp_metadata_write_service(&body,
                              shape->level == GP_METADATA_NONE ? NULL : gp_request_base_url(r));
    return close_answer(r, &body);
}

int gp_reply_metadata(request_rec *r, gp_offer media, const gp_shape *shape)
{
    gp_buffer body;

    open_answer(r, HTTP_OK);
    gp_buffer_open(&body, r->pool, 16384);
    if (media == GP_OFFER_XML) {
        ap_set_content_type(r, "application/xml;charset=utf-8");
        gp_metadata_write_xml(&body);
    } else {
        apr_table_setn(r->headers_out, "OData-Version", "4.01"); /* CSDL in JSON begins with it */
        ap_set_content_type(r, shape->ieee754
                                   ? "application/json;IEEE754Compatible=true;charset=utf-8"
                                   : "application/json;charset=utf-8");
        gp_metadata_write_json(&body);
    }
    return close_answer(r, &body);
}

/* RFC 5789 section 3.1 for PATCH, and the like for POST (W3C Linked Data Platform 1.0 section 7.1). */
void gp_reply_accepted(gp_resource resource, apr_table_t *headers)
{
    if (gp_route_operation(resource, "PATCH") != GP_OPERATION_NONE)
        apr_table_setn(headers, "Accept-Patch", "application/json");
    if (gp_route_operation(resource, "POST") != GP_OPERATION_NONE)
        apr_table_setn(headers, "Accept-Post", "application/json");
}

int gp_reply_options(request_rec *r, gp_resource resource)
{
    open_answer(r, HTTP_NO_CONTENT);
    apr_table_setn(r->headers_out, "Allow", gp_route_allow(r->pool, resource));
    gp_reply_accepted(resource, r->headers_out);
    gp_origin_preflight(r, resource, r->headers_out);
    return close_answer(r, NULL);
}
