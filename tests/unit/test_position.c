/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "document/position.h"
#include "unit.h"

/* 2020-07-06T06:34:12.229486Z */
#define NOW      APR_INT64_C(1594017252229486)
#define NOW_TEXT "2020-07-06T06:34:12.2294860Z"

/* The id made from NOW and `entropy`: 0x0173 22d5 0385 milliseconds, 486 microseconds. */
#define MADE_ID "017322d5-0385-77c6-bfff-ffffffffffff"

#define SENT_ID "17a809a9-09a9-17a8-a909-a817a909a817"

static const gp_actor alice = {"alice-id", "Alice", "app-id"};

static gp_problem problem;
static gp_position position;

static void entropy_of(gp_position_entropy *entropy)
{
    apr_size_t i;

    memset(entropy->id, 0xff, sizeof entropy->id);
    for (i = 0; i < sizeof entropy->etag; i++)
        entropy->etag[i] = (unsigned char)(i * 17);
}

/* Reads a text and makes a position from it; returns zero if the position is refused. */
static int create_on(const gp_position_terms *terms, const gp_actor *actor, const char *text)
{
    gp_position_entropy entropy;
    gp_reader *reader;
    gp_value *value;

    entropy_of(&entropy);
    memset(&position, 'x', sizeof position);
    gp_problem_open(&problem, pool);
    reader = gp_reader_open(pool, &gp_work_position, GP_READING_NEW, terms->validation, &problem);
    gp_reader_feed(reader, text, strlen(text));
    value = gp_reader_finish(reader);
    ck_assert_msg(value != NULL, "%s", text);
    return gp_position_create(pool, pool, value, actor, NOW, &entropy, terms, &position, &problem);
}

static int create_for(const gp_actor *actor, gp_validation validation, const char *text)
{
    gp_position_terms terms = {validation, "organization", 1, 1};

    return create_on(&terms, actor, text);
}

static int create(const char *text)
{
    return create_for(&alice, GP_VALIDATION_STRICT, text);
}

static int create_relaxed(const char *text)
{
    return create_for(&alice, GP_VALIDATION_RELAXED, text);
}

static void has(const char *part)
{
    ck_assert_msg(strstr(position.document, part) != NULL, "'%s' is not in %s", part,
                  position.document);
}

static void has_not(const char *part)
{
    ck_assert_msg(strstr(position.document, part) == NULL, "'%s' is in %s", part,
                  position.document);
}

#define ALICE                                                                                      \
    "{\"@odata.type\":\"#microsoft.graph.identitySet\","                                           \
    "\"application\":{\"id\":\"app-id\",\"displayName\":null},\"device\":null,"                    \
    "\"user\":{\"id\":\"alice-id\",\"displayName\":\"Alice\"}}"

TEST(an_empty_position_gets_every_property_of_the_server)
{
    ck_assert(create("{}"));
    ck_assert_int_eq(problem.error, GP_OK);
    ck_assert_str_eq(position.document,
                     "{\"id\":\"" MADE_ID "\","
                     "\"allowedAudiences\":\"organization\","
                     "\"inference\":null,"
                     "\"createdDateTime\":\"" NOW_TEXT "\","
                     "\"createdBy\":" ALICE ","
                     "\"lastModifiedDateTime\":\"" NOW_TEXT "\","
                     "\"lastModifiedBy\":" ALICE ","
                     "\"source\":null,\"sources\":[],\"isSearchable\":null,\"categories\":[],"
                     "\"detail\":null,\"manager\":null,\"colleagues\":[],\"isCurrent\":null}");
    ck_assert_uint_eq(position.length, strlen(position.document));
    ck_assert_str_eq(position.id, MADE_ID);
    ck_assert_str_eq(position.etag, "00112233445566778899aabbccddeeff");
    ck_assert_str_eq(position.created, NOW_TEXT);
    ck_assert_str_eq(position.modified, NOW_TEXT);
    ck_assert_uint_eq(position.audiences, 8);
}

TEST(an_id_consists_of_time_and_random_bits)
{
    char expected[GP_UUID_SIZE];
    gp_position_entropy entropy;

    entropy_of(&entropy);
    gp_uuid_format_v7(expected, NOW, entropy.id);
    ck_assert(create("{}"));
    ck_assert_str_eq(position.id, expected);
    ck_assert_int_eq(position.id[14], '7');
    ck_assert(create("{\"id\":null}"));
    ck_assert_str_eq(position.id, expected);
    has("{\"id\":\"" MADE_ID "\",");
}

TEST(an_id_that_is_sent_is_kept_in_lower_case)
{
    ck_assert(create("{\"id\":\"" SENT_ID "\"}"));
    ck_assert_str_eq(position.id, SENT_ID);
    has("{\"id\":\"" SENT_ID "\",");
    ck_assert(create("{\"id\":\"17A809A9-09A9-17a8-A909-A817A909A817\"}"));
    ck_assert_str_eq(position.id, SENT_ID);
    has("{\"id\":\"" SENT_ID "\",");
    ck_assert(create_relaxed("{\"id\":\"" SENT_ID "\"}"));
    ck_assert_str_eq(position.id, SENT_ID);
}

TEST(an_id_that_is_not_a_uuid_is_refused)
{
    static const char *const wrong[] = {
        "",
        "1",
        "String",
        "{" SENT_ID "}",
        SENT_ID " ",
        "17a809a909a917a8a909a817a909a817",
        "17a809a9-09a9-17a8-a909-a817a909a81",
        "17a809a9-09a9-17a8-a909-a817a909a8177",
        "17a809a9-09a9-17a8-a909-a817a909a81g",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(wrong); i++) {
        const char *text = apr_pstrcat(pool, "{\"id\":\"", wrong[i], "\"}", NULL);

        ck_assert_msg(!create(text), "%s", text);
        ck_assert_int_eq(problem.error, GP_BAD_REQUEST);
        ck_assert_int_eq(problem.count, 1);
        ck_assert_str_eq(problem.target, "$.id");
        ck_assert_str_eq(APR_ARRAY_IDX(problem.details, 0, gp_detail).code, "InvalidValue");
        ck_assert_msg(create_relaxed(text), "%s", text);
        ck_assert_int_eq(problem.error, GP_OK);
        ck_assert_str_eq(position.id, MADE_ID);
        has("{\"id\":\"" MADE_ID "\",");
    }
}

TEST(a_relaxed_id_of_another_type_is_replaced)
{
    ck_assert(create_relaxed("{\"id\":5}"));
    ck_assert_str_eq(position.id, MADE_ID);
    has("{\"id\":\"" MADE_ID "\",");
    ck_assert(create_relaxed("{\"id\":true}"));
    ck_assert_str_eq(position.id, MADE_ID);
}

TEST(a_sent_created_by_is_kept)
{
    ck_assert(create("{\"createdBy\":{\"user\":{\"id\":\"bob\"},\"phone\":{\"id\":\"1\"}}}"));
    has("\"createdBy\":{\"application\":null,\"device\":null,"
        "\"user\":{\"id\":\"bob\",\"displayName\":null},\"phone\":{\"id\":\"1\"}},");
    has("\"lastModifiedBy\":" ALICE);
    /* An empty set counts as a value. */
    ck_assert(create("{\"createdBy\":{}}"));
    has("\"createdBy\":{\"application\":null,\"device\":null,\"user\":null},");
    ck_assert(create("{\"createdBy\":{\"@odata.type\":\"microsoft.graph.identitySet\"}}"));
    has("\"createdBy\":{\"@odata.type\":\"microsoft.graph.identitySet\",\"application\":null,");
}

TEST(a_missing_created_by_is_set)
{
    ck_assert(create("{\"isCurrent\":true}"));
    has("\"createdBy\":" ALICE ",");
    ck_assert(create("{\"createdBy\":null}"));
    has("\"createdBy\":" ALICE ",");
}

TEST(an_application_alone_is_named_alone)
{
    static const gp_actor app = {NULL, NULL, "app-id"};

    ck_assert(create_for(&app, GP_VALIDATION_STRICT, "{}"));
    has("\"createdBy\":{\"@odata.type\":\"#microsoft.graph.identitySet\","
        "\"application\":{\"id\":\"app-id\",\"displayName\":null},\"device\":null,\"user\":null},");
    has("\"lastModifiedBy\":{\"@odata.type\":\"#microsoft.graph.identitySet\","
        "\"application\":{\"id\":\"app-id\",\"displayName\":null},\"device\":null,\"user\":null},");
}

TEST(a_user_alone_is_named_alone)
{
    static const gp_actor user = {"o'brien; \"x\"", NULL, NULL};

    ck_assert(create_for(&user, GP_VALIDATION_STRICT, "{}"));
    has("\"createdBy\":{\"@odata.type\":\"#microsoft.graph.identitySet\",\"application\":null,"
        "\"device\":null,\"user\":{\"id\":\"o'brien; \\\"x\\\"\",\"displayName\":null}},");
}

TEST(an_unknown_actor_leaves_an_empty_set)
{
    static const gp_actor nobody = {NULL, NULL, NULL};

    ck_assert(create_for(&nobody, GP_VALIDATION_STRICT, "{}"));
    has("\"createdBy\":{\"@odata.type\":\"#microsoft.graph.identitySet\",\"application\":null,"
        "\"device\":null,\"user\":null},");
}

TEST(the_stamps_of_the_server_replace_those_sent)
{
    static const char text[] = "{\"createdDateTime\":\"2001-01-01T00:00:00Z\","
                               "\"lastModifiedDateTime\":\"2002-01-01T00:00:00Z\","
                               "\"lastModifiedBy\":{\"user\":{\"id\":\"mallory\"},\"x\":1}}";
    int i;

    for (i = 0; i < 2; i++) {
        ck_assert(i == 0 ? create(text) : create_relaxed(text));
        has("\"createdDateTime\":\"" NOW_TEXT "\",");
        has("\"lastModifiedDateTime\":\"" NOW_TEXT "\",");
        has("\"lastModifiedBy\":" ALICE ",");
        has_not("2001");
        has_not("2002");
        has_not("mallory");
    }
    ck_assert(create_relaxed("{\"createdDateTime\":0,\"lastModifiedDateTime\":\"String\"}"));
    has("\"createdDateTime\":\"" NOW_TEXT "\",");
    has("\"lastModifiedDateTime\":\"" NOW_TEXT "\",");
}

TEST(everything_else_is_kept)
{
    ck_assert(create("{\"@odata.type\":\"microsoft.graph.workPosition\",\"isCurrent\":true,"
                     "\"categories\":[\"a\"],\"detail\":{\"jobTitle\":\"x\"}}"));
    has("{\"@odata.type\":\"microsoft.graph.workPosition\",\"id\":");
    has("\"categories\":[\"a\"],\"detail\":{\"company\":null,");
    has("\"jobTitle\":\"x\"");
    has("\"isCurrent\":true}");
    ck_assert(create_relaxed("{\"x\":{\"y\":1}}"));
    has("\"isCurrent\":null,\"x\":{\"y\":1}}");
}

TEST(audiences_become_flags)
{
    static const struct {
        const char *sent, *stored;
        unsigned flags;
    } rows[] = {
        {"null", "me", 0},
        {"\"\"", "me", 0},
        {"\"me\"", "me", 0},
        {"\"family\"", "family", 1},
        {"\"contacts\"", "contacts", 2},
        {"\"groupMembers\"", "groupMembers", 4},
        {"\"organization\"", "organization", 8},
        {"\"federatedOrganizations\"", "federatedOrganizations", 16},
        {"\"everyone\"", "everyone", 32},
        {"\"contacts,family\"", "family,contacts", 3},
        {"\"everyone, groupMembers ,family\"", "family,groupMembers,everyone", 37},
        {"\"family,family\"", "family", 1},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        ck_assert(create(apr_pstrcat(pool, "{\"allowedAudiences\":", rows[i].sent, "}", NULL)));
        ck_assert_uint_eq(position.audiences, rows[i].flags);
        has(apr_pstrcat(pool, "\"allowedAudiences\":\"", rows[i].stored, "\",", NULL));
    }
    ck_assert(create("{\"allowedAudiences\":\"me,family\"}"));
    ck_assert_uint_eq(position.audiences, 1);
}

TEST(invalid_relaxed_audiences_admit_nobody)
{
    static const char *const junk[] = {
        "\"String\"",
        "\"family,nobody\"",
        "\"unknownFutureValue\"",
        "\"everyone,unknownFutureValue\"",
        "\"Everyone\"",
        "\"64\"",
        "\"128\"",
        "\"-1\"",
        "32",
        "-1",
        "true",
        "false",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(junk); i++) {
        ck_assert(create_relaxed(apr_pstrcat(pool, "{\"allowedAudiences\":", junk[i], "}", NULL)));
        ck_assert_msg(position.audiences == 0, "%s", junk[i]);
        has(apr_pstrcat(pool, "\"allowedAudiences\":", junk[i], ",", NULL));
    }
    ck_assert(create_relaxed("{\"allowedAudiences\":\"\"}"));
    ck_assert_uint_eq(position.audiences, 0);
    has("\"allowedAudiences\":\"me\",");
}

TEST(the_default_audience_is_that_of_the_terms)
{
    gp_position_terms terms = {GP_VALIDATION_STRICT, "family,contacts", 1, 1};

    ck_assert(create_on(&terms, &alice, "{}"));
    ck_assert_uint_eq(position.audiences, 3);
    has("\"allowedAudiences\":\"family,contacts\"");
    terms.default_audience = "me";
    ck_assert(create_on(&terms, &alice, "{}"));
    ck_assert_uint_eq(position.audiences, 0);
}

/* The default applies to an absent property: flags sent as none mean the owner alone. */
TEST(the_default_audience_does_not_replace_an_empty_set)
{
    static const char *const none[] = {"null", "\"\"", "\"me\""};
    gp_position_terms terms = {GP_VALIDATION_STRICT, "everyone", 1, 1};
    apr_size_t i;

    for (i = 0; i < COUNT(none); i++) {
        ck_assert(create_on(&terms, &alice,
                            apr_pstrcat(pool, "{\"allowedAudiences\":", none[i], "}", NULL)));
        ck_assert_msg(position.audiences == 0, "%s", none[i]);
        has("\"allowedAudiences\":\"me\",");
    }
}

TEST(an_id_that_may_not_be_kept_is_checked_and_ignored)
{
    gp_position_terms terms = {GP_VALIDATION_STRICT, "organization", 0, 1};

    ck_assert(create_on(&terms, &alice, "{\"id\":\"" SENT_ID "\"}"));
    ck_assert_str_eq(position.id, MADE_ID);
    ck_assert(!position.is_id_sent);
    has("{\"id\":\"" MADE_ID "\",");
    ck_assert(!create_on(&terms, &alice, "{\"id\":\"1\"}"));
    ck_assert_str_eq(problem.target, "$.id");
}

TEST(an_author_that_may_not_be_kept_is_checked_and_ignored)
{
    gp_position_terms terms = {GP_VALIDATION_STRICT, "organization", 1, 0};

    ck_assert(create_on(&terms, &alice, "{\"createdBy\":{\"user\":{\"id\":\"bob\"}}}"));
    has("\"createdBy\":" ALICE ",");
    has_not("bob");
}

static void change(const char *stored, const char *text)
{
    static const unsigned char random[16];
    gp_reader *reader;

    gp_problem_open(&problem, pool);
    reader =
        gp_reader_open(pool, &gp_work_position, GP_READING_CHANGE, GP_VALIDATION_STRICT, &problem);
    gp_reader_feed(reader, text, strlen(text));
    ck_assert(gp_position_change(pool, pool, gp_position_read(pool, stored),
                                 gp_reader_finish(reader), &alice, NOW, random, &position));
}

/* Whoever wrote the stored document, a change shows it to no new audience. */
TEST(a_change_never_widens_the_audiences_by_itself)
{
    static const char *const cleared[] = {"{}", "{\"allowedAudiences\":null}"};
    apr_size_t i;

    for (i = 0; i < COUNT(cleared); i++) {
        change(cleared[i], "{\"isCurrent\":true}");
        ck_assert_uint_eq(position.audiences, 0);
        has("\"allowedAudiences\":\"me\",");
    }
    change("{\"allowedAudiences\":\"everyone\"}", "{\"allowedAudiences\":null}");
    ck_assert_uint_eq(position.audiences, 0);
    change("{\"allowedAudiences\":\"family\"}", "{\"allowedAudiences\":\"\",\"isCurrent\":true}");
    ck_assert_uint_eq(position.audiences, 1);
    change("{\"allowedAudiences\":\"me\"}", "{\"allowedAudiences\":\"\",\"isCurrent\":true}");
    ck_assert_uint_eq(position.audiences, 0);
    has("\"allowedAudiences\":\"me\",");
}

/* The canonical document reads as itself, which the database's CHECK and PATCH require. */
TEST(the_document_is_canonical)
{
    const char *first;

    ck_assert(create("{\"createdBy\":{\"user\":{\"x\":[1.50,\"\\n\"]}},\"categories\":[\"a\"]}"));
    first = position.document;
    ck_assert(create(first));
    ck_assert_str_eq(position.document, first);
}

TEST(a_stored_position_is_read_beyond_present_limits)
{
    gp_buffer text;
    int i;

    gp_buffer_open(&text, pool, 64);
    gp_buffer_puts(&text, "{\"colleagues\":[{}");
    for (i = 0; i < GP_OBJECTS_MAX; i++)
        gp_buffer_puts(&text, ",{}");
    gp_buffer_puts(&text, "]}");
    ck_assert_ptr_nonnull(gp_position_read(pool, gp_buffer_text(&text)));
}

TEST(long_documents_are_whole)
{
    char *title = apr_palloc(pool, 50001);

    memset(title, 't', 50000);
    title[50000] = '\0';
    ck_assert(create(apr_pstrcat(pool, "{\"detail\":{\"jobTitle\":\"", title, "\"}}", NULL)));
    ck_assert_uint_eq(position.length, strlen(position.document));
    ck_assert_uint_gt(position.length, 50000);
    has(title);
}

TEST(etag_tokens_are_hexadecimal)
{
    static const unsigned char bytes[16] = {0, 1, 0x7f, 0x80, 0xff};
    char out[GP_ETAG_TOKEN_SIZE];

    gp_etag_token_format(out, bytes);
    ck_assert_str_eq(out, "00017f80ff0000000000000000000000");
}

/* ---- imports ---- */

TEST(a_replacement_keeps_only_the_creation_stamps)
{
    const char *before;
    gp_value *value;

    ck_assert(create("{\"categories\":[\"a\"],\"detail\":{\"jobTitle\":\"before\"}}"));
    before = position.document;
    ck_assert(create("{\"detail\":{\"role\":\"after\"},\"allowedAudiences\":\"family\","
                     "\"createdBy\":{\"user\":{\"id\":\"somebody\"}}}"));
    value = gp_position_read(pool, position.document);
    gp_position_replace(pool, pool, gp_position_read(pool, before), value,
                        &(gp_actor){NULL, NULL, "hr"}, NOW + 1000000,
                        (const unsigned char *)MADE_ID, &position);
    has("\"createdDateTime\":\"" NOW_TEXT "\",\"createdBy\":" ALICE);
    has("\"lastModifiedDateTime\":\"2020-07-06T06:34:13.2294860Z\"");
    has("\"lastModifiedBy\":{\"@odata.type\":\"#microsoft.graph.identitySet\","
        "\"application\":{\"id\":\"hr\"");
    has("\"jobTitle\":null,\"role\":\"after\"");
    has("\"categories\":[]");
    ck_assert_ptr_null(position.created);
    ck_assert_uint_eq(position.audiences, 1);
}

TEST(a_restored_position_equals_the_stored_one)
{
    static const char *const texts[] = {
        "{}", "{\"@odata.type\":\"#microsoft.graph.workPosition\",\"allowedAudiences\":\"me\"}",
        "{\"inference\":{\"createdDateTime\":[{\"}\":\",\\\"createdDateTime\\\":\"}],\"x\":1.50},"
        "\"createdBy\":{\"source\":{},\"a,\\\"b\":[[]]},\"detail\":{\"jobTitle\":"
        "\"\\u00e9\\u0001\\\\\"}}"};
    apr_size_t i, start, end;

    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        gp_position restored;

        ck_assert(create_relaxed(texts[i]));
        gp_position_restore(pool, pool, gp_position_read(pool, position.document), &restored);
        ck_assert_str_eq(restored.document, position.document);
        ck_assert_uint_eq(restored.length, position.length);
        ck_assert_uint_eq(restored.audiences, position.audiences);

        start = gp_position_stamps(position.document, position.length, &end);
        ck_assert_ptr_eq(strstr(position.document, ",\"createdDateTime\":\"2020"),
                         position.document + start);
        ck_assert_ptr_eq(strstr(position.document, ",\"source\":null,\"sources\":[],"),
                         position.document + end);
    }
}

UNIT_MAIN("position")
