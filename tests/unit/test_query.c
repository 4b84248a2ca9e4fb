/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/query.h"
#include "base/limits.h"
#include "unit.h"
#include "expression_json.h"

#define ID "17a809a9-09a9-17a8-a909-a817a909a817"

static gp_query query;

/* Returns the values of the options, or the error and its target. */
static const char *query_of(const char *args, gp_operation operation)
{
    gp_problem problem;
    const char *text = "";

    gp_problem_open(&problem, pool);
    if (!gp_query_parse(pool, args, operation, &query, &problem))
        return apr_psprintf(pool, "%d %s", gp_error_get(problem.error)->status,
                            problem.target ? problem.target : "-");
    if (query.format != NULL)
        text = apr_pstrcat(pool, text, " format ", query.format, NULL);
    if (query.selection != NULL)
        text = apr_pstrcat(pool, text, " select ", query.selection->text, NULL);
    if (query.filter != NULL)
        text = apr_pstrcat(pool, text, " filter ", expression_json(pool, query.filter), NULL);
    if (query.order != NULL)
        text = apr_pstrcat(pool, text, " order ", order_json(pool, query.order), NULL);
    if (query.first != NULL)
        text = apr_pstrcat(pool, text, " first ", query.first, NULL);
    if (query.offset != 0)
        text = apr_psprintf(pool, "%s offset %d", text, query.offset);
    if (query.top >= 0)
        text = apr_psprintf(pool, "%s top %d", text, query.top);
    if (query.count)
        text = apr_pstrcat(pool, text, " count", NULL);
    return *text ? text + 1 : "-";
}

TEST(options_are_read)
{
    static const struct {
        const char *args, *query;
    } rows[] = {
        {NULL, "-"},
        {"", "-"},
        {"&&&", "-"},
        {"$format=json", "format json"},
        {"format=json", "format json"},
        {"$FORMAT=json", "format json"},
        {"%24format=json", "format json"},
        {"%2524format=json", "-"},
        {"$format=application%2Fjson;odata.metadata=none",
         "format application/json;odata.metadata=none"},
        {"$format=a+b%2Bc=d", "format a b+c=d"},
        {"$format", "format "},
        {"&$format=json&&$skiptoken=" ID, "format json first " ID},
        {"skiptoken=" ID "&x=1&x=2", "first " ID},
        {"$skiptoken=5&$orderby=id",
         "order [{\"by\":[\"path\",1,\"{id}\"],\"desc\":false}] offset 5"},
        {"$expand=*", "-"},
        {"id=1&index=2&schemaversion=3&deltatoken=4", "-"},
        {"$top=0", "top 0"},
        {"$top=007&$skip=2", "offset 2 top 7"},
        {"$top=999999999&$skip=1000000000", "offset 1000000000 top 999999999"},
        {"$top=2147483646&$skip=2147483648", "offset 2147483647 top 2147483646"},
        {"$top=99999999999999999999", "top 2147483647"},
        {"$count=true", "count"},
        {"$count=FALSE", "-"},
        {"$select=id,detail/jobTitle,detail($select=role,summary),*",
         "select id,detail/jobTitle,detail/role,detail/summary,*"},
        {"$filter=isCurrent", "filter [\"path\",1,\"{isCurrent}\"]"},
        {"$filter=isCurrent+eq+@p&@p=true", "filter [\"eq\",[\"path\",1,\"{isCurrent}\"],true]"},
        {"@p=1&@P=2", "-"},
        {"@p=(&api-version=1.0&=x", "-"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_str_eq(query_of(rows[i].args, GP_OPERATION_LIST), rows[i].query);
}

TEST(wrong_options_are_reported)
{
    static const struct {
        const char *args, *error;
    } rows[] = {
        {"$unknown=1", "400 $unknown"},
        {"$=1", "400 $"},
        {"$$format=json", "400 $$format"},
        {"$form%61t=json&$formats=json", "400 $formats"},
        {"$format=json&format=xml", "400 format"},
        {"$format=json&%24FORMAT=xml", "400 $FORMAT"},
        {"@p=1&@p=1", "400 @p"},
        {"$skiptoken=", "400 $skiptoken"},
        {"$skiptoken=5", "400 $skiptoken"},
        {"$skiptoken=" ID "x", "400 $skiptoken"},
        {"$skiptoken=" ID "&$orderby=id", "400 $skiptoken"},
        {"$skiptoken=" ID "&$skip=1", "400 $skip"},
        {"$top=-1", "400 $top"},
        {"$top=", "400 $top"},
        {"$top=1.5", "400 $top"},
        {"$skip=x", "400 $skip"},
        {"$count=1", "400 $count"},
        {"$select=", "400 $select"},
        {"$filter=", "400 $filter"},
        {"$orderby=", "400 $orderby"},
        {"$expand=manager", "400 $expand"},
        {"$search=x", "501 $search"},
        {"$search=a OR (b AND NOT \"c d\")", "501 $search"},
        {"search=", "400 $search"},
        {"$search=a AND", "400 $search"},
        {"$search=a%26b", "501 $search"},
        {"compute=x", "400 $compute"},
        {"compute=id", "400 $compute"},
        {"compute=detail/layer mul 2 as twice", "501 $compute"},
        {"$compute=length(id) as n,isCurrent as b", "501 $compute"},
        {"$compute=length(id) as n,", "400 $compute"},
        {"$compute=length(id) as $n", "400 $compute"},
        {"$compute=nothing as n", "400 $compute"},
        {"$compute=length(@p) as n&@p=id", "501 $compute"},
        {"$apply=aggregate($count as n)", "501 $apply"},
        {"apply=filter(x)/groupby((id),aggregate(y))/identity/skip(2)", "501 $apply"},
        {"$apply=", "400 $apply"},
        {"$apply=nonsense(1)", "400 $apply"},
        {"$expand=", "400 $expand"},
        {"$expand=*/$ref", "400 $expand"},
        {"$index=0", "501 $index"},
        {"$DeltaToken=x", "501 $deltatoken"},
        {"$schemaversion=*", "501 $schemaversion"},
        {"$id=users/x", "501 $id"},
        {"$id=", "400 $id"},
        {"$levels=2", "400 $levels"},
        {"%zz=1", "400 -"},
        {"x=%4", "400 -"},
        {"x=%00", "400 -"},
        {"x=%ff", "400 -"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_str_eq(query_of(rows[i].args, GP_OPERATION_LIST), rows[i].error);
}

static const char *message_of(const char *args, gp_operation operation)
{
    gp_problem problem;

    gp_problem_open(&problem, pool);
    ck_assert(!gp_query_parse(pool, args, operation, &query, &problem));
    return problem.message;
}

TEST(an_option_that_was_probably_meant_is_suggested)
{
    ck_assert_str_eq(message_of("$fliter=isCurrent", GP_OPERATION_LIST),
                     "There is no query option with this name. Did you mean $filter?");
    ck_assert_str_eq(message_of("$ordrby=id", GP_OPERATION_LIST),
                     "There is no query option with this name. Did you mean $orderby?");
    ck_assert_str_eq(message_of("%24selct=id", GP_OPERATION_LIST),
                     "There is no query option with this name. Did you mean $select?");
    ck_assert_str_eq(message_of("$unheard=1", GP_OPERATION_LIST),
                     "There is no query option with this name.");
    /* Suggest an option that applies to the request. */
    ck_assert_str_eq(message_of("$fliter=isCurrent", GP_OPERATION_READ),
                     "There is no query option with this name.");
}

TEST(options_belong_to_operations)
{
    static const struct {
        const char *args;
        unsigned operations;
    } rows[] = {
#define ON(operation) (1u << (operation))
        {"$format=json", ~0u},
        {"$select=id", ON(GP_OPERATION_LIST) | ON(GP_OPERATION_READ) | ON(GP_OPERATION_CREATE)
                           | ON(GP_OPERATION_UPDATE)},
        {"$filter=isCurrent", ON(GP_OPERATION_LIST) | ON(GP_OPERATION_COUNT)},
        {"$orderby=id", ON(GP_OPERATION_LIST)},
        {"$top=1", ON(GP_OPERATION_LIST)},
        {"$skip=1", ON(GP_OPERATION_LIST)},
        {"$count=true", ON(GP_OPERATION_LIST)},
        {"$skiptoken=" ID, ON(GP_OPERATION_LIST)},
    };
    apr_size_t i;
    int operation;

    for (i = 0; i < COUNT(rows); i++) {
        for (operation = GP_OPERATION_SERVICE; operation <= GP_OPERATION_DELETE; operation++) {
            int is_taken = strncmp(query_of(rows[i].args, (gp_operation)operation), "400 ", 4) != 0;

            ck_assert_msg(is_taken == !!(rows[i].operations & ON(operation)), "%s on %d",
                          rows[i].args, operation);
        }
    }
}

static const char *next_of(const char *args, int given)
{
    const char *read = query_of(args, GP_OPERATION_LIST);

    ck_assert_msg(*read != '4' && *read != '5', "%s: %s", args, read);
    return gp_query_next(pool, args, &query, given, ID);
}

TEST(the_next_page_has_the_same_options)
{
    ck_assert_str_eq(next_of(NULL, 3), "$skiptoken=" ID);
    ck_assert_str_eq(next_of("x=1&$format=json&api-version=2", 3),
                     "x=1&$format=json&api-version=2&$skiptoken=" ID);
    ck_assert_str_eq(next_of("$skip=9&top=8&$select=id", 3), "$select=id&$top=5&$skiptoken=" ID);
    ck_assert_str_eq(next_of("$top=8&$skiptoken=" ID "&count=true", 3),
                     "count=true&$top=5&$skiptoken=" ID);
    ck_assert_str_eq(next_of("$skip=9&$orderby=id", 3), "$orderby=id&$skiptoken=12");
    ck_assert_str_eq(next_of("$orderby=id&$skiptoken=12", 3), "$orderby=id&$skiptoken=15");
    ck_assert_str_eq(next_of("$orderby=id&$skip=2147483647", 3),
                     "$orderby=id&$skiptoken=2147483647");
    /* Custom options are kept byte for byte and in order; the token of another page is not. */
    ck_assert_str_eq(next_of("b=2&a=%20+%2B%2b&b=1&$top=5&@p=1&=x&y&z==&%40q=%27&id=7", 3),
                     "b=2&a=%20+%2B%2b&b=1&@p=1&=x&y&z==&%40q=%27&id=7&$top=2&$skiptoken=" ID);
    ck_assert_str_eq(next_of("a=$skiptoken&%53kipToken=" ID "&%74op=4&%2524top=9", 3),
                     "a=$skiptoken&%2524top=9&$top=1&$skiptoken=" ID);
    /* The value is kept as sent, except for characters that a URL cannot hold. */
    ck_assert_str_eq(next_of("$filter=id%20eq%20@p&@p='{\"<\xc3\xab%7d'", 3),
                     "$filter=id%20eq%20@p&@p='%7B%22%3C%C3%AB%7d'&$skiptoken=" ID);
}

/* Each link to the next page repeats them, encoded. */
TEST(custom_options_have_a_limit)
{
    char *args = apr_palloc(pool, GP_CUSTOM_OPTIONS_MAX + 64);
    int length;

    for (length = GP_CUSTOM_OPTIONS_MAX - 2; length <= GP_CUSTOM_OPTIONS_MAX; length++) {
        memset(args, 'x', (size_t)length); /* and an & */
        args[length] = '\0';
        ck_assert_str_eq(query_of(args, GP_OPERATION_LIST),
                         length < GP_CUSTOM_OPTIONS_MAX ? "-" : "400 -");
        if (length < GP_CUSTOM_OPTIONS_MAX)
            ck_assert_str_eq(next_of(args, 1), apr_pstrcat(pool, args, "&$skiptoken=" ID, NULL));
        ck_assert_str_eq(query_of(args, GP_OPERATION_READ), "-");
        args[length - 9] = '&'; /* of several options, all count */
        ck_assert_str_eq(query_of(args, GP_OPERATION_LIST),
                         length < GP_CUSTOM_OPTIONS_MAX ? "-" : "400 -");
        args[length - 9] = '"'; /* a character that a URL cannot hold takes three bytes */
        ck_assert_str_eq(query_of(args, GP_OPERATION_LIST),
                         length + 2 < GP_CUSTOM_OPTIONS_MAX ? "-" : "400 -");
    }
}

UNIT_MAIN("query")
