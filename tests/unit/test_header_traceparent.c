/* SPDX-License-Identifier: Apache-2.0 */
/* The cases are those of the specification (W3C Trace Context, section 3.2) and of its own test suite. */
#include "odata/header_traceparent.h"
#include "unit.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define TRACE  "0af7651916cd43dd8448eb211c80319c"
#define PARENT "b7ad6b7169203331"
#define IDS    TRACE "-" PARENT

TEST(valid_headers_are_read)
{
    static const char *const right[][2] = {
        /* the header, its form in version 00 */
        {"00-" IDS "-01", "00-" IDS "-01"},
        {"00-" IDS "-00", "00-" IDS "-00"},
        {"00-" IDS "-03", "00-" IDS "-03"}, /* undefined bits */
        {"00-" IDS "-ff", "00-" IDS "-ff"},
        {"01-" IDS "-01", "00-" IDS "-01"}, /* future versions */
        {"cc-" IDS "-01", "00-" IDS "-01"},
        {"cc-" IDS "-01-what-the-future-will-be-like", "00-" IDS "-01"},
        {"cc-" IDS "-01-", "00-" IDS "-01"},
        {"fe-" IDS "-fe", "00-" IDS "-00"},
        {"fe-" IDS "-af", "00-" IDS "-01"},
        {"00-00000000000000000000000000000001-0000000000000001-00",
         "00-00000000000000000000000000000001-0000000000000001-00"},
    };
    gp_trace trace;
    size_t i;

    for (i = 0; i < COUNT(right); i++) {
        memset(&trace, 'x', sizeof trace);
        ck_assert_msg(gp_header_traceparent(right[i][0], &trace), "%s", right[i][0]);
        ck_assert_str_eq(trace.parent, right[i][1]);
        ck_assert_msg(strncmp(trace.id, right[i][1] + 3, 32) == 0 && trace.id[32] == '\0', "%s",
                      trace.id);
    }
}

TEST(malformed_headers_are_ignored)
{
    static const char *const wrong[] = {
        "",
        "00",
        "00-",
        "xyz",
        /* the version */
        "ff-" IDS "-01",
        "ff-" IDS "-01-what-the-future-will-be-like",
        "0-" IDS "-01",
        "000-" IDS "-01",
        ".0-" IDS "-01",
        "0.-" IDS "-01",
        "0G-" IDS "-01",
        "FE-" IDS "-01",
        "cC-" IDS "-01",
        /* the trace id */
        "00-00000000000000000000000000000000-" PARENT "-01",
        "cc-00000000000000000000000000000000-" PARENT "-01",
        "00-0AF7651916CD43DD8448EB211C80319C-" PARENT "-01",
        "00-.af7651916cd43dd8448eb211c80319c-" PARENT "-01",
        "00-0af7651916cd43dd8448eb211c80319.-" PARENT "-01",
        "00-0af7651916cd43dd8448eb211c80319-" PARENT "-01",
        "00-0af7651916cd43dd8448eb211c80319c0-" PARENT "-01",
        /* the parent id */
        "00-" TRACE "-0000000000000000-01",
        "cc-" TRACE "-0000000000000000-01",
        "00-" TRACE "-B7AD6B7169203331-01",
        "00-" TRACE "-.7ad6b7169203331-01",
        "00-" TRACE "-b7ad6b716920333.-01",
        "00-" TRACE "-b7ad6b716920333-01",
        "00-" TRACE "-b7ad6b71692033310-01",
        /* the flags */
        "00-" IDS "-",
        "00-" IDS "-1",
        "00-" IDS "-.1",
        "00-" IDS "-1.",
        "00-" IDS "-0G",
        "00-" IDS "-FF",
        "00-" IDS "-001",
        /* the end */
        "00-" IDS "-01-",
        "00-" IDS "-01-what-the-future-will-be-like",
        "00-" IDS "-01.",
        "00-" IDS "-01 ",
        "cc-" IDS "-01.what-the-future-will-not-be-like",
        "cc-" IDS "-010",
        "cc-" IDS "-0",
        /* the dashes, and the result of merging two headers */
        "00_" IDS "-01",
        "00-" TRACE "_" PARENT "-01",
        "00-" IDS "_01",
        " 00-" IDS "-01",
        "00-" IDS "-01,00-" IDS "-01",
        "00-" IDS "-01, 00-" IDS "-01",
        "\"00-" IDS "-01\"",
    };
    gp_trace trace;
    size_t i;

    ck_assert(!gp_header_traceparent(NULL, &trace));
    for (i = 0; i < COUNT(wrong); i++)
        ck_assert_msg(!gp_header_traceparent(wrong[i], &trace), "%s", wrong[i]);
}

/* Each text ends at the end of its memory, so that sanitizers detect a read beyond it. */
TEST(truncated_headers_are_not_read_past_their_end)
{
    static const char whole[] = "cc-" IDS "-01-what";
    size_t length;

    for (length = 0; length < sizeof whole; length++) {
        char *text = malloc(length + 1);
        gp_trace trace;

        memcpy(text, whole, length);
        text[length] = '\0';
        ck_assert_int_eq(gp_header_traceparent(text, &trace), length >= 55);
        free(text);
    }
}

UNIT_MAIN("header_traceparent")
