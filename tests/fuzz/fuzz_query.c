/* SPDX-License-Identifier: Apache-2.0 */
/* Query strings: each is read or refused, with no other result; expressions that were read are evaluated. */
#include "odata/evaluate.h"
#include "odata/profile.h"
#include "fuzz.h"

#define ID "17a809a9-09a9-17a8-a909-a817a909a817"

/* The evaluated documents: every property; none; values that only relaxed validation stores; and invalid JSON. */
static const char *const documents[] = {
    "{\"id\":\"" ID
    "\",\"allowedAudiences\":\"family,contacts\",\"inference\":{\"confidenceScore\":0.5,"
    "\"userHasVerifiedAccuracy\":true},\"createdDateTime\":\"2019-01-31T10:20:30.1234567Z\","
    "\"createdBy\":"
    "{\"application\":null,\"device\":null,\"user\":{\"id\":\"x\",\"displayName\":\"Zo\\u00eb\","
    "\"n\":[1,"
    "\"PT1S\",{\"a\":-1.5e3}]}},\"sources\":[{\"isDefaultSource\":true,\"properties\":[\"p\",\"q\"]"
    ",\"sourceId\":"
    "\"s\"}],\"categories\":[\"red\",\"\",\"\\\\\\\"\"],\"detail\":{\"jobTitle\":\"Writer\","
    "\"layer\":-3,"
    "\"startMonthYear\":\"2017-01-01\",\"endMonthYear\":null},\"colleagues\":[{\"displayName\":"
    "\"Ann\","
    "\"relationship\":\"friend\"},{\"displayName\":null}],\"isCurrent\":true}",
    "{}",
    "{ \"detail\" : { \"layer\" : \"x\", \"startMonthYear\" : 5 } , \"categories\" : {} }",
    "{\"detail\":{\"jobTitle\":\"",
};

/* An evaluation ends, each time with the same result, for every expression and document. */
static void evaluate(gp_expression *const *expressions, int count)
{
    static const gp_evaluation_terms all = {100000, 1546300800000000, NULL, NULL};
    apr_size_t i;
    int j;

    for (i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        /* A copy, so that sanitizers see its end. */
        apr_size_t length = strlen(documents[i]);
        char *document = malloc(length);
        gp_evaluation_terms terms = all, same = all;
        gp_evaluator *one = gp_evaluator_make(pool, expressions, count, &terms);
        gp_evaluator *other = gp_evaluator_make(pool, expressions, count, &same);

        must(document != NULL);
        memcpy(document, documents[i], length);
        must(gp_evaluator_look(one, document, length)
             == gp_evaluator_look(other, document, length));
        for (j = 0; j < count; j++) {
            gp_datum value, again;
            gp_evaluation ended = gp_evaluator_value(one, j, &value);

            must(ended == gp_evaluator_value(other, j, &again));
            must(value.kind == again.kind && value.kind != GP_KIND_ANY
                 && value.kind != GP_KIND_MISSING);
            must(gp_datum_order(&value, &again) == 0);
        }
        free(document);
    }
}

static int parse(const char *args, gp_operation operation, gp_query *query)
{
    gp_problem problem;
    int is_read, status;

    gp_problem_open(&problem, pool);
    is_read = gp_query_parse(pool, args, operation, query, &problem);
    must(is_read == (problem.error == GP_OK));
    if (is_read) {
        if (query->filter != NULL)
            evaluate(&query->filter, 1);
        if (query->order != NULL)
            evaluate(query->order->keys, query->order->count);
    } else {
        status = gp_error_get(problem.error)->status;
        must((status == 400 || status == 501) && problem.message != NULL);
    }
    return is_read;
}

/* The next page belongs to the same list. */
static void check_next(const char *args, const gp_query *query)
{
    int given = query->top < 0 || query->top > 3 ? 3 : query->top;
    gp_query next;

    must(parse(gp_query_next(pool, args, query, given, ID), GP_OPERATION_LIST, &next));
    must((query->filter != NULL) == (next.filter != NULL));
    must((query->order != NULL) == (next.order != NULL));
    must(are_same(query->format, next.format) && query->count == next.count);
    must(are_same(query->selection ? query->selection->text : NULL,
                  next.selection ? next.selection->text : NULL));
    must(next.top == (query->top < 0 ? -1 : query->top - given));
    must(query->order != NULL ? next.first == NULL : are_same(next.first, ID));
}

/* The positions of a profile are those of a list that has their query string. */
static void check_profile(const gp_query *query)
{
    const gp_profile_query *profile = query->profile;
    gp_query list;

    must(profile != NULL && query->filter == NULL && query->top < 0);
    if (parse(profile->args, GP_OPERATION_LIST, &list))
        check_next(profile->args, &profile->positions);
    else
        must(0);
    must(are_same(list.format, query->format));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *args = open_input(data, &size);
    gp_query query;

    if (parse(args, GP_OPERATION_LIST, &query))
        check_next(args, &query);
    parse(args, GP_OPERATION_COUNT, &query);
    parse(args, GP_OPERATION_READ, &query);
    if (parse(args, GP_OPERATION_PROFILE, &query))
        check_profile(&query);
    return close_input(args);
}
