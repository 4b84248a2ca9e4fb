/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes every error under a service root Graph's JSON, whichever module raised it: the handler
 * (which only returns a status and leaves its problem with the request), an authentication module,
 * or httpd itself, even before it knows the location. The administrator's own ErrorDocument takes
 * precedence.
 *
 * httpd makes its page in ap_send_error_response, which replaces r->headers_out with
 * r->err_headers_out, runs insert_error_filter, and writes HTML. The filter drops that HTML.
 */
#include "errors.h"
#include "answer.h"
#include "headers.h"
#include "origin.h"
#include "range.h"
#include "refusal.h"
#include "request.h"

#include <apr_strings.h>
#include <apr_uri.h>
#include <http_core.h>
#include <http_protocol.h>
#include <mod_core.h>
#include <util_filter.h>

#include <string.h>

#define FILTER "GRAPHPROFILE_ERROR"

/* The requested path; NULL if there is none. httpd does not parse a request line that is too long:
 * then this is the beginning of the line. */
static const char *path_asked_for(request_rec *r)
{
    const char *target = r->the_request ? strchr(r->the_request, ' ') : NULL;
    apr_uri_t uri;

    if (r->parsed_uri.path != NULL || target == NULL)
        return r->parsed_uri.path;
    target = apr_pstrmemdup(r->pool, target + 1, strcspn(target + 1, "? "));
    return apr_uri_parse(r->pool, target, &uri) == APR_SUCCESS ? uri.path : NULL;
}

/* Returns true if the request is under a root: by its location, or, if that is not yet known, by its
 * path. */
static bool is_under_root(request_rec *r)
{
    int enabled = gp_config_get(r)->enabled;

    return enabled != -1 ? enabled : gp_config_find_root(r->server, path_asked_for(r)) != NULL;
}

static bool has_error_document(request_rec *r)
{
    return ap_response_code_string(r, ap_index_of_response(r->status)) != NULL;
}

void gp_errors_insert_filter(request_rec *r)
{
    if (r->status == HTTP_RANGE_NOT_SATISFIABLE && gp_request_is_ours(r))
        gp_range_explain(r);
    if (ap_is_HTTP_ERROR(r->status) && is_under_root(r) && !has_error_document(r))
        ap_add_output_filter(FILTER, NULL, r, r->connection);
}

/* Passes the allowed methods to httpd, which makes its Allow header from them. */
static void allow(request_rec *r, const char *methods)
{
    char *list = apr_pstrdup(r->pool, methods), *state, *method;

    for (method = apr_strtok(list, ", ", &state); method != NULL;
         method = apr_strtok(NULL, ", ", &state))
        r->allowed |= AP_METHOD_BIT << ap_method_number_of(method);
}

int gp_errors_answer(request_rec *r, const gp_answer *answer)
{
    const gp_request *request = gp_request_get(r);
    const char *allowed = apr_table_get(answer->headers, "Allow");

    gp_refusal_log(r, &request->problem, request->request_id);
    gp_headers_set(r, r->err_headers_out);
    gp_answer_copy_headers(r, answer, r->err_headers_out);
    if (allowed != NULL)
        allow(r, allowed);
    return answer->status;
}

/* Sets the headers of an error. At this point r->headers_out is the former err_headers_out. */
static void set_headers(request_rec *r, const gp_request *request)
{
    gp_headers_set(r, r->headers_out);
    gp_origin_share(r, r->headers_out);
    /* The language of the message (OData JSON 4.01 section 21.1). */
    apr_table_setn(r->headers_out, "Content-Language", "en");
    /* Replace httpd's own Allow, which lists methods that this resource does not have. */
    if (request->route.resource != GP_RESOURCE_NONE
        && apr_table_get(r->headers_out, "Allow") != NULL)
        apr_table_setn(
            r->headers_out, "Allow",
            gp_route_allow(r->pool, request->route.resource, gp_config_disabled(gp_config_get(r))));
    /* A 401 must have a challenge (RFC 9110 15.5.2), but authorization by claims sets none. */
    if (r->status == HTTP_UNAUTHORIZED && apr_table_get(r->headers_out, "WWW-Authenticate") == NULL)
        apr_table_setn(r->headers_out, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
}

/* Returns true if a 401 comes from Basic or another scheme without tokens. */
static bool asks_for_a_password(const request_rec *r)
{
    const char *challenge = apr_table_get(r->headers_out, "WWW-Authenticate");

    return r->status == HTTP_UNAUTHORIZED && challenge != NULL
           && (ap_cstr_casecmpn(challenge, "Basic ", 6) == 0
               || ap_cstr_casecmpn(challenge, "Digest ", 7) == 0);
}

static const char *make_body(request_rec *r, const gp_request *request, apr_size_t *length)
{
    const gp_problem *problem = &request->problem;
    const gp_error_row *row = gp_error_get(problem->error);
    gp_problem foreign;
    gp_buffer body;

    /* A problem applies only to the status with which it was raised, and was logged then. */
    if (row->status != r->status) {
        gp_problem_open(&foreign, r->pool);
        if (asks_for_a_password(r))
            gp_problem_set(&foreign, GP_UNAUTHENTICATED, NULL,
                           "The user name or password is missing or wrong.");
        problem = &foreign;
        row = gp_error_for_status(r->status);
        gp_refusal_log_foreign(r, request->request_id);
    }
    gp_buffer_open(&body, r->pool, 512);
    gp_problem_write(&body, row, problem, r->request_time, request->request_id,
                     request->client_request_id);
    *length = body.length;
    return gp_buffer_text(&body);
}

const char *gp_errors_make(request_rec *r, apr_size_t *length)
{
    const gp_request *request = gp_request_get(r);
    const char *body = make_body(r, request, length);

    set_headers(r, request);
    return body;
}

static apr_status_t error_filter(ap_filter_t *filter, apr_bucket_brigade *brigade)
{
    request_rec *r = filter->r;
    apr_bucket *bucket = APR_BRIGADE_FIRST(brigade), *next;

    for (; bucket != APR_BRIGADE_SENTINEL(brigade); bucket = next) {
        const char *body;
        apr_size_t length;

        next = APR_BUCKET_NEXT(bucket);
        if (!APR_BUCKET_IS_EOS(bucket)) {
            if (!APR_BUCKET_IS_METADATA(bucket) || APR_BUCKET_IS_FLUSH(bucket))
                apr_bucket_delete(bucket);
            continue;
        }
        body = gp_errors_make(r, &length);
        ap_set_content_type(r, "application/json");
        ap_set_content_length(r, (apr_off_t)length);
        APR_BUCKET_INSERT_BEFORE(
            bucket, apr_bucket_pool_create(body, length, r->pool, r->connection->bucket_alloc));
        ap_remove_output_filter(filter);
        return ap_pass_brigade(filter->next, brigade);
    }
    apr_brigade_cleanup(brigade);
    return APR_SUCCESS;
}

void gp_errors_register(void)
{
    ap_register_output_filter(FILTER, error_filter, NULL, AP_FTYPE_RESOURCE);
}
