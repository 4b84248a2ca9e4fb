/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "unit.h"

static int sequence(const char *bytes)
{
    return gp_utf8_sequence((const unsigned char *)bytes, strlen(bytes));
}

TEST(utf8_has_every_length)
{
    ck_assert_int_eq(sequence("a"), 1);
    ck_assert_int_eq(sequence("\xc2\x80"), 2);
    ck_assert_int_eq(sequence("\xdf\xbf"), 2);
    ck_assert_int_eq(sequence("\xe0\xa0\x80"), 3);
    ck_assert_int_eq(sequence("\xef\xbf\xbf"), 3);
    ck_assert_int_eq(sequence("\xf0\x90\x80\x80"), 4);
    ck_assert_int_eq(sequence("\xf4\x8f\xbf\xbf"), 4);
}

TEST(utf8_refuses_what_rfc_3629_refuses)
{
    static const char *const wrong[] = {
        "\x80",         "\xbf",     "\xc0\x80",         "\xc1\xbf",
        "\xc3",         "\xc3\x28", "\xe0\x9f\xbf",     "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xe2\x82", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80", "\xff",     "\xf0\x9f\x98",     "\xe2\x28\xa1",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(wrong); i++)
        ck_assert_msg(sequence(wrong[i]) == 0, "row %d", (int)i);
    ck_assert_int_eq(gp_utf8_sequence((const unsigned char *)"", 0), 0);
}

TEST(a_text_is_valid_to_its_last_byte)
{
    ck_assert(gp_utf8_is_valid("", 0));
    ck_assert(gp_utf8_is_valid("Zo\xc3\xab", 4));
    ck_assert(!gp_utf8_is_valid("Zo\xc3\xab", 3));
    ck_assert(!gp_utf8_is_valid("\xff"
                                "a",
                                2));
}

UNIT_MAIN("utf8")
