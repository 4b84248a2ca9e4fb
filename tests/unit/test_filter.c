/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/filter.h"
#include "base/limits.h"
#include "unit.h"
#include "expression_json.h"

/* The members of enumerations and their values, as the JSON of an expression has them after a property. */
#define AUDIENCES                                                                                  \
    "{'me':0,'family':1,'contacts':2,'groupMembers':4,'organization':8,"                           \
    "'federatedOrganizations':16,'everyone':32,'unknownFutureValue':64}"
#define RELATIONSHIPS                                                                              \
    "{'manager':0,'colleague':1,'directReport':2,'dotLineReport':3,'assistant':4,"                 \
    "'dotLineManager':5,'alternateContact':6,'friend':7,'spouse':8,'sibling':9,'child':10,"        \
    "'parent':11,'sponsor':12,'emergencyContact':13,'other':14,'unknownFutureValue':15}"
#define ADDRESSES "{'unknown':0,'home':1,'business':2,'other':3}"

/* A text and the JSON of its expression, with apostrophes instead of quotes. */
typedef struct {
    const char *text, *json;
} row;

/* A text and its refusal: the status, a part of the message, and the position in the text. */
typedef struct {
    const char *text;
    int status;
    const char *words;
    int position;
} refusal;

static gp_problem problem;

static void add_alias(gp_names *names, const char *name, const char *text)
{
    gp_names_add(names, name, strlen(name), (void *)text);
}

static gp_names *aliases(void)
{
    gp_names *made = gp_names_make(pool);

    add_alias(made, "@role", "'a'");
    add_alias(made, "@flag", "isCurrent or isSearchable");
    add_alias(made, "@list", "('a','b')");
    add_alias(made, "@date", "2020-01-31");
    add_alias(made, "@key", "detail/layer");
    add_alias(made, "@number", "5");
    add_alias(made, "@other", "@role");
    add_alias(made, "@rest", "'a' 'b'");
    add_alias(made, "@json", "[\"a\"]");
    add_alias(made, "@made", "concat(categories,[\"a\"])");
    add_alias(made, "@stored", "categories");
    add_alias(made, "@detail", "detail");
    add_alias(made, "@bad", "(\xc3\xab");
    return made;
}

static const char *filter_of(const char *text)
{
    gp_problem_open(&problem, pool);
    {
        gp_expression *read = gp_filter_parse(pool, text, aliases(), &problem);

        return read ? expression_json(pool, read) : NULL;
    }
}

static const char *orderby_of(const char *text)
{
    gp_problem_open(&problem, pool);
    {
        gp_order *read = gp_orderby_parse(pool, text, aliases(), &problem);

        return read ? order_json(pool, read) : NULL;
    }
}

static void check_all(const row *rows, apr_size_t count, const char *(*read)(const char *text))
{
    apr_size_t i;

    for (i = 0; i < count; i++) {
        char *json = apr_pstrdup(pool, read(rows[i].text)), *at;

        ck_assert_msg(json != NULL, "%s: %s", rows[i].text, problem.message);
        for (at = json; (at = strchr(at, '"')) != NULL; at++)
            *at = '\'';
        ck_assert_msg(strcmp(json, rows[i].json) == 0, "%s is %s", rows[i].text, json);
    }
}

#define CHECK_ALL(rows, read) check_all(rows, COUNT(rows), read)

static void check_refusal(const refusal *wanted, const char *read)
{
    ck_assert_msg(read == NULL, "%s is %s", wanted->text, read);
    ck_assert_msg(gp_error_get(problem.error)->status == wanted->status
                      && strstr(problem.message, wanted->words) != NULL
                      && atoi(problem.message + strcspn(problem.message, "0123456789"))
                             == wanted->position
                      && strncmp(problem.message, "At position ", strlen("At position ")) == 0,
                  "%s: %s", wanted->text, problem.message);
}

static void check_refusals(const refusal *rows, apr_size_t count,
                           const char *(*read)(const char *text))
{
    apr_size_t i;

    for (i = 0; i < count; i++)
        check_refusal(&rows[i], read(rows[i].text));
}

#define CHECK_REFUSALS(rows, read) check_refusals(rows, COUNT(rows), read)

/* ---- accepted texts ---- */

TEST(conditions_are_read)
{
    static const row rows[] = {
        {"isCurrent", "['path',1,'{isCurrent}']"},
        {"isCurrent eq true", "['eq',['path',1,'{isCurrent}'],true]"},
        {"isCurrent ne false", "['ne',['path',1,'{isCurrent}'],false]"},
        {"id EQ 'a'", "['eq',['path',1,'{id}'],'a']"},
        {"id eq null", "['eq',['path',1,'{id}'],null]"},
        {"null ne id", "['ne',null,['path',1,'{id}']]"},
        {"detail eq null", "['eq',['path',1,'{detail}'],null]"},
        {"detail/company ne null", "['ne',['path',1,'{detail,company}'],null]"},
        {"$it ne null", "['ne',['path',1,'{}'],null]"},
        {"detail/layer gt 1", "['gt',['path',1,'{detail,layer}'],1]"},
        {"detail/layer ge 1", "['ge',['path',1,'{detail,layer}'],1]"},
        {"detail/layer lt 1", "['lt',['path',1,'{detail,layer}'],1]"},
        {"detail/layer le 1.5", "['le',['path',1,'{detail,layer}'],1.5]"},
        {"detail/startMonthYear lt detail/endMonthYear",
         "['lt',['path',1,'{detail,startMonthYear}'],['path',1,'{detail,endMonthYear}']]"},
        {"isCurrent gt false", "['gt',['path',1,'{isCurrent}'],false]"},
        {"isCurrent and isSearchable",
         "['and',['path',1,'{isCurrent}'],['path',1,'{isSearchable}']]"},
        {"isCurrent or isSearchable",
         "['or',['path',1,'{isCurrent}'],['path',1,'{isSearchable}']]"},
        {"not isCurrent", "['not',['path',1,'{isCurrent}']]"},
        {"NOT isCurrent AND TRUE OR NULL",
         "['or',['and',['not',['path',1,'{isCurrent}']],true],null]"},
        {"true", "true"},
        {"false", "false"},
        {"null", "null"},
        {"null has null", "['has',null,null]"},
        {"null gt 5", "['gt',null,5]"},
    };

    CHECK_ALL(rows, filter_of);
}

TEST(operators_bind_as_odata_says)
{
    static const row rows[] = {
        {"isCurrent or isSearchable and true",
         "['or',['path',1,'{isCurrent}'],['and',['path',1,'{isSearchable}'],true]]"},
        {"isCurrent and isSearchable or true and false",
         "['or',['and',['path',1,'{isCurrent}'],['path',1,'{isSearchable}']],['and',true,false]]"},
        {"(isCurrent or isSearchable) and true",
         "['and',['or',['path',1,'{isCurrent}'],['path',1,'{isSearchable}']],true]"},
        {"not isCurrent eq true", "['eq',['not',['path',1,'{isCurrent}']],true]"},
        {"not (isCurrent eq true)", "['not',['eq',['path',1,'{isCurrent}'],true]]"},
        {"not not isCurrent", "['not',['not',['path',1,'{isCurrent}']]]"},
        {"not isCurrent and isSearchable",
         "['and',['not',['path',1,'{isCurrent}']],['path',1,'{isSearchable}']]"},
        {"1 lt 2 eq true", "['eq',['lt',1,2],true]"},
        {"true eq 1 lt 2", "['eq',true,['lt',1,2]]"},
        {"1 eq 1 ne false", "['ne',['eq',1,1],false]"},
        {"1 lt 2 lt null", "['lt',['lt',1,2],null]"},
        {"allowedAudiences has 'me' eq true",
         "['eq',['has',['enum',['path',1,'{allowedAudiences}']," AUDIENCES "],0],true]"},
        {"id in ('a') eq false", "['eq',['in',['path',1,'{id}'],'a'],false]"},
        {"not id in ('a')", "['not',['in',['path',1,'{id}'],'a']]"},
        {"((isCurrent))", "['path',1,'{isCurrent}']"},
        {"(detail/layer) eq ((5))", "['eq',['path',1,'{detail,layer}'],5]"},
    };

    CHECK_ALL(rows, filter_of);
}

TEST(chains_are_one_node)
{
    static const row rows[] = {
        {"true and false and null and isCurrent",
         "['and',true,false,null,['path',1,'{isCurrent}']]"},
        {"true or false or null or isCurrent", "['or',true,false,null,['path',1,'{isCurrent}']]"},
        {"true and (false and null)", "['and',true,['and',false,null]]"},
        {"true or (false or null)", "['or',true,['or',false,null]]"},
        {"(true or false) or null", "['or',['or',true,false],null]"},
        {"true and false or null and true or false",
         "['or',['and',true,false],['and',null,true],false]"},
        {"true and (false or null) and isCurrent",
         "['and',true,['or',false,null],['path',1,'{isCurrent}']]"},
    };

    CHECK_ALL(rows, filter_of);
}

TEST(literals_are_read)
{
    static const row rows[] = {
        {"id eq ''", "['eq',['path',1,'{id}'],'']"},
        {"id eq 'a(b,c) and d'", "['eq',['path',1,'{id}'],'a(b,c) and d']"},
        {"id eq 'Zoë 😀'", "['eq',['path',1,'{id}'],'Zoë 😀']"},
        {"id eq 17A809A9-09a9-17a8-a909-a817a909a817",
         "['eq',['path',1,'{id}'],'17a809a9-09a9-17a8-a909-a817a909a817']"},
        {"detail/layer eq 0", "['eq',['path',1,'{detail,layer}'],0]"},
        {"detail/layer eq -5", "['eq',['path',1,'{detail,layer}'],-5]"},
        {"detail/layer eq +005", "['eq',['path',1,'{detail,layer}'],5]"},
        {"detail/layer eq 99999999999999999999",
         "['eq',['path',1,'{detail,layer}'],99999999999999999999]"},
        {"detail/layer eq 1.50", "['eq',['path',1,'{detail,layer}'],1.50]"},
        {"detail/layer eq -0.5e+3", "['eq',['path',1,'{detail,layer}'],-0.5e+3]"},
        {"inference/confidenceScore eq 1",
         "['eq',['double',['path',1,'{inference,confidenceScore}']],1]"},
        {"inference/confidenceScore eq NaN",
         "['eq',['double',['path',1,'{inference,confidenceScore}']],{}]"},
        {"inference/confidenceScore lt INF",
         "['lt',['double',['path',1,'{inference,confidenceScore}']],1e400]"},
        {"inference/confidenceScore gt -INF",
         "['gt',['double',['path',1,'{inference,confidenceScore}']],-1e400]"},
        {"detail/endMonthYear eq 2020-02-29",
         "['eq',['path',1,'{detail,endMonthYear}'],'2020-02-29']"},
        {"createdDateTime eq 2020-02-29T01:00:00.1234567891+05:30",
         "['eq',['path',1,'{createdDateTime}'],'2020-02-28T19:30:00.1234567Z']"},
        {"createdDateTime eq 2020-02-29T23:59Z",
         "['eq',['path',1,'{createdDateTime}'],'2020-02-29T23:59:00.0000000Z']"},
    };

    CHECK_ALL(rows, filter_of);
}

TEST(strings_are_written_as_json)
{
    ck_assert_str_eq(filter_of("id eq 'it''s'"), "[\"eq\",[\"path\",1,\"{id}\"],\"it's\"]");
    ck_assert_str_eq(filter_of("id eq '\"\\/\n\x01'"),
                     "[\"eq\",[\"path\",1,\"{id}\"],\"\\\"\\\\/\\n\\u0001\"]");
    ck_assert_str_eq(filter_of("id eq ''''"), "[\"eq\",[\"path\",1,\"{id}\"],\"'\"]");
}

TEST(a_date_beside_a_date_time_is_midnight)
{
    static const row rows[] = {
        {"createdDateTime lt 2020-02-29",
         "['lt',['path',1,'{createdDateTime}'],'2020-02-29T00:00:00.0000000Z']"},
        {"2020-02-29 ge createdDateTime",
         "['ge','2020-02-29T00:00:00.0000000Z',['path',1,'{createdDateTime}']]"},
        {"createdDateTime in (2020-01-31,2020-01-31T12:00Z)",
         "['in',['path',1,'{createdDateTime}'],'2020-01-31T00:00:00.0000000Z',"
         "'2020-01-31T12:00:00.0000000Z']"},
        {"date(createdDateTime) eq 2020-02-29",
         "['eq',['date',['path',1,'{createdDateTime}']],'2020-02-29']"},
        {"createdBy/x eq 2020-02-29", "['eq',['path',1,'{createdBy,x}'],'2020-02-29']"},
        {"createdDateTime gt @date",
         "['gt',['path',1,'{createdDateTime}'],'2020-01-31T00:00:00.0000000Z']"},
    };

    CHECK_ALL(rows, filter_of);
}

TEST(members_of_enumerations_are_values)
{
    static const row rows[] = {
        {"allowedAudiences eq 'me'",
         "['eq',['enum',['path',1,'{allowedAudiences}']," AUDIENCES "],0]"},
        {"'family' eq allowedAudiences",
         "['eq',1,['enum',['path',1,'{allowedAudiences}']," AUDIENCES "]]"},
        {"allowedAudiences eq 'contacts, family,family'",
         "['eq',['enum',['path',1,'{allowedAudiences}']," AUDIENCES "],3]"},
        {"allowedAudiences eq microsoft.graph.allowedAudiences'organization'",
         "['eq',['enum',['path',1,'{allowedAudiences}']," AUDIENCES "],8]"},
        {"allowedAudiences has microsoft.graph.allowedAudiences'family,contacts'",
         "['has',['enum',['path',1,'{allowedAudiences}']," AUDIENCES "],3]"},
        {"allowedAudiences has 'everyone'",
         "['has',['enum',['path',1,'{allowedAudiences}']," AUDIENCES "],32]"},
        {"allowedAudiences gt 'me'",
         "['gt',['enum',['path',1,'{allowedAudiences}']," AUDIENCES "],0]"},
        {"allowedAudiences eq 'unknownFutureValue'",
         "['eq',['enum',['path',1,'{allowedAudiences}']," AUDIENCES "],64]"},
        {"allowedAudiences ne allowedAudiences",
         "['ne',['enum',['path',1,'{allowedAudiences}']," AUDIENCES
         "],['enum',['path',1,'{allowedAudiences}']," AUDIENCES "]]"},
        {"allowedAudiences eq null",
         "['eq',['enum',['path',1,'{allowedAudiences}']," AUDIENCES "],null]"},
        {"allowedAudiences in ('me','family')",
         "['in',['enum',['path',1,'{allowedAudiences}']," AUDIENCES "],0,1]"},
        {"manager/relationship eq 'colleague'",
         "['eq',['enum',['path',1,'{manager,relationship}']," RELATIONSHIPS "],1]"},
        {"detail/company/address/type ne 'home'",
         "['ne',['enum',['path',1,'{detail,company,address,type}']," ADDRESSES "],1]"},
        {"microsoft.graph.allowedAudiences'family' has microsoft.graph.allowedAudiences'me'",
         "['has',1,0]"},
        {"createdBy/x eq microsoft.graph.allowedAudiences'family'",
         "['eq',['path',1,'{createdBy,x}'],1]"},
    };

    CHECK_ALL(rows, filter_of);
}

TEST(paths_are_read)
{
    static const row rows[] = {
        {"detail/company/address/city eq 'a'",
         "['eq',['path',1,'{detail,company,address,city}'],'a']"},
        {"$it/id eq 'a'", "['eq',['path',1,'{id}'],'a']"},
        {"$IT/detail/role eq 'a'", "['eq',['path',1,'{detail,role}'],'a']"},
        {"microsoft.graph.workPosition/id eq 'a'", "['eq',['path',1,'{id}'],'a']"},
        {"$it/microsoft.graph.workPosition/microsoft.graph.workPosition/id eq 'a'",
         "['eq',['path',1,'{id}'],'a']"},
        {"detail/microsoft.graph.positionDetail/role eq 'a'",
         "['eq',['path',1,'{detail,role}'],'a']"},
        {"categories/$count gt 2", "['gt',['count',['path',1,'{categories}']],2]"},
        {"source/type/$COUNT eq 0", "['eq',['count',['path',1,'{source,type}']],0]"},
        {"createdBy/user/id eq 'a'", "['eq',['path',1,'{createdBy,user,id}'],'a']"},
        {"createdBy/phone eq 'a'", "['eq',['path',1,'{createdBy,phone}'],'a']"},
        {"createdBy/phone/number gt 5", "['gt',['path',1,'{createdBy,phone,number}'],5]"},
        {"createdBy/user/x", "['path',1,'{createdBy,user,x}']"},
        {"createdBy/user/x eq categories/$count",
         "['eq',['path',1,'{createdBy,user,x}'],['count',['path',1,'{categories}']]]"},
    };

    CHECK_ALL(rows, filter_of);
}

TEST(any_and_all_are_read)
{
    static const row rows[] = {
        {"categories/any()", "['any',['path',1,'{categories}']]"},
        {"categories/any(c:c eq 'a')",
         "['any',['path',1,'{categories}'],['eq',['path',2,'{}'],'a']]"},
        {"categories/ALL(c:c ne 'a')",
         "['all',['path',1,'{categories}'],['ne',['path',2,'{}'],'a']]"},
        {"categories/any( c : startswith(c,'a') )",
         "['any',['path',1,'{categories}'],['startswith',['path',2,'{}'],'a']]"},
        {"categories/any(c:true)", "['any',['path',1,'{categories}'],true]"},
        {"colleagues/any(c:c/relationship eq 'friend' and c/displayName eq detail/role)",
         "['any',['path',1,'{colleagues}'],['and',['eq',['enum',['path',2,'{relationship}']"
         "," RELATIONSHIPS "],7],['eq',['path',2,'{displayName}'],['path',1,'{detail,role}']]]]"},
        {"colleagues/any(it:it/microsoft.graph.relatedPerson/userId eq $it/id)",
         "['any',['path',1,'{colleagues}'],['eq',['path',2,'{userId}'],['path',1,'{id}']]]"},
        {"sources/any(s:s/properties/any(p:p eq s/sourceId))",
         "['any',['path',1,'{sources}'],['any',['path',2,'{properties}'],['eq',['path',3,'{}'],['"
         "path',2,'{sourceId}']]]]"},
        {"colleagues/any(c:sources/any(c:c/sourceId eq 'a') and c/userId eq 'b')",
         "['any',['path',1,'{colleagues}'],['and',['any',['path',1,'{sources}'],['eq',['path',3,'{"
         "sourceId}'],'a']],['eq',['path',2,'{userId}'],'b']]]"},
        {"categories/any(id:id eq 'a') and id eq 'a'",
         "['and',['any',['path',1,'{categories}'],['eq',['path',2,'{}'],'a']],['eq',['path',1,'{id}"
         "'],'a']]"},
        {"not categories/all(c:contains(c,@role))",
         "['not',['all',['path',1,'{categories}'],['contains',['path',2,'{}'],'a']]]"},
    };

    CHECK_ALL(rows, filter_of);
}

TEST(in_is_any_of_a_list_or_collection)
{
    static const row rows[] = {
        {"id in ('a','b')", "['in',['path',1,'{id}'],'a','b']"},
        {"id in ('a')", "['in',['path',1,'{id}'],'a']"},
        {"id in ( 'a' , null )", "['in',['path',1,'{id}'],'a',null]"},
        {"concat(id,'x') in ('a','b')", "['in',['concat',['path',1,'{id}'],'x'],'a','b']"},
        {"createdBy/x in (1,'a',true)", "['in',['path',1,'{createdBy,x}'],1,'a',true]"},
        {"(isCurrent and true) in (true,isSearchable)",
         "['in',['and',['path',1,'{isCurrent}'],true],true,['path',1,'{isSearchable}']]"},
        {"'a' in (id,detail/role)",
         "['or',['eq','a',['path',1,'{id}']],['eq','a',['path',1,'{detail,role}']]]"},
        {"1 in (1,2) in (true,false)", "['in',['or',['eq',1,1],['eq',1,2]],true,false]"},
        {"'a' in categories", "['any',['path',1,'{categories}'],['eq',['path',2,'{}'],'a']]"},
        {"id in $it/categories",
         "['any',['path',1,'{categories}'],['eq',['path',2,'{}'],['path',1,'{id}']]]"},
        {"sources/any(s:'a' in s/properties)", "['any',['path',1,'{sources}'],['any',['path',2,'{"
                                               "properties}'],['eq',['path',3,'{}'],'a']]]"},
        {"colleagues/any(c:c/displayName in categories)",
         "['any',['path',1,'{colleagues}'],['any',['path',1,'{categories}'],['eq',['path',3,'{}'],["
         "'path',2,'{displayName}']]]]"},
        {"id in @list", "['in',['path',1,'{id}'],'a','b']"},
        {"id in @nothing", "false"},
    };

    CHECK_ALL(rows, filter_of);
}

TEST(aliases_stand_for_their_values)
{
    static const row rows[] = {
        {"id eq @role", "['eq',['path',1,'{id}'],'a']"},
        {"@role eq id", "['eq','a',['path',1,'{id}']]"},
        {"contains(@role,@role)", "['contains','a','a']"},
        {"@flag and isCurrent", "['and',['or',['path',1,'{isCurrent}'],['path',1,'{isSearchable}']]"
                                ",['path',1,'{isCurrent}']]"},
        {"isCurrent and @flag", "['and',['path',1,'{isCurrent}'],['or',['path',1,'{isCurrent}'],['"
                                "path',1,'{isSearchable}']]]"},
        {"categories/any(c:c eq @role)",
         "['any',['path',1,'{categories}'],['eq',['path',2,'{}'],'a']]"},
        {"id in (@role,'b')", "['in',['path',1,'{id}'],'a','b']"},
        {"id eq @nothing", "['eq',['path',1,'{id}'],null]"},
        {"id eq @Role", "['eq',['path',1,'{id}'],null]"},
        {"@nothing", "null"},
    };

    CHECK_ALL(rows, filter_of);
}

TEST(functions_are_read)
{
    static const row rows[] = {
        {"contains(id,'a')", "['contains',['path',1,'{id}'],'a']"},
        {"startswith(id,'a')", "['startswith',['path',1,'{id}'],'a']"},
        {"EndsWith(id,'a')", "['endswith',['path',1,'{id}'],'a']"},
        {"tolower(id) eq 'a'", "['eq',['tolower',['path',1,'{id}']],'a']"},
        {"toupper(id) eq 'a'", "['eq',['toupper',['path',1,'{id}']],'a']"},
        {"trim(id) eq 'a'", "['eq',['trim',['path',1,'{id}']],'a']"},
        {"length(id) eq 5", "['eq',['length',['path',1,'{id}']],5]"},
        {"indexof(id,'a') eq -1", "['eq',['indexof',['path',1,'{id}'],'a'],-1]"},
        {"substring(id,1) eq 'a'", "['eq',['substring',['path',1,'{id}'],1],'a']"},
        {"substring(id,1,2) eq 'a'", "['eq',['substring',['path',1,'{id}'],1,2],'a']"},
        {"concat(concat(id,', '),detail/role) eq 'a'",
         "['eq',['concat',['concat',['path',1,'{id}'],', '],['path',1,'{detail,role}']],'a']"},
        {"year(createdDateTime) eq 2020", "['eq',['year',['path',1,'{createdDateTime}']],2020]"},
        {"year(detail/endMonthYear) eq 2020",
         "['eq',['year',['path',1,'{detail,endMonthYear}']],2020]"},
        {"month(2020-01-31) eq 1", "['eq',['month','2020-01-31'],1]"},
        {"day(createdDateTime) eq 31", "['eq',['day',['path',1,'{createdDateTime}']],31]"},
        {"hour(createdDateTime) eq 1", "['eq',['hour',['path',1,'{createdDateTime}']],1]"},
        {"minute(createdDateTime) eq 1", "['eq',['minute',['path',1,'{createdDateTime}']],1]"},
        {"second(2020-01-31T00:00:01Z) eq 1", "['eq',['second','2020-01-31T00:00:01.0000000Z'],1]"},
        {"date(createdDateTime) lt detail/endMonthYear",
         "['lt',['date',['path',1,'{createdDateTime}']],['path',1,'{detail,endMonthYear}']]"},
        {"length(trim(tolower(toupper(id)))) gt 0",
         "['gt',['length',['trim',['tolower',['toupper',['path',1,'{id}']]]]],0]"},
        {"contains( id , null )", "['contains',['path',1,'{id}'],null]"},
        {"contains(createdBy/x,'a')", "['contains',['path',1,'{createdBy,x}'],'a']"},
        {"substring(id,categories/$count,length(id)) eq null",
         "['eq',['substring',['path',1,'{id}'],['count',['path',1,'{categories}']],['length',['"
         "path',1,'{id}']]],null]"},
    };

    CHECK_ALL(rows, filter_of);
}

TEST(orders_are_read)
{
    static const row rows[] = {
        {"id", "[{'by':['path',1,'{id}'],'desc':false}]"},
        {"id asc", "[{'by':['path',1,'{id}'],'desc':false}]"},
        {"id DESC", "[{'by':['path',1,'{id}'],'desc':true}]"},
        {"id desc , detail/layer ASC,categories/$count",
         "[{'by':['path',1,'{id}'],'desc':true},{'by':['path',1,'{detail,layer}'],'desc':false},{'"
         "by':['count',['path',1,'{categories}']],'desc':false}]"},
        {"allowedAudiences desc",
         "[{'by':['enum',['path',1,'{allowedAudiences}']," AUDIENCES "],'desc':true}]"},
        {"inference/confidenceScore",
         "[{'by':['double',['path',1,'{inference,confidenceScore}']],'desc':false}]"},
        {"tolower(detail/role) desc",
         "[{'by':['tolower',['path',1,'{detail,role}']],'desc':true}]"},
        {"createdBy/user/x", "[{'by':['path',1,'{createdBy,user,x}'],'desc':false}]"},
        {"isCurrent eq true desc", "[{'by':['eq',['path',1,'{isCurrent}'],true],'desc':true}]"},
        {"@key desc", "[{'by':['path',1,'{detail,layer}'],'desc':true}]"},
        {"id,id,id,id",
         "[{'by':['path',1,'{id}'],'desc':false},{'by':['path',1,'{id}'],'desc':false},{'by':['"
         "path',1,'{id}'],'desc':false},{'by':['path',1,'{id}'],'desc':false}]"},
    };

    CHECK_ALL(rows, orderby_of);
}

/* ---- refused texts ---- */

TEST(malformed_texts_are_refused)
{
    static const refusal rows[] = {
        {"isCurrent isSearchable", 400, "an operator or the end, not 'isSearchable'", 11},
        {"isCurrent eq", 400, "expected a value, not the end", 13},
        {"isCurrent and", 400, "expected a value", 14},
        {"isCurrent or or isCurrent", 400, "'or'", 14},
        {"eq true", 400, "'eq'", 1},
        {"(isCurrent", 400, "expected ')', not the end", 11},
        {"isCurrent)", 400, "not ')'", 10},
        {"()", 400, "expected a value, not ')'", 2},
        {"isCurrent,true", 400, "not ','", 10},
        {"detail/", 400, "name of a property, not the end", 8},
        {"detail//role", 400, "name of a property, not '/'", 8},
        {"/detail", 400, "expected a value", 1},
        {"detail/'a'", 400, "name of a property", 8},
        {"detail/5", 400, "name of a property", 8},
        {"id eq 'a", 400, "no closing quote", 7},
        {"'Zoë' eq \"a\"", 400, "is not valid here", 10},
        {"allowedAudiences eq microsoft.graph.allowedAudiences'me", 400, "no closing quote", 53},
        {"id eq 5x", 400, "not a number", 7},
        {"id in [\"a\" \"b\"]", 400, "a comma or ']'", 12},
        {"colleagues/$count($search a) gt 0", 400, "'='", 27},
        {"id eq 1e999", 400, "out of range", 7},
        {"id eq durations'PT1H'", 400, "no enumeration durations", 7},
        {"contains(id,'a'", 400, "expected ')'", 16},
        {"contains(id 'a')", 400, "expected ')', not 'a'", 13},
        {"contains(id,)", 400, "expected a value", 13},
        {"contains (id,'a')", 400, "'contains'", 1},
        {"id in (,)", 400, "expected a value", 8},
        {"id in ('a'", 400, "expected ')'", 11},
        {"id in 'a'", 400, "expected '('", 7},
        {"id in", 400, "expected '('", 6},
        {"categories/all()", 400, "the name of a variable", 16},
        {"categories/any(c)", 400, "expected ':'", 17},
        {"categories/any(5:true)", 400, "the name of a variable", 16},
        {"categories/any($c:true)", 400, "the name of a variable", 16},
        {"categories/any(c:true", 400, "expected ')'", 22},
        {"categories/any(c:)", 400, "expected a value", 18},
    };

    CHECK_REFUSALS(rows, filter_of);
}

TEST(wrong_types_are_refused)
{
    static const refusal rows[] = {
        {"'a'", 400, "$filter takes a condition (an Edm.Boolean), not an Edm.String", 1},
        {"detail/layer", 400, "not an integer", 1},
        {"2020-01-31", 400, "not an Edm.Date.", 1},
        {"createdDateTime", 400, "not an Edm.DateTimeOffset", 1},
        {"1.5", 400, "not an Edm.Decimal", 1},
        {"detail", 400, "not a microsoft.graph.positionDetail", 1},
        {"allowedAudiences", 400, "not a microsoft.graph.allowedAudiences", 1},
        {"categories", 400, "not a collection", 1},
        {"$it", 400, "not a microsoft.graph.workPosition", 1},
        {"'a' and isCurrent", 400, "and takes a condition", 1},
        {"isCurrent and 'a'", 400, "and takes a condition", 15},
        {"true or false or 5", 400, "or takes a condition", 18},
        {"not id", 400, "not takes a condition", 1},
        {"id eq 5", 400, "an Edm.String cannot be compared with an integer by eq", 7},
        {"isCurrent gt 5", 400, "an Edm.Boolean cannot be compared with an integer by gt", 14},
        {"detail eq manager", 400, "cannot be compared", 11},
        {"detail gt detail", 400, "cannot be compared", 11},
        {"categories eq colleagues", 400, "cannot be compared", 15},
        {"categories lt categories", 400, "cannot be compared", 15},
        {"detail gt null", 400, "cannot be compared with null by gt", 11},
        {"categories eq null", 400, "a collection cannot be compared", 15},
        {"detail/endMonthYear eq '2020-02-29'", 400,
         "an Edm.Date cannot be compared with an Edm.String", 24},
        {"createdBy eq createdBy/x", 400, "a dynamic property", 14},
        {"id has 'a'", 400, "has takes an enumeration", 8},
        {"id has null", 400, "has takes an enumeration", 8},
        {"manager/relationship has 'friend'", 400, "has takes an enumeration of flags", 26},
        {"null has microsoft.graph.personRelationship'friend'", 400, "has takes an enum", 10},
        {"createdBy/x has 1", 400, "has takes an enumeration", 17},
        {"allowedAudiences eq 1", 400, "cannot be compared with an integer", 21},
        {"allowedAudiences eq 'nobody'", 400,
         "'nobody' is not a microsoft.graph.allowedAudiences (one or more", 21},
        {"allowedAudiences eq ''", 400, "'' is not a", 21},
        {"allowedAudiences eq 'family,unknownFutureValue'", 400, "is not a", 21},
        {"allowedAudiences eq microsoft.graph.personRelationship'manager'", 400,
         "cannot be compared", 21},
        {"allowedAudiences eq allowedAudiences'me'", 400, "no enumeration allowedAudiences", 21},
        {"manager/relationship eq 'manager,colleague'", 400, "(one of manager", 25},
        {"id in ('a',5)", 400, "cannot be compared", 4},
        {"5 in categories", 400, "cannot be compared", 3},
        {"'a' in id", 400, "in takes a list or a collection", 5},
        {"'a' in colleagues", 400, "cannot be compared", 5},
        {"categories/any(c:c)", 400, "any() takes a condition (an Edm.Boolean), not an Edm.String",
         12},
        {"categories/all(c:5)", 400, "all() takes a condition", 12},
    };

    CHECK_REFUSALS(rows, filter_of);
}

TEST(paths_to_nothing_are_refused)
{
    static const refusal rows[] = {
        {"nothing eq 1", 400, "does not have the property 'nothing'.", 1},
        {"iscurent", 400, "'iscurent'. Did you mean 'isCurrent'?", 1},
        {"detail/company/adress/city eq 'a'", 400, "Did you mean 'address'?", 16},
        {"colleagues/any(c:c/displayname eq 'a')", 400, "Did you mean 'displayName'?", 20},
        {"colleagues/any(c:c/relationship eq 'colleage')", 400, "Did you mean 'colleague'?", 36},
        {"allowedAudiences has 'organisation'", 400, "Did you mean 'organization'?", 22},
        {"IsCurrent", 400, "Did you mean 'isCurrent'?", 1},
        {"detail/Role eq 'a'", 400,
         "positionDetail does not have the property 'Role'. Did you mean 'role'?", 8},
        {"$x eq 1", 400, "'$x'", 1},
        {"id/x eq 1", 400, "an Edm.String has no properties", 4},
        {"colleagues/displayName eq 'a'", 400, "use any(), all() or $count", 12},
        {"categories/any", 400, "use any()", 12},
        {"categories/any(c:c/x eq 5)", 400, "an Edm.String has no properties", 20},
        {"colleagues/any(c:d/userId eq 'b')", 400, "'d'", 18},
        {"colleagues/any(c:true) and c/userId eq 'b'", 400, "'c'", 28},
        {"colleagues/any(c:c/any(d:true))", 400,
         "any() requires a collection, not a microsoft.graph.relatedPerson", 20},
        {"id/all(c:true)", 400, "all() requires a collection, not an Edm.String", 4},
        {"categories/$count/x eq 1", 400, "an integer has no properties", 19},
        {"categories/any()/x", 400, "an Edm.Boolean has no properties", 18},
        {"categories/any(c:true)/$count gt 2", 400,
         "$count requires a collection, not an Edm.Boolean", 24},
        {"$count gt 2", 400, "$count requires a collection", 1},
        {"id/$count gt 2", 400, "$count requires a collection", 4},
        {"id eq duration'PT1H'", 400, "an Edm.String cannot be compared with an Edm.Duration", 7},
        {"createdDateTime add 1 eq null", 400,
         "add does not take an Edm.DateTimeOffset and an integer", 17},
        {"detail/startMonthYear add detail/endMonthYear eq null", 400, "add does not take", 23},
        {"colleagues/$filter(true) lt colleagues", 400, "a collection cannot be compared", 29},
        {"colleagues/$filter(true) eq categories", 400, "a collection cannot be compared", 29},
        {"id eq duration'P1Y'", 400, "this is not a duration", 7},
        {"matchesPattern(id,'(a')", 400, "not a regular expression", 1},
        {"microsoft.graph.positionDetail/role eq 'a'", 400, "'microsoft.graph.positionDetail'", 1},
        {"detail/microsoft.graph.companyDetail/webUrl eq 'a'", 400,
         "'microsoft.graph.companyDetail'", 8},
    };

    CHECK_REFUSALS(rows, filter_of);
}

TEST(wrong_arguments_are_refused)
{
    static const refusal rows[] = {
        {"sort(id)", 400, "there is no function sort", 1},
        {"null(id)", 400, "there is no function null", 1},
        {"contains()", 400, "another number of arguments", 1},
        {"contains(id)", 400, "another number of arguments", 1},
        {"contains(id,'a','b')", 400, "another number of arguments", 1},
        {"substring(id)", 400, "another number of arguments", 1},
        {"substring(id,1,2,3)", 400, "another number of arguments", 1},
        {"contains(id,5)", 400, "contains() takes an Edm.String, not an integer", 1},
        {"contains(isCurrent,'a')", 400, "not an Edm.Boolean", 1},
        {"tolower(categories) eq 'a'", 400, "not a collection", 1},
        {"length(categories,1) eq 1", 400, "another number of arguments", 1},
        {"substring(categories,'a') eq 'a'", 400, "substring() takes an integer", 1},
        {"contains(detail,'a')", 400, "not a microsoft.graph.positionDetail", 1},
        {"contains(allowedAudiences,'a')", 400, "not a microsoft.graph.allowedAudiences", 1},
        {"substring(id,1.5) eq 'a'", 400, "substring() takes an integer, not an Edm.Decimal", 1},
        {"hour(detail/endMonthYear) eq 1", 400,
         "hour() takes an Edm.TimeOfDay or Edm.DateTimeOffset, not an Edm.Date", 1},
        {"date(2020-01-31) eq 2020-01-31", 400, "date() takes an Edm.DateTimeOffset", 1},
        {"year('2020-01-31') eq 2020", 400, "year() takes an Edm.Date or Edm.DateTimeOffset", 1},
    };

    CHECK_REFUSALS(rows, filter_of);
}

TEST(other_features_of_odata_are_not_implemented)
{
    static const refusal rows[] = {
        {"geo.distance(id,id) eq 1", 501, "the function geo.distance", 1},
        {"cast(detail,graph.positionDetail)/role eq 'a'", 400, "takes a condition", 1},
        {"cast(categories,Collection(Edm.Stream)) eq categories", 501, "the function cast", 1},
        {"geo.length(geography'SRID=0;LineString(142.1 64.1,3.14 2.78)') lt 1", 501,
         "a literal of Edm.Geography", 12},
        {"id eq binary'AA=='", 501, "a literal of Edm.Binary", 7},
        {"id eq geometry'SRID=0;Point(1 2)'", 501, "a literal of Edm.Geometry", 7},
        {"detail eq {\"role\":\"a\"}", 501, "a JSON object", 11},
        {"categories eq [['a']]", 501, "a JSON array of objects or arrays", 15},
        {"hassubset(colleagues,[{}])", 501, "a JSON object", 23},
        {"hassubset([detail],[detail])", 501, "a JSON array of objects or arrays", 11},
        {"{}", 501, "a JSON object", 1},
        {"colleagues/$count($filter=displayName eq 'a)';$search=b) gt 0", 501,
         "$count with $search", 12},
        {"colleagues/$count($search=\"a ) ;\" OR b) gt 0", 501, "$count with $search", 12},
        {"$root/users('a')/displayName eq id", 501, "$root is not implemented", 1},
        {"$root/users(id='a')/positions/any(p:p/x/$count gt 1)", 501, "$root", 1},
        {"id in $root/ids", 501, "$root", 7},
        {"@Core.Description ne null", 501, "the annotation @Core.Description", 1},
        {"detail/@Measures.Unit#a eq 'x'", 501, "the annotation @Measures.Unit#a", 8},
        {"id/@currency/x eq 'x'", 501, "the annotation @currency", 4},
        {"@json/$count gt 0", 501, "$count of a collection that is not stored", 7},
        {"@json/$count($filter=$this eq 'a') gt 0", 501, "$count of a collection", 7},
        {"@json/any()", 501, "any() of a collection that is not stored", 7},
        {"@json/any(j:j eq 'a')", 501, "any() of a collection", 7},
        {"@json/all(j:j eq 'a')", 501, "all() of a collection", 7},
        {"@made/$filter($this eq 'a')/$count gt 0", 501, "$filter of a collection", 7},
        {"length(@made/$filter($this eq 'a')) gt 0", 501, "$filter of a collection", 14},
        {"@json/any(j:j/)", 400, "the name of a property", 15},
    };

    CHECK_REFUSALS(rows, filter_of);
}

/* All features of OData 4.01 that apply to the model. */
TEST(all_applicable_features_are_read)
{
    static const char *const texts[] = {
        "now() eq createdDateTime",
        "Now() gt createdDateTime",
        "cast(id,Edm.String) eq 'a'",
        "detail/layer add 1 eq 2",
        "1 eq detail/layer MOD 2",
        "-detail/layer eq 1",
        "detail/layer in (1) or 1 eq - (1)",
        "(1 add 2) mul 3 sub 4 divby 5 gt -6 mod 7",
        "2 mul 3 add 4 eq 10 and isCurrent",
        "createdDateTime sub duration'P1D' lt now()",
        "isof(detail, Collection(Edm.String))",
        "isof(workPosition)",
        "cast(id,graph.allowedAudiences) ne null",
        "isof(allowedAudiences,physicalAddressType)",
        "case(isCurrent:'a',true : null) eq 'a'",
        "round(inference/confidenceScore) eq 1",
        "floor(1.5) eq ceiling(detail/layer)",
        "matchesPattern(id,'^a')",
        "time(createdDateTime) gt 12:30:00",
        "fractionalseconds(createdDateTime) gt 0.5",
        "totaloffsetminutes(createdDateTime) eq 0",
        "totalseconds(duration'PT1S') eq 1",
        "createdDateTime lt maxdatetime()",
        "id in [\"a\",\"b\"]",
        "colleagues/$filter(displayName eq 'a')/$count lt 10",
        "colleagues/$filter(@x)/any(c:c/userId eq 'a')",
        "createdBy/x/any()",
        "createdBy/x/all(y:y eq 1 and y/z ne 'a')",
        "createdBy/x/$count gt 1",
        "detail eq detail",
        "categories ne categories",
        "colleagues eq $it/colleagues",
        "cast(microsoft.graph.workPosition) ne null",
        "detail/layer in (1 add 1,-detail/layer)",
        "colleagues/$count($filter=displayName eq 'a' and $it/isCurrent) gt 0",
        "colleagues/$filter($this/userId ne null)/any(c:c/userId eq 'a')",
        "2019-01-31 add duration'P1D' eq detail/startMonthYear",
        "createdDateTime sub lastModifiedDateTime lt 'P1D'",
        "detail/endMonthYear sub detail/startMonthYear ge duration'P365D'",
        "-duration'PT1S' lt 'PT1S'",
        "'PT1S' mul 2.5 eq duration'PT2.5S'",
        "detail/startMonthYear lt createdDateTime",
        "0000-01-01 lt -0001-12-31",
        "year(-0044-03-15) eq -44",
        "10000-01-01T00:00:00Z gt createdDateTime",
        "totalseconds('PT1.5S') eq 1.5",
        "hour(12:30) eq 12",
        "case(isCurrent:1,true:2.5) gt 1",
        "isof(createdBy/user/x,Edm.String)",
        "cast(createdBy/user/x,Edm.Int32) add 1 gt 5",
        "id in [\"a\",'b',\"\\u00eb\"]",
        "id in []",
        "'a' in createdBy/x",
        "createdBy/x/any(y:y/z eq 1)",
        "@stored/$count eq 1 and @stored/any(s:s eq 'a') and length(@made) gt 1",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(texts); i++)
        ck_assert_msg(filter_of(texts[i]) != NULL, "%s: %s", texts[i], problem.message);
}

/* An illegal text is always 400, wherever the error is: 501 would mean that the text is legal. */
TEST(illegal_texts_are_400_not_501)
{
    static const refusal rows[] = {
        {"-", 400, "expected a value, not the end", 2},
        {"- eq 1", 400, "'eq'", 3},
        {"-'a' eq 1", 400, "- takes a number, not an Edm.String", 1},
        {"true -", 400, "an operator or the end, not '-'", 6},
        {"detail/layer add", 400, "expected a value, not the end", 17},
        {"detail/layer add eq 1", 400, "'eq'", 18},
        {"id add 1 eq 2", 400, "add takes a number, not an Edm.String", 1},
        {"1 mod 'a' eq 2", 400, "mod takes a number, not an Edm.String", 7},
        {"detail mul 2 eq 2", 400, "mul takes a number", 1},
        {"categories mul 2 eq 2", 400, "mul takes a number, not a collection", 1},
        {"1 add 2", 400, "$filter takes a condition (an Edm.Boolean), not an integer", 1},
        {"detail/layer add 1 eq 'a'", 400, "an integer cannot be compared with an Edm.String", 23},
        {"-detail/layer", 400, "not an integer", 1},
        {"now() eq", 400, "expected a value", 9},
        {"now(", 400, "expected a value", 5},
        {"now(1) eq null", 400, "now() takes another number of arguments", 1},
        {"now() and nothing", 400, "and takes a condition", 1},
        {"now() eq null and nothing", 400, "'nothing'", 19},
        {"round('a') eq 1", 400, "round() takes a number, not an Edm.String", 1},
        {"matchesPattern(id) eq 1", 400, "another number of arguments", 1},
        {"time(id) eq 12:30", 400, "time() takes an Edm.DateTimeOffset", 1},
        {"hassubset(categories,'a')", 400, "hassubset() takes a collection", 1},
        {"contains(categories,'a')", 400, "contains() takes a collection, not an Edm.String", 1},
        {"contains(id,categories)", 400, "contains() takes a collection, not an Edm.String", 1},
        {"hassubset(categories,[1])", 400, "hassubset() takes collections of the same type", 1},
        {"concat(categories,colleagues) eq []", 400, "concat() takes collections of the same", 1},
        {"hassubset(categories)", 400, "another number of arguments", 1},
        {"substring(categories,'a') eq []", 400, "substring() takes an integer", 1},
        {"categories eq [1]", 400, "a collection cannot be compared with a collection by eq", 15},
        {"categories lt ['a']", 400, "a collection cannot be compared with a collection by lt", 15},
        {"['a']", 400, "$filter takes a condition", 1},
        {"1 in concat(categories,['a'])", 400, "cannot be compared", 3},
        {"cast()", 400, "expected a value", 6},
        {"cast(nothing) eq 1", 400, "there is no type nothing", 6},
        {"cast(id,Edm.Strings) eq 1", 400, "there is no type Edm.Strings", 9},
        {"cast(id,'a') eq 1", 400, "expected the name of a type", 9},
        {"cast(id) eq 1", 400, "there is no type id", 6},
        {"cast(id,Collection) eq 1", 400, "expected '('", 19},
        {"isof(detail,Collection(Edm.String)", 400, "expected ')'", 35},
        {"case(isCurrent) eq 1", 400, "expected ':'", 15},
        {"case(id:1) eq 1", 400, "case takes a condition", 6},
        {"case(true:1,) eq 1", 400, "expected a value", 13},
        {"[1 eq 1", 400, "the JSON array or object is not closed", 1},
        {"id eq {\"a\":\"}", 400, "not closed", 7},
        {"colleagues/$count($filter=userId gt 'a'", 400, "expected ')'", 40},
        {"colleagues/$count($filter=a) gt 'a'", 400, "'a'", 27},
        {"id/$count($filter=a) gt 0", 400, "$count requires a collection", 4},
        {"id/$filter(true) eq 'a'", 400, "$filter requires a collection", 4},
        {"colleagues/$filter gt 1", 400, "expected '('", 20},
        {"colleagues/$filter(true", 400, "expected ')'", 24},
        {"colleagues/$filter(true)/userId eq 'a'", 400, "use any(), all()", 26},
        {"$root", 400, "expected '/'", 6},
        {"$root eq 1", 400, "expected '/'", 7},
        {"$root/ eq 1", 400, "'1'", 11},
        {"$root/users('a' eq 1", 400, "the parenthesis is not closed", 12},
        {"$root/'a' eq 1", 400, "the name of a property", 7},
        {"@ eq 1", 400, "is not valid here", 1},
        {"detail/@ eq 1", 400, "is not valid here", 8},
        {"time(createdDateTime) gt 24:00", 400,
         "an Edm.TimeOfDay cannot be compared with an integer", 26},
        {"createdBy/x/any(y)", 400, "expected ':'", 18},
        {"id eq duration'PT1H", 400, "no closing quote", 15},
    };

    CHECK_REFUSALS(rows, filter_of);
}

TEST(this_may_be_the_position)
{
    static const row rows[] = {
        {"$this/isCurrent", "['path',1,'{isCurrent}']"},
        {"colleagues/any(c:c/userId eq $THIS/id)",
         "['any',['path',1,'{colleagues}'],['eq',['path',2,'{userId}'],['path',1,'{id}']]]"},
        {"@detail/role eq 'a'", "['eq',['path',1,'{detail,role}'],'a']"},
        {"id in ()", "false"},
        {"'a' in () or isCurrent", "['or',false,['path',1,'{isCurrent}']]"},
        {"createdBy/\xc3\xab/\xc3\xab eq 1", "['eq',['path',1,'{createdBy,\xc3\xab,\xc3\xab}'],1]"},
        {"manager/relationship eq graph.personRelationship'7'",
         "['eq',['enum',['path',1,'{manager,"
         "relationship}']," RELATIONSHIPS "],7]"},
        {"allowedAudiences has '8' and allowedAudiences eq 'family,8'",
         "['and',['has',['enum',"
         "['path',1,'{allowedAudiences}']," AUDIENCES "],8],['eq',['enum',['path',1,"
         "'{allowedAudiences}']," AUDIENCES "],9]]"},
        {"allowedAudiences eq '64'",
         "['eq',['enum',['path',1,'{allowedAudiences}']," AUDIENCES "],64]"},
        {"graph.workPosition/detail/graph.positionDetail/role eq 'a'",
         "['eq',['path',1,'{detail,role}'],'a']"},
        {"colleagues/graph.relatedPerson/any(c:c/graph.relatedPerson/userId eq 'a')",
         "['any',['path',1,'{colleagues}'],['eq',['path',2,'{userId}'],'a']]"},
    };

    CHECK_ALL(rows, filter_of);
}

TEST(wrong_values_of_aliases_are_refused)
{
    static const refusal rows[] = {
        {"id eq @other", 400, "the value of an alias cannot be another alias", 1},
        {"id eq @rest", 400, "the end of the value, not 'b'", 5},
        {"id eq @bad", 400, "does not have the property '\xc3\xab'", 2},
        {"id eq @json", 400, "cannot be compared with a collection", 7},
        {"@key/x eq 1", 400, "an integer has no properties", 6},
        {"id in @role", 400, "expected '('", 1},
        {"id eq @number", 400, "cannot be compared", 7},
    };

    CHECK_REFUSALS(rows, filter_of);
}

TEST(malformed_orders_are_refused)
{
    static const refusal rows[] = {
        {"", 400, "expected a value, not the end", 1},
        {"id,", 400, "expected a value, not the end", 4},
        {",id", 400, "expected a value", 1},
        {"id asc desc", 400, "asc, desc, a comma or the end, not 'desc'", 8},
        {"id;id", 400, "not ';'", 3},
        {"5 asc desc", 400, "asc, desc, a comma or the end, not 'desc'", 7},
        {"detail/layer add", 400, "expected a value", 17},
        {"detail", 400, "a microsoft.graph.positionDetail has no order", 1},
        {"$it", 400, "a microsoft.graph.workPosition has no order", 1},
        {"categories", 400, "a collection has no order", 1},
        {"id,nothing", 400, "'nothing'", 4},
        {"id,id,id,id,id", 400, "more than 4 keys", 13},
        {"not id", 400, "not takes a condition", 1},
        {"now(", 400, "expected a value", 5},
    };

    CHECK_REFUSALS(rows, orderby_of);
}

TEST(problems_name_the_option_and_the_alias)
{
    ck_assert_ptr_null(filter_of("id eq @bad"));
    ck_assert_str_eq(problem.target, "$filter");
    ck_assert_ptr_nonnull(strstr(problem.message, "At position 2 of @bad: "));
    ck_assert_ptr_null(orderby_of("nothing"));
    ck_assert_str_eq(problem.target, "$orderby");
}

/* ---- limits ---- */

/* Repeats `open`, then has `inner`, then repeats `close`. */
static const char *nested(const char *open, const char *inner, const char *close, int times)
{
    gp_buffer buffer;
    int i;

    gp_buffer_open(&buffer, pool, 4096);
    for (i = 0; i < times; i++)
        gp_buffer_puts(&buffer, open);
    gp_buffer_puts(&buffer, inner);
    for (i = 0; i < times; i++)
        gp_buffer_puts(&buffer, close);
    return gp_buffer_text(&buffer);
}

/* Recursive syntax: the parts around the inner condition, and how many levels fit. */
static const struct {
    const char *open, *inner, *close;
    int most;
} recursions[] = {
    {"(", "isCurrent", ")", GP_FILTER_DEPTH_MAX},
    {"not ", "isCurrent", "", GP_FILTER_DEPTH_MAX},
    {"not(", "isCurrent", ")", GP_FILTER_DEPTH_MAX / 2},
    {"true and (", "isCurrent", ")", GP_FILTER_DEPTH_MAX},
    {"contains(", "null", ",id)", 1},
    {"true in (", "true", ")", GP_FILTER_DEPTH_MAX},
    {"true in ((", "true", "))", GP_FILTER_DEPTH_MAX / 2},
    {"true in [", "true", "]", GP_FILTER_DEPTH_MAX},
    {"categories/any(c:", "isCurrent", ")", 3},
    {"categories/all(c:not ", "isCurrent", ")", 3},
};

TEST(levels_up_to_the_limit_are_read)
{
    apr_size_t i;

    for (i = 0; i < COUNT(recursions); i++) {
        const char *text = nested(recursions[i].open, recursions[i].inner, recursions[i].close,
                                  recursions[i].most);

        ck_assert_msg(filter_of(text) != NULL, "%s: %s", text, problem.message);
        text = nested(recursions[i].open, recursions[i].inner, recursions[i].close,
                      recursions[i].most + 1);
        ck_assert_msg(filter_of(text) == NULL, "%s", text);
    }
    ck_assert_ptr_nonnull(filter_of(
        apr_pstrcat(pool, nested("tolower(", "id", ")", GP_FILTER_DEPTH_MAX), " eq 'a'", NULL)));
    check_refusal(&(refusal){"levels", 400, "more than 20 levels deep", 169},
                  filter_of(nested("tolower(", "id", ")", GP_FILTER_DEPTH_MAX + 1)));
    check_refusal(&(refusal){"variables", 400, "any() and all() are nested too deeply", 63},
                  filter_of(nested("categories/any(c:", "isCurrent", ")", 9)));
}

/* The parser refuses levels long before they could overflow the stack. An alias may be as long as a request line. */
TEST(no_depth_overflows_the_stack)
{
    apr_size_t i;

    for (i = 0; i < COUNT(recursions); i++) {
        gp_names *table = gp_names_make(pool);

        add_alias(table, "@p",
                  nested(recursions[i].open, recursions[i].inner, recursions[i].close, 200000));
        gp_problem_open(&problem, pool);
        ck_assert_ptr_null(gp_filter_parse(pool, "@p", table, &problem));
        ck_assert_int_eq(problem.error, GP_BAD_REQUEST);
    }
}

TEST(texts_up_to_the_limit_are_read)
{
    const char *end = " eq 1";
    char *text = apr_psprintf(pool, "%*s%s", GP_FILTER_LENGTH_MAX - (int)strlen(end), "1", end);

    ck_assert_ptr_nonnull(filter_of(text));
    ck_assert_ptr_null(filter_of(apr_pstrcat(pool, text, " ", NULL)));
    ck_assert_str_eq(problem.message, "It is longer than 4096 bytes.");
    ck_assert_ptr_null(orderby_of(apr_pstrcat(pool, text, " ", NULL)));
    ck_assert_str_eq(problem.target, "$orderby");
}

/* Features that are not implemented count as parts, too, wherever the text reaches the limit. */
TEST(parts_that_are_not_implemented_count)
{
    static const char *const ends[] = {
        "$root/x/y eq 1", "detail/@a.b eq 1",  "id eq geo.length(id)",
        "detail eq {}",   "id eq binary'P1D'", "geo.length(id) eq 1",
    };
    apr_size_t i;
    int before;

    for (i = 0; i < COUNT(ends); i++) {
        for (before = GP_FILTER_PARTS_MAX - 12; before <= GP_FILTER_PARTS_MAX; before++) {
            const char *text = nested("true or ", ends[i], "", before);

            ck_assert_ptr_null(filter_of(text));
            ck_assert_msg(problem.error == GP_NOT_IMPLEMENTED
                              || strstr(problem.message, "more than 300 parts") != NULL,
                          "%s: %s", ends[i], problem.message);
            ck_assert(before > GP_FILTER_PARTS_MAX - 12 || problem.error == GP_NOT_IMPLEMENTED);
            ck_assert(before < GP_FILTER_PARTS_MAX || problem.error == GP_BAD_REQUEST);
        }
    }
}

/* A chain of n conditions has n + 1 parts. */
TEST(parts_up_to_the_limit_are_read)
{
    ck_assert_ptr_nonnull(filter_of(nested("true or ", "true", "", GP_FILTER_PARTS_MAX - 2)));
    check_refusal(&(refusal){"parts", 400, "more than 300 parts", 2393},
                  filter_of(nested("true or ", "true", "", GP_FILTER_PARTS_MAX - 1)));
    ck_assert_ptr_nonnull(filter_of(nested("", "true", " eq true", 149)));
    check_refusal(&(refusal){"comparisons", 400, "more than 300 parts", 1201},
                  filter_of(nested("", "true", " eq true", 150)));
}

/* The length of the result grows with the length of the text, even if lists follow each other. */
TEST(a_value_is_written_once)
{
    const char *text = nested("", "1 in (1,1)", " in (true,true)", 60), *json = filter_of(text);

    ck_assert_ptr_nonnull(json);
    ck_assert_uint_lt(strlen(json), 2 * strlen(text));
}

/* The parser never reads beyond a text. Each text ends where its memory ends, so that sanitizers detect it. */
TEST(texts_that_end_anywhere_are_read_to_their_end)
{
    static const char *const whole[] = {
        "not (contains(tolower(detail/role),'it''s') or id in ('a',null)) and @role eq id",
        "colleagues/any(c:c/relationship eq microsoft.graph.personRelationship'friend')",
        "createdDateTime ge 2020-01-31T00:00:00.5+01:00 and inference/confidenceScore lt -1.5e-3",
        "$it/microsoft.graph.workPosition/categories/$count desc,allowedAudiences asc",
    };
    apr_size_t i, length;

    for (i = 0; i < COUNT(whole); i++) {
        for (length = 0; length <= strlen(whole[i]); length++) {
            char *text = malloc(length + 1);

            memcpy(text, whole[i], length);
            text[length] = '\0';
            filter_of(text);
            orderby_of(text);
            free(text);
        }
        ck_assert_msg((i < 3 ? filter_of : orderby_of)(whole[i]) != NULL, "%s: %s", whole[i],
                      problem.message);
    }
}

UNIT_MAIN("filter")
