/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the request body from httpd's brigades into blocks of a useful size. A chunked body arrives
 * in one brigade for each chunk, and a client may send tiny chunks, so they are gathered before the
 * parser reads them.
 */
#include "body.h"

#include <apr_strings.h>
#include <http_protocol.h>

#include <string.h>

/* The first block has this size, and each later block twice the size of the block before: the parser
 * scans a text that spans blocks once for each of them. */
#define BLOCK_SIZE 8192

typedef struct {
    apr_pool_t *pool;
    gp_reader *reader; /* NULL: the body is kept as a text */
    gp_buffer *text;
    apr_off_t limit, total;
    bool is_encoded; /* the body came with a Content-Encoding that a filter decodes */
    char *block;
    apr_size_t size, filled;
} gathering;

static void open_block(gathering *body, apr_size_t size)
{
    body->block = apr_palloc(body->pool, size);
    body->size = size;
    body->filled = 0;
}

static int too_large(gp_problem *problem, apr_off_t limit)
{
    gp_problem_set(problem, GP_TOO_LARGE, NULL,
                   "The request body is larger than %" APR_OFF_T_FMT " bytes.", limit);
    return HTTP_REQUEST_ENTITY_TOO_LARGE;
}

/*
 * Returns true if mod_deflate stopped because of DeflateInflateRatioLimit. It returns APR_EINVAL only
 * for this. httpd also returns APR_EINVAL for malformed trailers, but then leaves their status in the
 * request.
 */
static bool expands_too_much(const request_rec *r, apr_status_t status, const gathering *body)
{
    return status == APR_EINVAL && body->is_encoded && r->status == HTTP_OK;
}

/* Maps a read failure to a problem. With AP_FILTER_ERROR, httpd has already answered. */
static int read_failed(request_rec *r, apr_status_t status, const gathering *body,
                       gp_problem *problem)
{
    int answer = ap_map_http_request_error(status, HTTP_BAD_REQUEST);

    ap_log_rerror(APLOG_MARK, APLOG_INFO, status, r, "the request body could not be read");
    if (answer == HTTP_REQUEST_ENTITY_TOO_LARGE)
        return too_large(problem, body->limit);
    if (expands_too_much(r, status, body)) {
        gp_problem_set(
            problem, GP_TOO_LARGE, "Content-Encoding",
            "The request body expands to many times its size, which this server does not "
            "decode. Send it without a Content-Encoding.");
        return HTTP_REQUEST_ENTITY_TOO_LARGE;
    }
    if (answer == HTTP_BAD_REQUEST)
        gp_problem_set(
            problem, GP_BAD_REQUEST, NULL,
            "The request body is incomplete, or its encoding does not match the headers.");
    return answer;
}

static bool is_encoded(const request_rec *r)
{
    const char *encoding = apr_table_get(r->headers_in, "Content-Encoding");

    return encoding != NULL && strcasecmp(encoding, "identity") != 0;
}

/* The decoding filters remove the header when they start, which is at the first read. */
static int check_encoding(request_rec *r, gp_problem *problem)
{
    if (!is_encoded(r))
        return OK;
    apr_table_setn(r->err_headers_out, "Accept-Encoding", "identity"); /* RFC 9110 12.5.3 */
    gp_problem_set(problem, GP_UNSUPPORTED_MEDIA_TYPE, "Content-Encoding",
                   "The Content-Encoding of the body is not supported. Send the body without one.");
    return HTTP_UNSUPPORTED_MEDIA_TYPE;
}

/* Adds a piece. Sets *ended if the reader needs no more. */
static int gather(gathering *body, const char *data, apr_size_t length, bool *ended,
                  gp_problem *problem)
{
    body->total += (apr_off_t)length;
    if (body->total > body->limit)
        return too_large(problem, body->limit);
    if (body->reader == NULL) {
        gp_buffer_add(body->text, data, length);
        return OK;
    }
    while (length > 0 && !*ended) {
        apr_size_t space = body->size - body->filled, part = length < space ? length : space;

        memcpy(body->block + body->filled, data, part);
        body->filled += part;
        data += part;
        length -= part;
        if (body->filled == body->size) {
            *ended = !gp_reader_feed(body->reader, body->block, body->filled);
            open_block(body, body->size * 2);
        }
    }
    return OK;
}

/* Adds the pieces of one brigade. Also sets *ended at the end of the body. */
static int gather_brigade(request_rec *r, apr_bucket_brigade *brigade, gathering *body, bool *ended,
                          gp_problem *problem)
{
    apr_bucket *bucket;
    int answer = OK;

    for (bucket = APR_BRIGADE_FIRST(brigade);
         bucket != APR_BRIGADE_SENTINEL(brigade) && answer == OK && !*ended;
         bucket = APR_BUCKET_NEXT(bucket)) {
        const char *data;
        apr_size_t length;
        apr_status_t status;

        if (APR_BUCKET_IS_EOS(bucket)) {
            if (body->reader != NULL)
                gp_reader_feed(body->reader, body->block, body->filled);
            *ended = true;
            break;
        }
        if (APR_BUCKET_IS_METADATA(bucket))
            continue;
        status = apr_bucket_read(bucket, &data, &length, APR_BLOCK_READ);
        answer = status == APR_SUCCESS ? gather(body, data, length, ended, problem)
                                       : read_failed(r, status, body, problem);
    }
    return answer;
}

/* The length that the client announces; -1: none. */
static apr_off_t announced_length(const request_rec *r)
{
    const char *announced = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t length;

    if (announced == NULL || apr_strtoff(&length, announced, NULL, 10) != APR_SUCCESS)
        return -1;
    return length;
}

static int read_all(request_rec *r, gathering *body, gp_problem *problem)
{
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    bool ended = false, first = true;
    int answer = OK;

    while (answer == OK && !ended) {
        apr_status_t status = ap_get_brigade(r->input_filters, brigade, AP_MODE_READBYTES,
                                             APR_BLOCK_READ, HUGE_STRING_LEN);

        if (status != APR_SUCCESS)
            answer = read_failed(r, status, body, problem);
        else if (first)
            answer = check_encoding(r, problem);
        first = false;
        if (answer == OK)
            answer = gather_brigade(r, brigade, body, &ended, problem);
        apr_brigade_cleanup(brigade);
    }
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "body: %" APR_OFF_T_FMT " bytes", body->total);
    return answer;
}

int gp_body_read(request_rec *r, apr_pool_t *pool, apr_off_t limit, gp_reader *reader,
                 gp_problem *problem)
{
    gathering body = {.pool = pool, .reader = reader, .limit = limit, .is_encoded = is_encoded(r)};

    if (announced_length(r) > limit)
        return too_large(problem, limit);
    open_block(&body, BLOCK_SIZE);
    return read_all(r, &body, problem);
}

int gp_body_read_text(request_rec *r, apr_pool_t *pool, apr_off_t limit, gp_buffer *text,
                      gp_problem *problem)
{
    apr_off_t length = announced_length(r);
    gathering body = {.pool = pool, .text = text, .limit = limit, .is_encoded = is_encoded(r)};

    if (length > limit)
        return too_large(problem, limit);
    gp_buffer_open(text, pool, length > 0 ? (apr_size_t)length + 1 : BLOCK_SIZE);
    return read_all(r, &body, problem);
}
