/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "unit.h"

#include <ctype.h>

static int sequence(const char *bytes)
{
    return gp_utf8_sequence((const unsigned char *)bytes, strlen(bytes));
}

TEST(utf8_takes_each_length)
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

    for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_msg(sequence(wrong[i]) == 0, "row %d", (int)i);
    ck_assert_int_eq(gp_utf8_sequence((const unsigned char *)"", 0), 0);
}

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

static int date(const char *text)
{
    return gp_date_is_valid(text, strlen(text));
}

TEST(dates_are_days_of_the_calendar)
{
    ck_assert(date("2019-12-31"));
    ck_assert(date("0001-01-01"));
    ck_assert(date("9999-12-31"));
    ck_assert(date("2020-02-29"));
    ck_assert(date("2000-02-29"));
    ck_assert(!date("1900-02-29"));
    ck_assert(!date("2019-02-29"));
    ck_assert(!date("2019-04-31"));
    ck_assert(!date("2019-13-01"));
    ck_assert(!date("2019-00-10"));
    ck_assert(!date("2019-01-00"));
    ck_assert(!date("0000-01-01"));
}

TEST(dates_have_one_form)
{
    ck_assert(!date("2019-5-1"));
    ck_assert(!date("2019-05"));
    ck_assert(!date("2019-05-01T00:00:00Z"));
    ck_assert(!date("2019/05/01"));
    ck_assert(!date(" 2019-05-01"));
    ck_assert(!date("20190501"));
    ck_assert(!date("-019-05-01"));
    ck_assert(!date(""));
}

static int datetime(const char *text)
{
    return gp_datetime_is_valid(text, strlen(text));
}

TEST(datetimes_take_the_forms_of_odata)
{
    ck_assert(datetime("2017-01-01T00:00:31.4223767+00:00"));
    ck_assert(datetime("2020-07-06T06:34:12.2294868Z"));
    ck_assert(datetime("2020-07-06T06:34:12Z"));
    ck_assert(datetime("2020-07-06T06:34Z"));
    ck_assert(datetime("2020-07-06t06:34:60z"));
    ck_assert(datetime("2020-07-06T06:34:12.123456789012-14:00"));
    ck_assert(datetime("0001-01-01T00:00:00Z"));
}

TEST(datetimes_refuse_the_rest)
{
    static const char *const wrong[] = {
        "2020-07-06",
        "2020-07-06T06:34:12",
        "2020-07-06T24:00:00Z",
        "2020-07-06T06:60:00Z",
        "2020-07-06T06:34:61Z",
        "2020-07-06T06:34:12.Z",
        "2020-07-06T06:34:12.1234567890123Z",
        "2020-07-06T06:34:12+15:00",
        "2020-07-06T06:34:12+0000",
        "2020-07-06 06:34:12Z",
        "2020-02-30T06:34:12Z",
        "2020-07-06T06:34:12ZZ",
        "2020-07-06T06:34:Z",
        "2020-07-06T06:34:1Z",
        "2020-07-06T06:34:12+00:60",
        "",
    };
    apr_size_t i;

    for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_msg(!datetime(wrong[i]), "%s", wrong[i]);
}

TEST(times_are_written_in_one_width)
{
    char text[GP_DATETIME_SIZE];

    gp_datetime_format(text, 0);
    ck_assert_str_eq(text, "1970-01-01T00:00:00.0000000Z");
    gp_datetime_format(text, APR_INT64_C(1594017252229486));
    ck_assert_str_eq(text, "2020-07-06T06:34:12.2294860Z");
    ck_assert(datetime(text));
}

TEST(datetimes_are_brought_to_utc)
{
    static const struct {
        const char *text, *utc;
    } rows[] = {
        {"2020-07-06T06:34Z", "2020-07-06T06:34:00.0000000Z"},
        {"2020-07-06t06:34:12z", "2020-07-06T06:34:12.0000000Z"},
        {"2020-07-06T06:34+00:00", "2020-07-06T06:34:00.0000000Z"},
        {"2020-07-06T06:34-00:00", "2020-07-06T06:34:00.0000000Z"},
        {"2020-07-06T06:34:12.5-05:30", "2020-07-06T12:04:12.5000000Z"},
        {"1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.9999999Z"},
        /* over the ends of days, months, leap years and years */
        {"2020-07-06T01:00:00+02:00", "2020-07-05T23:00:00.0000000Z"},
        {"2020-07-06T23:00:00-01:00", "2020-07-07T00:00:00.0000000Z"},
        {"2020-07-01T00:00:00+00:01", "2020-06-30T23:59:00.0000000Z"},
        {"2020-04-30T23:59:59-00:01", "2020-05-01T00:00:59.0000000Z"},
        {"2020-03-01T00:00:00+14:00", "2020-02-29T10:00:00.0000000Z"},
        {"2019-03-01T00:00:00+14:00", "2019-02-28T10:00:00.0000000Z"},
        {"2000-02-28T23:00:00-01:00", "2000-02-29T00:00:00.0000000Z"},
        {"1900-02-28T23:00:00-01:00", "1900-03-01T00:00:00.0000000Z"},
        {"2020-02-29T12:00:00-14:00", "2020-03-01T02:00:00.0000000Z"},
        {"2020-01-01T00:00:00+05:45", "2019-12-31T18:15:00.0000000Z"},
        {"2019-12-31T23:59:59-14:00", "2020-01-01T13:59:59.0000000Z"},
        /* from 1 to 12 digits of a second */
        {"2020-07-06T06:34:12.1Z", "2020-07-06T06:34:12.1000000Z"},
        {"2020-07-06T06:34:12.12Z", "2020-07-06T06:34:12.1200000Z"},
        {"2020-07-06T06:34:12.123Z", "2020-07-06T06:34:12.1230000Z"},
        {"2020-07-06T06:34:12.1234Z", "2020-07-06T06:34:12.1234000Z"},
        {"2020-07-06T06:34:12.12345Z", "2020-07-06T06:34:12.1234500Z"},
        {"2020-07-06T06:34:12.123456Z", "2020-07-06T06:34:12.1234560Z"},
        {"2020-07-06T06:34:12.1234567+00:00", "2020-07-06T06:34:12.1234567Z"},
        {"2020-07-06T06:34:12.12345678Z", "2020-07-06T06:34:12.1234567Z"},
        {"2020-07-06T06:34:12.123456789Z", "2020-07-06T06:34:12.1234567Z"},
        {"2020-07-06T06:34:12.1234567890Z", "2020-07-06T06:34:12.1234567Z"},
        {"2020-07-06T06:34:12.12345678901Z", "2020-07-06T06:34:12.1234567Z"},
        {"2020-07-06T06:34:12.999999999999-01:00", "2020-07-06T07:34:12.9999999Z"},
        /* a leap second stays one */
        {"2016-12-31T23:59:60Z", "2016-12-31T23:59:60.0000000Z"},
        {"2017-01-01T00:59:60.5+01:00", "2016-12-31T23:59:60.5000000Z"},
        /* the first and the last there are */
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.0000000Z"},
        {"0001-01-01T14:00:01+14:00", "0001-01-01T00:00:01.0000000Z"},
        {"0001-01-01T13:59:59.5+14:00", "0001-01-01T00:00:00.0000000Z"},
        {"0001-01-01T00:00:00-01:00", "0001-01-01T01:00:00.0000000Z"},
        {"9999-12-31T23:59:59.1Z", "9999-12-31T23:59:59.1000000Z"},
        {"9999-12-31T22:59:59-01:00", "9999-12-31T23:59:59.0000000Z"},
        {"9999-12-31T23:00:00-01:00", "9999-12-31T23:59:59.9999999Z"},
    };
    char out[GP_DATETIME_SIZE];
    apr_size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_msg(gp_datetime_to_utc(out, rows[i].text, strlen(rows[i].text)), "%s",
                      rows[i].text);
        ck_assert_msg(strcmp(out, rows[i].utc) == 0, "%s is %s", rows[i].text, out);
        ck_assert(datetime(out));
    }
    strcpy(out, "untouched");
    ck_assert(!gp_datetime_to_utc(out, "2020-07-06T06:34:12", 19));
    ck_assert(!gp_datetime_to_utc(out, "2020-07-06T06:34:12+15:00", 25));
    ck_assert(!gp_datetime_to_utc(out, "2020-07-06", 10));
    ck_assert(!gp_datetime_to_utc(out, "Z", 1));
    ck_assert_str_eq(out, "untouched");
}

/* Each is at the very end of its memory (for the sanitizers). */
TEST(datetimes_that_end_anywhere_are_read_to_their_end)
{
    static const char whole[] = "2020-07-06T06:34:12.123456789012-14:00";
    char out[GP_DATETIME_SIZE];
    apr_size_t length;

    for (length = 1; length <= strlen(whole); length++) {
        char *text = malloc(length);

        memcpy(text, whole, length);
        ck_assert_int_eq(gp_datetime_to_utc(out, text, length), length == strlen(whole));
        free(text);
    }
}

TEST(uuids_are_read_in_either_case)
{
    char out[GP_UUID_SIZE] = "untouched";

    ck_assert(!gp_uuid_parse(out, "", 0));
    ck_assert(!gp_uuid_parse(out, "17a809a9-09a9-17a8-a909-a817a909a81", 35));
    ck_assert(!gp_uuid_parse(out, "17a809a9-09a9-17a8-a909-a817a909a81g", 36));
    ck_assert(!gp_uuid_parse(out, "17a809a9x09a9-17a8-a909-a817a909a817", 36));
    ck_assert(!gp_uuid_parse(out, "17a809a909a9-17a8-a909-a817a909a8170", 36));
    ck_assert_str_eq(out, "untouched");
    ck_assert(gp_uuid_parse(out, "17A809A9-09a9-17a8-A909-a817a909a817", 36));
    ck_assert_str_eq(out, "17a809a9-09a9-17a8-a909-a817a909a817");
}

TEST(uuids_bear_their_version)
{
    unsigned char ones[16], zeros[16] = {0};
    char out[GP_UUID_SIZE];

    memset(ones, 0xff, sizeof ones);
    gp_uuid_format_v4(out, ones);
    ck_assert_str_eq(out, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    gp_uuid_format_v4(out, zeros);
    ck_assert_str_eq(out, "00000000-0000-4000-8000-000000000000");
    gp_uuid_format_v7(out, APR_INT64_C(0x017f22e279b0) * 1000, ones);
    ck_assert_str_eq(out, "017f22e2-79b0-7000-bfff-ffffffffffff");
    gp_uuid_format_v7(out, APR_INT64_C(0x017f22e279b0) * 1000 + 999, zeros);
    ck_assert_str_eq(out, "017f22e2-79b0-7ffb-8000-000000000000");
}

TEST(the_order_of_ids_is_that_of_creation)
{
    unsigned char ones[8], zeros[8] = {0};
    apr_time_t start = APR_INT64_C(1594017252229486);
    char before[GP_UUID_SIZE], after[GP_UUID_SIZE];
    int i;

    memset(ones, 0xff, sizeof ones);
    for (i = 0; i < 5000; i++) {
        gp_uuid_format_v7(before, start + i, ones);
        gp_uuid_format_v7(after, start + i + 1, zeros);
        ck_assert_str_lt(before, after);
    }
}

TEST(tokens_are_hexadecimal)
{
    static const unsigned char bytes[16] = {0, 1, 0x7f, 0x80, 0xff};
    char out[GP_TOKEN_SIZE];

    gp_token_format(out, bytes);
    ck_assert_str_eq(out, "00017f80ff0000000000000000000000");
}

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

UNIT_MAIN("text")
