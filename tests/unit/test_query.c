/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/query.h"
#include "unit.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define ID           "17a809a9-09a9-17a8-a909-a817a909a817"

/* "format skiptoken", "-" for what was not said; or the error and what it is about. */
static const char *query_of(const char *args, gp_operation operation)
{
    gp_problem problem;
    gp_query query;

    gp_problem_open(&problem, pool);
    if (!gp_query_parse(pool, args, operation, &query, &problem))
        return apr_psprintf(pool, "%d %s", gp_error_get(problem.error)->status,
                            problem.target ? problem.target : "-");
    return apr_psprintf(pool, "%s %s", query.format ? query.format : "-",
                        query.skiptoken ? query.skiptoken : "-");
}

TEST(options_are_read)
{
    static const struct {
        const char *args, *query;
    } rows[] = {
        {NULL, "- -"},
        {"", "- -"},
        {"&", "- -"},
        {"&&&", "- -"},
        {"$format=json", "json -"},
        {"format=json", "json -"},
        {"$FORMAT=json", "json -"},
        {"%24format=json", "json -"},
        {"%2524format=json", "- -"},
        {"$format=application%2Fjson", "application/json -"},
        {"$format=application/json;odata.metadata=none", "application/json;odata.metadata=none -"},
        {"$format=a+b", "a b -"},
        {"$format=a%2Bb", "a+b -"},
        {"$format=a=b", "a=b -"},
        {"$format=", " -"},
        {"$format", " -"},
        {"$format=json&", "json -"},
        {"&$format=json&&$skiptoken=" ID, "json " ID},
        {"$skiptoken=" ID, "- " ID},
        {"skiptoken=" ID "&x=1", "- " ID},
        {"x=1&y=2&x=3", "- -"},
        {"api-version=1.0", "- -"},
        {"=x", "- -"},
        {"@p=1", "- -"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_msg(strcmp(query_of(rows[i].args, GP_OPERATION_LIST), rows[i].query) == 0,
                      "%s is %s", rows[i].args, query_of(rows[i].args, GP_OPERATION_LIST));
}

TEST(wrong_options_are_told)
{
    static const struct {
        const char *args, *error;
    } rows[] = {
        {"$unknown=1", "400 $unknown"},
        {"$=1", "400 $"},
        {"$$format=json", "400 $$format"},
        {"$form%61t=json&$formats=json", "400 $formats"},
        {"$format=json&$format=json", "400 $format"},
        {"$format=json&format=xml", "400 format"},
        {"$format=json&%24FORMAT=xml", "400 $FORMAT"},
        {"$skiptoken=", "400 $skiptoken"},
        {"$skiptoken=5", "400 $skiptoken"},
        {"$skiptoken=" ID "x", "400 $skiptoken"},
        {"$skiptoken='" ID "'", "400 $skiptoken"},
        {"%zz=1", "400 -"},
        {"x=%", "400 -"},
        {"x=%4", "400 -"},
        {"x=%00", "400 -"},
        {"x=%ff", "400 -"},
        {"$select=id", "501 $select"},
        {"filter=x", "501 filter"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_msg(strcmp(query_of(rows[i].args, GP_OPERATION_LIST), rows[i].error) == 0,
                      "%s is %s", rows[i].args, query_of(rows[i].args, GP_OPERATION_LIST));
}

TEST(options_stand_where_they_belong)
{
    static const gp_operation others[] = {
        GP_OPERATION_SERVICE, GP_OPERATION_METADATA, GP_OPERATION_COUNT, GP_OPERATION_CREATE,
        GP_OPERATION_READ,    GP_OPERATION_UPDATE,   GP_OPERATION_DELETE};
    apr_size_t i;

    for (i = 0; i < COUNT(others); i++) {
        ck_assert_str_eq(query_of("$skiptoken=" ID, others[i]), "400 $skiptoken");
        ck_assert_str_eq(query_of("$format=json", others[i]), "json -");
    }
}

UNIT_MAIN("query")
