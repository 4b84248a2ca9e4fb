/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that succeed: status, headers and one brigade that points into the pool and into what
 * PostgreSQL sent. Documents go out as they are stored, with OData's control information put before
 * them. Errors are answered in errors.c, whoever raised them.
 */
#include "reply.h"
#include "metadata.h"
#include "origin.h"

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
    /* Nobody is shown what was answered to somebody else. */
    apr_table_setn(headers, "Cache-Control", "private, no-cache");
    if (apr_table_get(headers, "Vary") == NULL) {
        apr_table_setn(headers, "Vary", "Accept, Authorization, Cookie, Prefer");
        return;
    }
    gp_request_vary(r, headers, "Accept");
    gp_request_vary(r, headers, "Authorization");
    gp_request_vary(r, headers, "Cookie");
    gp_request_vary(r, headers, "Prefer");
}

/* ---- bodies ---- */

/* An answer under construction. */
typedef struct {
    request_rec *r;
    apr_bucket_brigade *brigade;
    apr_off_t length;
} answer;

static answer open_answer(request_rec *r, int status)
{
    answer out = {r, apr_brigade_create(r->pool, r->connection->bucket_alloc), 0};

    gp_reply_headers(r, r->headers_out);
    r->status = status;
    return out;
}

/* Adds bytes that live as long as the request; they are not copied. */
static void add(answer *out, const char *bytes, apr_size_t length)
{
    APR_BRIGADE_INSERT_TAIL(out->brigade, apr_bucket_pool_create(bytes, length, out->r->pool,
                                                                 out->r->connection->bucket_alloc));
    out->length += (apr_off_t)length;
}

static void add_buffer(answer *out, const gp_buffer *buffer)
{
    add(out, buffer->data, buffer->length);
}

static int close_answer(answer *out)
{
    request_rec *r = out->r;
    apr_status_t status;

    if (out->length > 0)
        ap_set_content_length(r, out->length);
    APR_BRIGADE_INSERT_TAIL(out->brigade, apr_bucket_eos_create(r->connection->bucket_alloc));
    status = ap_pass_brigade(r->output_filters, out->brigade);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, status, r, "answered %d", r->status);
    return status == APR_SUCCESS || r->connection->aborted ? OK : AP_FILTER_ERROR;
}

static void set_json(request_rec *r, gp_metadata_level level)
{
    static const char *const names[] = {"minimal", "none", "full"};

    ap_set_content_type(r, apr_pstrcat(r->pool, "application/json;odata.metadata=", names[level],
                                       ";odata.streaming=true;IEEE754Compatible=false;"
                                       "charset=utf-8",
                                       NULL));
}

/* ---- URLs ---- */

/* Behind the root: an owner's collection, and a position of it unless id is NULL. */
static void add_path(gp_buffer *buffer, const char *owner, const char *id)
{
    gp_buffer_puts(buffer, "users");
    gp_uri_add_key(buffer, owner);
    gp_buffer_puts(buffer, "/profile/positions");
    if (id != NULL)
        gp_uri_add_key(buffer, id);
}

static const char *entity_url(request_rec *r, const gp_entity *entity)
{
    gp_buffer url;

    gp_buffer_open(&url, r->pool, 256);
    gp_buffer_puts(&url, gp_request_base_url(r));
    gp_buffer_puts(&url, "/");
    add_path(&url, entity->owner, entity->id);
    return gp_buffer_text(&url);
}

/* The collection as the request addressed it, so that the next page is addressed alike. */
static const char *next_url(request_rec *r, const char *options)
{
    const char *user = gp_request_get(r)->route.user;
    gp_buffer url;

    gp_buffer_open(&url, r->pool, 256);
    gp_buffer_puts(&url, gp_request_base_url(r));
    gp_buffer_puts(&url, user ? "/users" : "/me");
    if (user != NULL)
        gp_uri_add_key(&url, user);
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
    add_path(&context, owner, NULL);
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

/*
 * Adds an entity behind its head, which has the brace and the context already: its type, which is to
 * come first (OData JSON 4.0 section 4.4: the answer says odata.streaming), the control information
 * that is made here, and the rest of the document.
 */
static void add_entity(answer *out, gp_buffer *head, const gp_entity *entity, const gp_shape *shape)
{
    const char *document = entity->document;
    apr_size_t typed;
    gp_buffer path;

    if (shape->level == GP_METADATA_NONE || shape->selection != NULL)
        document = gp_position_reshape(out->r->pool, document, shape);
    if (shape->level == GP_METADATA_NONE) {
        add_buffer(out, head);
        add(out, document + 1, strlen(document + 1));
        return;
    }
    typed = type_length(document);
    gp_buffer_add(head, document + 1, typed);
    if (shape->level == GP_METADATA_FULL) {
        if (typed == 0)
            gp_buffer_puts(head, "\"@odata.type\":\"#" GP_NAMESPACE ".workPosition\",");
        gp_buffer_puts(head, "\"@odata.id\":");
        gp_buffer_puts_json(head, entity_url(out->r, entity));
        gp_buffer_open(&path, out->r->pool, 128);
        add_path(&path, entity->owner, entity->id);
        gp_buffer_puts(head, ",\"@odata.editLink\":");
        gp_buffer_puts_json(head, gp_buffer_text(&path));
        gp_buffer_puts(head, ",");
    }
    gp_buffer_puts(head, "\"@odata.etag\":\"\\\"");
    gp_buffer_puts(head, entity->etag);
    gp_buffer_puts(head, "\\\"\",");
    add_buffer(out, head);
    document += 1 + typed;
    add(out, document, strlen(document));
}

static int reply_entity(request_rec *r, int status, const gp_entity *entity, const gp_shape *shape)
{
    answer out = open_answer(r, status);
    gp_buffer head;

    apr_table_setn(r->headers_out, "ETag", gp_etag_quote(r->pool, entity->etag, shape->level));
    set_json(r, shape->level);
    gp_buffer_open(&head, r->pool, 384);
    open_object(r, &head, entity->owner, "/$entity", shape);
    add_entity(&out, &head, entity, shape);
    return close_answer(&out);
}

int gp_reply_entity(request_rec *r, const gp_entity *entity, const gp_shape *shape)
{
    return reply_entity(r, HTTP_OK, entity, shape);
}

int gp_reply_written(request_rec *r, int status, const gp_entity *entity, const gp_prefer *prefer,
                     const gp_shape *shape)
{
    const char *url = entity_url(r, entity);
    answer out;

    if (status == HTTP_CREATED)
        apr_table_setn(r->headers_out, "Location", url);
    if (prefer->returns == GP_RETURN_REPRESENTATION)
        apr_table_setn(r->headers_out, "Preference-Applied", "return=representation");
    if (prefer->returns != GP_RETURN_MINIMAL)
        return reply_entity(r, status, entity, shape);

    apr_table_setn(r->headers_out, "Preference-Applied", "return=minimal");
    apr_table_setn(r->headers_out, "OData-EntityId", url);
    apr_table_setn(r->headers_out, "ETag", gp_etag_quote(r->pool, entity->etag, shape->level));
    out = open_answer(r, HTTP_NO_CONTENT);
    return close_answer(&out);
}

int gp_reply_not_modified(request_rec *r, const gp_etag *etag)
{
    answer out = open_answer(r, HTTP_NOT_MODIFIED);

    apr_table_setn(r->headers_out, "ETag", etag->sent);
    if (etag->is_coded) /* the filter that compressed would say so, but leaves a 304 alone */
        gp_request_vary(r, r->headers_out, "Accept-Encoding");
    return close_answer(&out);
}

int gp_reply_deleted(request_rec *r)
{
    answer out = open_answer(r, HTTP_NO_CONTENT);

    return close_answer(&out);
}

/* ---- collections ---- */

int gp_reply_list(request_rec *r, const gp_listing *listing, const gp_shape *shape)
{
    answer out = open_answer(r, HTTP_OK);
    gp_buffer head;
    int i;

    if (listing->max_page_size > 0)
        apr_table_setn(r->headers_out, "Preference-Applied",
                       apr_psprintf(r->pool, "odata.maxpagesize=%d", listing->max_page_size));
    set_json(r, shape->level);
    gp_buffer_open(&head, r->pool, 384);
    open_object(r, &head, listing->owner, "", shape);
    if (listing->total != NULL)
        gp_buffer_puts(&head, apr_pstrcat(r->pool, "\"@odata.count\":", listing->total, ",", NULL));
    if (listing->next != NULL) {
        gp_buffer_puts(&head, "\"@odata.nextLink\":");
        gp_buffer_puts_json(&head, next_url(r, listing->next));
        gp_buffer_puts(&head, ",");
    }
    gp_buffer_puts(&head, "\"value\":[");
    for (i = 0; i < listing->count; i++) {
        gp_row row = gp_store_row(r, listing->rows, i);
        gp_entity entity = {listing->owner, row.id, row.etag, row.document};

        gp_buffer_puts(&head, i > 0 ? ",{" : "{");
        add_entity(&out, &head, &entity, shape);
        gp_buffer_open(&head, r->pool, 64);
    }
    gp_buffer_puts(&head, "]}");
    add_buffer(&out, &head);
    return close_answer(&out);
}

int gp_reply_count(request_rec *r, const char *count)
{
    answer out = open_answer(r, HTTP_OK);

    ap_set_content_type(r, "text/plain;charset=utf-8");
    add(&out, count, strlen(count));
    return close_answer(&out);
}

/* ---- the service ---- */

int gp_reply_service(request_rec *r, gp_metadata_level level)
{
    answer out = open_answer(r, HTTP_OK);
    gp_buffer body;

    set_json(r, level);
    gp_buffer_open(&body, r->pool, 256);
    gp_metadata_write_service(&body, level == GP_METADATA_NONE ? NULL : gp_request_base_url(r));
    add_buffer(&out, &body);
    return close_answer(&out);
}

int gp_reply_metadata(request_rec *r, gp_offer media)
{
    answer out = open_answer(r, HTTP_OK);
    gp_buffer body;

    gp_buffer_open(&body, r->pool, 16384);
    if (media == GP_OFFER_XML) {
        ap_set_content_type(r, "application/xml;charset=utf-8");
        gp_metadata_write_xml(&body);
    } else {
        ap_set_content_type(r, "application/json;charset=utf-8");
        gp_metadata_write_json(&body);
    }
    add_buffer(&out, &body);
    return close_answer(&out);
}

int gp_reply_options(request_rec *r, gp_resource resource)
{
    answer out = open_answer(r, HTTP_NO_CONTENT);

    apr_table_setn(r->headers_out, "Allow", gp_route_allow(r->pool, resource));
    gp_origin_preflight(r, resource, r->headers_out);
    return close_answer(&out);
}
