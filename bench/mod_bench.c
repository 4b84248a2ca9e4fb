/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cost of httpd without mod_graphprofile: four handlers for comparison, only for `make bench`. They check nothing and
 * authenticate no caller, and any failure is a 500. One answers a constant. The others run the statements of the module
 * through mod_dbd and apr_dbd, in the simplest way. They claim their paths as early as the module does, so that httpd
 * looks for no file.
 */
#include "store/statements.h"

#include <httpd.h>
#include <http_config.h>
#include <http_protocol.h>
#include <http_request.h>

#include <apr_dbd.h>
#include <apr_hash.h>
#include <mod_dbd.h>

#include <string.h>

#define SELECT "bench_select"
#define LIST   "bench_list"
#define INSERT "bench_insert"
#define ID     "00000000-0000-7000-8000-000000000001"
#define FIRST  "00000000-0000-0000-0000-000000000000"
#define TIME   "2026-01-01T00:00:00.0000000Z"

static const char *constant;

static APR_OPTIONAL_FN_TYPE(ap_dbd_prepare) * dbd_prepare;
static APR_OPTIONAL_FN_TYPE(ap_dbd_open) * dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) * dbd_close;

static int answer(request_rec *r, int status, const char *body)
{
    apr_bucket_alloc_t *allocator = r->connection->bucket_alloc;
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, allocator);
    apr_size_t length = strlen(body);

    r->status = status;
    ap_set_content_type(r, "application/json");
    ap_set_content_length(r, (apr_off_t)length);
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_pool_create(body, length, r->pool, allocator));
    APR_BRIGADE_INSERT_TAIL(brigade, apr_bucket_eos_create(allocator));
    ap_pass_brigade(r->output_filters, brigade);
    return OK;
}

/* Runs a prepared statement. @return one column of all rows, joined by commas; NULL: it failed */
static const char *run(request_rec *r, const char *label, const char **parameters, int column)
{
    apr_array_header_t *texts = apr_array_make(r->pool, 8, sizeof(const char *));
    ap_dbd_t *dbd = dbd_open(r->pool, r->server);
    apr_dbd_prepared_t *statement;
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    int failed, number;

    if (dbd == NULL)
        return NULL;
    statement = apr_hash_get(dbd->prepared, label, APR_HASH_KEY_STRING);
    failed =
        apr_dbd_pselect(dbd->driver, r->pool, dbd->handle, &results, statement, 1, 0, parameters);
    dbd_close(r->server, dbd);
    if (failed)
        return NULL;
    /* apr_dbd frees the result if a caller asks for a row after the last. */
    for (number = 1; number <= apr_dbd_num_tuples(dbd->driver, results); number++) {
        if (apr_dbd_get_row(dbd->driver, r->pool, results, &row, number) != 0)
            return NULL;
        APR_ARRAY_PUSH(texts, const char *) = apr_dbd_get_entry(dbd->driver, row, column);
    }
    return texts->nelts == 1 ? APR_ARRAY_IDX(texts, 0, const char *)
                             : apr_array_pstrcat(r->pool, texts, ',');
}

static char *read_body(request_rec *r)
{
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    char *body = apr_palloc(r->pool, HUGE_STRING_LEN + 1);
    apr_size_t length = HUGE_STRING_LEN;

    if (ap_get_brigade(r->input_filters, brigade, AP_MODE_READBYTES, APR_BLOCK_READ,
                       HUGE_STRING_LEN)
            != APR_SUCCESS
        || apr_brigade_flatten(brigade, body, &length) != APR_SUCCESS)
        return NULL;
    apr_brigade_destroy(brigade);
    body[length] = '\0';
    return body;
}

/* A header names the owner, as in bench/httpd.conf. The id is the last segment of the path. */
static int select_one(request_rec *r)
{
    const char *owner = apr_table_get(r->headers_in, "X-User"), *document;
    const char *parameters[] = {owner, strrchr(r->uri, '/') + 1, "true", "56", owner, "2147483647"};

    document = run(r, SELECT, parameters, 1);
    return document ? answer(r, HTTP_OK, document) : HTTP_INTERNAL_SERVER_ERROR;
}

static int select_all(request_rec *r)
{
    const char *owner = apr_table_get(r->headers_in, "X-User"), *documents;
    const char *parameters[] = {owner, FIRST, "524288", "1001"};

    documents = run(r, LIST, parameters, 2);
    return documents ? answer(r, HTTP_OK, documents) : HTTP_INTERNAL_SERVER_ERROR;
}

/* Every request has an owner without positions, so all can have the same id. */
static int insert_one(request_rec *r)
{
    const char *owner = apr_table_get(r->headers_in, "X-User"), *body = read_body(r);
    const char *parameters[] = {owner, ID,  "3f4f47322af867efdaccc9bff2ceae75", "8", TIME, TIME,
                                owner, body};

    if (body == NULL || run(r, INSERT, parameters, 0) == NULL)
        return HTTP_INTERNAL_SERVER_ERROR;
    return answer(r, HTTP_CREATED, body);
}

static int handler(request_rec *r)
{
    if (r->handler == NULL)
        return DECLINED;
    if (strcmp(r->handler, "bench-constant") == 0)
        return r->method_number == M_GET || read_body(r) != NULL ? answer(r, HTTP_OK, constant)
                                                                 : HTTP_INTERNAL_SERVER_ERROR;
    if (strcmp(r->handler, "bench-select") == 0)
        return select_one(r);
    if (strcmp(r->handler, "bench-list") == 0)
        return select_all(r);
    if (strcmp(r->handler, "bench-insert") == 0)
        return insert_one(r);
    return DECLINED;
}

static int claim(request_rec *r)
{
    return strncmp(r->uri, "/bare/", 6) == 0 ? OK : DECLINED;
}

static int prepare(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server)
{
    (void)pconf;
    (void)plog;
    (void)ptemp;
    dbd_prepare = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_prepare);
    dbd_open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    dbd_close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
    dbd_prepare(server, gp_statement_get(GP_SQL_READ)->text, SELECT);
    dbd_prepare(server, gp_statement_get(GP_SQL_LIST)->text, LIST);
    dbd_prepare(server, gp_statement_get(GP_SQL_CREATE)->text, INSERT);
    return OK;
}

static const char *set_constant(cmd_parms *cmd, void *config, const char *text)
{
    (void)cmd;
    (void)config;
    constant = text;
    return NULL;
}

static const command_rec directives[] = {
    AP_INIT_TAKE1("BenchConstant", set_constant, NULL, RSRC_CONF, "what bench-constant answers"),
    {NULL, {NULL}, NULL, 0, RAW_ARGS, NULL}};

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    /* Before the post_config hook of mod_dbd, so that mod_dbd prepares the statements on each connection. */
    ap_hook_post_config(prepare, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_translate_name(claim, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_map_to_storage(claim, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_type_checker(claim, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_handler(handler, NULL, NULL, APR_HOOK_FIRST);
}

#pragma GCC visibility push(default)
AP_DECLARE_MODULE(bench) = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, directives,
                            register_hooks,          0};
#pragma GCC visibility pop
