/* SPDX-License-Identifier: Apache-2.0 */
#include "base/uri.h"
#include "unit.h"

static const char *key(const char *text)
{
    gp_buffer buffer;

    gp_buffer_open(&buffer, pool, 0);
    gp_uri_add_key(&buffer, text);
    return gp_buffer_text(&buffer);
}

TEST(keys_become_one_path_segment)
{
    ck_assert_str_eq(key("alice@contoso.com"), "('alice@contoso.com')");
    ck_assert_str_eq(key("o'brien; DROP TABLE"), "('o%27%27brien;%20DROP%20TABLE')");
    ck_assert_str_eq(key("a/b?c#d%e"), "('a%2Fb%3Fc%23d%25e')");
    ck_assert_str_eq(key("Zo\xc3\xab"), "('Zo%C3%AB')");
    ck_assert_str_eq(key("\"<>\\{}"), "('%22%3C%3E%5C%7B%7D')");
}

static const char *decoded(const char *text)
{
    return gp_uri_decode(pool, text, strlen(text));
}

TEST(parts_of_a_query_are_decoded_once)
{
    ck_assert_str_eq(decoded(""), "");
    ck_assert_str_eq(decoded("a+b%20c%2B%2525"), "a b c+%25");
    ck_assert_str_eq(decoded("Zo%C3%ab"), "Zo\xc3\xab");
    ck_assert_ptr_null(decoded("%"));
    ck_assert_ptr_null(decoded("%4"));
    ck_assert_ptr_null(decoded("%4g"));
    ck_assert_ptr_null(decoded("a%00"));
    ck_assert_ptr_null(decoded("%C3"));
}

TEST(keys_become_one_value_of_a_query)
{
    gp_buffer buffer;

    gp_buffer_open(&buffer, pool, 0);
    gp_uri_add_value(&buffer, "o'brien & co/a+b");
    ck_assert_str_eq(gp_buffer_text(&buffer), "'o%27%27brien%20%26%20co/a%2Bb'");
}

UNIT_MAIN("uri")
