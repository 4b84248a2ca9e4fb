/* SPDX-License-Identifier: Apache-2.0 */
#include "document/reader.h"
#include "unit.h"

/* Reads a text, with apostrophes for quotes, as a stored document. */
static gp_value *read_value(const char *text, gp_reading reading)
{
    char *json = apr_pstrdup(pool, text), *at;
    gp_problem problem;
    gp_reader *reader;
    gp_value *value;

    for (at = json; (at = strchr(at, '\'')) != NULL; at++)
        *at = '"';
    gp_problem_open(&problem, pool);
    reader = gp_reader_open(pool, &gp_work_position, reading, GP_VALIDATION_RELAXED, &problem);
    gp_reader_feed(reader, json, strlen(json));
    value = gp_reader_finish(reader);
    ck_assert_msg(value != NULL, "%s: %s", text, problem.message);
    return value;
}

static const char *write_value(const gp_value *value, gp_metadata_level level)
{
    gp_buffer buffer;

    gp_buffer_open(&buffer, pool, 16);
    gp_value_write(&buffer, value, &(gp_shape){level, NULL, 0});
    return gp_buffer_text(&buffer);
}

static int changed;

static const char *merged(const char *object, const char *change)
{
    gp_value *value = read_value(object, GP_READING_NEW);

    changed = gp_value_merge(pool, value, read_value(change, GP_READING_CHANGE));
    return write_value(value, GP_METADATA_MINIMAL);
}

/* Checks that a change turns the object into another that is written as `result`. */
#define MERGES(object, change, result)                                                             \
    ck_assert_str_eq(merged(object, change),                                                       \
                     write_value(read_value(result, GP_READING_NEW), GP_METADATA_MINIMAL))

TEST(primitives_are_replaced)
{
    MERGES("{'isCurrent':true,'isSearchable':true}", "{'isCurrent':false}",
           "{'isCurrent':false,'isSearchable':true}");
    ck_assert(changed);
    MERGES("{'isCurrent':true}", "{'isCurrent':null}", "{}");
    ck_assert(changed);
    MERGES("{}", "{'isCurrent':true}", "{'isCurrent':true}");
}

TEST(objects_are_merged_at_every_level)
{
    MERGES("{'detail':{'role':'r','company':{'displayName':'c','address':{'city':'a'}}}}",
           "{'detail':{'company':{'address':{'state':'s'}}}}",
           "{'detail':{'role':'r','company':{'displayName':'c',"
           "'address':{'city':'a','state':'s'}}}}");
    MERGES("{'detail':{'role':'r','company':{'displayName':'c'}}}", "{'detail':{'company':null}}",
           "{'detail':{'role':'r'}}");
    MERGES("{'detail':{'role':'r'}}", "{'detail':null}", "{}");
    MERGES("{}", "{'detail':{'company':{'displayName':'c'}}}",
           "{'detail':{'company':{'displayName':'c'}}}");
    MERGES("{}", "{'detail':{}}", "{'detail':{}}");
    ck_assert(changed);
}

TEST(objects_that_name_nothing_change_nothing)
{
    MERGES("{'detail':{'role':'r'}}", "{'detail':{}}", "{'detail':{'role':'r'}}");
    ck_assert(!changed);
    MERGES("{'detail':{'company':{'address':{}}}}", "{'detail':{'company':{'address':{}}}}",
           "{'detail':{'company':{'address':{}}}}");
    ck_assert(!changed);
    MERGES("{'detail':{'company':{}}}", "{'detail':{'company':{'address':{}}}}",
           "{'detail':{'company':{'address':{}}}}");
    ck_assert(changed);
    MERGES("{'detail':{},'manager':{}}", "{'detail':{'role':'r'},'manager':{}}",
           "{'detail':{'role':'r'},'manager':{}}");
    ck_assert(changed);
}

TEST(collections_are_replaced)
{
    MERGES("{'categories':['a','b']}", "{'categories':['c']}", "{'categories':['c']}");
    MERGES("{'categories':['a','b']}", "{'categories':[]}", "{}");
    MERGES("{'categories':['a','b']}", "{'categories':null}", "{}");
    MERGES("{'colleagues':[{'displayName':'a'}]}", "{'colleagues':[{'userId':'b'}]}",
           "{'colleagues':[{'userId':'b'}]}");
}

TEST(properties_of_the_server_stay)
{
    MERGES("{'id':'a','isCurrent':true}", "{'id':'b'}", "{'id':'a','isCurrent':true}");
    ck_assert(!changed);
    MERGES("{'createdBy':{'user':{'id':'a'}}}", "{'createdBy':{'user':null}}",
           "{'createdBy':{'user':{'id':'a'}}}");
    ck_assert(!changed);
    MERGES("{'isCurrent':true}", "{}", "{'isCurrent':true}");
    ck_assert(!changed);
    MERGES("{'isCurrent':true}", "{'@odata.etag':'x','@a.b':{'c':[1]},'isCurrent@d.e':1}",
           "{'isCurrent':true}");
    ck_assert(!changed);
}

TEST(types_are_taken_over)
{
    MERGES("{'detail':{'role':'r'}}",
           "{'detail':{'@odata.type':'#microsoft.graph.positionDetail','role':'s'}}",
           "{'detail':{'@odata.type':'#microsoft.graph.positionDetail','role':'s'}}");
    MERGES("{'detail':{'@odata.type':'#microsoft.graph.positionDetail'}}",
           "{'detail':{'role':'s'}}",
           "{'detail':{'@odata.type':'#microsoft.graph.positionDetail','role':'s'}}");
}

/* A type is a change only if the document is then written differently. */
TEST(only_other_types_are_changes)
{
    static const char sharp[] = "{'@odata.type':'#microsoft.graph.workPosition'}";
    static const char bare[] = "{'@odata.type':'microsoft.graph.workPosition'}";
    static const char inner[] = "{'detail':{'@odata.type':'#microsoft.graph.positionDetail'}}";

    MERGES("{}", sharp, sharp);
    ck_assert(changed);
    MERGES(bare, sharp, sharp);
    ck_assert(changed);
    MERGES(sharp, sharp, sharp);
    ck_assert(!changed);
    MERGES(sharp, "{}", sharp);
    ck_assert(!changed);
    MERGES("{'detail':{}}", inner, inner);
    ck_assert(changed);
    MERGES(inner, inner, inner);
    ck_assert(!changed);
}

TEST(undeclared_members_are_replaced_removed_and_added)
{
    MERGES("{'a':1,'b':2,'c':3}", "{'b':{'x':1}}", "{'a':1,'b':{'x':1},'c':3}");
    ck_assert(changed);
    MERGES("{'a':1,'b':2,'c':3}", "{'b':null}", "{'a':1,'c':3}");
    MERGES("{'a':1,'b':2,'c':3}", "{'c':null,'d':4}", "{'a':1,'b':2,'d':4}");
    MERGES("{'a':1,'b':2,'c':3}", "{'a':null,'b':null,'c':null}", "{}");
    MERGES("{'a':1}", "{'a':null,'b':null,'c':2}", "{'c':2}");
    MERGES("{'a':null}", "{'b':1}", "{'a':null,'b':1}");
    MERGES("{}", "{'b':null}", "{}");
}

/* In linear time: the test would notice the square of this number. */
TEST(many_undeclared_members_are_merged)
{
    gp_buffer buffer;
    const char *text;
    gp_value *value;
    int i;

    gp_buffer_open(&buffer, pool, 1 << 20);
    for (i = 0; i < 40000; i++)
        gp_buffer_puts(&buffer, apr_psprintf(pool, "%s'm%d':1", i == 0 ? "{" : ",", i));
    gp_buffer_puts(&buffer, "}");
    text = gp_buffer_text(&buffer);
    value = read_value(text, GP_READING_STORED); /* more than a request may have */
    ck_assert(gp_value_merge(pool, value, read_value(text, GP_READING_STORED)));
    ck_assert_str_eq(write_value(value, GP_METADATA_MINIMAL),
                     write_value(read_value(text, GP_READING_STORED), GP_METADATA_MINIMAL));
}

TEST(documents_are_written_without_their_types)
{
    gp_value *value = read_value("{'@odata.type':'#microsoft.graph.workPosition',"
                                 "'detail':{'@odata.type':'#microsoft.graph.positionDetail'},"
                                 "'x':{'@odata.type':'#y','z':1}}",
                                 GP_READING_NEW);

    ck_assert_ptr_nonnull(strstr(write_value(value, GP_METADATA_MINIMAL), "@odata.type"));
    ck_assert_ptr_null(strstr(write_value(value, GP_METADATA_NONE), "#microsoft"));
}

UNIT_MAIN("value")
