/* SPDX-License-Identifier: Apache-2.0 */
#include "../../src/header.h"
#include "unit.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

TEST(json_is_taken_with_any_parameters)
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

TEST(other_charsets_are_told)
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

TEST(other_media_types_are_told)
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

/* No text makes it read too far: each is at the very end of its memory (for the sanitizers). */
TEST(headers_that_end_anywhere_are_read_to_their_end)
{
    static const char *const whole[] = {
        "application/json; charset=\"utf\\-8\"; a=b",
        "return=\"mini\\mal\"; a = \"b\\\"c\" , respond-async; wait=10",
    };
    apr_size_t row, length;

    for (row = 0; row < COUNT(whole); row++) {
        for (length = 0; length <= strlen(whole[row]); length++) {
            char *text = malloc(length + 1);

            memcpy(text, whole[row], length);
            text[length] = '\0';
            ck_assert_int_ne(gp_header_content_type(text), GP_MEDIA_MISSING);
            ck_assert_int_ne(gp_header_prefer(text).returns, GP_RETURN_REPRESENTATION);
            free(text);
        }
    }
}

static const char *returns(const char *value)
{
    switch (gp_header_prefer(value).returns) {
    case GP_RETURN_MINIMAL:
        return "minimal";
    case GP_RETURN_REPRESENTATION:
        return "representation";
    default:
        return "unsaid";
    }
}

static const struct {
    const char *value, *returns;
} preferences[] = {
    {"return=minimal", "minimal"},
    {"return=representation", "representation"},
    {"RETURN=minimal", "minimal"},
    {"Return=representation", "representation"},
    {"return=\"minimal\"", "minimal"},
    {"return = minimal", "minimal"},
    {"return\t=\t\"representation\" ", "representation"},
    {" return=minimal ", "minimal"},
    {",,return=minimal,,", "minimal"},
    {" , , return=minimal", "minimal"},
    {"return=minimal; foo=bar", "minimal"},
    {"return=minimal;foo=\"a,b\"", "minimal"},
    {"respond-async, return=minimal", "minimal"},
    {"respond-async,return=minimal", "minimal"},
    {"return=minimal, respond-async", "minimal"},
    {"respond-async, wait=100, handling=lenient, return=representation", "representation"},
    {"odata.maxpagesize=10, return=minimal, odata.track-changes", "minimal"},
    {"odata.include-annotations=\"*\", return=minimal", "minimal"},
    {"include-unknown-enum-members,return=representation", "representation"},
    {"outlook.timezone=\"Pacific Standard Time\", return=minimal", "minimal"},
    {"a=\"x, return=representation\", return=minimal", "minimal"},
    {"a=\"x\\\", return=representation\", return=minimal", "minimal"},
    {"a; b=\"x, return=representation, y\"; c, return=minimal", "minimal"},
    {"a; b = \"x,y\" ; c=d , return=minimal", "minimal"},
    {"a;;;, return=minimal", "minimal"},
    {"a; b, return=minimal", "minimal"},
    {"a=, return=minimal", "minimal"},
    {"a=\"\", return=minimal", "minimal"},
    {"=x, return=minimal", "minimal"},
    {"(), return=minimal", "minimal"},
    {"a b c, return=minimal", "minimal"},
    {"\xff, return=minimal", "minimal"},
    {"a=\"x, return=minimal", "unsaid"},
    {"a=\"x, return=minimal\"", "unsaid"},
    {"a; b=\"x, return=minimal\"", "unsaid"},
    {"", "unsaid"},
    {" ", "unsaid"},
    {",", "unsaid"},
    {"return", "unsaid"},
    {"return=", "unsaid"},
    {"return=\"\"", "unsaid"},
    {"return=nothing", "unsaid"},
    {"return=minimalist", "unsaid"},
    {"return=mini", "unsaid"},
    {"return minimal", "unsaid"},
    {"returns=minimal", "unsaid"},
    {"retur=minimal", "unsaid"},
    {"return-minimal", "unsaid"},
    {"minimal", "unsaid"},
    {"minimal=return", "unsaid"},
    {"x; return=minimal", "unsaid"},
    {"x=y;return=minimal", "unsaid"},
    {"odata.return=minimal", "unsaid"},
};

TEST(prefer_says_what_to_return)
{
    apr_size_t i;

    ck_assert_str_eq(returns(NULL), "unsaid");
    for (i = 0; i < COUNT(preferences); i++)
        ck_assert_msg(strcmp(returns(preferences[i].value), preferences[i].returns) == 0,
                      "%s is %s", preferences[i].value, returns(preferences[i].value));
}

TEST(the_first_of_two_preferences_counts)
{
    ck_assert_str_eq(returns("return=minimal, return=representation"), "minimal");
    ck_assert_str_eq(returns("return=representation, return=minimal"), "representation");
    ck_assert_str_eq(returns("return=minimal, return=minimal"), "minimal");
    ck_assert_str_eq(returns("return=representation, x, RETURN=minimal"), "representation");
    /* Also where it says nothing that is known (RFC 7240 section 2). */
    ck_assert_str_eq(returns("return=nothing, return=minimal"), "unsaid");
    ck_assert_str_eq(returns("return, return=minimal"), "unsaid");
}

UNIT_MAIN("header")
