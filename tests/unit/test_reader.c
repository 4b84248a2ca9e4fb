/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and writing documents: reader.c and value.c. For readability, JSON texts are written here
 * with ' in place of ". An apostrophe in a text is written \u0027.
 */
#include "base/limits.h"
#include "document/reader.h"
#include "unit.h"

/* The result of reading a text. */
typedef struct {
    gp_value *value;
    gp_problem problem;
    int is_reference;
} outcome;

static const char *with(const char *text, char old, char new)
{
    char *copy = apr_pstrdup(pool, text), *at;

    while ((at = strchr(copy, old)) != NULL)
        *at = new;
    return copy;
}

/* The purpose of the reading. */
static gp_reading reading;

/* Reads a text verbatim, in blocks of a size, each of which ends at the end of its memory. */
static outcome read_blocks(gp_validation validation, const char *text, apr_size_t size)
{
    outcome result;
    gp_reader *reader;
    apr_size_t length = strlen(text), at = 0;
    int more = 1;

    gp_problem_open(&result.problem, pool);
    reader = gp_reader_open(pool, &gp_work_position, reading, validation, &result.problem);
    while (more && at < length) {
        apr_size_t part = length - at < size ? length - at : size;
        char *block = malloc(part);

        memcpy(block, text + at, part);
        more = gp_reader_feed(reader, block, part);
        memset(block, '?', part);
        free(block);
        at += part;
    }
    result.value = gp_reader_finish(reader);
    result.is_reference = gp_reader_is_reference(reader);
    ck_assert_int_eq(result.value == NULL, result.problem.error != GP_OK);
    ck_assert(more || result.problem.error != GP_OK);
    return result;
}

static const gp_detail *detail(const outcome *result, int index)
{
    return &((const gp_detail *)result->problem.details->elts)[index];
}

/* Returns the problems, one in a line: the code and the target, or the target and the message. */
static const char *problems(const outcome *result, int with_messages)
{
    const char *lines = "";
    int i;

    ck_assert_int_eq(result->problem.error, GP_BAD_REQUEST);
    ck_assert_int_ge(result->problem.count, 1);
    ck_assert_int_eq(result->problem.details->nelts, result->problem.count);
    ck_assert_str_eq(result->problem.message, detail(result, 0)->message);
    ck_assert_str_eq(result->problem.target, detail(result, 0)->target);
    for (i = 0; i < result->problem.details->nelts; i++) {
        const gp_detail *one = detail(result, i);

        lines = apr_pstrcat(pool, lines, i > 0 ? "\n" : "", with_messages ? one->target : one->code,
                            with_messages ? ": " : " ", with_messages ? one->message : one->target,
                            NULL);
    }
    return lines;
}

/* Returns a part of a document: names and indexes, separated by slashes; NULL if it is unset. */
static const gp_value *find(const gp_value *value, const char *path)
{
    while (value != NULL && *path != '\0') {
        apr_size_t length = strcspn(path, "/");

        if (value->kind == GP_VALUE_COLLECTION) {
            int index = atoi(path);

            for (value = value->as.items.first; value != NULL && index > 0; index--)
                value = value->next;
        } else {
            const gp_type *type = value->as.object.type;
            const gp_member *member = value->as.object.members;
            int place = type ? gp_type_find(type, path, length) : -1;

            ck_assert_int_eq(value->kind, GP_VALUE_OBJECT);
            while (place < 0 && member != NULL
                   && (member->length != length || strncmp(member->name, path, length) != 0))
                member = member->next;
            value = place >= 0 ? value->as.object.properties[place] : member ? member->value : NULL;
        }
        path += length;
        path += *path == '/';
    }
    return value;
}

static const char *written(const gp_value *value)
{
    gp_buffer buffer;

    if (value == NULL)
        return "unset";
    gp_buffer_open(&buffer, pool, 0);
    gp_value_write(&buffer, value, NULL);
    return with(gp_buffer_text(&buffer), '"', '\'');
}

/* Reads a text and writes a part of it, or its problems. The result must be the same however the text
 * is split. */
static const char *at(gp_validation validation, const char *text, const char *path)
{
    static const apr_size_t sizes[] = {8192, 1, 7};
    const char *json = with(text, '\'', '"'), *first = NULL;
    int i;

    for (i = 0; i < 3; i++) {
        outcome result = read_blocks(validation, json, sizes[i]);
        const char *came = result.value ? written(find(result.value, path)) : problems(&result, 0);

        if (first == NULL)
            first = came;
        ck_assert_str_eq(came, first);
    }
    return first;
}

static const char *strict_at(const char *text, const char *path)
{
    return at(GP_VALIDATION_STRICT, text, path);
}

static const char *strict(const char *text)
{
    return strict_at(text, "");
}

static const char *relaxed_at(const char *text, const char *path)
{
    return at(GP_VALIDATION_RELAXED, text, path);
}

static const char *relaxed(const char *text)
{
    return relaxed_at(text, "");
}

/* Returns the messages to the client, one in a line. */
static const char *says(const char *text)
{
    outcome result = read_blocks(GP_VALIDATION_STRICT, with(text, '\'', '"'), 8192);

    return problems(&result, 1);
}

static void said(const char *text, const char *part)
{
    const char *whole = says(text);

    ck_assert_msg(strstr(whole, part) != NULL, "%s: '%s' does not say '%s'", text, whole, part);
}

static int is_reference(gp_validation validation, const char *text)
{
    return read_blocks(validation, with(text, '\'', '"'), 8192).is_reference;
}

static const char *repeat(const char *text, int times)
{
    gp_buffer buffer;

    gp_buffer_open(&buffer, pool, 0);
    while (times-- > 0)
        gp_buffer_puts(&buffer, text);
    return gp_buffer_text(&buffer);
}

/* ---- written documents ---- */

static const char nothing[] =
    "{'id':null,'allowedAudiences':null,'inference':null,'createdDateTime':null,'createdBy':null,"
    "'lastModifiedDateTime':null,'lastModifiedBy':null,'source':null,'sources':[],"
    "'isSearchable':null,'categories':[],'detail':null,'manager':null,'colleagues':[],"
    "'isCurrent':null}";

TEST(an_empty_document_has_every_property)
{
    ck_assert_str_eq(strict("{}"), nothing);
    ck_assert_str_eq(strict(" {\n}\t"), nothing);
    ck_assert_str_eq(relaxed("{}"), nothing);
}

/* The specification's example, with values instead of the names of types. */
static const char example[] = "{\n"
                              "  '@odata.type': '#microsoft.graph.workPosition',\n"
                              "  'allowedAudiences': 'organization',\n"
                              "  'inference': {\n"
                              "    '@odata.type': 'microsoft.graph.inferenceData',\n"
                              "    'confidenceScore': 0.5,\n"
                              "    'userHasVerifiedAccuracy': true\n"
                              "  },\n"
                              "  'createdBy': {\n"
                              "    '@odata.type': 'microsoft.graph.identitySet',\n"
                              "    'application': {\n"
                              "      '@odata.type': 'microsoft.graph.identity',\n"
                              "      'id': 'Id value',\n"
                              "      'displayName': 'Display Name value'\n"
                              "    },\n"
                              "    'device': {\n"
                              "      '@odata.type': 'microsoft.graph.identity'\n"
                              "    },\n"
                              "    'user': {\n"
                              "      '@odata.type': 'microsoft.graph.identity'\n"
                              "    }\n"
                              "  },\n"
                              "  'categories': [\n"
                              "    'Categories value'\n"
                              "  ],\n"
                              "  'detail': {\n"
                              "    '@odata.type': 'microsoft.graph.positionDetail',\n"
                              "    'company': {\n"
                              "      '@odata.type': 'microsoft.graph.companyDetail',\n"
                              "      'pronunciation': 'Pronunciation value',\n"
                              "      'department': 'Department value',\n"
                              "      'officeLocation': 'Office Location value',\n"
                              "      'address': {\n"
                              "        '@odata.type': 'microsoft.graph.physicalAddress',\n"
                              "        'type': 'business',\n"
                              "        'postOfficeBox': 'Post Office Box value',\n"
                              "        'street': 'Street value',\n"
                              "        'city': 'City value',\n"
                              "        'state': 'State value',\n"
                              "        'countryOrRegion': 'Country Or Region value',\n"
                              "        'postalCode': 'Postal Code value'\n"
                              "      },\n"
                              "      'webUrl': 'https://example.com/webUrl/'\n"
                              "    },\n"
                              "    'description': 'Description value',\n"
                              "    'endMonthYear': '2019-12-31',\n"
                              "    'jobTitle': 'Job Title value',\n"
                              "    'role': 'Role value',\n"
                              "    'startMonthYear': '2017-01-01',\n"
                              "    'summary': 'Summary value'\n"
                              "  }\n"
                              "}\n";

/* The same as stored; %s: allowedAudiences, confidenceScore, address.type, the two dates. */
static const char canonical[] =
    "{'@odata.type':'#microsoft.graph.workPosition','id':null,'allowedAudiences':%s,"
    "'inference':{'@odata.type':'microsoft.graph.inferenceData','confidenceScore':%s,"
    "'userHasVerifiedAccuracy':true},'createdDateTime':null,"
    "'createdBy':{'@odata.type':'microsoft.graph.identitySet',"
    "'application':{'@odata.type':'microsoft.graph.identity','id':'Id value',"
    "'displayName':'Display Name value'},"
    "'device':{'@odata.type':'microsoft.graph.identity','id':null,'displayName':null},"
    "'user':{'@odata.type':'microsoft.graph.identity','id':null,'displayName':null}},"
    "'lastModifiedDateTime':null,'lastModifiedBy':null,'source':null,'sources':[],"
    "'isSearchable':null,'categories':['Categories value'],"
    "'detail':{'@odata.type':'microsoft.graph.positionDetail',"
    "'company':{'@odata.type':'microsoft.graph.companyDetail','displayName':null,"
    "'pronunciation':'Pronunciation value','department':'Department value',"
    "'officeLocation':'Office Location value',"
    "'address':{'@odata.type':'microsoft.graph.physicalAddress','type':%s,"
    "'postOfficeBox':'Post Office Box value','street':'Street value','city':'City value',"
    "'state':'State value','countryOrRegion':'Country Or Region value',"
    "'postalCode':'Postal Code value'},'webUrl':'https://example.com/webUrl/',"
    "'companyCode':null,'costCenter':null,'division':null,'secondaryDepartment':null},"
    "'description':'Description value','endMonthYear':%s,'jobTitle':'Job Title value',"
    "'role':'Role value','startMonthYear':%s,'summary':'Summary value','employeeId':null,"
    "'employeeType':null,'layer':null,'level':null,'secondaryJobTitle':null,"
    "'secondaryRole':null},'manager':null,'colleagues':[],'isCurrent':null}";

/* The example as the specification prints it: some values are the names of their types. */
static const char *printed_example(void)
{
    static const char *const changes[][2] = {
        {"'organization'", "'String'"}, {"0.5", "'Double'"},        {"'business'", "'String'"},
        {"'2019-12-31'", "'Date'"},     {"'2017-01-01'", "'Date'"},
    };
    const char *text = example;
    apr_size_t i;

    for (i = 0; i < COUNT(changes); i++) {
        const char *found = strstr(text, changes[i][0]);

        text = apr_pstrcat(pool, apr_pstrmemdup(pool, text, (apr_size_t)(found - text)),
                           changes[i][1], found + strlen(changes[i][0]), NULL);
    }
    return text;
}

TEST(the_example_of_the_specification_is_stored_whole)
{
    const char *stored = apr_psprintf(pool, canonical, "'organization'", "0.5", "'business'",
                                      "'2019-12-31'", "'2017-01-01'");

    ck_assert_str_eq(strict(example), stored);
    ck_assert_str_eq(relaxed(example), stored);
    /* A client can send back a stored document. */
    ck_assert_str_eq(strict(stored), stored);
}

TEST(the_printed_example_is_refused)
{
    ck_assert_str_eq(strict(printed_example()), "InvalidValue $.allowedAudiences\n"
                                                "TypeMismatch $.inference.confidenceScore\n"
                                                "InvalidValue $.detail.company.address.type\n"
                                                "InvalidValue $.detail.endMonthYear\n"
                                                "InvalidValue $.detail.startMonthYear");
}

TEST(the_printed_example_passes_relaxed)
{
    ck_assert_str_eq(
        relaxed(printed_example()),
        apr_psprintf(pool, canonical, "'String'", "'Double'", "'String'", "'Date'", "'Date'"));
}

TEST(every_property_can_be_set)
{
    static const char full[] =
        "{'@odata.type':'microsoft.graph.workPosition',"
        "'id':'17a809a9-09a9-17a8-a909-a817a909a817','allowedAudiences':'family,contacts',"
        "'inference':{'confidenceScore':1,'userHasVerifiedAccuracy':false},"
        "'createdDateTime':'2017-01-01T00:00:31.4223767+00:00',"
        "'createdBy':{'application':{'id':'a','displayName':'b'},"
        "'device':{'id':'c','displayName':'d'},'user':{'id':'e','displayName':'f'}},"
        "'lastModifiedDateTime':'2017-01-01T00:02:04.9650039Z',"
        "'lastModifiedBy':{'application':null,'device':null,'user':null},"
        "'source':{'type':['User','AAD']},"
        "'sources':[{'isDefaultSource':true,'properties':['p','q'],'sourceId':'s'},"
        "{'isDefaultSource':null,'properties':[],'sourceId':null}],'isSearchable':true,"
        "'categories':['one','two'],'detail':{'company':{'displayName':'a','pronunciation':'b',"
        "'department':'c','officeLocation':'d','address':{'type':'home','postOfficeBox':'e',"
        "'street':'f','city':'g','state':'h','countryOrRegion':'i','postalCode':'j'},"
        "'webUrl':'k','companyCode':'l','costCenter':'m','division':'n',"
        "'secondaryDepartment':'o'},'description':'p','endMonthYear':'0001-01-01','jobTitle':'q',"
        "'role':'r','startMonthYear':'9999-12-31','summary':'s','employeeId':'t',"
        "'employeeType':'u','layer':3,'level':'v','secondaryJobTitle':'w','secondaryRole':'x'},"
        "'manager':{'displayName':'a','relationship':'manager','userPrincipalName':'b',"
        "'userId':'c'},'colleagues':[{'displayName':'a','relationship':'colleague',"
        "'userPrincipalName':'b','userId':'c'},{'displayName':null,'relationship':null,"
        "'userPrincipalName':null,'userId':null}],'isCurrent':false}";

    reading = GP_READING_STORED;
    ck_assert_str_eq(strict(full), full);
    ck_assert_str_eq(relaxed(full), full);
}

TEST(the_order_of_the_text_does_not_matter)
{
    ck_assert_str_eq(strict_at("{'detail':{'secondaryRole':'z','layer':1,'company':null,"
                               "'@odata.type':'#microsoft.graph.positionDetail'},'id':null}",
                               "detail"),
                     "{'@odata.type':'#microsoft.graph.positionDetail','company':null,"
                     "'description':null,'endMonthYear':null,'jobTitle':null,'role':null,"
                     "'startMonthYear':null,'summary':null,'employeeId':null,"
                     "'employeeType':null,'layer':1,'level':null,'secondaryJobTitle':null,"
                     "'secondaryRole':'z'}");
}

TEST(an_empty_object_stays_an_object)
{
    ck_assert_str_eq(strict_at("{'inference':{}}", "inference"),
                     "{'confidenceScore':null,'userHasVerifiedAccuracy':null}");
    ck_assert_str_eq(strict_at("{'createdBy':{}}", "createdBy"),
                     "{'application':null,'device':null,'user':null}");
    ck_assert_str_eq(strict_at("{'createdBy':{'user':{}}}", "createdBy/user"),
                     "{'id':null,'displayName':null}");
    ck_assert_str_eq(strict_at("{'source':{}}", "source"), "{'type':[]}");
    ck_assert_str_eq(strict_at("{'colleagues':[{}]}", "colleagues"),
                     "[{'displayName':null,'relationship':null,'userPrincipalName':null,"
                     "'userId':null}]");
    ck_assert_str_eq(strict_at("{'createdBy':{'extra':{}}}", "createdBy/extra"), "{}");
    ck_assert_str_eq(strict_at("{'createdBy':{'extra':[]}}", "createdBy/extra"), "[]");
}

TEST(text_is_kept_byte_for_byte)
{
    outcome result = read_blocks(GP_VALIDATION_STRICT,
                                 "{\"detail\":{\"jobTitle\":\"\\u00e9 \\/ \\ud83d\\ude00 \\\\ \\\" "
                                 "\\u0001 \\n it's \xc3\xa9 \x7f\"}}",
                                 3);
    gp_buffer buffer;

    gp_buffer_open(&buffer, pool, 0);
    gp_value_write(&buffer, find(result.value, "detail/jobTitle"), NULL);
    ck_assert_str_eq(gp_buffer_text(&buffer), "\"\xc3\xa9 / \xf0\x9f\x98\x80 \\\\ \\\" \\u0001 \\n "
                                              "it's \xc3\xa9 \x7f\"");
}

TEST(long_text_is_kept)
{
    const char *summary = repeat("0123456789 \xe2\x82\xac", 10000);
    const char *text = apr_pstrcat(pool, "{\"detail\":{\"summary\":\"", summary, "\"}}", NULL);
    outcome result = read_blocks(GP_VALIDATION_STRICT, text, 8191);

    ck_assert_str_eq(find(result.value, "detail/summary")->as.text.bytes, summary);
    ck_assert_uint_eq(find(result.value, "detail/summary")->as.text.length, strlen(summary));
}

TEST(long_collections_are_kept_in_order)
{
    const char *items = "";
    outcome result;
    const gp_value *item;
    int i;

    for (i = 0; i < 1000; i++)
        items = apr_psprintf(pool, "%s%s\"%d\"", items, i > 0 ? "," : "", i);
    result =
        read_blocks(GP_VALIDATION_STRICT, apr_psprintf(pool, "{\"categories\":[%s]}", items), 100);
    for (i = 0, item = find(result.value, "categories")->as.items.first; item; item = item->next)
        ck_assert_int_eq(atoi(item->as.text.bytes), i++);
    ck_assert_int_eq(i, 1000);
}

/* ---- @odata.type ---- */

/* Every place with a type: the text around its members, and the JSON path to it. */
static const struct {
    const char *before, *after, *path, *target, *type;
} typed_places[] = {
    {"{", "}", "", "$", "workPosition"},
    {"{'inference':{", "}}", "inference", "$.inference", "inferenceData"},
    {"{'createdBy':{", "}}", "createdBy", "$.createdBy", "identitySet"},
    {"{'createdBy':{'device':{", "}}}", "createdBy/device", "$.createdBy.device", "identity"},
    {"{'source':{", "}}", "source", "$.source", "personDataSources"},
    {"{'sources':[{},{", "}]}", "sources/1", "$.sources[1]", "profileSourceAnnotation"},
    {"{'detail':{", "}}", "detail", "$.detail", "positionDetail"},
    {"{'detail':{'company':{", "}}}", "detail/company", "$.detail.company", "companyDetail"},
    {"{'detail':{'company':{'address':{", "}}}}", "detail/company/address",
     "$.detail.company.address", "physicalAddress"},
    {"{'manager':{", "}}", "manager", "$.manager", "relatedPerson"},
    {"{'colleagues':[{", "}]}", "colleagues/0", "$.colleagues[0]", "relatedPerson"},
};

#define TYPED_PLACES (COUNT(typed_places))

/* The text of a typed place with a member in it. */
static const char *around(apr_size_t place, const char *member)
{
    return apr_pstrcat(pool, typed_places[place].before, member, typed_places[place].after, NULL);
}

TEST(the_type_is_kept_as_it_was_sent_at_every_level)
{
    apr_size_t i;

    for (i = 0; i < TYPED_PLACES; i++) {
        const char *bare =
            apr_psprintf(pool, "'@odata.type':'microsoft.graph.%s'", typed_places[i].type);
        const char *sharp =
            apr_psprintf(pool, "'@odata.type':'#microsoft.graph.%s'", typed_places[i].type);
        const char *none = strict_at(around(i, ""), typed_places[i].path);

        ck_assert_str_eq(strict_at(around(i, bare), typed_places[i].path),
                         apr_psprintf(pool, "{%s,%s", bare, none + 1));
        ck_assert_str_eq(strict_at(around(i, sharp), typed_places[i].path),
                         apr_psprintf(pool, "{%s,%s", sharp, none + 1));
    }
}

TEST(another_type_is_refused_at_every_level)
{
    static const char *const wrong[] = {
        "'#microsoft.graph.entity'",
        "'#microsoft.graph.itemFacet'",
        "'#microsoft.graph.educationalActivity'",
        "'##microsoft.graph.%s'",
        "'microsoft.graph.%s '",
        "'%s'",
        "'#%s'",
        "'#Microsoft.Graph.%s'",
        "'#microsoft.graph.%sX'",
        "'#microsoft.graph.'",
        "'#microsoft.graph.%s\\n'",
        "'Collection(microsoft.graph.%s)'",
        "''",
        "null",
        "true",
        "5",
        "[]",
        "{}",
        "['#microsoft.graph.%s']",
        "{'a':{'b':[1]}}",
    };
    apr_size_t i, row;

    for (i = 0; i < TYPED_PLACES; i++) {
        for (row = 0; row < COUNT(wrong); row++) {
            const char *cut = strstr(wrong[row], "%s");
            const char *value =
                cut ? apr_pstrcat(pool,
                                  apr_pstrmemdup(pool, wrong[row], (apr_size_t)(cut - wrong[row])),
                                  typed_places[i].type, cut + 2, NULL)
                    : wrong[row];
            const char *text = around(i, apr_pstrcat(pool, "'@odata.type':", value, NULL));
            const char *problem =
                apr_psprintf(pool, "TypeMismatch %s['@odata.type']", typed_places[i].target);

            ck_assert_str_eq(strict(text), problem);
            ck_assert_str_eq(relaxed(text), problem);
        }
    }
    said("{'manager':{'@odata.type':'#microsoft.graph.identity'}}",
         "The type must be #microsoft.graph.relatedPerson.");
}

/* The alias that $metadata declares and the URL of the type are valid names; one form is stored. */
TEST(the_type_may_be_named_by_alias_and_url)
{
    static const char *const before[] = {
        "graph.",
        "#graph.",
        "$metadata#microsoft.graph.",
        "$metadata#graph.",
        "/beta/$metadata#microsoft.graph.",
        "https://graph.microsoft.com/beta/$metadata#microsoft.graph.",
        "HTTP://[::1]:8080/beta/%24metadata#graph.",
    };
    static const char *const wrong[] = {
        "microsoft.",
        "##graph.",
        "#graph.graph.",
        "https://h/beta/$metadata#",
        "https://h/beta/$metadata#other.graph.",
        "https://h/beta/$metadata##graph.",
        "https://h/beta/#graph.",
        "https://h/beta$metadata#graph.",
        "ftp://h/$metadata#graph.",
        "x$metadata#graph.",
        "https://h/ /$metadata#graph.",
        "https://h/$metadata#x/$metadata#graph.",
        "$metadata/graph.",
        "Graph.",
    };
    apr_size_t i, row;

    for (i = 0; i < TYPED_PLACES; i++) {
        const char *type = typed_places[i].type;
        const char *one =
            strict_at(around(i, apr_psprintf(pool, "'@odata.type':'#microsoft.graph.%s'", type)),
                      typed_places[i].path);

        for (row = 0; row < COUNT(before); row++) {
            ck_assert_str_eq(
                strict_at(around(i, apr_psprintf(pool, "'@odata.type':'%s%s'", before[row], type)),
                          typed_places[i].path),
                one);
            ck_assert_str_eq(
                strict_at(around(i, apr_psprintf(pool, "'@type':'%s%s'", before[row], type)),
                          typed_places[i].path),
                one);
        }
        for (row = 0; row < COUNT(wrong); row++)
            ck_assert_str_eq(
                strict(around(i, apr_psprintf(pool, "'@odata.type':'%s%s'", wrong[row], type))),
                apr_psprintf(pool, "TypeMismatch %s['@odata.type']", typed_places[i].target));
    }
}

TEST(the_type_may_come_last)
{
    ck_assert_str_eq(strict_at("{'source':{'type':[],'@odata.type':"
                               "'microsoft.graph.personDataSources'}}",
                               "source"),
                     "{'@odata.type':'microsoft.graph.personDataSources','type':[]}");
    ck_assert_str_eq(strict("{'isCurrent':true,'@odata.type':'#microsoft.graph.x'}"),
                     "TypeMismatch $['@odata.type']");
}

/* OData 4.01 spells control information without "odata."; one spelling is stored. */
TEST(the_type_may_be_spelled_without_odata)
{
    apr_size_t i;

    for (i = 0; i < TYPED_PLACES; i++) {
        const char *name = apr_psprintf(pool, "'#microsoft.graph.%s'", typed_places[i].type);
        const char *wrong = around(i, "'@type':'#microsoft.graph.entity'");
        const char *problem =
            apr_psprintf(pool, "TypeMismatch %s['@type']", typed_places[i].target);

        ck_assert_str_eq(
            strict_at(around(i, apr_pstrcat(pool, "'@type':", name, NULL)), typed_places[i].path),
            strict_at(around(i, apr_pstrcat(pool, "'@odata.type':", name, NULL)),
                      typed_places[i].path));
        ck_assert_str_eq(strict(wrong), problem);
        ck_assert_str_eq(relaxed(wrong), problem);
    }
    ck_assert_str_eq(strict("{'@type':{}}"), "TypeMismatch $['@type']");
    ck_assert_str_eq(
        strict_at("{'createdBy':{'x':{'@type':'#any','@odata.type':1}}}", "createdBy/x"),
        "{'@type':'#any','@odata.type':1}");
}

/* ---- annotations ---- */

TEST(annotations_are_ignored_at_every_level)
{
    static const char *const ignored[] = {
        "'@odata.etag':'W/x'",
        "'@odata.context':null",
        "'@context':['/$delta']",
        "'@odata.context':{'a':'/$delta'}",
        "'@odata.context':'https://example.com/$metadata#users/x/profile/positions/$entity'",
        "'x@odata.context':'x/$delta'",
        "'x@odata.id':'https://example.com'",
        "'x@removed':{'reason':'deleted'}",
        "'@odata.deltaLink':'https://example.com'",
        "'@odata.nextLink':'https://example.com'",
        "'x@odata.binds':'y'",
        "'x@odata.Bind':'y'",
        "'x@a.bind':'y'",
        "'@Type':'#other'",
        "'x@type':'#Int64'",
        "'@odata.Type':'#other'",
        "'@microsoft.graph.tips':[1,{'a':[]},'b',1e400000]",
        "'x@odata.type':'#Int64'",
        "'unknown@a.b':{'a':{'a':1,'a':1}}",
        "'@':true",
        "'a@':false,'@a':1,'a@a':''",
    };
    apr_size_t i, row;

    for (i = 0; i < TYPED_PLACES; i++) {
        const char *none = strict_at(around(i, ""), typed_places[i].path);

        for (row = 0; row < COUNT(ignored); row++) {
            const char *text = around(i, ignored[row]);

            ck_assert_str_eq(strict_at(text, typed_places[i].path), none);
            ck_assert_str_eq(relaxed_at(text, typed_places[i].path), none);
        }
    }
    ck_assert_str_eq(strict_at("{'allowedAudiences@odata.type':'#graph.allowedAudiences',"
                               "'allowedAudiences':'me','colleagues@odata.type':"
                               "'#Collection(microsoft.graph.relatedPerson)','colleagues':[],"
                               "'detail@type':'https://h/$metadata#graph.positionDetail'}",
                               "allowedAudiences"),
                     "'me'");
    ck_assert_str_eq(strict_at("{'categories@odata.type':'#Collection(String)','categories':['a'],"
                               "'isCurrent@x.y':null,'isCurrent':true}",
                               "categories"),
                     "['a']");
}

/* Annotations that ask for a change the service does not make are refused at every level: success would
 * promise it. */
TEST(annotations_that_ask_for_more_are_refused)
{
    static const struct {
        const char *member, *name, *message;
    } rows[] = {
        {"'manager@odata.bind':'users/x'", "manager@odata.bind", "no navigation properties"},
        {"'manager@bind':'users/x'", "manager@bind", "Send the value of the property itself."},
        {"'colleagues@odata.bind':['users/x']", "colleagues@odata.bind", "existing entity"},
        {"'@odata.bind':null", "@odata.bind", "existing entity"},
        {"'colleagues@odata.delta':[{'userId':'x'}]", "colleagues@odata.delta", "as a whole"},
        {"'colleagues@delta':[]", "colleagues@delta", "Send the complete collection."},
        {"'a@b@odata.bind':1", "a@b@odata.bind", "existing entity"},
        {"'@odata.removed':{'reason':'deleted'}", "@odata.removed", "Send DELETE"},
        {"'@removed':{}", "@removed", "null for a property"},
        {"'@odata.context':'#positions/$delta'", "@odata.context", "A delta cannot be sent."},
        {"'@context':'https://h/beta/$metadata#users/x/profile/positions/$deletedEntity'",
         "@context", "A delta cannot be sent."},
        {"'@context':'#p/$link'", "@context", "A delta cannot be sent."},
        {"'@context':'#p/$deletedLink'", "@context", "A delta cannot be sent."},
    };
    apr_size_t i, row;

    for (i = 0; i < TYPED_PLACES; i++) {
        for (row = 0; row < COUNT(rows); row++) {
            const char *text = around(i, rows[row].member);
            const char *problem = apr_psprintf(pool, "UnsupportedAnnotation %s['%s']",
                                               typed_places[i].target, rows[row].name);

            ck_assert_str_eq(strict(text), problem);
            ck_assert_str_eq(relaxed(text), problem);
            said(text, rows[row].message);
        }
    }
    /* In dynamic or ignored values, they are ordinary names. */
    ck_assert_str_eq(
        strict_at("{'createdBy':{'x':{'y@odata.bind':1,'@removed':2}}}", "createdBy/x"),
        "{'y@odata.bind':1,'@removed':2}");
    ck_assert_str_eq(strict_at("{'@x':{'y@odata.bind':1}}", ""), nothing);
    ck_assert_str_eq(strict("{'manager@odata.bind':'x','manager@odata.bind':'x'}"),
                     "UnsupportedAnnotation $['manager@odata.bind']\n"
                     "DuplicateProperty $['manager@odata.bind']");
}

/* An object within a position that has only an id would be stored without any of its values. */
TEST(an_object_that_only_refers_is_refused)
{
    apr_size_t i;

    for (i = 1; i < TYPED_PLACES; i++) {
        static const char *const only[] = {"'@odata.id':'users/x'", "'@id':null",
                                           "'@odata.etag':'x','@id':'y'", "'@odata.id':{'a':1}"};
        static const char *const more[] = {"'x':1,'@odata.id':'users/x'", "'@id':null,'x':2"};
        const char *problem =
            apr_psprintf(pool, "UnsupportedAnnotation %s['@odata.id']", typed_places[i].target);
        apr_size_t row;

        for (row = 0; row < COUNT(only); row++) {
            ck_assert_str_eq(strict(around(i, only[row])), problem);
            ck_assert_str_eq(relaxed(around(i, only[row])), problem);
        }
        for (row = 0; row < COUNT(more); row++)
            ck_assert_int_eq(*relaxed(around(i, more[row])), '{');
    }
    ck_assert_str_eq(
        strict_at("{'manager':{'@odata.id':'users/x','userId':'x'}}", "manager/userId"), "'x'");
    said("{'manager':{'@odata.id':'users/x'}}", "refer to an existing entity");
}

/* ---- dynamic members ---- */

TEST(identities_keep_what_they_do_not_declare)
{
    ck_assert_str_eq(strict_at("{'createdBy':{'zebra':1,'phone':{'id':'7','n':[null,true,1.50]},"
                               "'user':{'tenantId':'t','id':'u','Id':'v'},'apple':'x'}}",
                               "createdBy"),
                     "{'application':null,'device':null,"
                     "'user':{'id':'u','displayName':null,'tenantId':'t','Id':'v'},"
                     "'zebra':1,'phone':{'id':'7','n':[null,true,1.50]},'apple':'x'}");
    ck_assert_str_eq(strict_at("{'createdBy':{'guest':null}}", "createdBy/guest"), "null");
}

TEST(names_of_dynamic_members_are_arbitrary)
{
    ck_assert_str_eq(strict_at("{'createdBy':{'':1,' ':2,'a.b':3,'\\u0001\\n':4,'\xc3\xa9':5,"
                               "'application ':6}}",
                               "createdBy"),
                     "{'application':null,'device':null,'user':null,'':1,' ':2,'a.b':3,"
                     "'\\u0001\\n':4,'\xc3\xa9':5,'application ':6}");
}

TEST(within_dynamic_members_everything_is_kept)
{
    static const char kept[] =
        "{'@odata.type':'#any','id':5,'displayName':[],'user':'x','a@b':1,'c':{'@odata.id':{}},"
        "'d':[[],[{}],[[null]],'e',-0,1E+5,false]}";

    ck_assert_str_eq(
        strict_at(apr_psprintf(pool, "{'createdBy':{'extra':%s}}", kept), "createdBy/extra"), kept);
    ck_assert_str_eq(strict_at(apr_psprintf(pool, "{'createdBy':{'user':{'extra':%s}}}", kept),
                               "createdBy/user/extra"),
                     kept);
}

TEST(numbers_of_dynamic_members_are_within_a_double)
{
    ck_assert_str_eq(
        strict_at("{'createdBy':{'n':[1e308,-1e308,0.10,12345678901234567890]}}", "createdBy/n"),
        "[1e308,-1e308,0.10,12345678901234567890]");
    ck_assert_str_eq(strict("{'createdBy':{'n':[0,1e309,{'m':-1e400000}],'o':1e-400000}}"),
                     "InvalidValue $.createdBy.n[1]\n"
                     "InvalidValue $.createdBy.n[2].m\n"
                     "InvalidValue $.createdBy.o");
}

TEST(types_within_open_types_are_checked)
{
    ck_assert_str_eq(strict("{'createdBy':{'user':'alice','device':5,'x':1}}"),
                     "TypeMismatch $.createdBy.user\nTypeMismatch $.createdBy.device");
    ck_assert_str_eq(strict("{'createdBy':{'user':{'id':5,'displayName':{}}}}"),
                     "TypeMismatch $.createdBy.user.id\n"
                     "TypeMismatch $.createdBy.user.displayName");
}

/* ---- unknown properties ---- */

TEST(unknown_properties_are_refused_at_every_level)
{
    apr_size_t i;

    for (i = 0; i < TYPED_PLACES; i++) {
        const char *text = around(i, "'nickname':{'a':[{'b':1}],'a':2},'other':null");

        if (strncmp(typed_places[i].type, "identity", 8) == 0)
            continue; /* open types */
        ck_assert_str_eq(strict(text),
                         apr_psprintf(pool,
                                      "UnknownProperty %s.nickname\n"
                                      "UnknownProperty %s.other",
                                      typed_places[i].target, typed_places[i].target));
    }
}

TEST(a_property_of_another_type_is_unknown)
{
    ck_assert_str_eq(strict("{'jobTitle':'x','detail':{'displayName':'y','company':{'city':'z'}}}"),
                     "UnknownProperty $.jobTitle\n"
                     "UnknownProperty $.detail.displayName\n"
                     "UnknownProperty $.detail.company.city");
}

TEST(messages_name_the_type_that_lacks_a_property)
{
    ck_assert_str_eq(says("{'nickname':1}"),
                     "$.nickname: The type microsoft.graph.workPosition does not have the "
                     "property 'nickname'.");
    said("{'detail':{'company':{'x':1}}}",
         "The type microsoft.graph.companyDetail does not have the property 'x'.");
}

TEST(a_name_that_was_probably_meant_is_suggested)
{
    ck_assert_str_eq(says("{'iscurrent':true}"),
                     "$.iscurrent: The type microsoft.graph.workPosition does not have the "
                     "property 'iscurrent'. Did you mean 'isCurrent'?");
    said("{'detail':{'JobTitle':'x'}}", "Did you mean 'jobTitle'?");
    said("{'detail':{'company':{'adress':{}}}}", "Did you mean 'address'?");
    said("{'colleagues':[{},{'userID':'x'}]}", "Did you mean 'userId'?");
    said("{'ID':'x'}", "Did you mean 'id'?");
    ck_assert_ptr_null(strstr(says("{'nothing':true}"), "Did you mean"));
}

TEST(a_member_that_was_probably_meant_is_suggested)
{
    said("{'manager':{'relationship':'colleage'}}",
         "alternateContact, friend, spouse, sibling, child, parent, sponsor, emergencyContact, "
         "other). Did you mean 'colleague'?");
    said("{'allowedAudiences':'family,organisation'}", "Did you mean 'organization'?");
    ck_assert_ptr_null(strstr(says("{'manager':{'relationship':'enemy'}}"), "Did you mean"));
    ck_assert_ptr_null(strstr(says("{'manager':{'relationship':5}}"), "Did you mean"));
    ck_assert_ptr_null(strstr(says("{'detail':{'endMonthYear':'today'}}"), "Did you mean"));
}

/* ---- duplicates ---- */

TEST(a_name_occurs_once)
{
    static const struct {
        const char *text, *target;
    } rows[] = {
        {"{'isCurrent':true,'isCurrent':true}", "$.isCurrent"},
        {"{'isCurrent':null,'isCurrent':true}", "$.isCurrent"},
        {"{'isCurrent':true,'isCurr\\u0065nt':false}", "$.isCurrent"},
        {"{'id':null,'isCurrent':null,'id':null}", "$.id"},
        {"{'detail':{},'detail':{}}", "$.detail"},
        {"{'detail':{},'detail':{'x':1,'layer':'y'}}", "$.detail"},
        {"{'allowedAudiences':'','allowedAudiences':'me'}", "$.allowedAudiences"},
        {"{'categories':[],'categories':['a']}", "$.categories"},
        {"{'colleagues':[{},{'userId':'a','userId':'a'}]}", "$.colleagues[1].userId"},
        {"{'createdBy':{'user':null,'user':null}}", "$.createdBy.user"},
        {"{'createdBy':{'x':1,'y':2,'x':3}}", "$.createdBy.x"},
        {"{'createdBy':{'x':1,'x':[{},1e999]}}", "$.createdBy.x"},
        {"{'createdBy':{'x':{'y':1,'y':2}}}", "$.createdBy.x.y"},
        {"{'createdBy':{'x':[{'y':[{'z':1,'z':2}]}]}}", "$.createdBy.x[0].y[0].z"},
        {"{'createdBy':{'':1,'':2}}", "$.createdBy['']"},
        {"{'createdBy':{'x':{'@odata.type':1,'@odata.type':2}}}", "$.createdBy.x['@odata.type']"},
        {"{'@odata.type':'#microsoft.graph.workPosition',"
         "'@odata.type':'#microsoft.graph.workPosition'}",
         "$['@odata.type']"},
        {"{'@odata.id':1,'@odata.id':1}", "$['@odata.id']"},
        {"{'@odata.id':1,'@id':1}", "$['@id']"},
        {"{'@type':'#microsoft.graph.workPosition','@odata.type':'#microsoft.graph.workPosition'}",
         "$['@odata.type']"},
        {"{'detail':{'a@b':1,'a@b':2}}", "$.detail['a@b']"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const char *problem = apr_psprintf(pool, "DuplicateProperty %s", rows[i].target);

        ck_assert_str_eq(strict(rows[i].text), problem);
        ck_assert_str_eq(relaxed(rows[i].text), problem);
    }
}

TEST(every_repetition_is_reported)
{
    ck_assert_str_eq(strict("{'isCurrent':true,'isCurrent':1,'isCurrent':2}"),
                     "DuplicateProperty $.isCurrent\nDuplicateProperty $.isCurrent");
    ck_assert_str_eq(strict("{'x':1,'x':2}"), "UnknownProperty $.x\nDuplicateProperty $.x");
    ck_assert_str_eq(relaxed("{'x':1,'x':2}"), "DuplicateProperty $.x");
    said("{'id':null,'id':null}", "more than once");
}

TEST(the_same_name_may_occur_in_different_objects)
{
    ck_assert_str_eq(strict_at("{'colleagues':[{'userId':'a'},{'userId':'a'}],"
                               "'createdBy':{'x':{'x':{'x':1}},'user':{'x':1}},"
                               "'lastModifiedBy':{'x':1}}",
                               "createdBy/x"),
                     "{'x':{'x':1}}");
}

/* ---- types ---- */

/* Every kind of place, with %s for the value, and the results of null, true, 5, 'x', [], {} there,
 * strict and relaxed: - accepted, T TypeMismatch, V InvalidValue. */
static const struct {
    const char *text, *target, *strict, *relaxed;
} places[] = {
    {"%s", "$", "TTTTT-", "TTTTT-"},
    {"{'detail':{'jobTitle':%s}}", "$.detail.jobTitle", "-TT-TT", "----TT"},
    {"{'id':%s}", "$.id", "-TT-TT", "----TT"},
    {"{'isCurrent':%s}", "$.isCurrent", "--TTTT", "----TT"},
    {"{'detail':{'layer':%s}}", "$.detail.layer", "-T-TTT", "----TT"},
    {"{'inference':{'confidenceScore':%s}}", "$.inference.confidenceScore", "-T-TTT", "----TT"},
    {"{'detail':{'endMonthYear':%s}}", "$.detail.endMonthYear", "-TTVTT", "----TT"},
    {"{'createdDateTime':%s}", "$.createdDateTime", "------", "------"},
    {"{'lastModifiedDateTime':%s}", "$.lastModifiedDateTime", "------", "------"},
    {"{'lastModifiedBy':%s}", "$.lastModifiedBy", "------", "------"},
    {"{'allowedAudiences':%s}", "$.allowedAudiences", "-TTVTT", "----TT"},
    {"{'manager':{'relationship':%s}}", "$.manager.relationship", "-TTVTT", "----TT"},
    {"{'detail':%s}", "$.detail", "-TTTT-", "-TTTT-"},
    {"{'detail':{'company':%s}}", "$.detail.company", "-TTTT-", "-TTTT-"},
    {"{'createdBy':%s}", "$.createdBy", "-TTTT-", "-TTTT-"},
    {"{'createdBy':{'user':%s}}", "$.createdBy.user", "-TTTT-", "-TTTT-"},
    {"{'categories':%s}", "$.categories", "-TTT-T", "-TTT-T"},
    {"{'colleagues':%s}", "$.colleagues", "-TTT-T", "-TTT-T"},
    {"{'source':{'type':%s}}", "$.source.type", "-TT--T", "-----T"},
    {"{'categories':[%s]}", "$.categories[0]", "TTT-TT", "T---TT"},
    {"{'colleagues':[%s]}", "$.colleagues[0]", "TTTTT-", "TTTTT-"},
    {"{'source':{'type':[%s]}}", "$.source.type[0]", "TTT-TT", "T---TT"},
    {"{'sources':[{'properties':[%s]}]}", "$.sources[0].properties[0]", "TTT-TT", "T---TT"},
    {"{'createdBy':{'x':%s}}", "$.createdBy.x", "------", "------"},
    {"{'createdBy':{'x':[%s]}}", "$.createdBy.x[0]", "------", "------"},
};

TEST(every_place_accepts_the_values_of_its_type)
{
    static const char *const values[] = {"null", "true", "5", "'x'", "[]", "{}"};
    apr_size_t i, value;
    int validation;

    for (i = 0; i < COUNT(places); i++) {
        const char *cut = strstr(places[i].text, "%s");

        for (value = 0; value < 6; value++) {
            const char *text = apr_pstrcat(
                pool, apr_pstrmemdup(pool, places[i].text, (apr_size_t)(cut - places[i].text)),
                values[value], cut + 2, NULL);

            for (validation = 0; validation < 2; validation++) {
                const char *came = validation ? relaxed(text) : strict(text);
                char verdict = (validation ? places[i].relaxed : places[i].strict)[value];
                const char *code = verdict == 'T' ? "TypeMismatch" : "InvalidValue";

                if (verdict == '-')
                    ck_assert_msg(*came == '{', "%s: %s", text, came);
                else
                    ck_assert_msg(strcmp(came, apr_pstrcat(pool, code, " ", places[i].target, NULL))
                                      == 0,
                                  "%s: %s", text, came);
            }
        }
    }
}

TEST(a_wrong_type_is_reported_with_the_expected_one)
{
    ck_assert_str_eq(says("{'isCurrent':'true'}"),
                     "$.isCurrent: Expected an Edm.Boolean (true or false), got a string.");
    said("{'detail':{'jobTitle':5}}", "Expected an Edm.String, got a number.");
    said("{'detail':{'jobTitle':true}}", "got a boolean.");
    said("{'detail':{'jobTitle':[]}}", "got an array.");
    said("{'detail':{'jobTitle':{}}}", "got an object.");
    said("null", "$: Expected an object (microsoft.graph.workPosition), got null.");
    said("[]", "$: Expected an object (microsoft.graph.workPosition), got an array.");
    said("'x'", "$: Expected an object (microsoft.graph.workPosition), got a string.");
    said("5", "$: Expected an object (microsoft.graph.workPosition), got a number.");
    said("{'detail':'x'}", "Expected an object (microsoft.graph.positionDetail), got a string.");
    said("{'categories':'x'}", "Expected an array, each item an Edm.String, got a string.");
    said("{'categories':[5]}", "Expected an Edm.String, got a number.");
    said("{'categories':[null]}", "A collection cannot hold null.");
    said("{'colleagues':{}}",
         "Expected an array, each item an object (microsoft.graph.relatedPerson), got an object.");
    said("{'detail':{'endMonthYear':'2019'}}", "The value is not an Edm.Date (YYYY-MM-DD).");
    said("{'manager':{'relationship':'boss'}}", "one of manager, colleague, directReport");
}

TEST(the_top_is_an_object)
{
    ck_assert_str_eq(strict("[{}]"), "TypeMismatch $");
    ck_assert_str_eq(strict("[{'x':1,'x':2},[[]],5]"), "TypeMismatch $");
    ck_assert_str_eq(relaxed("['x']"), "TypeMismatch $");
    ck_assert_str_eq(strict("true"), "TypeMismatch $");
    ck_assert_str_eq(strict("1e400000"), "TypeMismatch $");
}

TEST(the_content_of_a_refused_value_is_not_checked)
{
    ck_assert_str_eq(strict("{'isCurrent':{'x':1,'x':2,'id':5},'categories':{'a':[null]},"
                            "'detail':[{'layer':'x'},null]}"),
                     "TypeMismatch $.isCurrent\nTypeMismatch $.categories\nTypeMismatch $.detail");
    ck_assert_str_eq(strict("{'categories':[{'a':{'b':1}},['c'],'d',5]}"),
                     "TypeMismatch $.categories[0]\nTypeMismatch $.categories[1]\n"
                     "TypeMismatch $.categories[3]");
}

TEST(null_for_a_collection_makes_it_empty)
{
    ck_assert_str_eq(strict("{'categories':null,'colleagues':null,'sources':null}"), nothing);
    ck_assert_str_eq(strict_at("{'source':{'type':null}}", "source"), "{'type':[]}");
    ck_assert_str_eq(strict_at("{'sources':[{'properties':null}]}", "sources"),
                     "[{'isDefaultSource':null,'properties':[],'sourceId':null}]");
}

TEST(null_sets_nothing_else)
{
    ck_assert_str_eq(strict("{'id':null,'allowedAudiences':null,'inference':null,"
                            "'createdDateTime':null,'createdBy':null,"
                            "'lastModifiedDateTime':null,'lastModifiedBy':null,'source':null,"
                            "'isSearchable':null,'detail':null,'manager':null,"
                            "'isCurrent':null}"),
                     nothing);
}

TEST(collections_hold_no_null_anywhere)
{
    ck_assert_str_eq(strict("{'categories':['a',null,'b',null],'colleagues':[{},null],"
                            "'sources':[null,{'properties':[null]}],'source':{'type':[null]}}"),
                     "TypeMismatch $.categories[1]\nTypeMismatch $.categories[3]\n"
                     "TypeMismatch $.colleagues[1]\nTypeMismatch $.sources[0]\n"
                     "TypeMismatch $.sources[1].properties[0]\nTypeMismatch $.source.type[0]");
}

TEST(a_source_may_have_one_type_as_a_string)
{
    ck_assert_str_eq(strict_at("{'source':{'type':'User'}}", "source"), "{'type':['User']}");
    ck_assert_str_eq(strict_at("{'source':{'type':''}}", "source"), "{'type':['']}");
    ck_assert_str_eq(relaxed_at("{'source':{'type':5}}", "source"), "{'type':[5]}");
    ck_assert_str_eq(strict("{'source':{'type':[['User']]}}"), "TypeMismatch $.source.type[0]");
    ck_assert_str_eq(strict("{'source':'User'}"), "TypeMismatch $.source");
    ck_assert_str_eq(strict("{'categories':'User'}"), "TypeMismatch $.categories");
    ck_assert_str_eq(strict("{'sources':[{'properties':'User'}]}"),
                     "TypeMismatch $.sources[0].properties");
}

/* ---- enumerations ---- */

TEST(audiences_are_stored_in_one_form)
{
    ck_assert_str_eq(strict_at("{'allowedAudiences':'contacts, family'}", "allowedAudiences"),
                     "'family,contacts'");
    ck_assert_str_eq(strict_at("{'allowedAudiences':'me'}", "allowedAudiences"), "'me'");
    ck_assert_str_eq(relaxed_at("{'allowedAudiences':' everyone,everyone '}", "allowedAudiences"),
                     "'everyone'");
}

TEST(an_empty_text_of_a_new_position_means_no_audience)
{
    ck_assert_str_eq(strict_at("{'allowedAudiences':''}", "allowedAudiences"), "null");
    ck_assert_str_eq(relaxed_at("{'allowedAudiences':''}", "allowedAudiences"), "null");
    ck_assert_str_eq(strict("{'allowedAudiences':''}"), nothing);
    ck_assert_str_eq(strict("{'allowedAudiences':' '}"), "InvalidValue $.allowedAudiences");
    ck_assert_str_eq(strict("{'manager':{'relationship':''}}"),
                     "InvalidValue $.manager.relationship");
}

TEST(members_may_be_numbers_in_quotes)
{
    ck_assert_str_eq(strict_at("{'allowedAudiences':'32'}", "allowedAudiences"), "'everyone'");
    ck_assert_str_eq(strict_at("{'allowedAudiences':'8,family'}", "allowedAudiences"),
                     "'family,organization'");
    ck_assert_str_eq(strict_at("{'allowedAudiences':'0'}", "allowedAudiences"), "'me'");
    ck_assert_str_eq(strict_at("{'manager':{'relationship':'7'}}", "manager/relationship"),
                     "'friend'");
    ck_assert_str_eq(relaxed_at("{'allowedAudiences':'9'}", "allowedAudiences"),
                     "'family,organization'");
}

TEST(unknown_members_of_enumerations_are_refused)
{
    ck_assert_str_eq(strict("{'allowedAudiences':'family,nobody'}"),
                     "InvalidValue $.allowedAudiences");
    ck_assert_str_eq(strict("{'allowedAudiences':'Everyone'}"), "InvalidValue $.allowedAudiences");
    ck_assert_str_eq(strict("{'allowedAudiences':'128'}"), "InvalidValue $.allowedAudiences");
    ck_assert_str_eq(strict("{'allowedAudiences':'-8'}"), "InvalidValue $.allowedAudiences");
    ck_assert_str_eq(strict("{'allowedAudiences':32}"), "TypeMismatch $.allowedAudiences");
    ck_assert_str_eq(strict("{'allowedAudiences':['family']}"), "TypeMismatch $.allowedAudiences");
    ck_assert_str_eq(strict("{'colleagues':[{'relationship':'colleague,friend'}]}"),
                     "InvalidValue $.colleagues[0].relationship");
    ck_assert_str_eq(strict("{'detail':{'company':{'address':{'type':'unknownFutureValue'}}}}"),
                     "InvalidValue $.detail.company.address.type");
}

TEST(the_member_for_later_ones_is_explained)
{
    said("{'allowedAudiences':'unknownFutureValue'}",
         "unknownFutureValue represents members of later versions and cannot be sent.");
    said("{'manager':{'relationship':'unknownFutureValue'}}",
         "unknownFutureValue represents members of later versions and cannot be sent.");
    said("{'manager':{'relationship':'15'}}",
         "unknownFutureValue represents members of later versions and cannot be sent.");
    ck_assert_str_eq(strict("{'allowedAudiences':'family,unknownFutureValue'}"),
                     "InvalidValue $.allowedAudiences");
    ck_assert_str_eq(strict("{'allowedAudiences':'64'}"), "InvalidValue $.allowedAudiences");
    ck_assert_str_eq(relaxed_at("{'allowedAudiences':'64'}", "allowedAudiences"), "'64'");
    reading = GP_READING_CHANGE;
    ck_assert_str_eq(strict_at("{'allowedAudiences':'64'}", "allowedAudiences"), "unset");
    ck_assert_str_eq(
        strict_at("{'manager':{'relationship':'unknownFutureValue'}}", "manager/relationship"),
        "unset");
}

/* ---- numbers ---- */

static const char *layer(const char *number)
{
    return strict_at(apr_psprintf(pool, "{'detail':{'layer':%s}}", number), "detail/layer");
}

TEST(int32_has_its_limits)
{
    static const char *const right[] = {"0", "1", "-1", "2147483647", "-2147483648", "-0"};
    static const char *const wrong[] = {
        "2147483648",
        "-2147483649",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551617",
        "1.0",
        "0.0",
        "1e2",
        "1E0",
        "0e0",
        "1e309",
        "1e-400000",
        "99999999999999999999999999",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(right); i++)
        ck_assert_str_eq(layer(right[i]), right[i]);
    for (i = 0; i < COUNT(wrong); i++)
        ck_assert_msg(strcmp(layer(wrong[i]), "InvalidValue $.detail.layer") == 0, "%s: %s",
                      wrong[i], layer(wrong[i]));
    ck_assert_str_eq(layer(repeat("1", 1001)), "InvalidValue $.detail.layer");
    ck_assert_str_eq(layer("'1'"), "TypeMismatch $.detail.layer");
    said("{'detail':{'layer':2147483648}}", "(a whole number from -2147483648 to 2147483647)");
}

static const char *score(const char *number)
{
    return strict_at(apr_psprintf(pool, "{'inference':{'confidenceScore':%s}}", number),
                     "inference/confidenceScore");
}

TEST(doubles_are_kept_as_they_were_written)
{
    static const char *const right[] = {
        "0",      "-0",     "0.0",     "0.5",        "1.50",   "1e308",
        "-1e308", "1E+2",   "1e-2",    "4.9e-324",   "5e-324", "2.2250738585072014e-308",
        "0e5",    "0.0e-5", "-0e+300", "2147483648", "0.1000", "1.7976931348623157e308",
        "'NaN'",  "'INF'",  "'-INF'",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(right); i++)
        ck_assert_str_eq(score(right[i]), right[i]);
}

TEST(doubles_have_their_limits)
{
    static const char *const wrong[] = {
        "1e309",  "-1e309", "1.8e308",    "1e400000", "-1e400000",       "1e-400000",
        "1e-325", "2e-324", "-1e-400000", "1.0e999",  "0.000001e-99999", "9e99999999999999999999",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(wrong); i++) {
        ck_assert_msg(strcmp(score(wrong[i]), "InvalidValue $.inference.confidenceScore") == 0,
                      "%s: %s", wrong[i], score(wrong[i]));
        ck_assert_str_eq(
            relaxed(apr_psprintf(pool, "{'inference':{'confidenceScore':%s}}", wrong[i])),
            "InvalidValue $.inference.confidenceScore");
    }
    said("{'inference':{'confidenceScore':1e309}}", "The value is not an Edm.Double");
}

/* PostgreSQL rejects numbers with more than 16383 digits after the point or with an exponent of many
 * digits, even if they are zero. Every number accepted here must be valid there. */
TEST(zero_has_its_limits_too)
{
    static const char *const wrong[] = {"0e-16384",
                                        "0e-400000",
                                        "0.0e-99999",
                                        "-0e2000000000",
                                        "0e99999999999999999999",
                                        "0e-99999999999999999999"};
    apr_size_t i;

    for (i = 0; i < COUNT(wrong); i++)
        ck_assert_msg(strcmp(score(wrong[i]), "InvalidValue $.inference.confidenceScore") == 0,
                      "%s: %s", wrong[i], score(wrong[i]));
}

TEST(doubles_are_texts_only_where_odata_says_so)
{
    static const char *const wrong[] = {"'nan'",  "'NAN'",       "'inf'",       "'Infinity'",
                                        "'+INF'", "'INF '",      "'-Infinity'", "'0.5'",
                                        "''",     "'NaN\\u0001'"};
    apr_size_t i;

    for (i = 0; i < COUNT(wrong); i++)
        ck_assert_msg(strcmp(score(wrong[i]), "TypeMismatch $.inference.confidenceScore") == 0,
                      "%s: %s", wrong[i], score(wrong[i]));
}

TEST(numbers_have_a_length)
{
    const char *digits = repeat("1", 998);

    ck_assert_str_eq(score(apr_pstrcat(pool, "0.", digits, NULL)),
                     apr_pstrcat(pool, "0.", digits, NULL));
    ck_assert_str_eq(score(apr_pstrcat(pool, "0.", digits, "1", NULL)),
                     "InvalidValue $.inference.confidenceScore");
    ck_assert_str_eq(score(repeat("1", 300)), repeat("1", 300));
    ck_assert_str_eq(score(repeat("1", 310)), "InvalidValue $.inference.confidenceScore");
    ck_assert_str_eq(score(repeat("1", 1001)), "InvalidValue $.inference.confidenceScore");
    ck_assert_str_eq(strict(apr_psprintf(pool, "{'createdBy':{'x':0.%s1}}", digits)),
                     "InvalidValue $.createdBy.x");
    ck_assert_str_eq(relaxed(apr_psprintf(pool, "{'id':0.%s1}", digits)), "TypeMismatch $.id");
    /* A long zero. */
    ck_assert_str_eq(score(apr_pstrcat(pool, "0.", repeat("0", 998), NULL)),
                     apr_pstrcat(pool, "0.", repeat("0", 998), NULL));
}

/* ---- dates ---- */

TEST(dates_are_checked)
{
    ck_assert_str_eq(strict_at("{'detail':{'endMonthYear':'2020-02-29'}}", "detail/endMonthYear"),
                     "'2020-02-29'");
    ck_assert_str_eq(strict("{'detail':{'endMonthYear':'2019-02-29'}}"),
                     "InvalidValue $.detail.endMonthYear");
    ck_assert_str_eq(strict("{'detail':{'endMonthYear':'2019-05-01T00:00:00Z'}}"),
                     "InvalidValue $.detail.endMonthYear");
    ck_assert_str_eq(strict("{'detail':{'endMonthYear':''}}"),
                     "InvalidValue $.detail.endMonthYear");
}

/* Returns a text with nested arrays or objects of a depth. */
static const char *nested(const char *before, int deep, int objects, const char *after)
{
    return apr_pstrcat(pool, before, objects ? repeat("{'a':", deep) : repeat("[", deep),
                       objects ? "1" : "", repeat(objects ? "}" : "]", deep), after, NULL);
}

/* The reader ignores any value of them without looking at it. */
TEST(values_that_the_server_sets_are_ignored)
{
    static const char *const computed[] = {"createdDateTime", "lastModifiedDateTime",
                                           "lastModifiedBy"};
    static const char *const immutable[] = {"id", "createdBy"};
    static const char *const values[] = {
        "null",
        "true",
        "-0.5e-3",
        "1e999",
        "''",
        "'/Date(1720919582928)/'",
        "'\\u20ac \xe2\x82\xac'",
        "[]",
        "[1,[2,{'a':[3]}]]",
        "{}",
        "{'a':1,'a':2,'user':5,'@odata.type':'#x','user@odata.bind':1}",
        "{'user':{'id':{}},'@odata.id':'x'}",
    };
    apr_size_t i, value;

    for (value = 0; value < COUNT(values); value++) {
        for (i = 0; i < 5; i++) {
            const char *name = i < 3 ? computed[i] : immutable[i - 3];
            const char *text = apr_psprintf(pool, "{'%s':%s}", name, values[value]);

            for (reading = GP_READING_NEW; reading <= GP_READING_CHANGE; reading++) {
                if (i >= 3 && reading == GP_READING_NEW)
                    continue;
                ck_assert_str_eq(strict(text), nothing);
                ck_assert_str_eq(relaxed(text), nothing);
            }
        }
    }
}

/* They are still part of the document: its syntax, depth, names and type apply to them. */
TEST(ignored_values_are_still_json)
{
    ck_assert_str_eq(strict("{'createdDateTime':1,'createdDateTime':2}"),
                     "DuplicateProperty $.createdDateTime");
    ck_assert_int_eq(strncmp(strict("{'createdDateTime':\xff}"), "InvalidJson $", 13), 0);
    ck_assert_int_eq(strncmp(strict("{'createdDateTime':'\\ud800'}"), "InvalidJson $", 13), 0);
    ck_assert_int_eq(strncmp(strict("{'createdDateTime':01}"), "InvalidJson $", 13), 0);
    ck_assert_int_eq(strncmp(strict("{'createdDateTime':"), "InvalidJson $", 13), 0);
    ck_assert_str_eq(
        strict(apr_psprintf(pool, "{'createdDateTime':%s}", nested("", GP_DEPTH_MAX - 1, 0, ""))),
        nothing);
    ck_assert_int_eq(strncmp(strict(apr_psprintf(pool, "{'createdDateTime':%s}",
                                                 nested("", GP_DEPTH_MAX, 0, ""))),
                             "TooDeep $.createdDateTime", 25),
                     0);
    ck_assert(!is_reference(GP_VALIDATION_STRICT, "{'createdDateTime':1,'@odata.id':'x'}"));
}

TEST(values_that_the_client_may_set_are_checked)
{
    ck_assert_str_eq(strict("{'id':7,'createdBy':{'user':{'id':1}}}"),
                     "TypeMismatch $.id\nTypeMismatch $.createdBy.user.id");
}

/* ---- depth ---- */

TEST(sixteen_levels_are_admitted)
{
    ck_assert_int_eq(GP_DEPTH_MAX, 16);
    ck_assert_str_eq(strict_at(nested("{'createdBy':{'x':", 14, 0, "}}"), "createdBy/x"),
                     nested("", 14, 0, ""));
    ck_assert_str_eq(strict_at(nested("{'createdBy':{'x':", 14, 1, "}}"), "createdBy/x"),
                     nested("", 14, 1, ""));
    ck_assert_str_eq(
        strict_at(nested("{'createdBy':{'user':{'x':", 13, 1, "}}}"), "createdBy/user/x"),
        nested("", 13, 1, ""));
    ck_assert_str_eq(strict(nested("{'@x':", 15, 0, "}")), nothing);
    ck_assert_str_eq(strict(nested("{'@x':", 15, 1, "}")), nothing);
    ck_assert_str_eq(strict(nested("{'x':", 15, 0, "}")), "UnknownProperty $.x");
    ck_assert_str_eq(strict(nested("{'x':", 15, 1, "}")), "UnknownProperty $.x");
    ck_assert_str_eq(relaxed_at(nested("{'x':", 15, 1, "}"), "x"), nested("", 15, 1, ""));
    ck_assert_str_eq(strict(nested("", 16, 0, "")), "TypeMismatch $");
}

TEST(seventeen_levels_are_refused)
{
    ck_assert_str_eq(strict(nested("{'createdBy':{'x':", 15, 0, "}}")),
                     apr_pstrcat(pool, "TooDeep $.createdBy.x", repeat("[0]", 14), NULL));
    ck_assert_str_eq(strict(nested("{'createdBy':{'x':", 15, 1, "}}")),
                     apr_pstrcat(pool, "TooDeep $.createdBy.x", repeat(".a", 14), NULL));
    ck_assert_str_eq(strict(nested("{'@x':", 16, 0, "}")),
                     apr_pstrcat(pool, "TooDeep $['@x']", repeat("[0]", 15), NULL));
    ck_assert_str_eq(
        strict(nested("{'x':", 16, 0, "}")),
        apr_pstrcat(pool, "UnknownProperty $.x\nTooDeep $.x", repeat("[0]", 15), NULL));
    ck_assert_str_eq(relaxed(nested("{'x':", 16, 1, "}")),
                     apr_pstrcat(pool, "TooDeep $.x", repeat(".a", 15), NULL));
    ck_assert_str_eq(strict(nested("", 17, 0, "")),
                     apr_pstrcat(pool, "TypeMismatch $\nTooDeep $", repeat("[0]", 16), NULL));
    said(nested("{'createdBy':{'x':", 15, 0, "}}"), "nested more than 16 deep");
}

TEST(too_much_depth_is_reported_in_ignored_values_too)
{
    ck_assert_str_eq(strict(nested("{'@x':", 16, 1, "}")),
                     apr_pstrcat(pool, "TooDeep $['@x']", repeat(".a", 15), NULL));
    ck_assert_str_eq(
        strict(nested("{'x':{'b':[1,", 14, 1, "]}}")),
        apr_pstrcat(pool, "UnknownProperty $.x\nTooDeep $.x.b[1]", repeat(".a", 13), NULL));
}

TEST(depth_counts_only_open_values)
{
    const char *pairs = repeat("[],{'a':[]},", 100);

    ck_assert_str_eq(
        strict_at(apr_psprintf(pool, "{'createdBy':{'x':[%s1],'y':[[]]}}", pairs), "createdBy/y"),
        "[[]]");
}

TEST(depth_without_end_ends_the_reading)
{
    outcome result = read_blocks(GP_VALIDATION_STRICT,
                                 apr_pstrcat(pool, "{\"@x\":", repeat("[", 200000), NULL), 8192);

    ck_assert_ptr_null(result.value);
    ck_assert_int_eq(result.problem.count, 1);
    ck_assert_str_eq(detail(&result, 0)->code, "TooDeep");
}

TEST(too_much_depth_follows_earlier_problems)
{
    ck_assert_str_eq(
        strict(apr_pstrcat(pool, "{'isCurrent':1,'@x':", repeat("[", 16), " and no more", NULL)),
        apr_pstrcat(pool, "TypeMismatch $.isCurrent\nTooDeep $['@x']", repeat("[0]", 15), NULL));
}

TEST(a_collection_has_a_limit_of_objects)
{
    const char *most = repeat("{},", GP_OBJECTS_MAX);

    ck_assert_str_eq(strict(apr_pstrcat(pool, "{'colleagues':[", most, "{}]}", NULL)),
                     "TooMany $.colleagues[500]");
    ck_assert_str_eq(relaxed(apr_pstrcat(pool, "{'sources':[", most, "{'x", NULL)),
                     "TooMany $.sources[500]");
    said(apr_pstrcat(pool, "{'colleagues':[", most, "{}]}", NULL), "more than 500 objects");
    ck_assert_int_eq(
        *strict_at(apr_pstrcat(pool, "{'colleagues':[", most + 3, "{}]}", NULL), "colleagues"),
        '[');
    /* Items that are not objects have no limit. */
    ck_assert_int_eq(
        *strict_at(apr_pstrcat(pool, "{'createdBy':{'x':[", most, "{}]}}", NULL), "createdBy/x"),
        '[');
    ck_assert_str_eq(strict(apr_pstrcat(pool, "{'@x':[", most, "{}]}", NULL)), nothing);
}

/* Returns an object with a number of members, each with its own name. */
static const char *with_members(const char *before, int count, const char *after)
{
    gp_buffer buffer;
    int i;

    gp_buffer_open(&buffer, pool, 4096);
    gp_buffer_puts(&buffer, before);
    for (i = 0; i < count; i++)
        gp_buffer_puts(&buffer, apr_psprintf(pool, "%s'm%d':null", i > 0 ? "," : "", i));
    gp_buffer_puts(&buffer, after);
    return gp_buffer_text(&buffer);
}

TEST(an_object_has_a_limit_of_undeclared_members)
{
    static const struct {
        const char *before, *after, *target;
    } rows[] = {
        {"{'createdBy':{", "}}", "$.createdBy.m500"},
        {"{'createdBy':{'user':{'id':'x',", "}}}", "$.createdBy.user.m500"},
        {"{'createdBy':{'x':[{},{", "}]}}", "$.createdBy.x[1].m500"},
        {"{'createdBy':{'x@y':1,'@z':2,", ",'@odata.etag':3}}", "$.createdBy.m500"},
    };
    apr_size_t i;
    int count;

    ck_assert_int_eq(GP_MEMBERS_MAX, 500);
    for (i = 0; i < COUNT(rows); i++) {
        for (count = GP_MEMBERS_MAX - 1; count <= GP_MEMBERS_MAX + 1; count++) {
            const char *text = with_members(rows[i].before, count, rows[i].after);

            reading = GP_READING_NEW;
            if (count <= GP_MEMBERS_MAX)
                ck_assert_int_eq(*strict(text), '{');
            else
                ck_assert_str_eq(strict(text), apr_psprintf(pool, "TooMany %s", rows[i].target));
            reading = GP_READING_STORED;
            ck_assert_int_eq(*strict(text), '{');
        }
    }
    /* Dropped members do not count. */
    reading = GP_READING_CHANGE;
    ck_assert_str_eq(strict(with_members("{'createdBy':{", GP_MEMBERS_MAX + 1, "}}")), nothing);
    ck_assert_str_eq(relaxed(with_members("{", GP_MEMBERS_MAX + 1, "}")), "TooMany $.m500");
    ck_assert_int_eq(*relaxed(with_members("{", GP_MEMBERS_MAX, "}")), '{');
}

/* ---- many problems ---- */

TEST(problems_are_listed_in_the_order_of_the_text)
{
    ck_assert_str_eq(
        strict("{'id':5,'allowedAudiences':'nobody','inference':{'confidenceScore':'high',"
               "'userHasVerifiedAccuracy':1},'createdBy':[],"
               "'source':'x','sources':{},'isSearchable':'true','categories':'one',"
               "'detail':{'company':{'address':{'type':'castle','planet':'Earth'},'name':'x'},"
               "'endMonthYear':'2019-13-01','layer':1.5,'jobTitle':{}},"
               "'manager':{'relationship':'boss'},"
               "'colleagues':[{},{'relationship':'friend','x':1},5,null,[]],'isCurrent':null,"
               "'iscurrent':true}"),
        "TypeMismatch $.id\n"
        "InvalidValue $.allowedAudiences\n"
        "TypeMismatch $.inference.confidenceScore\n"
        "TypeMismatch $.inference.userHasVerifiedAccuracy\n"
        "TypeMismatch $.createdBy\n"
        "TypeMismatch $.source\n"
        "TypeMismatch $.sources\n"
        "TypeMismatch $.isSearchable\n"
        "TypeMismatch $.categories\n"
        "InvalidValue $.detail.company.address.type\n"
        "UnknownProperty $.detail.company.address.planet\n"
        "UnknownProperty $.detail.company.name\n"
        "InvalidValue $.detail.endMonthYear\n"
        "InvalidValue $.detail.layer\n"
        "TypeMismatch $.detail.jobTitle\n"
        "InvalidValue $.manager.relationship\n"
        "UnknownProperty $.colleagues[1].x\n"
        "TypeMismatch $.colleagues[2]\n"
        "TypeMismatch $.colleagues[3]\n"
        "TypeMismatch $.colleagues[4]\n"
        "UnknownProperty $.iscurrent");
}

TEST(more_problems_than_are_listed_are_counted)
{
    int count;

    for (count = GP_DETAILS_MAX - 1; count <= GP_DETAILS_MAX + 2; count++) {
        const char *text = apr_psprintf(pool, "{\"categories\":[0%s]}", repeat(",0", count - 1));
        outcome result = read_blocks(GP_VALIDATION_STRICT, text, 100);
        int listed = count < GP_DETAILS_MAX ? count : GP_DETAILS_MAX;

        ck_assert_int_eq(result.problem.count, count);
        ck_assert_int_eq(result.problem.details->nelts, listed);
        ck_assert_str_eq(result.problem.target, "$.categories[0]");
        ck_assert_str_eq(detail(&result, listed - 1)->target,
                         apr_psprintf(pool, "$.categories[%d]", listed - 1));
    }
}

/* A small body must not take a lot of memory: problems beyond the list need no message. */
TEST(problems_beyond_the_list_cost_no_memory)
{
    const char *text = apr_pstrcat(pool, "{\"colleagues\":[0", repeat(",0", 30000), "]}", NULL);
    long before = memory_in_use();
    outcome result = read_blocks(GP_VALIDATION_STRICT, text, 8192);

    ck_assert_int_eq(result.problem.count, 30001);
    ck_assert_int_lt(memory_in_use() - before, 2 * 1024 * 1024);
}

/* ---- paths ---- */

TEST(plain_names_follow_a_dot)
{
    ck_assert_str_eq(strict("{'a':1,'_b':1,'Z9_':1}"),
                     "UnknownProperty $.a\nUnknownProperty $._b\nUnknownProperty $.Z9_");
}

TEST(odd_names_are_quoted)
{
    ck_assert_str_eq(strict("{'':1,' ':1,'a b':1,'9a':1,'a-b':1,'a.b':1,'$':1,'[0]':1,'*':1,"
                            "'a\\u0022':1,'\xc3\xa9':1}"),
                     "UnknownProperty $['']\n"
                     "UnknownProperty $[' ']\n"
                     "UnknownProperty $['a b']\n"
                     "UnknownProperty $['9a']\n"
                     "UnknownProperty $['a-b']\n"
                     "UnknownProperty $['a.b']\n"
                     "UnknownProperty $['$']\n"
                     "UnknownProperty $['[0]']\n"
                     "UnknownProperty $['*']\n"
                     "UnknownProperty $['a\"']\n"
                     "UnknownProperty $['\xc3\xa9']");
    ck_assert_str_eq(strict("{'createdBy':{'a b':{'c':[0,{'d-e':1e999}]}}}"),
                     "InvalidValue $.createdBy['a b'].c[1]['d-e']");
}

TEST(quotes_in_names_are_escaped)
{
    ck_assert_str_eq(strict("{'it\\u0027s':1,'a\\\\b':1,'\\u0027':1,'\\\\\\u0027':1}"),
                     "UnknownProperty $['it\\'s']\n"
                     "UnknownProperty $['a\\\\b']\n"
                     "UnknownProperty $['\\'']\n"
                     "UnknownProperty $['\\\\\\'']");
}

/* RFC 9535 section 2.7 */
TEST(control_characters_in_names_are_escaped)
{
    ck_assert_str_eq(strict("{'a\\nb':1,'\\b\\t\\f\\r':1,'\\u0001\\u001f':1,'\\u000b':1}"),
                     "UnknownProperty $['a\\nb']\n"
                     "UnknownProperty $['\\b\\t\\f\\r']\n"
                     "UnknownProperty $['\\u0001\\u001f']\n"
                     "UnknownProperty $['\\u000b']");
}

TEST(long_names_are_cut)
{
    const char *name = repeat("n", 128);

    ck_assert_str_eq(strict(apr_psprintf(pool, "{'%s':1}", name)),
                     apr_psprintf(pool, "UnknownProperty $.%s", name));
    ck_assert_str_eq(strict(apr_psprintf(pool, "{'%sn':1}", name)),
                     apr_psprintf(pool, "UnknownProperty $['%s...']", name));
    ck_assert_str_eq(strict(apr_psprintf(pool, "{'%s':1}", repeat("n", 5000))),
                     apr_psprintf(pool, "UnknownProperty $['%s...']", name));
}

TEST(long_names_are_cut_between_characters)
{
    /* 127 bytes, then a character of two, three or four bytes, which is dropped as a whole. */
    static const char *const letters[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    const char *name = repeat("n", 127), *whole;
    int i;

    for (i = 0; i < 3; i++) {
        ck_assert_str_eq(strict(apr_pstrcat(pool, "{'", name, letters[i], "z':1}", NULL)),
                         apr_pstrcat(pool, "UnknownProperty $['", name, "...']", NULL));
        whole = apr_pstrcat(pool, name + strlen(letters[i]) - 1, letters[i], NULL);
        ck_assert_str_eq(strict(apr_pstrcat(pool, "{'", whole, "':1}", NULL)),
                         apr_pstrcat(pool, "UnknownProperty $['", whole, "']", NULL));
    }
}

TEST(truncated_names_are_still_distinct)
{
    /* Only the shown name is cut: the names themselves differ. */
    const char *name = repeat("n", 200);

    ck_assert_str_eq(
        strict_at(apr_psprintf(pool, "{'createdBy':{'%sa':1,'%sb':2}}", name, name), "createdBy"),
        apr_psprintf(pool, "{'application':null,'device':null,'user':null,'%sa':1,'%sb':2}", name,
                     name));
}

/* ---- relaxed ---- */

TEST(relaxed_keeps_unknown_properties_at_every_level)
{
    apr_size_t i;

    for (i = 0; i < TYPED_PLACES; i++) {
        const char *none = relaxed_at(around(i, ""), typed_places[i].path);
        const char *members = "'nickname':{'a':[{'b':1.0}],'@c':null},'x':null,'y':[],'Z':'z'";

        ck_assert_str_eq(relaxed_at(around(i, members), typed_places[i].path),
                         apr_psprintf(pool, "%.*s,%s}", (int)strlen(none) - 1, none, members));
    }
}

TEST(relaxed_keeps_primitive_values_as_given)
{
    ck_assert_str_eq(relaxed_at("{'detail':{'jobTitle':5,'layer':'three','endMonthYear':false,"
                                "'startMonthYear':20190101,'role':true,'level':1.50}}",
                                "detail"),
                     "{'company':null,'description':null,'endMonthYear':false,'jobTitle':5,"
                     "'role':true,'startMonthYear':20190101,'summary':null,'employeeId':null,"
                     "'employeeType':null,'layer':'three','level':1.50,"
                     "'secondaryJobTitle':null,'secondaryRole':null}");
    ck_assert_str_eq(relaxed_at("{'detail':{'layer':2147483648}}", "detail/layer"), "2147483648");
    ck_assert_str_eq(relaxed_at("{'categories':['a',5,true]}", "categories"), "['a',5,true]");
    ck_assert_str_eq(relaxed_at("{'allowedAudiences':'Nobody, really'}", "allowedAudiences"),
                     "'Nobody, really'");
}

TEST(relaxed_refuses_another_structure)
{
    ck_assert_str_eq(relaxed("{'detail':'x','categories':'y','colleagues':[5,[]],'createdBy':[],"
                             "'isCurrent':{},'inference':true,'source':{'type':{}},"
                             "'sources':[null]}"),
                     "TypeMismatch $.detail\nTypeMismatch $.categories\n"
                     "TypeMismatch $.colleagues[0]\nTypeMismatch $.colleagues[1]\n"
                     "TypeMismatch $.createdBy\nTypeMismatch $.isCurrent\n"
                     "TypeMismatch $.inference\nTypeMismatch $.source.type\n"
                     "TypeMismatch $.sources[0]");
}

TEST(relaxed_refuses_numbers_out_of_range)
{
    ck_assert_str_eq(relaxed("{'detail':{'layer':1e309,'jobTitle':-1e309},'isCurrent':1e-400000,"
                             "'categories':[1e309],'x':1e309,'y':{'z':[1e309]}}"),
                     "InvalidValue $.detail.layer\nTypeMismatch $.detail.jobTitle\n"
                     "TypeMismatch $.isCurrent\nTypeMismatch $.categories[0]\n"
                     "InvalidValue $.x\nInvalidValue $.y.z[0]");
}

/* ---- invalid JSON ---- */

TEST(a_broken_text_is_one_problem)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"", "Empty Payload. JSON content expected."},
        {"  ", "Empty Payload. JSON content expected."},
        {"{", "line 1, column 2 (offset 1)."},
        {"{'a':1,}", "line 1, column 8 (offset 7)."},
        {"{'isCurrent':5,'x':1,\n 'layer' 1}", "line 2, column 10 (offset 31)."},
        {"{'isCurrent':true} x", "(offset 19)."},
        {"{'id':'\\ud800'}", "surrogate"},
        {"{'createdBy':{'\xff':1}}", "UTF-8"},
        {"5 5", "The text is not valid JSON"},
    };
    apr_size_t i, size;

    for (i = 0; i < COUNT(rows); i++) {
        const char *text = with(rows[i].text, '\'', '"');

        ck_assert_str_eq(strict(rows[i].text), "InvalidJson $");
        for (size = 1; size <= strlen(text); size++) {
            outcome result = read_blocks(GP_VALIDATION_STRICT, text, size);

            ck_assert_int_eq(result.problem.count, 1);
            ck_assert_ptr_null(result.value);
        }
        said(rows[i].text, rows[i].message);
    }
}

TEST(a_document_that_ends_twice_is_still_one_problem)
{
    gp_problem problem;
    gp_reader *reader;

    gp_problem_open(&problem, pool);
    reader =
        gp_reader_open(pool, &gp_work_position, GP_READING_NEW, GP_VALIDATION_STRICT, &problem);
    ck_assert(!gp_reader_feed(reader, "{,", 2));
    ck_assert(!gp_reader_feed(reader, "}", 1));
    ck_assert_ptr_null(gp_reader_finish(reader));
    ck_assert_ptr_null(gp_reader_finish(reader));
    ck_assert_int_eq(problem.count, 1);
    ck_assert_int_eq(problem.details->nelts, 1);
}

TEST(problems_do_not_stop_the_reading)
{
    gp_problem problem;
    gp_reader *reader;

    gp_problem_open(&problem, pool);
    reader =
        gp_reader_open(pool, &gp_work_position, GP_READING_NEW, GP_VALIDATION_STRICT, &problem);
    ck_assert(gp_reader_feed(reader, "{\"x\":1,", 7));
    ck_assert(gp_reader_feed(reader, "\"y\":1}", 6));
    ck_assert_ptr_null(gp_reader_finish(reader));
    ck_assert_int_eq(problem.count, 2);
}

/* ---- references ---- */

TEST(a_reference_has_an_id_and_nothing_of_the_type)
{
    int validation;

    for (validation = 0; validation < 2; validation++) {
        gp_validation how = validation ? GP_VALIDATION_RELAXED : GP_VALIDATION_STRICT;

        ck_assert(is_reference(how, "{'@odata.id':'https://example.com/x'}"));
        ck_assert(is_reference(how, "{'@odata.id':'x','@odata.context':'y','@z':{'id':1}}"));
        ck_assert(is_reference(how, "{'@odata.type':'#microsoft.graph.workPosition',"
                                    "'@odata.id':'x'}"));
        ck_assert(is_reference(how, "{'@id':'https://example.com/x','@context':'y'}"));
        ck_assert(!is_reference(how, "{}"));
        ck_assert(!is_reference(how, "{'isCurrent':true}"));
        ck_assert(!is_reference(how, "{'@odata.context':'x'}"));
        ck_assert(!is_reference(how, "{'@odata.id':'x','isCurrent':true}"));
        ck_assert(!is_reference(how, "{'detail':null,'@odata.id':'x'}"));
        ck_assert(!is_reference(how, "{'detail':{'@odata.id':'x'}}"));
        ck_assert(!is_reference(how, "{'@x':{'@odata.id':'x'}}"));
        ck_assert(!is_reference(how, "{'x@odata.id':'x'}"));
        ck_assert(!is_reference(how, "{'@id':'x','isCurrent':true}"));
        ck_assert(!is_reference(how, "{'detail':{'@id':'x'}}"));
        ck_assert(!is_reference(how, "{'@odata.id':'x','unknown':1}"));
        ck_assert(!is_reference(how, "[{'@odata.id':'x'}]"));
    }
}

/* ---- values made by hand ---- */

TEST(values_are_written_as_json)
{
    gp_value *collection = gp_value_collection(pool), *object = gp_value_object(pool, NULL);

    ck_assert_str_eq(written(gp_value_null(pool)), "null");
    ck_assert_str_eq(written(gp_value_boolean(pool, 1)), "true");
    ck_assert_str_eq(written(gp_value_boolean(pool, 0)), "false");
    ck_assert_str_eq(written(gp_value_string(pool, "x")), "'x'");
    ck_assert_str_eq(written(gp_value_string(pool, "")), "''");
    ck_assert_str_eq(written(gp_value_string(pool, NULL)), "null");
    ck_assert_str_eq(written(gp_value_text(pool, GP_VALUE_NUMBER, "1.50 and more", 4)), "1.50");
    ck_assert_str_eq(written(gp_value_text(pool, GP_VALUE_STRING, "text", 3)), "'tex'");
    ck_assert_str_eq(written(collection), "[]");
    ck_assert_str_eq(written(object), "{}");

    gp_value_append(collection, gp_value_null(pool));
    gp_value_append(collection, object);
    gp_value_append(collection, gp_value_collection(pool));
    gp_value_add_member(pool, object, "name and more", 4, gp_value_boolean(pool, 1));
    gp_value_add_member(pool, object, "a\nb", 3, gp_value_null(pool));
    ck_assert_str_eq(written(collection), "[null,{'name':true,'a\\nb':null},[]]");
}

TEST(texts_are_copied)
{
    char text[] = "before";
    gp_value *value = gp_value_string(pool, text);

    memcpy(text, "after!", 6);
    ck_assert_str_eq(written(value), "'before'");
    ck_assert_str_eq(value->as.text.bytes, "before");
}

TEST(constructed_objects_have_every_property)
{
    gp_value *value = gp_value_object(pool, &gp_work_position);

    ck_assert_str_eq(written(value), nothing);
    value->as.object.odata_type = gp_work_position.odata_type;
    ck_assert_str_eq(apr_pstrmemdup(pool, written(value), 57),
                     "{'@odata.type':'#microsoft.graph.workPosition','id':null,");
}

UNIT_MAIN("reader")
