/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/evaluate.h"
#include "base/limits.h"
#include "odata/filter.h"
#include "odata/number.h"
#include "odata/temporal.h"
#include "unit.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char document[] =
    "{\"id\":\"17a809a9-09a9-17a8-a909-a817a909a817\",\"allowedAudiences\":\"family,contacts\","
    "\"inference\":{\"confidenceScore\":0.5,\"userHasVerifiedAccuracy\":null},"
    "\"createdDateTime\":\"2019-01-31T10:20:30.1234567Z\","
    "\"createdBy\":{\"application\":null,\"device\":null,\"user\":{\"id\":\"x\",\"displayName\":"
    "\"Zo\\u00eb\","
    "\"number\":7,\"big\":1.5e10,\"day\":\"2019-01-31\",\"list\":[1,2,{\"a\":3}],\"object\":{\"a\":"
    "1},"
    "\"yes\":true}},"
    "\"source\":{\"type\":[\"AAD\",\"User\"]},\"sources\":[{\"isDefaultSource\":true,"
    "\"properties\":[\"p\",\"q\"],"
    "\"sourceId\":\"s1\"},{\"isDefaultSource\":false,\"properties\":[],\"sourceId\":\"s2\"}],"
    "\"isSearchable\":null,\"categories\":[\"red\",\"\",\"blue\"],"
    "\"detail\":{\"company\":{\"displayName\":\"O'Brien\",\"department\":\"  "
    "caf\xc3\xa9\xc2\xa0\"},"
    "\"jobTitle\":\"Writer\",\"role\":\"\xc3\x84rztin \xf0\x9f\x98\x80x\",\"layer\":-3,"
    "\"startMonthYear\":\"2017-01-01\",\"endMonthYear\":\"2019-12-31\",\"summary\":null},"
    "\"manager\":{\"displayName\":\"Bob\",\"relationship\":\"friend\"},"
    "\"colleagues\":[{\"displayName\":\"Ann\",\"relationship\":\"colleague\"},{\"displayName\":"
    "\"Bob\","
    "\"relationship\":\"friend\"},{\"displayName\":null,\"relationship\":null}],\"isCurrent\":"
    "true}";

static const char *const endings[] = {"done",     "too complex", "late",  "division",
                                      "overflow", "pattern",     "broken"};

static const char *spell(const gp_datum *value)
{
    char number[GP_NUMBER_TEXT_SIZE], time[GP_TEMPORAL_TEXT_SIZE];

    switch (value->kind) {
    case GP_KIND_NULL:
        return "null";
    case GP_KIND_BOOLEAN:
        return value->as.boolean ? "true" : "false";
    case GP_KIND_STRING:
    case GP_KIND_COMPLEX:
        return apr_pstrcat(pool, value->kind == GP_KIND_STRING ? "'" : "",
                           apr_pstrmemdup(pool, value->as.text.bytes, value->as.text.length),
                           value->kind == GP_KIND_STRING ? "'" : "", NULL);
    case GP_KIND_ENUM:
        return apr_psprintf(pool, "#%u", value->as.flags);
    case GP_KIND_INTEGER:
    case GP_KIND_DECIMAL:
    case GP_KIND_DOUBLE:
        gp_number_write(number, value);
        return apr_pstrcat(pool, number, value->kind == GP_KIND_DOUBLE ? "d" : "", NULL);
    default:
        gp_temporal_write(time, value);
        return apr_pstrdup(pool, time);
    }
}

/* The value of an expression, which is parsed as a key of $orderby; or the error of its evaluation. */
static const char *value_of(const char *text, const char *of, gp_evaluation_terms terms)
{
    gp_problem problem;
    gp_evaluator *evaluator;
    gp_evaluation ended;
    gp_order *order;
    gp_datum value;

    gp_problem_open(&problem, pool);
    order = gp_orderby_parse(pool, text, gp_names_make(pool), &problem);
    if (order == NULL)
        return problem.message;
    evaluator = gp_evaluator_make(pool, order->keys, order->count, &terms);
    ended = gp_evaluator_look(evaluator, of, strlen(of));
    if (ended == GP_EVALUATED)
        ended = gp_evaluator_value(evaluator, 0, &value);
    return ended == GP_EVALUATED ? spell(&value) : endings[ended];
}

static const gp_evaluation_terms usual = {GP_QUERY_STEPS_MAX, APR_INT64_C(1546300800000000), NULL,
                                          NULL};

typedef struct {
    const char *text, *value;
} row;

static void check_rows(const row *rows, apr_size_t count)
{
    apr_size_t i;

    for (i = 0; i < count; i++) {
        const char *value = value_of(rows[i].text, document, usual);

        ck_assert_msg(strcmp(value, rows[i].value) == 0, "%s is %s", rows[i].text, value);
    }
}

#define CHECK_ROWS(rows) check_rows(rows, COUNT(rows))

TEST(paths_lead_to_values)
{
    static const row rows[] = {
        {"id", "'17a809a9-09a9-17a8-a909-a817a909a817'"},
        {"detail/layer", "-3"},
        {"detail/summary", "null"},
        {"detail/employeeId", "null"},
        {"isCurrent", "true"},
        {"inference/confidenceScore", "0.5d"},
        {"createdDateTime", "2019-01-31T10:20:30.1234567Z"},
        {"detail/startMonthYear", "2017-01-01"},
        {"allowedAudiences", "#3"},
        {"manager/relationship", "#7"},
        {"createdBy/user/displayName", "'Zo\xc3\xab'"},
        {"createdBy/user/number", "7"},
        {"createdBy/user/big", "15000000000d"},
        {"createdBy/user/object", "{\"a\":1}"},
        {"createdBy/user/object/a", "1"},
        {"createdBy/user/list", "[1,2,{\"a\":3}]"},
        {"createdBy/user/list/a", "null"},
        {"$it/detail/layer", "-3"},
    };

    CHECK_ROWS(rows);
}

TEST(logic_is_three_valued)
{
    static const row rows[] = {
        {"true and null", "null"},
        {"false and null", "false"},
        {"null and false", "false"},
        {"true or null", "true"},
        {"false or null", "null"},
        {"not null", "null"},
        {"not isSearchable", "null"},
        {"isCurrent and not (detail/layer gt 0)", "true"},
        {"createdBy/user/yes and createdBy/user/number", "null"},
        {"not createdBy/user/number", "null"},
    };

    CHECK_ROWS(rows);
}

TEST(values_compare)
{
    static const row rows[] = {
        {"null eq null", "true"},
        {"detail/summary ne null", "false"},
        {"detail/summary gt null", "false"},
        {"NaN eq NaN", "false"},
        {"NaN ne NaN", "true"},
        {"INF gt 1e300", "true"},
        {"-INF lt -9223372036854775807", "true"},
        {"1 eq 1.0", "true"},
        {"0.1 eq 1e-1", "true"},
        {"inference/confidenceScore eq 0.50", "true"},
        {"99999999999999999999 gt 9223372036854775807", "true"},
        {"'a' lt 'b'", "true"},
        {"'a' lt 'ab'", "true"},
        {"'\xef\xbd\x9e' lt '\xf0\x9f\x98\x80'", "true"},
        {"true gt false", "true"},
        {"detail/startMonthYear lt createdDateTime", "true"},
        {"createdDateTime gt detail/endMonthYear", "false"},
        {"2019-01-31 eq 2019-01-31T00:00Z", "true"},
        {"2019-01-31T01:00+02:00 eq 2019-01-30T23:00:00.0Z", "true"},
        {"-0001-12-31 lt 0000-01-01", "true"},
        {"12000-01-01 gt 9999-12-31", "true"},
        {"12:30 eq 12:30:00.0", "true"},
        {"duration'P1D' eq duration'PT24H'", "true"},
        {"duration'-PT1S' lt 'PT0S'", "true"},
        {"manager/relationship gt 'colleague'", "true"},
        {"manager/relationship eq 'friend'", "true"},
        {"createdBy/user/day eq 2019-01-31", "true"},
        {"createdBy/user/day lt 2020-01-31T00:00Z", "true"},
        {"createdBy/user/number eq '7'", "false"},
        {"createdBy/user/number ne '7'", "true"},
        {"createdBy/user/object eq createdBy/user/object", "true"},
        {"createdBy/user/object eq createdBy/user/list", "false"},
        {"detail eq detail", "true"},
        {"detail ne null", "true"},
        {"categories eq categories", "true"},
        {"categories ne source/type", "true"},
        {"allowedAudiences has 'family'", "true"},
        {"allowedAudiences has 'family,organization'", "false"},
        {"allowedAudiences has null", "null"},
        {"createdBy/user/id has graph.allowedAudiences'me'", NULL},
    };

    check_rows(rows, COUNT(rows) - 1);
}

TEST(lists_and_collections)
{
    static const row rows[] = {
        {"detail/layer in (1,-3)", "true"},
        {"detail/layer in [1,2]", "false"},
        {"detail/layer in [-3,2]", "true"},
        {"detail/layer in (1 add 1,-(1 add 2))", "true"},
        {"detail/summary in ('a',null)", "true"},
        {"detail/jobTitle in [\"Wr\\u0069ter\",'x']", "true"},
        {"NaN in (NaN)", "false"},
        {"'red' in categories", "true"},
        {"2 in createdBy/user/list", "true"},
        {"'x' in createdBy/user/yes", "false"},
        {"categories/$count", "3"},
        {"createdBy/user/list/$count", "3"},
        {"createdBy/user/yes/$count", "0"},
        {"categories/any()", "true"},
        {"sources/any(s:s/properties/any(p:p eq 'q' and s/isDefaultSource))", "true"},
        {"colleagues/all(c:c/displayName ne null)", "false"},
        {"colleagues/any(c:c/displayName eq $it/manager/displayName)", "true"},
        {"createdBy/user/list/any(l:l/a eq 3)", "true"},
        {"createdBy/user/list/all(l:l gt 0)", "false"},
        {"createdBy/user/number/any(l:true)", "false"},
        {"createdBy/user/number/all(l:false)", "true"},
        {"colleagues/$count($filter=displayName ne null)", "2"},
        {"colleagues/$count(filter=$this/displayName eq $it/manager/displayName)", "1"},
        {"categories/$count($filter=startswith($this,'r'))", "1"},
        {"colleagues/$filter(relationship eq 'friend')/any(c:c/displayName eq 'Bob')", "true"},
        {"colleagues/$filter(relationship eq 'friend')/any(c:c/displayName eq 'Ann')", "false"},
        {"colleagues/$filter(relationship ne null)/$filter(displayName ne 'Bob')/$count", "1"},
        {"sources/$count($filter=properties/$count($filter=$this eq 'p') gt 0)", "1"},
        {"sources/any(s:s/properties/$count($filter=$this eq s/sourceId) gt 0)", "false"},
    };

    CHECK_ROWS(rows);
}

TEST(functions_of_texts)
{
    static const row rows[] = {
        {"length(detail/role)", "9"},
        {"indexof(detail/role,'x')", "8"},
        {"indexof(detail/role,'')", "0"},
        {"indexof(detail/role,'y')", "-1"},
        {"substring(detail/role,7,1)", "'\xf0\x9f\x98\x80'"},
        {"substring(detail/role,7)", "'\xf0\x9f\x98\x80x'"},
        {"substring(detail/role,99)", "''"},
        {"substring(detail/role,-5,2)", "'\xc3\x84r'"},
        {"substring(detail/role,0,-1)", "''"},
        {"substring(detail/role,99999999999999999999)", "''"},
        {"substring(detail/jobTitle,createdBy/user/yes)", "null"},
        {"toupper(detail/role)", "'\xc3\x84RZTIN \xf0\x9f\x98\x80X'"},
        {"tolower(detail/role)", "'\xc3\xa4rztin \xf0\x9f\x98\x80x'"},
        {"tolower(detail/jobTitle)", "'writer'"},
        {"toupper('\xc8\xbf')", "'\xe2\xb1\xbe'"},
        {"trim(detail/company/department)", "'caf\xc3\xa9'"},
        {"trim(' \t ')", "''"},
        {"concat(detail/jobTitle,concat(' ',detail/company/displayName))", "'Writer O'Brien'"},
        {"contains(detail/jobTitle,'ite')", "true"},
        {"contains('ababac','abac')", "true"},
        {"contains('ababab','abac')", "false"},
        {"startswith(detail/jobTitle,'Wri')", "true"},
        {"startswith('a','ab')", "false"},
        {"endswith(detail/jobTitle,'ter')", "true"},
        {"endswith('a','ba')", "false"},
        {"length(detail/summary)", "null"},
        {"concat(detail/summary,'a')", "null"},
        {"length(createdBy/user/number)", "null"},
        {"matchesPattern(detail/jobTitle,'^W.*r$')", "true"},
        {"matchesPattern(detail/jobTitle,'^w')", "false"},
        {"matchesPattern(detail/role,'^.rztin\\s.x$')", "true"},
        {"matchesPattern('a\n','a$')", "false"},
        {"matchesPattern(createdBy/user/number,'a')", "null"},
        {"matchesPattern('a',createdBy/user/id)", "false"},
        {"matchesPattern('a',concat('(','a'))", "pattern"},
    };

    CHECK_ROWS(rows);
}

TEST(functions_of_times)
{
    static const row rows[] = {
        {"year(createdDateTime)", "2019"},
        {"month(detail/startMonthYear)", "1"},
        {"day(createdDateTime)", "31"},
        {"hour(createdDateTime)", "10"},
        {"minute(createdDateTime)", "20"},
        {"second(createdDateTime)", "30"},
        {"second(23:59:58)", "58"},
        {"fractionalseconds(createdDateTime)", "0.1234567"},
        {"fractionalseconds(00:00:00.25)", "0.2500000"},
        {"date(createdDateTime)", "2019-01-31"},
        {"time(createdDateTime)", "10:20:30.1234567"},
        {"totaloffsetminutes(createdDateTime)", "0"},
        {"totaloffsetminutes(2019-01-31T00:00-01:30)", "-90"},
        {"hour(2019-01-31T00:00+02:00)", "0"},
        {"date(2019-01-31T00:00+02:00)", "2019-01-31"},
        {"year(-0044-03-15)", "-44"},
        {"year(0000-02-29)", "0"},
        {"now()", "2019-01-01T00:00:00.0000000Z"},
        {"mindatetime()", "0001-01-01T00:00:00.0000000Z"},
        {"maxdatetime()", "9999-12-31T23:59:59.9999999Z"},
        {"year(createdBy/user/day)", "2019"},
        {"hour(createdBy/user/day)", "null"},
        {"year(createdBy/user/yes)", "null"},
        {"year(detail/summary)", NULL},
    };

    check_rows(rows, COUNT(rows) - 1);
}

TEST(arithmetic_of_numbers)
{
    static const row rows[] = {
        {"detail/layer add 1", "-2"},
        {"detail/layer sub 1", "-4"},
        {"detail/layer mul -2", "6"},
        {"-detail/layer", "3"},
        {"- -detail/layer", "-3"},
        {"7 div 2", "3"},
        {"-7 div 2", "-3"},
        {"7 mod -2", "1"},
        {"-7 mod 2", "-1"},
        {"5 divby 2", "2.5"},
        {"1 divby 3", "0.333333333333333333"},
        {"0.1 add 0.2", "0.3"},
        {"1.1 add 2.2 eq 3.3", "true"},
        {"2.55 div 2.55 eq 1", "true"},
        {"2.5 mod 1", "0.5"},
        {"1.5 mul 2", "3"},
        {"inference/confidenceScore add 1", "1.5d"},
        {"inference/confidenceScore mul 3 div 0", "INFd"},
        {"-1.5 div 0", "-INFd"},
        {"0.0 div 0", "NaNd"},
        {"1 divby 0", "INFd"},
        {"1 div 0", "division"},
        {"1 mod 0", "division"},
        {"1.5 mod 0", "division"},
        {"INF mod 0", "division"},
        {"999999999999999999 mul 10 mul 10", "overflow"},
        {"999999999999999999.5 mul 1000.5", "1.0005e+21d"},
        {"(4 add 5) mod (4 sub 1) eq 0", "true"},
        {"1 add 2 mul 3", "7"},
        {"10 sub 2 sub 3", "5"},
        {"detail/layer add null", "null"},
        {"detail/summary add 1", "At position 1: add takes a number, not an Edm.String."},
        {"createdBy/user/number add 1", "8"},
        {"createdBy/user/day add 1", "null"},
        {"round(2.5)", "3"},
        {"round(-2.5)", "-3"},
        {"round(0.4)", "0"},
        {"floor(-2.5)", "-3"},
        {"ceiling(2.1)", "3"},
        {"ceiling(-2.1)", "-2"},
        {"floor(inference/confidenceScore)", "0d"},
        {"round(detail/layer)", "-3"},
        {"round(createdBy/user/day)", "null"},
    };

    CHECK_ROWS(rows);
}

TEST(arithmetic_of_times)
{
    static const row rows[] = {
        {"detail/startMonthYear add duration'P1D'", "2017-01-02"},
        {"detail/startMonthYear add duration'PT23H'", "2017-01-01"},
        {"detail/startMonthYear sub duration'PT1S'", "2016-12-31"},
        {"createdDateTime add duration'PT0.0000001S'", "2019-01-31T10:20:30.1234568Z"},
        {"createdDateTime sub createdDateTime", "P0DT0H0M0S"},
        {"detail/endMonthYear sub detail/startMonthYear", "P1094DT0H0M0S"},
        {"detail/startMonthYear sub detail/endMonthYear", "-P1094DT0H0M0S"},
        {"duration'P1D' add 'PT1H'", "P1DT1H0M0S"},
        {"duration'P1D' mul 1.5", "P1DT12H0M0S"},
        {"2 mul duration'PT30M'", "P0DT1H0M0S"},
        {"duration'P1D' div 2", "P0DT12H0M0S"},
        {"duration'P1D' divby 0.5", "P2DT0H0M0S"},
        {"duration'P1D' div 0", "division"},
        {"-duration'P1DT2H3M4.5S'", "-P1DT2H3M4.5000000S"},
        {"totalseconds(duration'-PT1M0.5S')", "-60.5000000"},
        {"totalseconds('PT1S') add 1", "2"},
        {"9999-12-31 add duration'P999999999D'", NULL},
        {"createdDateTime add createdBy/user/day", "null"},
    };

    check_rows(rows, 16);
    ck_assert_str_eq(value_of("13000-12-31 add duration'P4000000D'", document, usual), "overflow");
    ck_assert_str_eq(value_of("createdDateTime add createdBy/user/day", document, usual), "null");
}

TEST(casts_and_cases)
{
    static const row rows[] = {
        {"cast(detail/layer,Edm.String)", "'-3'"},
        {"cast(1.50,Edm.String)", "'1.50'"},
        {"cast(inference/confidenceScore,Edm.String)", "'0.5'"},
        {"cast(INF,Edm.String)", "'INF'"},
        {"cast(true,Edm.String)", "'true'"},
        {"cast(detail/startMonthYear,Edm.String)", "'2017-01-01'"},
        {"cast(allowedAudiences,Edm.String)", "'family,contacts'"},
        {"cast(detail,Edm.String)", "null"},
        {"cast(null,Edm.String)", "null"},
        {"cast('12',Edm.Int32) add 1", "13"},
        {"cast('x',Edm.Int32)", "null"},
        {"cast(2.5,Edm.Int32)", "3"},
        {"cast(300,Edm.Byte)", "null"},
        {"cast(-1,Edm.Byte)", "null"},
        {"cast(255,Edm.Byte)", "255"},
        {"cast(1e300,Edm.Int64)", "null"},
        {"cast(NaN,Edm.Int64)", "null"},
        {"cast(inference/confidenceScore,Edm.Decimal)", "0.5"},
        {"cast(1e300,Edm.Decimal)", "null"},
        {"cast(1,Edm.Double)", "1d"},
        {"cast(manager/relationship,Edm.Int32)", "7"},
        {"cast(7,graph.personRelationship)", "#7"},
        {"cast('friend',personRelationship)", "#7"},
        {"cast(99,personRelationship)", "null"},
        {"cast(true,personRelationship)", "null"},
        {"cast(manager/relationship,allowedAudiences)", "null"},
        {"cast('true',Edm.Boolean)", "true"},
        {"cast('false',Edm.Boolean)", "false"},
        {"cast('yes',Edm.Boolean)", "null"},
        {"cast(1,Edm.Boolean)", "null"},
        {"cast(detail/startMonthYear,Edm.DateTimeOffset)", "2017-01-01T00:00:00.0000000Z"},
        {"cast('2019-01-31T10:00Z',Edm.DateTimeOffset)", "2019-01-31T10:00:00.0000000Z"},
        {"cast('PT1S',Edm.Duration)", "P0DT0H0M1S"},
        {"cast('12:30',Edm.TimeOfDay)", "12:30:00.0000000"},
        {"cast(1,Edm.Date)", "null"},
        {"cast(detail,graph.companyDetail) eq null", "true"},
        {"isof(detail,graph.positionDetail)", "true"},
        {"isof(graph.entity)", "true"},
        {"isof(detail,graph.entity)", "false"},
        {"isof(detail/layer,Edm.Int32)", "true"},
        {"isof(detail/layer,Edm.Byte)", "false"},
        {"isof(detail/layer,Edm.Decimal)", "true"},
        {"isof(detail/layer,Edm.Double)", "true"},
        {"isof(detail/layer,Edm.String)", "false"},
        {"isof(manager/relationship,personRelationship)", "true"},
        {"isof(createdBy/user/number,Edm.Int64)", "true"},
        {"isof(createdBy/user/day,Edm.Date)", "false"},
        {"isof(id,Edm.GeographyPoint)", "false"},
        {"isof(null,Edm.String)", "true"},
        {"isof(categories,Collection(Edm.String))", "true"},
        {"isof(categories,Collection(Edm.Int32))", "false"},
        {"isof(categories,Edm.String)", "false"},
        {"case(detail/layer gt 0:'above',detail/layer lt 0:'below',true:'zero')", "'below'"},
        {"case(false:1)", "null"},
        {"case(null:1,true:2.5)", "2.5"},
    };

    CHECK_ROWS(rows);
}

/* Values that relaxed validation stores: they are equal to no other value, and cause no error. */
TEST(values_of_other_types)
{
    static const char odd[] =
        "{\"detail\":{\"layer\":\"x\",\"startMonthYear\":\"Date\",\"jobTitle\":5},\"isCurrent\":"
        "\"yes\","
        "\"manager\":{\"relationship\":\"enemy\"},\"inference\":{\"confidenceScore\":\"high\"},"
        "\"allowedAudiences\":7,\"categories\":\"red\",\"createdDateTime\":[]}";
    static const row rows[] = {
        {"detail/layer gt 1", "false"},
        {"detail/layer eq null", "false"},
        {"detail/layer add 1", "null"},
        {"detail/startMonthYear eq 2019-01-31", "false"},
        {"year(detail/startMonthYear)", "null"},
        {"length(detail/jobTitle)", "null"},
        {"not isCurrent", "null"},
        {"manager/relationship eq 'friend'", "false"},
        {"manager/relationship eq null", "true"},
        {"allowedAudiences has 'family'", "null"},
        {"inference/confidenceScore lt INF", "false"},
        {"categories/any()", "false"},
        {"createdDateTime gt 2019-01-31", "false"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const char *value = value_of(rows[i].text, odd, usual);

        ck_assert_msg(strcmp(value, rows[i].value) == 0, "%s is %s", rows[i].text, value);
    }
    ck_assert_str_eq(value_of("isCurrent", "{\"isCurrent\":tr", usual), "true");
    ck_assert_str_eq(value_of("isCurrent", "{\"id\":\"", usual), "broken");
    ck_assert_str_eq(
        value_of("categories/any(c:c eq 'b')", "{\"categories\":[\"a\" \"b\"]}", usual), "broken");
}

/* ---- bounds ---- */

static bool is_late(void *baton)
{
    return --*(int *)baton < 0;
}

/* categories are red, "" and blue. */
TEST(functions_of_collections)
{
    static const row rows[] = {
        {"length(categories)", "3"},
        {"length([])", "0"},
        {"length(concat(categories,['a','b']))", "5"},
        {"length(colleagues/$filter(displayName ne null))", "2"},
        {"contains(categories,['red',''])", "true"},
        {"contains(categories,['red','blue'])", "false"},
        {"contains(categories,[])", "true"},
        {"contains(['','blue'],categories)", "false"},
        {"contains([1,2,3],[2.0,3])", "true"},
        {"startswith(categories,['red'])", "true"},
        {"startswith(categories,['blue'])", "false"},
        {"startswith(['red'],categories)", "false"},
        {"endswith(categories,['','blue'])", "true"},
        {"endswith(['blue'],categories)", "false"},
        {"indexof(categories,['blue'])", "2"},
        {"indexof(categories,['green'])", "-1"},
        {"indexof([\"Fred\",\"George\",\"Ron\"],[\"George\",\"Ron\"])", "1"},
        {"substring(categories,1) eq ['','blue']", "true"},
        {"substring(categories,1,1) eq ['']", "true"},
        {"substring(categories,7) eq []", "true"},
        {"substring(categories,-1,9) eq categories", "true"},
        {"substring(categories,0,null) eq []", "false"},
        {"concat(categories,categories) eq categories", "false"},
        {"concat(substring(categories,0,1),substring(categories,1)) eq categories", "true"},
        {"length(concat(categories,null))", "null"},
        {"concat(categories,null) eq []", "false"},
        {"categories in [['red'],['red','','blue']]", "true"},
        {"[id,isCurrent] in [['x',true]]", "false"},
        {"['a'] in []", "false"},
        {"hassubset([4,1,3],[1,3,4])", "true"},
        {"hassubset([4,1,3],[3,1])", "true"},
        {"hassubset([4,1,3,1],[1,1])", "true"},
        {"hassubset([1,2],[1,1,2])", "false"},
        {"hassubset(categories,['blue','red'])", "true"},
        {"hassubset(categories,['blue','Red'])", "false"},
        {"hassubset([null],[null])", "true"},
        {"hassubset([NaN],[NaN])", "false"},
        {"hassubsequence([4,1,3],[4,3])", "true"},
        {"hassubsequence([4,1,3,1],[1,1])", "true"},
        {"hassubsequence([4,1,3],[1,3,4])", "false"},
        {"hassubsequence([1,2],[1,1,2])", "false"},
        {"hassubsequence(categories,['red','blue'])", "true"},
        {"hassubset(createdBy/user/list,[2,1])", "true"},
        {"contains(createdBy/user/list,[2,1])", "false"},
        {"contains(createdBy/user/none,[2,1])", "null"},
        {"contains(createdBy/user/big,[1])", "null"},
        {"hassubset(categories,null)", "null"},
        {"categories eq ['red','','blue']", "true"},
        {"categories ne ['red']", "true"},
        {"['a'] eq ['a']", "true"},
        {"colleagues/$filter(displayName eq 'Ann') eq colleagues", "false"},
        {"hassubset(colleagues,colleagues/$filter(displayName eq 'Bob'))", "true"},
        {"'red' in concat(categories,['x'])", "true"},
        {"'y' in concat(categories,['x'])", "false"},
        {"manager/displayName in substring(['Ann','Bob'],1)", "true"},
        {"cast(categories,Collection(Edm.String)) eq categories", "true"},
        {"cast([1,2],Collection(Edm.String)) eq ['1','2']", "true"},
        {"cast(['1','a'],Collection(Edm.Int32)) eq [1,null]", "true"},
        {"cast(categories,Edm.String)", "null"},
        {"cast(id,Collection(Edm.String)) eq null", "true"},
        {"length(cast(colleagues,Collection(graph.relatedPerson)))", "3"},
        {"categories/any(c:hassubset($it/categories,[c]))", "true"},
        {"createdBy/user/displayName in concat(['Zo\\u00eb'],[])", "false"},
        {"concat([createdBy/user/displayName],[]) eq ['Zo\xc3\xab']", "true"},
    };

    check_rows(rows, COUNT(rows));
}

/* A leap second is the first moment after it; in a time of day, the last moment before it. */
TEST(seconds_of_60)
{
    static const row rows[] = {
        {"2016-12-31T23:59:60Z eq 2017-01-01T00:00:00Z", "true"},
        {"2016-12-31T23:59:60.5Z eq 2017-01-01T00:00:00.5Z", "true"},
        {"2016-12-31T18:59:60-05:00 eq 2017-01-01T00:00:00Z", "true"},
        {"year(2016-12-31T23:59:60Z)", "2017"},
        {"time(2016-12-31T23:59:60Z) eq 00:00:00", "true"},
        {"23:59:60 gt 23:59:59.9", "true"},
        {"hour(23:59:60)", "23"},
        {"minute(23:59:60)", "59"},
        {"second(23:59:60)", "59"},
        {"hour(12:30:60)", "12"},
        {"cast(23:59:60,Edm.String)", "'23:59:59.9999999'"},
        {"cast('23:59:60',Edm.TimeOfDay) eq 23:59:60", "true"},
    };

    check_rows(rows, COUNT(rows));
}

TEST(a_collection_of_a_null_object_is_empty)
{
    static const row rows[] = {
        {"source/type eq []", "true"},          {"source/type eq categories", "true"},
        {"source/type eq source/type", "true"}, {"length(source/type)", "0"},
        {"contains(source/type,[])", "true"},   {"source/type/$count", "0"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_str_eq(value_of(rows[i].text, "{\"source\":null,\"categories\":[]}", usual),
                         rows[i].value);
}

TEST(collections_are_bounded)
{
    const char *many = "";
    int i;

    for (i = 0; i < 5000; i++)
        many = apr_pstrcat(pool, many, i == 0 ? "" : ",", "\"a\"", NULL);
    many = apr_pstrcat(pool, "{\"categories\":[", many, "]}", NULL);
    ck_assert_str_eq(value_of("length(categories)", many, usual), "5000");
    ck_assert_str_eq(value_of("hassubset(categories,['a'])", many, usual), "too complex");
}

TEST(steps_are_bounded)
{
    gp_evaluation_terms few = {25, 0, NULL, NULL}, many = {60, 0, NULL, NULL};
    const char *text = "length(concat(detail/jobTitle,detail/jobTitle)) eq 12 and isCurrent";

    ck_assert_str_eq(value_of(text, document, few), "too complex");
    ck_assert_str_eq(value_of(text, document, many), "true");
}

TEST(the_deadline_is_checked)
{
    int looks = 0;
    gp_evaluation_terms terms = {GP_QUERY_STEPS_MAX, 0, is_late, &looks};

    ck_assert_str_eq(value_of("isCurrent", document, terms), "late");
    looks = 1;
    ck_assert_str_eq(value_of("isCurrent", document, terms), "true");
    looks = 1;
    ck_assert_str_eq(
        value_of("matchesPattern('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!','(a+)+$')",
                 document, terms),
        "late");
}

TEST(patterns_are_bounded)
{
    static const char *const evil[] = {
        "(a+)+$",    "(a|a)*$",          "(a|aa)+$",  "(.*a){20}$",
        "((a*)*)*$", "(?:a?){30}a{30}$", "(a+){10}b", "^(([a-z])+.)+[A-Z]([a-z])+$"};
    apr_size_t i;

    for (i = 0; i < COUNT(evil); i++) {
        const char *value = value_of(
            apr_psprintf(pool,
                         "matchesPattern('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!','%s')",
                         evil[i]),
            document, usual);

        ck_assert_msg(strcmp(value, "too complex") == 0 || strcmp(value, "false") == 0, "%s: %s",
                      evil[i], value);
    }
}

TEST(built_texts_are_bounded)
{
    char *half = apr_palloc(pool, GP_QUERY_TEXT_MAX / 2 + 1);
    const char *of;

    memset(half, 'a', GP_QUERY_TEXT_MAX / 2);
    half[GP_QUERY_TEXT_MAX / 2] = '\0';
    of = apr_psprintf(pool, "{\"categories\":[1,2,3,4],\"detail\":{\"summary\":\"%s\"}}", half);
    ck_assert_str_eq(value_of("length(concat(detail/summary,detail/summary))", of, usual),
                     "131072");
    ck_assert_str_eq(
        value_of("length(concat(concat(detail/summary,detail/summary),'a'))", of, usual),
        "too complex");
    /* The texts of one item are freed before the next. */
    ck_assert_str_eq(
        value_of("categories/all(c:length(concat(detail/summary,detail/summary)) gt 0)", of, usual),
        "true");
}

TEST(a_text_is_decoded_once)
{
    char *half = apr_palloc(pool, GP_QUERY_TEXT_MAX / 2 + 1);
    const char *of;

    memset(half, 'a', GP_QUERY_TEXT_MAX / 2);
    half[GP_QUERY_TEXT_MAX / 2] = '\0';
    of = apr_psprintf(pool, "{\"categories\":[1,2],\"detail\":{\"summary\":\"%s\\n\"}}", half);
    ck_assert_str_eq(value_of("contains(detail/summary,'b') or contains(detail/summary,'c') or "
                              "categories/any(c:detail/summary eq 'd')",
                              of, usual),
                     "false");
}

/* The item of a collection is still in memory when the value is read. */
TEST(collections_are_searched_by_conditions)
{
    static const char of[] = "{\"categories\":[\"x\\nAAAA\",\"b\\nBBBB\"],\"createdBy\":{\"user\":{"
                             "\"d\":[true,false]}}}";

    ck_assert_str_eq(value_of("'x\nAAAA' in categories", of, usual), "true");
    ck_assert_str_eq(
        value_of("case(categories/any(c:concat(c,'zzzzzzzzz') eq 'b'):'no',true:'x\nAAAA') in "
                 "categories",
                 of, usual),
        "true");
    ck_assert_str_eq(value_of("'x' in createdBy/user/d in createdBy/user/d", of, usual), "true");
    ck_assert_ptr_nonnull(
        strstr(value_of("'x' in createdBy/user/d in createdBy/user/d in "
                        "createdBy/user/d in createdBy/user/d in createdBy/user/d",
                        of, usual),
               "any() and all() are nested too deeply"));
}

static char *repeat(const char *text, int times)
{
    apr_size_t length = strlen(text);
    char *made = apr_palloc(pool, length * (apr_size_t)times + 1), *out = made;

    while (times-- > 0) {
        memcpy(out, text, length);
        out += length;
    }
    *out = '\0';
    return made;
}

/* What is compared with several values is one part of the expression, however often it is compared. */
TEST(a_collection_in_a_list_is_prepared_once)
{
    const char *text = "[1]";
    int i;

    for (i = 0; i < 16; i++)
        text = apr_pstrcat(pool, "[", text, " in ([],[],[],[])]", NULL);
    text = apr_pstrcat(pool, text, " in ([])", NULL);
    ck_assert_str_eq(value_of(text, document, usual), "too complex");
    ck_assert_str_eq(
        value_of(apr_pstrcat(pool, "(", text, ") in createdBy/user/list", NULL), document, usual),
        "too complex");
    ck_assert_str_eq(value_of("[detail/layer] in ([1],[-3]) and [detail/layer,1] in ([1],[-3,1])",
                              document, usual),
                     "true");
}

/* Finding the end of an item takes as long as the item is, whatever is done with it. */
TEST(passing_an_item_takes_steps)
{
    gp_evaluation_terms few = {2500, 0, NULL, NULL}, some = {5500, 0, NULL, NULL};
    const char *of =
        apr_psprintf(pool, "{\"sources\":[{\"properties\":[%s\"a\"]}]}", repeat("\"a\",", 16000));
    const char *text = "contains(sources,substring(sources,1))";

    ck_assert_str_eq(value_of(text, of, few), "too complex");
    ck_assert_str_eq(value_of(text, of, some), "true");
    ck_assert_str_eq(value_of("length(sources)", of, few), "1");
}

/* Work of PCRE2 between two callouts counts, too. */
TEST(matching_a_pattern_takes_steps)
{
    static const char *const endless[] = {"(*sr:a)", "(*asr:.*)b", "(a|(*script_run:a))",
                                          "x*(*atomic_script_run:a)"};
    gp_evaluation_terms some = {400000, 0, NULL, NULL}, few = {80000, 0, NULL, NULL};
    const char *as = repeat("a", 10000);
    const char *of = apr_psprintf(pool, "{\"detail\":{\"summary\":\"%szb%sy\"}}", as, as);
    apr_size_t i;

    ck_assert_str_eq(value_of(apr_pstrcat(pool, "matchesPattern(detail/summary,'(?i)^(a+z)b(?:",
                                          repeat("\\1|", 1200), "q)')", NULL),
                              of, some),
                     "too complex");
    ck_assert_str_eq(value_of("matchesPattern(detail/summary,'^[a-z]*[0-9]')", of, few), "false");
    ck_assert_str_eq(value_of(apr_pstrcat(pool, "matchesPattern(detail/summary,'^[",
                                          repeat("\xc4\x80-\xc4\x81", 700), "a-z]*[0-9]')", NULL),
                              of, few),
                     "too complex");
    ck_assert_str_eq(value_of("matchesPattern(detail/summary,'(?<=x.{20000})a')", of, usual),
                     "too complex");
    /* After a group, PCRE2 passes the copies and the alternatives of it. */
    ck_assert_str_eq(value_of("matchesPattern('a','^(?:a?+){0,2000}?(y|z)')", document, few),
                     "too complex");
    ck_assert_str_eq(value_of("matchesPattern('a','^(?:a?+){0,50}?(y|z)')", document, few),
                     "false");
    ck_assert_str_eq(value_of(apr_pstrcat(pool, "matchesPattern(detail/summary,'^(?:a",
                                          repeat("|b", 1900), ")*+(q|r)')", NULL),
                              of, some),
                     "too complex");
    ck_assert_str_eq(value_of(apr_pstrcat(pool, "matchesPattern(detail/summary,'(?:q",
                                          repeat("|b", 10), ")(y|z)')", NULL),
                              of, some),
                     "false");
    ck_assert_str_eq(value_of("matchesPattern('((b','^\\(*b')", document, usual), "true");
    for (i = 0; i < COUNT(endless); i++)
        ck_assert_str_eq(
            value_of(apr_psprintf(pool, "matchesPattern('a','%s')", endless[i]), document, usual),
            "At position 1: the pattern is not a regular expression.");
    ck_assert_str_eq(value_of("matchesPattern('a','\\X*')", document, usual),
                     "At position 1: the pattern is not a regular expression.");
    ck_assert_str_eq(value_of("matchesPattern('\\X','^\\\\X$')", document, usual), "true");
}

/* Converting a text takes steps by its length, on either side of an operator. */
TEST(converting_texts_takes_steps)
{
    static const char *const texts[] = {
        "manager/relationship eq createdBy/user/d", "createdBy/user/d eq manager/relationship",
        "manager/relationship lt createdBy/user/d", "cast(createdBy/user/d,Edm.Int32) eq 5",
        "createdDateTime eq createdBy/user/d"};
    gp_evaluation_terms some = {25000, 0, NULL, NULL};
    const char *of = apr_psprintf(pool,
                                  "{\"createdBy\":{\"user\":{\"d\":\"%sfriend\"}},\"manager\":{"
                                  "\"relationship\":\"friend\"},\"createdDateTime\":"
                                  "\"2019-01-31T10:20:30.1234567Z\"}",
                                  repeat("friend,", 28000));
    apr_size_t i;

    for (i = 0; i < COUNT(texts); i++)
        ck_assert_str_eq(value_of(texts[i], of, some), "too complex");
    ck_assert_str_eq(value_of("createdBy/user/d eq null", of, some), "false");
}

/* A NUL would end the text of the token early. */
TEST(a_text_in_an_array_has_no_nul)
{
    ck_assert_ptr_nonnull(strstr(value_of("'a' in [\"a\\u0000b\"]", document, usual),
                                 "a string cannot contain NUL."));
}

UNIT_MAIN("evaluate")
