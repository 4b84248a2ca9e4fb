/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the operations of the core one after the other, so that valgrind can count the instructions of each.
 * bench/instructions.py starts it. Each operation runs once before it is counted.
 */
#include "odata/header_accept.h"
#include "odata/header_content_type.h"
#include "odata/header_etag.h"
#include "odata/header_prefer.h"
#include "document/position.h"
#include "odata/query.h"

#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>

static apr_pool_t *pool;
static gp_problem problem;
static char *example;      /* body of a POST */
static const char *stored; /* the document that the POST stores */
static const gp_actor actor = {"alice", "Alice", "application"};
static const gp_position_entropy entropy;

static gp_value *parse(const char *text, gp_reading reading)
{
    gp_reader *reader =
        gp_reader_open(pool, &gp_work_position, reading, GP_VALIDATION_STRICT, &problem);

    gp_reader_feed(reader, text, strlen(text));
    return gp_reader_finish(reader);
}

static int post(void)
{
    static const gp_position_terms terms = {GP_VALIDATION_STRICT, "organization", 1, 1};
    gp_position position;
    gp_value *value = parse(example, GP_READING_NEW);
    int made =
        value != NULL
        && gp_position_create(pool, pool, value, &actor, 0, &entropy, &terms, &position, &problem);

    stored = made ? position.document : NULL;
    return made;
}

static int refuse(void)
{
    gp_buffer body;

    parse("{\"allowedAudiences\":\"nobody\",\"isCurrent\":\"yes\",\"detail\":{\"jobTitle\":1,"
          "\"startMonthYear\":\"2020-13-01\",\"salary\":1},\"manager\":{\"givenName\":[]}}",
          GP_READING_NEW);
    gp_buffer_open(&body, pool, 512);
    gp_problem_write(&body, gp_error_get(problem.error), &problem, 0, "request", "client");
    return problem.error == GP_BAD_REQUEST && problem.count == 6;
}

static int patch(void)
{
    static const unsigned char random[16];
    gp_position position;
    gp_value *change =
        parse("{\"detail\":{\"jobTitle\":\"Other\"},\"isCurrent\":true}", GP_READING_CHANGE);

    return gp_position_change(pool, pool, gp_position_read(pool, stored), change, &actor, 0, random,
                              &position);
}

static int reshape(void)
{
    gp_shape shape = {GP_METADATA_MINIMAL, gp_select_parse(pool, "id,detail/jobTitle", &problem),
                      0};

    return gp_position_reshape(pool, stored, &shape) != NULL;
}

static int query(void)
{
    gp_query asked;

    return gp_query_parse(pool,
                          "$filter=detail/jobTitle%20eq%20%27Engineer%27%20and%20isCurrent"
                          "&$orderby=detail/startMonthYear%20desc&$select=id,detail/jobTitle"
                          "&$top=5&$count=true",
                          GP_OPERATION_LIST, &asked, &problem);
}

static int route(void)
{
    gp_route found = gp_route_parse(
        pool, "/users('alice@example.com')/profile/positions/017322d5-0385-77c6-bfff-ffffffffffff");

    return gp_route_path(pool, &found) != NULL && found.resource == GP_RESOURCE_POSITION;
}

static int headers(void)
{
    gp_accepted accepted;
    gp_etags etags;

    return gp_header_accept("application/json;odata.metadata=minimal, text/plain;q=0.5, */*;q=0.1",
                            GP_OFFER_JSON, &accepted)
           && gp_header_prefer("return=minimal, odata.maxpagesize=50").page_size == 50
           && gp_header_etags(pool, "W/\"3f4f47322af867efdaccc9bff2ceae75\", \"x-gzip\"", &etags)
           && gp_header_content_type("application/json; charset=utf-8") == GP_MEDIA_JSON;
}

static const struct {
    const char *name;
    int (*run)(void);
} operations[] = {
    {"POST: parse, check and write the example", post},
    {"POST: refuse a body with six errors", refuse},
    {"PATCH: merge two properties", patch},
    {"GET: $select two properties", reshape},
    {"GET: $filter, $orderby, $select, $top, $count", query},
    {"route of an item", route},
    {"headers", headers},
};

/* @return 0: the operation failed, so its cost means nothing */
static int run(apr_size_t number)
{
    apr_pool_create(&pool, NULL);
    gp_problem_open(&problem, pool);
    return operations[number].run();
}

int main(int count, char **arguments)
{
    FILE *file = count == 2 ? fopen(arguments[1], "r") : NULL;
    apr_size_t i;

    example = calloc(1, 65536);
    if (file == NULL || example == NULL || fread(example, 1, 65535, file) == 0)
        return EXIT_FAILURE;
    fclose(file);
    apr_initialize();
    for (i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        int done = run(i);

        CALLGRIND_ZERO_STATS;
        done &= run(i);
        CALLGRIND_DUMP_STATS_AT(operations[i].name);
        if (!done) {
            fprintf(stderr, "%s: failed\n", operations[i].name);
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}
