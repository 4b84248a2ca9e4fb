/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzing of query strings: whatever a client sends is read or refused, never anything else. Run by
 * libFuzzer (`make fuzz`), and over the corpus alone by replay.c (`make unit`).
 */
#include "../../src/query.h"

#include <apr_general.h>
#include <apr_strings.h>
#include <yajl/yajl_parse.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ID "17a809a9-09a9-17a8-a909-a817a909a817"

/* More than any query string that httpd lets through can need. */
#define JSON_MAX (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static apr_pool_t *pool;

static void must(int holds)
{
    if (!holds)
        abort();
}

static void must_be_json(const char *text)
{
    yajl_handle json;

    if (text == NULL)
        return;
    must(strlen(text) < JSON_MAX);
    json = yajl_alloc(NULL, NULL, NULL);
    must(yajl_parse(json, (const unsigned char *)text, strlen(text)) == yajl_status_ok);
    must(yajl_complete_parse(json) == yajl_status_ok);
    yajl_free(json);
}

static int parse(const char *args, gp_operation operation, gp_query *query)
{
    gp_problem problem;
    int is_read, status;

    gp_problem_open(&problem, pool);
    is_read = gp_query_parse(pool, args, operation, query, &problem);
    must(is_read == (problem.error == GP_OK));
    if (is_read) {
        must_be_json(query->filter);
        must_be_json(query->order);
    } else {
        status = gp_error_get(problem.error)->status;
        must((status == 400 || status == 501) && problem.message != NULL);
    }
    return is_read;
}

static int are_same(const char *left, const char *right)
{
    return left == NULL || right == NULL ? left == right : strcmp(left, right) == 0;
}

/* The next page is one of the same list. */
static void check_next(const char *args, const gp_query *query)
{
    int given = query->top < 0 || query->top > 3 ? 3 : query->top;
    gp_query next;

    must(parse(gp_query_next(pool, args, query, given, ID), GP_OPERATION_LIST, &next));
    must(are_same(query->filter, next.filter) && are_same(query->order, next.order));
    must(are_same(query->format, next.format) && query->count == next.count);
    must(are_same(query->selection ? query->selection->text : NULL,
                  next.selection ? next.selection->text : NULL));
    must(next.top == (query->top < 0 ? -1 : query->top - given));
    must(query->order != NULL ? next.first == NULL : are_same(next.first, ID));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gp_query query;
    char *args;

    if (pool == NULL) {
        apr_initialize();
        apr_pool_create(&pool, NULL);
    }
    if (size > 0 && data[size - 1] == '\n') /* as editors end a file */
        size--;
    args = malloc(size + 1); /* not of the pool: sanitizers see its end */
    must(args != NULL);
    memcpy(args, data, size);
    args[size] = '\0';
    if (parse(args, GP_OPERATION_LIST, &query))
        check_next(args, &query);
    parse(args, GP_OPERATION_COUNT, &query);
    parse(args, GP_OPERATION_READ, &query);
    free(args);
    apr_pool_clear(pool);
    return 0;
}
