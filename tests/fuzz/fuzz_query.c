/* SPDX-License-Identifier: Apache-2.0 */
/* Query strings: whatever a client sends is read or refused, never anything else. */
#include "odata/query.h"
#include "fuzz.h"

#define ID "17a809a9-09a9-17a8-a909-a817a909a817"

/* More than any query string that httpd lets through can need. */
#define JSON_MAX (4 * 1024 * 1024)

static void must_be_small_json(const char *text)
{
    if (text == NULL)
        return;
    must(strlen(text) < JSON_MAX);
    must_be_json(text);
}

static int parse(const char *args, gp_operation operation, gp_query *query)
{
    gp_problem problem;
    int is_read, status;

    gp_problem_open(&problem, pool);
    is_read = gp_query_parse(pool, args, operation, query, &problem);
    must(is_read == (problem.error == GP_OK));
    if (is_read) {
        must_be_small_json(query->filter);
        must_be_small_json(query->order);
    } else {
        status = gp_error_get(problem.error)->status;
        must((status == 400 || status == 501) && problem.message != NULL);
    }
    return is_read;
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
    char *args = open_input(data, &size);
    gp_query query;

    if (parse(args, GP_OPERATION_LIST, &query))
        check_next(args, &query);
    parse(args, GP_OPERATION_COUNT, &query);
    parse(args, GP_OPERATION_READ, &query);
    return close_input(args);
}
