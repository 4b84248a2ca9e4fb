/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "unit.h"

#include <ctype.h>

TEST(plain_text_has_no_control_characters)
{
    ck_assert(gp_text_is_plain(""));
    ck_assert(gp_text_is_plain("o'brien; DROP TABLE"));
    ck_assert(gp_text_is_plain("Zo\xc3\xab \xf0\x9f\x98\x80"));
    ck_assert(!gp_text_is_plain("a\nb"));
    ck_assert(!gp_text_is_plain("a\x7f"));
    ck_assert(!gp_text_is_plain("a\x01"));
    ck_assert(!gp_text_is_plain("Zo\xeb"));
}

TEST(spans_are_of_ascii)
{
    char text[2] = "";
    int byte;

    for (byte = 0; byte < 256; byte++) {
        int is_in = byte == '_' || (byte < 128 && isalnum(byte));

        text[0] = (char)byte;
        ck_assert_uint_eq(gp_text_span(text, "_"), (apr_size_t)is_in);
    }
    ck_assert_uint_eq(gp_text_span("", "_"), 0);
    ck_assert_uint_eq(gp_text_span("aZ09_-x", "_"), 5);
    ck_assert_uint_eq(gp_text_span("-", ""), 0);
}

TEST(hexadecimal_digits_are_read_in_either_case_and_written_in_lower_case)
{
    static const unsigned char bytes[] = {0, 1, 0x7f, 0x80, 0xff};
    char out[] = "0123456789!";

    ck_assert_int_eq(gp_hex_value('0'), 0);
    ck_assert_int_eq(gp_hex_value('9'), 9);
    ck_assert_int_eq(gp_hex_value('a'), 10);
    ck_assert_int_eq(gp_hex_value('F'), 15);
    ck_assert_int_eq(gp_hex_value('g'), -1);
    ck_assert_int_eq(gp_hex_value('G'), -1);
    ck_assert_int_eq(gp_hex_value('@'), -1);
    ck_assert_int_eq(gp_hex_value('/'), -1);
    ck_assert_int_eq(gp_hex_value(':'), -1);
    gp_hex_write(out, bytes, 5);
    ck_assert_str_eq(out, "00017f80ff!");
}

UNIT_MAIN("text")
