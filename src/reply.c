/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that succeed: status, headers and one brigade that points into the pool. Errors are
 * answered in errors.c, whoever raised them.
 */
#include "reply.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <util_filter.h>

#include <string.h>

#define CONTENT_TYPE                                                                               \
    "application/json;odata.metadata=minimal;odata.streaming=true;"                                \
    "IEEE754Compatible=false;charset=utf-8"

void gp_reply_headers(apr_table_t *headers, const gp_request *request)
{
    apr_table_setn(headers, "OData-Version", "4.0");
    apr_table_setn(headers, "request-id", request->request_id);
    apr_table_setn(headers, "client-request-id", request->client_request_id);
    apr_table_setn(headers, "Cache-Control", "private, no-cache");
}

/* Sends the pieces, which live as long as the request, as the whole body; none: an empty one. */
static int send_body(request_rec *r, const gp_buffer *head, const char *tail,
                     apr_size_t tail_length)
{
    apr_bucket_alloc_t *alloc = r->connection->bucket_alloc;
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, alloc);
    apr_status_t status;

    if (head != NULL) {
        ap_set_content_length(r, (apr_off_t)(head->length + tail_length));
        APR_BRIGADE_INSERT_TAIL(brigade,
                                apr_bucket_pool_create(head->data, head->length, r->pool, alloc));
        APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_pool_create(tail, tail_length, r->pool, alloc));
    }
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(alloc));
    status = ap_pass_brigade(r->output_filters, brigade);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, status, r, "answered %d", r->status);
    return status == APR_SUCCESS || r->connection->aborted ? OK : AP_FILTER_ERROR;
}

/* What the URLs of an owner's collection have in common, behind the root. */
static void add_collection(gp_buffer *buffer, const char *owner)
{
    gp_buffer_puts(buffer, "users");
    gp_uri_add_key(buffer, owner);
    gp_buffer_puts(buffer, "/profile/positions");
}

/* The URL by which a position is read and changed. */
static const char *position_url(request_rec *r, const char *owner, const gp_position *position)
{
    gp_buffer url;

    gp_buffer_open(&url, r->pool, 256);
    gp_buffer_puts(&url, gp_request_base_url(r));
    gp_buffer_puts(&url, "/");
    add_collection(&url, owner);
    gp_uri_add_key(&url, position->id);
    return gp_buffer_text(&url);
}

/* The start of an entity's body, up to where its document (without the brace) follows. */
static void open_entity(request_rec *r, gp_buffer *head, const char *owner,
                        const gp_position *position)
{
    gp_buffer context;

    gp_buffer_open(&context, r->pool, 256);
    gp_buffer_puts(&context, gp_request_base_url(r));
    gp_buffer_puts(&context, "/$metadata#");
    add_collection(&context, owner);
    gp_buffer_puts(&context, "/$entity");

    gp_buffer_open(head, r->pool, 384);
    gp_buffer_puts(head, "{\"@odata.context\":");
    gp_buffer_puts_json(head, gp_buffer_text(&context));
    gp_buffer_puts(head, ",\"@odata.etag\":\"\\\"");
    gp_buffer_puts(head, position->etag);
    gp_buffer_puts(head, "\\\"\",");
}

int gp_reply_created(request_rec *r, const char *owner, const gp_position *position,
                     const gp_prefer *prefer)
{
    const char *url = position_url(r, owner, position);
    gp_buffer head;

    gp_reply_headers(r->headers_out, gp_request_get(r));
    apr_table_setn(r->headers_out, "Location", url);
    apr_table_setn(r->headers_out, "ETag", apr_pstrcat(r->pool, "\"", position->etag, "\"", NULL));
    if (prefer->returns == GP_RETURN_MINIMAL) {
        apr_table_setn(r->headers_out, "Preference-Applied", "return=minimal");
        apr_table_setn(r->headers_out, "OData-EntityId", url);
        r->status = HTTP_NO_CONTENT;
        return send_body(r, NULL, NULL, 0);
    }
    if (prefer->returns == GP_RETURN_REPRESENTATION)
        apr_table_setn(r->headers_out, "Preference-Applied", "return=representation");
    r->status = HTTP_CREATED;
    ap_set_content_type(r, CONTENT_TYPE);
    open_entity(r, &head, owner, position);
    return send_body(r, &head, position->document + 1, position->length - 1);
}

int gp_reply_options(request_rec *r, gp_resource resource)
{
    gp_reply_headers(r->headers_out, gp_request_get(r));
    apr_table_setn(r->headers_out, "Allow", gp_route_allow(r->pool, resource));
    r->status = HTTP_NO_CONTENT;
    return send_body(r, NULL, NULL, 0);
}
