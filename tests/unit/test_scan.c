/* SPDX-License-Identifier: Apache-2.0 */
#include "document/scan.h"
#include "base/buffer.h"
#include "unit.h"

#include <limits.h>
#include <time.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static gp_span span_of(const char *text)
{
    gp_span span = {text, text + strlen(text)};

    return span;
}

/* Returns the value at a path with slashes; "-": nothing, "!": the scanned text is not JSON. */
static const char *found(const char *document, const char *path)
{
    gp_wanted *root = gp_wanted_make(pool), *at = root;
    gp_span slots[1];
    char *names = apr_pstrdup(pool, path), *name, *last;

    for (name = apr_strtok(names, "/", &last); name != NULL; name = apr_strtok(NULL, "/", &last))
        at = gp_wanted_add(pool, at, name, strlen(name));
    at->slot = 0;
    if (!gp_scan(span_of(document), root, slots))
        return "!";
    return slots[0].start == NULL
               ? "-"
               : apr_pstrmemdup(pool, slots[0].start, (apr_size_t)(slots[0].end - slots[0].start));
}

TEST(members_are_found_at_any_position)
{
    static const struct {
        const char *document, *path, *value;
    } rows[] = {
        {"{\"a\":1,\"b\":{\"c\":\"x\",\"d\":[{\"e\":2}]},\"f\":null}", "a", "1"},
        {"{\"a\":1,\"b\":{\"c\":\"x\",\"d\":[{\"e\":2}]},\"f\":null}", "b/c", "\"x\""},
        {"{\"a\":1,\"b\":{\"c\":\"x\",\"d\":[{\"e\":2}]},\"f\":null}", "b/d", "[{\"e\":2}]"},
        {"{\"a\":1,\"b\":{\"c\":\"x\",\"d\":[{\"e\":2}]},\"f\":null}", "b",
         "{\"c\":\"x\",\"d\":[{\"e\":2}]}"},
        {"{\"a\":1,\"b\":{\"c\":\"x\"},\"f\":null}", "f", "null"},
        {"{\"a\":1}", "", "{\"a\":1}"},
        {"{\"a\":1}", "b", "-"},
        {"{\"a\":1}", "a/b", "-"},
        {"{\"a\":[1]}", "a/b", "-"},
        {"{}", "a", "-"},
        {"[1]", "a", "-"},
        {"5", "", "5"},
        {" {\n \"a\" : { \"b\" : true } }", "a/b", "true"},
        {"{\"x\":\"}\\\"{\\\\\",\"a\":\"\\\\\\\"\"}", "a", "\"\\\\\\\"\""},
        {"{\"x\":[[\"]\",{\"a\":3}],{}],\"a\":4}", "a", "4"},
        {"{\"a\":1,\"a\":2}", "a", "1"},
        {"{\"aa\":1,\"a\":2}", "a", "2"},
        {"{\"b\":{\"a\":1},\"a\":2}", "a", "2"},
    };
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++)
        ck_assert_str_eq(found(rows[i].document, rows[i].path), rows[i].value);
}

TEST(invalid_json_is_reported_if_it_is_reached)
{
    static const char *const broken[] = {
        "",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"b\":\"x",
        "{\"b\":\"x\\\"}",
        "{a}",
        "{\"b\":1;",
        "{\"b\"1}",
        "{\"b\":}",
        "{\"b\":1,",
        "{\"b\":[1,{\"a\":2}",
        "{\"b\":{]",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(broken); i++)
        ck_assert_msg(strcmp(found(broken[i], "c"), "!") == 0, "%s", broken[i]);
    ck_assert_str_eq(found("{\"a\":1,nothing", "a"),
                     "1"); /* nothing after the last one is scanned */
}

TEST(several_members_are_found_at_once)
{
    gp_wanted *root = gp_wanted_make(pool), *detail = gp_wanted_add(pool, root, "d", 1);
    gp_span slots[3];

    detail->slot = 0;
    gp_wanted_add(pool, detail, "e", 1)->slot = 1;
    gp_wanted_add(pool, root, "f", 1)->slot = 2;
    ck_assert_ptr_eq(gp_wanted_add(pool, root, "d", 1), detail);
    ck_assert(gp_scan(span_of("{\"d\":{\"e\":5},\"f\":6}"), root, slots));
    ck_assert_int_eq(slots[0].end - slots[0].start, 7);
    ck_assert_int_eq(*slots[1].start, '5');
    ck_assert_int_eq(*slots[2].start, '6');
    ck_assert(gp_scan(span_of("{\"f\":7}"), root, slots));
    ck_assert_ptr_null(slots[0].start);
    ck_assert_ptr_null(slots[1].start);
    ck_assert_int_eq(gp_span_type(slots[1]), 0);
    ck_assert_int_eq(gp_span_type(slots[2]), '7');
}

static const char *items_of(const char *text)
{
    gp_span all = span_of(text), item;
    const char *at = all.start, *joined = "";

    for (;;) {
        if (!gp_scan_item(&at, all.end, &item))
            return apr_pstrcat(pool, joined, "!", NULL);
        if (item.start == NULL)
            return joined;
        joined = apr_pstrcat(pool, joined, "|",
                             apr_pstrmemdup(pool, item.start, (apr_size_t)(item.end - item.start)),
                             NULL);
    }
}

TEST(items_follow_each_other)
{
    ck_assert_str_eq(items_of("[]"), "");
    ck_assert_str_eq(items_of("[ ]"), "");
    ck_assert_str_eq(items_of("[1,\"a,]\" , {\"b\":[2]},null]"), "|1|\"a,]\"|{\"b\":[2]}|null");
    ck_assert_str_eq(items_of("[1"), "|1!");
    ck_assert_str_eq(items_of("[1 2]"), "|1!");
    ck_assert_str_eq(items_of(""), "!");
}

static const char *decoded(const char *text)
{
    apr_size_t length;
    const char *bytes = gp_scan_string(pool, span_of(text), &length);

    return apr_pstrmemdup(pool, bytes, length);
}

TEST(strings_are_decoded)
{
    const char *plain = "\"plain\"";
    apr_size_t length;

    ck_assert_ptr_eq(gp_scan_string(NULL, span_of(plain), &length), plain + 1);
    ck_assert_uint_eq(length, 5);
    ck_assert_str_eq(decoded("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), "\"\\/\b\f\n\r\t");
    ck_assert_str_eq(decoded("\"a\\u0041\\u00eb\\u65e5\\ud83d\\ude00z\""),
                     "aA\xc3\xab\xe6\x97\xa5\xf0\x9f\x98\x80z");
    ck_assert_str_eq(decoded("\"\\ud83dx\\udc00\\u12\\uzzzz\""), "?x??12?zzzz");
}

/* Processor time of looking for so many members, none of which is there; the least of a few attempts. */
static long nanoseconds_of(const char *document, int names)
{
    gp_wanted *root = gp_wanted_make(pool);
    gp_span slots[256];
    long least = LONG_MAX;
    int i;

    for (i = 0; i < names; i++) {
        const char *name = apr_psprintf(pool, "n%07d", i);

        gp_wanted_add(pool, root, name, strlen(name))->slot = i;
    }
    for (i = 0; i < 5; i++) {
        struct timespec begun, ended;
        long took;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begun);
        ck_assert(gp_scan(span_of(document), root, slots));
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ended);
        took = (ended.tv_sec - begun.tv_sec) * 1000000000L + ended.tv_nsec - begun.tv_nsec;
        least = took < least ? took : least;
    }
    return least;
}

/* Whoever asks for many names must not make each member of each document cost as many comparisons. */
TEST(many_names_cost_little_more_than_one)
{
    gp_buffer document;
    int i;

    gp_buffer_open(&document, pool, 400000);
    for (i = 0; i < 20000; i++)
        gp_buffer_puts(&document, apr_psprintf(pool, "%s\"x%07d\":0", i == 0 ? "{" : ",", i));
    gp_buffer_puts(&document, "}");
    ck_assert_int_lt(nanoseconds_of(gp_buffer_text(&document), 256),
                     12 * nanoseconds_of(gp_buffer_text(&document), 1));
}

UNIT_MAIN("scan")
