/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the answers of operations: status, headers and one text. Stored documents are copied once, from the rows
 * of the database into the body.
 */
#include "answer.h"
#include "odata/url.h"

#include <apr_strings.h>

void gp_answer_open(gp_exchange *x, int status)
{
    x->answer.kind = GP_ANSWER_SUCCESS;
    x->answer.status = status;
}

void gp_answer_open_body(gp_exchange *x, const char *content_type, apr_size_t expected)
{
    gp_answer *answer = &x->answer;

    answer->content_type = content_type;
    if (answer->memory != NULL)
        gp_buffer_open_in(&answer->body, x->pool, answer->memory, answer->memory_size);
    else
        gp_buffer_open(&answer->body, x->pool, expected);
}

#define JSON_TYPE(level, ieee754)                                                                  \
    "application/json;odata.metadata=" level ";odata.streaming=true;IEEE754Compatible=" ieee754    \
    ";charset=utf-8"

const char *gp_answer_json_type(const gp_exchange *x)
{
    static const char *const types[][2] = {
        [GP_METADATA_MINIMAL] = {JSON_TYPE("minimal", "false"), JSON_TYPE("minimal", "true")},
        [GP_METADATA_NONE] = {JSON_TYPE("none", "false"), JSON_TYPE("none", "true")},
        [GP_METADATA_FULL] = {JSON_TYPE("full", "false"), JSON_TYPE("full", "true")},
    };

    return types[x->shape.level][x->shape.ieee754 != 0];
}

gp_entity_form gp_answer_form(gp_exchange *x, const char *owner)
{
    gp_entity_form form = {NULL, owner, &x->shape};

    if (x->shape.level != GP_METADATA_NONE)
        form.base_url = x->receiver->base_url(x);
    return form;
}

/* Returns the upper limit of the bytes in an answer with a position. */
static apr_size_t size_of(gp_exchange *x, const gp_entity_form *form, const gp_position *position)
{
    return gp_entity_size(position) + gp_entity_urls_size(x->work, form, position);
}

bool gp_answer_reserve_written(gp_exchange *x, const gp_position *position)
{
    gp_entity_form form;

    if (x->prefer.returns == GP_RETURN_MINIMAL)
        return true;
    form = gp_answer_form(x, x->owner);
    return x->receiver->reserve(x, size_of(x, &form, position));
}

static void set_etag(gp_exchange *x, const char *etag)
{
    apr_table_setn(x->answer.headers, "ETag", gp_etag_quote(x->pool, etag, x->shape.level));
}

/* @param size  upper limit of the body, in bytes */
static void write_position(gp_exchange *x, int status, const gp_entity_form *form, apr_size_t size,
                           const gp_position *position)
{
    gp_buffer *body = &x->answer.body;

    gp_answer_open(x, status);
    set_etag(x, position->etag);
    gp_answer_open_body(x, gp_answer_json_type(x), size);
    gp_entity_open(x->work, body, form, "/$entity");
    gp_entity_write(x->work, body, form, position);
}

bool gp_answer_position(gp_exchange *x, const char *owner, const gp_position *position)
{
    gp_entity_form form = gp_answer_form(x, owner);
    apr_size_t size = size_of(x, &form, position);

    if (!x->receiver->reserve(x, size))
        return false;
    write_position(x, GP_HTTP_OK, &form, size, position);
    return true;
}

static bool answer_minimal(gp_exchange *x, const char *url, const gp_position *position)
{
    apr_table_t *headers = x->answer.headers;

    gp_answer_open(x, GP_HTTP_NO_CONTENT);
    apr_table_setn(headers, "Preference-Applied", "return=minimal");
    apr_table_setn(headers, "OData-EntityId", url);
    set_etag(x, position->etag);
    return true;
}

bool gp_answer_not_modified(gp_exchange *x, const gp_etag *known)
{
    gp_answer_open(x, GP_HTTP_NOT_MODIFIED);
    apr_table_setn(x->answer.headers, "ETag", known->sent);
    if (known
            ->is_coded) /* the filter that compresses would set this header, but it ignores a 304 */
        x->answer.vary = "Accept-Encoding";
    return true;
}

bool gp_answer_written(gp_exchange *x, int status, const gp_position *position)
{
    apr_table_t *headers = x->answer.headers;
    gp_entity_form form = gp_answer_form(x, x->owner);
    const char *url = gp_url_position(x->pool, x->receiver->base_url(x), x->owner, position->id);

    if (status == GP_HTTP_CREATED)
        apr_table_setn(headers, "Location", url);
    if (x->prefer.returns == GP_RETURN_MINIMAL)
        return answer_minimal(x, url, position);
    if (x->prefer.returns == GP_RETURN_REPRESENTATION)
        apr_table_setn(headers, "Preference-Applied", "return=representation");
    write_position(x, status, &form, size_of(x, &form, position), position);
    return true;
}

/* RFC 5789 section 3.1 for PATCH, and the like for POST (W3C Linked Data Platform 1.0 section 7.1). */
void gp_answer_accepted(gp_exchange *x)
{
    apr_table_t *headers = x->answer.headers;

    if (gp_route_operation(x->route->resource, "PATCH") != GP_OPERATION_NONE)
        apr_table_setn(headers, "Accept-Patch", "application/json");
    if (gp_route_operation(x->route->resource, "POST") != GP_OPERATION_NONE)
        apr_table_setn(headers, "Accept-Post",
                       x->route->resource == GP_RESOURCE_BATCH ? "application/json, multipart/mixed"
                                                               : "application/json");
}

void gp_answer_fail(gp_exchange *x)
{
    gp_answer *answer = &x->answer;
    const gp_problem *problem = x->problem;

    answer->content_type = NULL;
    if (x->refusal != 0) {
        answer->kind = GP_ANSWER_REFUSED;
        answer->status = x->refusal;
        return;
    }
    answer->kind = GP_ANSWER_PROBLEM;
    answer->status = gp_error_get(problem->error)->status;
    if (problem->error == GP_METHOD_NOT_ALLOWED)
        apr_table_setn(answer->headers, "Allow",
                       gp_route_allow(x->pool, x->route->resource, x->settings.disabled));
    if (problem->retry_after > 0)
        apr_table_setn(answer->headers, "Retry-After", apr_itoa(x->pool, problem->retry_after));
    if (problem->challenge != NULL)
        apr_table_setn(answer->headers, "WWW-Authenticate", problem->challenge);
}
