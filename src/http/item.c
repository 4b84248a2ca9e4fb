/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request in a batch. httpd looks its path up as a sub-request, so that the access rules and the settings of that
 * path apply. httpd sends nothing of the sub-request. A batch bypasses no rule: a request in a batch is allowed exactly
 * what it is allowed alone.
 */
#include "item.h"
#include "answer.h"
#include "audit.h"
#include "base/base64.h"
#include "base/limits.h"
#include "config.h"
#include "errors.h"
#include "headers.h"
#include "lookup.h"
#include "odata/batch_url.h"
#include "origin.h"
#include "public_url.h"
#include "receiver.h"
#include "refusal.h"
#include "request.h"
#include "totals.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>

#include <string.h>

static request_rec *batch_request(const gp_exchange *item)
{
    return gp_received_of(gp_received_of(item)->batch)->r;
}

/* ---- headers ---- */

/* Removes the headers that describe only the message of the batch. All others come from its caller or from proxies, so
 * they apply to each request in the batch, too. */
static void remove_own_headers(apr_table_t *headers)
{
    static const char *const NAMES[] = {
        "Accept",
        "Accept-Charset",
        "Accept-Encoding",
        "Access-Control-Request-Headers",
        "Accept-Language",
        "Access-Control-Request-Method",
        "Connection",
        "Content-Encoding",
        "Content-Language",
        "Content-Length",
        "Content-Type",
        "Expect",
        "If-Match",
        "If-Modified-Since",
        "If-None-Match",
        "If-Range",
        "Isolation",
        "If-Unmodified-Since",
        "OData-Isolation",
        "OData-MaxVersion",
        "OData-Version",
        "Prefer",
        "Range",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
    };
    apr_size_t i;

    for (i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        apr_table_unset(headers, NAMES[i]);
}

/* Holds each header to the limit that httpd has for a line of a request's own header. */
static bool check_headers(gp_exchange *item, const gp_batch_item *sent)
{
    int limit = batch_request(item)->server->limit_req_fieldsize, i;

    for (i = 0; i < GP_ITEM_HEADERS; i++) {
        const char *name = GP_ITEM_NAMES[i], *value = sent->headers[i];

        if (value != NULL && strlen(name) + strlen(": ") + strlen(value) > (apr_size_t)limit)
            return gp_problem_set(item->problem, GP_BAD_REQUEST, name,
                                  "The header is longer than %d bytes.", limit);
    }
    return true;
}

static apr_table_t *headers_of(const gp_exchange *item, const gp_batch_item *sent)
{
    apr_table_t *headers = apr_table_copy(item->pool, batch_request(item)->headers_in);
    int i;

    remove_own_headers(headers);
    for (i = 0; i < GP_ITEM_HEADERS; i++) {
        if (sent->headers[i] != NULL)
            apr_table_setn(headers, GP_ITEM_NAMES[i], sent->headers[i]);
    }
    if (sent->headers[GP_ITEM_CONTENT_TYPE] == NULL) /* several clients send none */
        apr_table_setn(headers, "Content-Type", "application/json");
    return headers;
}

/* ---- looking up ---- */

/* The local URL of a request in the batch; NULL: the problem is set. */
static const char *url_of(const gp_exchange *item, const gp_batch_item *sent)
{
    request_rec *r = batch_request(item);
    const gp_batch_root root = {gp_public_url(r), gp_config_get(r)->root,
                                apr_table_get(r->headers_in, "Host")};
    const char *below = gp_batch_url_resolve(item->pool, sent->url, &root, item->problem);
    const char *url;

    if (below == NULL)
        return NULL;
    url = apr_pstrcat(item->pool, ap_os_escape_path(item->pool, root.path, 1), below, NULL);
    if (strlen(url) <= (apr_size_t)r->server->limit_req_line)
        return url;
    gp_problem_set(item->problem, GP_URI_TOO_LONG, "url", NULL);
    return NULL;
}

/* Whether httpd may look a method up. The list has no TRACE, because httpd answers TRACE itself. */
static bool is_known(const char *method)
{
    static const char *const methods[] = {"GET", "HEAD",   "POST",   "PATCH",
                                          "PUT", "DELETE", "OPTIONS"};
    apr_size_t i;

    for (i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(methods[i], method) == 0)
            return true;
    }
    return false;
}

/* Whether a looked-up path belongs to the module and lies below the root of the batch. */
static bool is_of_batch(const request_rec *r, const request_rec *looked_up)
{
    const char *root = gp_config_get(looked_up)->root;

    return gp_request_is_ours(looked_up) && root != NULL
           && strcmp(root, gp_config_get(r)->root) == 0;
}

/* A page of another origin may read the answer of the batch. So each path in it must let that page read, too. */
static bool check_origin(gp_exchange *item)
{
    request_rec *r = batch_request(item);

    if (apr_table_get(r->headers_in, "Origin") == NULL || !gp_origin_may_read(r)
        || gp_origin_may_read(gp_received_of(item)->r))
        return true;
    return gp_problem_set(item->problem, GP_FORBIDDEN, "Origin",
                          "Pages of this origin may not read the answer to this request.");
}

static bool judge(gp_exchange *item, request_rec *looked_up)
{
    request_rec *r = batch_request(item);
    int status;

    if (!is_of_batch(r, looked_up))
        return gp_problem_set(item->problem, GP_NOT_FOUND, NULL, NULL);
    gp_receiver_take(item, looked_up);
    /* A batch is one request of its caller, with one deadline. */
    item->store = gp_received_of(item)->batch->store;
    status = gp_lookup_judge(r, looked_up);
    if (status != OK) {
        /* A redirection is for browsers. A request that depends on this one would take it for a success. */
        item->refusal = ap_is_HTTP_ERROR(status) ? status : HTTP_FORBIDDEN;
        return false;
    }
    if (item->route->resource == GP_RESOURCE_BATCH)
        return gp_problem_set(item->problem, GP_BAD_REQUEST, "url",
                              "A batch must not contain another batch.");
    return check_origin(item);
}

static bool look_up(gp_exchange *item, const gp_batch_item *sent)
{
    const char *url = url_of(item, sent);
    request_rec *looked_up;

    gp_received_of(item)->sent = sent;
    if (url == NULL)
        return false;
    if (!is_known(sent->method))
        return gp_problem_set(item->problem, GP_METHOD_NOT_ALLOWED, "method", NULL);
    if (!check_headers(item, sent))
        return false;
    looked_up = gp_lookup_make(batch_request(item), sent->method, url, headers_of(item, sent));
    if (judge(item, looked_up))
        return true;
    if (gp_received_of(item)->r == NULL)
        ap_destroy_sub_req(looked_up);
    return false;
}

/* ---- services for operations ---- */

static gp_rules apply_rules(gp_exchange *item, bool is_shown)
{
    gp_rules rules = gp_receiver_apply_rules(item, is_shown);

    if (rules != GP_RULES_CHANGED || check_origin(item))
        return rules;
    return GP_RULES_REFUSED;
}

/* Decodes the body: a string is base64, otherwise the text itself. */
static void take_body(const gp_batch_item *sent, gp_buffer *body)
{
    gp_buffer_open(body, body->pool, sent->length + 1);
    if (sent->body_is_text && gp_base64_decode(sent->body, sent->length, body))
        return;
    body->length = 0;
    gp_buffer_add(body, sent->body, sent->length);
}

/* Checks the size of a body by LimitRequestBody and GraphProfileMaxBody of its path. */
static bool check_size(gp_exchange *item, apr_off_t size)
{
    apr_off_t limit = ap_get_limit_req_body(gp_received_of(item)->r);

    if (limit > 0 && size > limit) {
        item->refusal = HTTP_REQUEST_ENTITY_TOO_LARGE;
        return false;
    }
    if (size <= item->settings.max_body)
        return true;
    return gp_problem_set(item->problem, GP_TOO_LARGE, NULL,
                          "The request body is larger than %" APR_OFF_T_FMT " bytes.",
                          item->settings.max_body);
}

static bool read_body(gp_exchange *item, apr_pool_t *pool)
{
    const gp_batch_item *sent = gp_received_of(item)->sent;
    gp_buffer body = {.pool = pool};

    if (gp_exchange_header(item, "Content-Encoding") != NULL)
        return gp_problem_set(item->problem, GP_UNSUPPORTED_MEDIA_TYPE, "Content-Encoding",
                              "The Content-Encoding of the body is not supported. Send the body "
                              "without one.");
    if (sent->body == NULL)
        return true;
    take_body(sent, &body);
    if (!check_size(item, (apr_off_t)body.length))
        return false;
    gp_reader_feed(item->reader, body.data, body.length);
    return true;
}

/* Moves the answer of the batch into bounded memory. */
static bool reserve_for_batch(gp_exchange *batch, gp_budget *budget, gp_problem *problem)
{
    gp_answer *answer = &batch->answer;
    const gp_buffer written = answer->body;

    if (answer->memory != NULL)
        return true;
    if (!gp_answer_reserve(gp_received_of(batch)->r, answer, GP_ANSWERS_CONNECTION_MAX, budget,
                           problem))
        return false;
    if (answer->memory == NULL)
        return true;
    gp_buffer_open_in(&answer->body, batch->pool, answer->memory, answer->memory_size);
    gp_buffer_add(&answer->body, written.data, written.length);
    return true;
}

/* Replaces the bytes that an item has reserved of the memory of its batch. */
static void set_reserved(gp_exchange *item, apr_size_t size)
{
    gp_received *own = gp_received_of(item), *batch = gp_received_of(own->batch);

    batch->reserved = batch->reserved - own->reserved + size;
    own->reserved = size;
}

/* All answers of a batch together have the bound of the answers of a connection. */
static bool reserve(gp_exchange *item, apr_size_t size)
{
    gp_exchange *batch = gp_received_of(item)->batch;
    apr_size_t others = gp_received_of(batch)->reserved - gp_received_of(item)->reserved;

    if (size <= GP_ANSWERS_SMALL_MAX)
        return true;
    if (others + size > GP_ANSWERS_CONNECTION_MAX) {
        item->problem->retry_after = 1;
        return gp_problem_set(item->problem, GP_UNAVAILABLE, NULL,
                              "The answers of this batch exceed %d bytes together. Send this "
                              "request again in another batch.",
                              GP_ANSWERS_CONNECTION_MAX);
    }
    set_reserved(item, size);
    return reserve_for_batch(batch, &item->store->budget, item->problem);
}

/* From now on, only the body that is written counts: there may be none, or an error instead. */
static void release_unused(gp_exchange *item)
{
    const gp_answer *answer = &item->answer;
    apr_size_t reserved = gp_received_of(item)->reserved;
    bool is_written = answer->kind == GP_ANSWER_SUCCESS && answer->content_type != NULL
                      && strcmp(item->method, "HEAD") != 0;

    if (!is_written)
        set_reserved(item, 0);
    else if (answer->body.length < reserved)
        set_reserved(item, answer->body.length);
}

/* ---- completing ---- */

static void set_body(gp_exchange *item, const char *text, apr_size_t length)
{
    item->answer.content_type = "application/json";
    gp_buffer_open_in(&item->answer.body, item->pool, (char *)(apr_uintptr_t)text, length);
    item->answer.body.length = length;
}

/* Completes the error of a request whose path was not looked up. It has the request-id of the batch. */
static void complete_without_path(gp_exchange *item)
{
    request_rec *r = batch_request(item);
    const gp_request *request = gp_request_get(r);
    gp_buffer body;

    gp_refusal_log(r, item->problem, request->request_id);
    gp_buffer_open(&body, item->pool, 512);
    gp_problem_write(&body, gp_error_get(item->problem->error), item->problem, r->request_time,
                     request->request_id, request->client_request_id);
    set_body(item, gp_buffer_text(&body), body.length);
    apr_table_setn(item->answer.headers, "OData-Version", "4.0");
    apr_table_setn(item->answer.headers, "Content-Language", "en");
    apr_table_setn(item->answer.headers, "request-id", request->request_id);
    apr_table_setn(item->answer.headers, "client-request-id", request->client_request_id);
}

static void complete_error(gp_exchange *item, request_rec *r)
{
    gp_answer *answer = &item->answer;
    apr_size_t length;
    const char *body;

    r->status = answer->kind == GP_ANSWER_PROBLEM ? gp_errors_answer(r, answer) : answer->status;
    r->headers_out = r->err_headers_out; /* as httpd does for its error pages */
    body = gp_errors_make(r, &length);
    answer->status = r->status;
    answer->headers = r->headers_out;
    set_body(item, body, length);
}

static void complete_success(gp_exchange *item, request_rec *r)
{
    gp_answer *answer = &item->answer;

    r->status = answer->status;
    gp_headers_set(r, r->headers_out);
    gp_answer_copy_headers(r, answer, r->headers_out);
    answer->headers = r->headers_out;
}

static void complete(gp_exchange *item)
{
    gp_received *own = gp_received_of(item);
    request_rec *r = own->r, *batch = batch_request(item);

    if (r == NULL) {
        complete_without_path(item);
        return;
    }
    release_unused(item);
    if (item->answer.kind == GP_ANSWER_SUCCESS)
        complete_success(item, r);
    else
        complete_error(item, r);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, batch, "%s %s in the batch: %d", r->method, r->uri,
                  r->status);
    gp_audit_gather(batch, r);
    gp_totals_count(gp_route_operation(item->route->resource, r->method), r->status,
                    apr_time_now() - own->begun);
}

static void close_item(gp_exchange *item)
{
    request_rec *r = gp_received_of(item)->r;

    apr_pool_destroy(item->pool);
    if (r != NULL)
        ap_destroy_sub_req(r);
}

/* ---- opening ---- */

static const gp_receiver items = {
    .identify = gp_receiver_identify,
    .apply_rules = apply_rules,
    .revert_rules = gp_receiver_revert_rules,
    .read_body = read_body,
    .reserve = reserve,
    .base_url = gp_receiver_base_url,
    .random = gp_receiver_random,
    .audit = gp_receiver_audit,
    .look_up_item = look_up,
    .complete_item = complete,
    .close_item = close_item,
};

void gp_item_open(gp_exchange *batch, gp_exchange *item)
{
    static const gp_route nothing;
    apr_pool_t *pool;
    gp_problem *problem;

    apr_pool_create(&pool, batch->pool);
    gp_receiver_open(item, pool, &items);
    gp_received_of(item)->batch = batch;
    gp_received_of(item)->begun = apr_time_now();
    problem = apr_palloc(pool, sizeof *problem);
    gp_problem_open(problem, pool);
    item->problem = problem;
    item->route = &nothing;
}
