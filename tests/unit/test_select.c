/* SPDX-License-Identifier: Apache-2.0 */
#include "document/reader.h"
#include "odata/select.h"
#include "unit.h"

static gp_problem problem;

static const gp_selection *selection_of(const char *text)
{
    gp_problem_open(&problem, pool);
    return gp_select_parse(pool, text, &problem);
}

TEST(selections_are_listed_as_in_the_context_url)
{
    static const struct {
        const char *text, *paths;
    } rows[] = {
        {"id", "id"},
        {"id,detail", "id,detail"},
        {"id , detail", "id,detail"},
        {"*", "*"},
        {"id,*", "id,*"},
        {"id,id", "id,id"},
        {"detail/company/address/city", "detail/company/address/city"},
        {"detail($select=role)", "detail/role"},
        {"detail( select = role , company ( $SELECT = displayName ) ),id",
         "detail/role,detail/company/displayName,id"},
        {"detail($select=*)", "detail/*"},
        {"detail/*,createdBy/user/*", "detail/*,createdBy/user/*"},
        {"microsoft.graph.workPosition/*", "*"},
        {"detail/company($select=address/city,webUrl)",
         "detail/company/address/city,detail/company/webUrl"},
        {"colleagues/displayName,categories", "colleagues/displayName,categories"},
        {"microsoft.graph.workPosition/id", "id"},
        {"microsoft.graph.workPosition/detail/microsoft.graph.positionDetail/role", "detail/role"},
        {"createdBy/x", "createdBy/x"},
        {"createdBy/user/x", "createdBy/user/x"},
        {"createdBy($select=x,user/id)", "createdBy/x,createdBy/user/id"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const gp_selection *selection = selection_of(rows[i].text);

        ck_assert_msg(selection != NULL, "%s: %s", rows[i].text, problem.message);
        ck_assert_str_eq(selection->text, rows[i].paths);
    }
}

TEST(selections_of_unknown_properties_are_refused)
{
    static const struct {
        const char *text, *words;
        int position;
    } rows[] = {
        {"", "expected the name of a property or *, not the end", 1},
        {",", "not ','", 1},
        {"id,", "not the end", 4},
        {",id", "not ','", 1},
        {"isCurent", "does not have the property 'isCurent'. Did you mean 'isCurrent'?", 1},
        {"detail/company/adress", "Did you mean 'address'?", 16},
        {"ID", "Did you mean 'id'?", 1},
        {"nothing", "workPosition does not have the property 'nothing'", 1},
        {"detail/Role", "positionDetail does not have the property 'Role'. Did you mean 'role'?",
         8},
        {"id/x", "a primitive value has no properties", 4},
        {"id($select=x)", "a primitive value", 12},
        {"categories/x", "a primitive value", 12},
        {"detail/", "the name of a property", 8},
        {"detail(", "expected $select, not the end", 8},
        {"detail(role)", "expected $select, not 'role'", 8},
        {"detail($expand=role)", "not '$expand'", 8},
        {"detail($filter)", "expected '='", 15},
        {"detail($filter=role", "expected ')', not the end", 20},
        {"detail($top=1;$select=nothing)", "'nothing'", 23},
        {"@", "is not valid here", 1},
        {"other.*", "'other.'", 1},
        {"detail($select)", "expected '='", 15},
        {"detail($select=)", "the name of a property", 16},
        {"detail($select=role", "expected ')'", 20},
        {"detail($select=role;id)", "expected $select, not 'id'", 21},
        {"createdBy/user/x/", "the name of a property, not the end", 18},
        {"id detail", "a comma or the end", 4},
        {"*/id", "a comma or the end", 2},
        {"categories/*", "a primitive value", 12},
        {"detail/*/role", "a comma or the end", 9},
        {"microsoft.graph.workPosition", "'microsoft.graph.workPosition'", 1},
        {"microsoft.graph.itemFacet/id", "'microsoft.graph.itemFacet'", 1},
        {"$count", "'$count'", 1},
        {"5", "the name of a property", 1},
        {"'id'", "the name of a property", 1},
        {"'id", "no closing quote", 1},
        {"id,ëë", "does not have the property 'ëë'", 4},
        {"id,#", "is not valid here", 4},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        ck_assert_msg(selection_of(rows[i].text) == NULL, "%s", rows[i].text);
        ck_assert_int_eq(problem.error, GP_BAD_REQUEST);
        ck_assert_str_eq(problem.target, "$select");
        ck_assert_msg(
            strstr(problem.message, rows[i].words) != NULL
                && strstr(problem.message, apr_psprintf(pool, "At position %d: ", rows[i].position))
                       == problem.message,
            "%s: %s", rows[i].text, problem.message);
    }
}

/* A part of OData that this service lacks is reported only if the option is otherwise legal. */
TEST(unsupported_parts_of_odata_are_reported)
{
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"colleagues($filter=userId eq 'a)';$top=1)", "$filter in $select"},
        {"id,detail($select=role;$compute=length(role) as n)", "$compute in $select"},
        {"categories($top=1;skip=2;$count=true;$orderby=$this)", "$top in $select"},
        {"detail(@p=1)", "@p in $select"},
        {"@Core.Description,id", "the annotation @Core.Description"},
        {"detail/@Core.Description#x", "the annotation @Core.Description#x"},
        {"microsoft.graph.*", "operations"},
        {"id,graph.*", "operations"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        ck_assert_msg(selection_of(rows[i].text) == NULL, "%s", rows[i].text);
        ck_assert_msg(problem.error == GP_NOT_IMPLEMENTED
                          && strstr(problem.message, rows[i].words) != NULL,
                      "%s: %s", rows[i].text, problem.message);
        ck_assert_str_eq(problem.target, "$select");
    }
}

/* Returns the written part of a document, both with apostrophes for quotes. */
static const char *written(const char *text, const char *select, gp_metadata_level level)
{
    char *json = apr_pstrdup(pool, text), *at;
    gp_shape shape = {level, selection_of(select), 0};
    gp_reader *reader;
    gp_buffer buffer;

    for (at = json; (at = strchr(at, '\'')) != NULL; at++)
        *at = '"';
    reader =
        gp_reader_open(pool, &gp_work_position, GP_READING_NEW, GP_VALIDATION_RELAXED, &problem);
    gp_reader_feed(reader, json, strlen(json));
    gp_buffer_open(&buffer, pool, 64);
    gp_value_write(&buffer, gp_reader_finish(reader), &shape);
    json = apr_pstrdup(pool, gp_buffer_text(&buffer));
    for (at = json; (at = strchr(at, '"')) != NULL; at++)
        *at = '\'';
    return json;
}

TEST(documents_contain_the_selected_properties)
{
    static const char document[] =
        "{'@odata.type':'#microsoft.graph.workPosition','id':'a','isCurrent':true,"
        "'categories':['x'],"
        "'detail':{'role':'r','company':{'displayName':'c','webUrl':'w'},'dynamic':1},"
        "'createdBy':{'user':{'id':'u','displayName':'U','x':1},'y':{'z':2}},"
        "'colleagues':[{'displayName':'A','userId':'1'},{'userId':'2'}],'dynamic':5}";
    static const struct {
        const char *select, *json;
    } rows[] = {
        {"id", "{'id':'a'}"},
        {"isCurrent,id", "{'id':'a','isCurrent':true}"},
        {"isSearchable,sources,manager", "{'sources':[],'isSearchable':null,'manager':null}"},
        {"categories", "{'categories':['x']}"},
        {"detail/role", "{'detail':{'role':'r'}}"},
        {"detail/role,detail/company/webUrl", "{'detail':{'company':{'webUrl':'w'},'role':'r'}}"},
        {"detail($select=role,company($select=webUrl))",
         "{'detail':{'company':{'webUrl':'w'},'role':'r'}}"},
        {"detail/company/webUrl,detail/company/address/city",
         "{'detail':{'company':{'address':null,'webUrl':'w'}}}"},
        {"manager/userId", "{'manager':null}"},
        {"createdBy/user/id", "{'createdBy':{'user':{'id':'u'}}}"},
        {"createdBy/y", "{'createdBy':{'y':{'z':2}}}"},
        {"createdBy/user/other", "{'createdBy':{'user':{'x':1}}}"},
        {"createdBy/device", "{'createdBy':{'device':null}}"},
        {"createdBy/user", "{'createdBy':{'user':{'id':'u','displayName':'U','x':1}}}"},
        {"createdBy/user/*", "{'createdBy':{'user':{'id':'u','displayName':'U','x':1}}}"},
        {"createdBy($select=user($select=*))",
         "{'createdBy':{'user':{'id':'u','displayName':'U','x':1}}}"},
        {"colleagues/userId", "{'colleagues':[{'userId':'1'},{'userId':'2'}]}"},
        {"microsoft.graph.workPosition/id", "{'id':'a'}"},
    };
    const char *whole = written(document, "*", GP_METADATA_NONE);
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_str_eq(written(document, rows[i].select, GP_METADATA_NONE), rows[i].json);
    ck_assert_ptr_nonnull(strstr(whole, "'dynamic':5}"));
    ck_assert_str_eq(written(document, "id,*", GP_METADATA_NONE), whole);
    ck_assert_str_eq(written(document, "detail/role,detail", GP_METADATA_NONE),
                     written(document, "detail", GP_METADATA_NONE));
    ck_assert_str_eq(written(document, "id", GP_METADATA_MINIMAL),
                     "{'@odata.type':'#microsoft.graph.workPosition','id':'a'}");
}

static const char *repeated(const char *piece, int times, const char *end)
{
    gp_buffer buffer;

    gp_buffer_open(&buffer, pool, 4096);
    while (times-- > 0)
        gp_buffer_puts(&buffer, piece);
    gp_buffer_puts(&buffer, end);
    return gp_buffer_text(&buffer);
}

TEST(selections_up_to_the_limit_are_read)
{
    ck_assert_ptr_nonnull(selection_of(repeated("id,", 1364, "  id")));
    ck_assert_ptr_null(selection_of(repeated("id,", 1364, "   id")));
    ck_assert_str_eq(problem.message, "It is longer than 4096 bytes.");
    ck_assert_ptr_nonnull(selection_of(repeated("microsoft.graph.workPosition/", 141, "id")));
    ck_assert_ptr_null(selection_of(repeated("detail($select=", 270, "id")));
}

/* Each text ends at the end of its memory, so that sanitizers detect a read beyond it. */
TEST(truncated_selections_are_not_read_past_their_end)
{
    static const char whole[] =
        "id,microsoft.graph.workPosition/detail($select=company/address,*),createdBy/user/x";
    apr_size_t length;

    for (length = 0; length <= strlen(whole); length++) {
        char *text = malloc(length + 1);

        memcpy(text, whole, length);
        text[length] = '\0';
        selection_of(text);
        free(text);
    }
    ck_assert_ptr_nonnull(selection_of(whole));
}

UNIT_MAIN("select")
