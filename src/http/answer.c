/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends the answers of operations. The body of a large answer takes memory from a bounded supply
 * (answer_memory.c), from before it is written until the client has read it.
 */
#include "answer.h"
#include "base/limits.h"
#include "config.h"
#include "errors.h"
#include "headers.h"
#include "answer_memory.h"
#include "range.h"
#include "request.h"

#include <http_protocol.h>
#include <util_filter.h>

#include <string.h>

/* ---- headers ---- */

void gp_answer_copy_headers(request_rec *r, const gp_answer *answer, apr_table_t *headers)
{
    const apr_array_header_t *all = apr_table_elts(answer->headers);
    int i;

    for (i = 0; i < all->nelts; i++) {
        const apr_table_entry_t *one = &APR_ARRAY_IDX(all, i, apr_table_entry_t);

        apr_table_setn(headers, one->key, one->val);
    }
    if (answer->vary != NULL)
        gp_headers_vary(r, headers, answer->vary);
}

/* ---- memory ---- */

/* Of this child; NULL: the system had no mutex, so nothing is bounded. */
static gp_answer_memory *supply;

void gp_answer_init(apr_pool_t *child, server_rec *server)
{
    static const gp_answer_limits limits = {GP_ANSWERS_MAX, GP_ANSWERS_CALLER_MAX,
                                            GP_ANSWERS_CONNECTION_MAX};

    (void)child;
    (void)server;
    supply = gp_answer_memory_create(limits);
}

static apr_status_t give_back(void *memory)
{
    gp_answer_memory_free(memory);
    return APR_SUCCESS;
}

bool gp_answer_reserve(request_rec *r, gp_answer *answer, apr_size_t size, gp_budget *budget,
                       gp_problem *problem)
{
    const conn_rec *connection = r->connection->master ? r->connection->master : r->connection;
    apr_time_t begun = gp_clock();

    if (size <= answer->memory_size || size <= GP_ANSWERS_SMALL_MAX || supply == NULL)
        return true;
    if (answer->memory != NULL)
        apr_pool_cleanup_run(r->pool, answer->memory, give_back);
    answer->memory_size = 0;
    answer->memory =
        gp_answer_memory_take(supply, connection, gp_request_caller(r), size, budget->wait);
    gp_budget_wait(budget, gp_clock() - begun);
    if (answer->memory == NULL) {
        problem->retry_after = 1;
        return gp_problem_set(problem, GP_UNAVAILABLE, NULL,
                              "Your earlier answers wait to be read.");
    }
    answer->memory_size = size;
    apr_pool_cleanup_register(r->pool, answer->memory, give_back, apr_pool_cleanup_null);
    return true;
}

/* ---- sending ---- */

/* Makes the bucket of the body. The bucket owns reserved memory and frees it as soon as it is sent; HTTP/2
 * need not copy it. */
static apr_bucket *body_bucket(request_rec *r, gp_answer *answer, apr_bucket_alloc_t *allocator)
{
    const gp_buffer *body = &answer->body;

    if (answer->memory == NULL || body->data != answer->memory)
        return apr_bucket_pool_create(body->data, body->length, r->pool, allocator);
    apr_pool_cleanup_kill(r->pool, answer->memory, give_back);
    answer->memory = NULL;
    answer->memory_size = 0;
    return apr_bucket_heap_create(body->data, body->length, gp_answer_memory_free, allocator);
}

/*
 * Sends the body, if there is one, as one bucket. One bucket for each row would avoid copying, but a bucket
 * costs more: each registers a cleanup in the pool, and httpd searches the list of cleanups whenever it
 * destroys a bucket.
 */
static int pass(request_rec *r, gp_answer *answer)
{
    apr_bucket_alloc_t *allocator = r->connection->bucket_alloc;
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, allocator);
    apr_status_t status;

    if (answer->content_type != NULL) {
        ap_set_content_type(r, answer->content_type);
        ap_set_content_length(r, (apr_off_t)answer->body.length);
        APR_BRIGADE_INSERT_TAIL(brigade, body_bucket(r, answer, allocator));
    }
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(allocator));
    gp_range_prepare(r);
    status = ap_pass_brigade(r->output_filters, brigade);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, status, r, "answered %d", r->status);
    return status == APR_SUCCESS || r->connection->aborted ? OK : AP_FILTER_ERROR;
}

int gp_answer_send(request_rec *r, gp_answer *answer)
{
    switch (answer->kind) {
    case GP_ANSWER_REFUSED: /* httpd refuses; errors.c logs it */
        return answer->status;
    case GP_ANSWER_PROBLEM:
        return gp_errors_answer(r, answer);
    case GP_ANSWER_SUCCESS:
        break;
    }
    gp_headers_set(r, r->headers_out);
    gp_answer_copy_headers(r, answer, r->headers_out);
    r->status = answer->status;
    return pass(r, answer);
}
