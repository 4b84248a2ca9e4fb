/* SPDX-License-Identifier: Apache-2.0 */
#include "odata/header_content_type.h"
#include "unit.h"

TEST(json_is_accepted_with_any_parameters)
{
    static const char *const json[] = {
        "application/json",
        "Application/JSON",
        "APPLICATION/JSON; CHARSET=UTF-8",
        " application/json",
        "\tapplication/json\t ",
        "application/json;charset=utf-8",
        "application/json; charset=utf-8",
        "application/json ; charset=utf-8 ",
        "application/json;charset=UTF-8",
        "application/json; charset=\"utf-8\"",
        "application/json; charset=\"UTF-8\"",
        "application/json; charset=us-ascii",
        "application/json;odata.metadata=minimal",
        "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8",
        "application/json;IEEE754Compatible=false",
        "application/json; odata=verbose; charset=utf-8",
        "application/json; x=\"a;charset=latin1\"; charset=utf-8",
        "application/json; x=\"a\\\";charset=latin1\"",
        "application/json; x=\"\"",
        "application/json;",
        "application/json; ",
        "application/json;;charset=utf-8",
        "application/json; mycharset=latin1",
        "application/json; charsets=latin1",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(json); i++)
        ck_assert_msg(gp_header_content_type(json[i]) == GP_MEDIA_JSON, "%s", json[i]);
}

TEST(other_charsets_are_reported)
{
    static const char *const other[] = {
        "application/json; charset=iso-8859-1",
        "application/json; charset=utf-16",
        "application/json; charset=UTF-16LE",
        "application/json;charset=utf-32",
        "application/json; charset=\"latin1\"",
        "application/json; odata.metadata=full; charset=windows-1252",
        "application/json; charset=utf-8; charset=utf-16",
        "application/json; charset=utf-88",
        "application/json; charset=utf",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(other); i++)
        ck_assert_msg(gp_header_content_type(other[i]) == GP_MEDIA_OTHER_CHARSET, "%s", other[i]);
}

TEST(other_media_types_are_reported)
{
    static const char *const other[] = {
        "",
        " ",
        ";",
        "/",
        "json",
        "application",
        "application/",
        "/json",
        "application/jso",
        "application/jsonx",
        "application/json5",
        "application/json-patch+json",
        "application/merge-patch+json",
        "application/problem+json",
        "application/ld+json",
        "applicatio/json",
        "xapplication/json",
        "text/json",
        "text/plain",
        "text/plain; charset=utf-8",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/*",
        "*/*",
        "application /json",
        "application/ json",
        "application/json/",
        "application/json application/json",
        "application/json, application/json",
        "application/json, text/plain",
        "application/json x",
        "application/json; a=b c",
        "application/json; a=\"b\"c",
        "application/json = utf-8",
        "\"application/json\"",
        "\xff",
        "application/json\xff",
        "application/json; \xff",
        "application/json; charset=utf-8\xff",
        "application/json; (comment)",
    };
    apr_size_t i;

    ck_assert_int_eq(gp_header_content_type(NULL), GP_MEDIA_MISSING);
    for (i = 0; i < COUNT(other); i++)
        ck_assert_msg(gp_header_content_type(other[i]) == GP_MEDIA_OTHER, "%s", other[i]);
}

/* Each header ends at the end of its memory, so that sanitizers detect a read beyond it. */
TEST(truncated_content_types_are_not_read_past_their_end)
{
    static const char *const whole[] = {
        "application/json; charset=\"utf\\-8\"; a=b",
    };
    apr_size_t row, length;

    for (row = 0; row < COUNT(whole); row++) {
        for (length = 0; length <= strlen(whole[row]); length++) {
            char *text = tight_copy(whole[row], length);

            ck_assert_int_ne(gp_header_content_type(text), GP_MEDIA_MISSING);
            free(text);
        }
    }
}

UNIT_MAIN("header_content_type")
