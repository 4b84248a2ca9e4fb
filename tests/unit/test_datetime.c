/* SPDX-License-Identifier: Apache-2.0 */
#include "base/datetime.h"
#include "unit.h"

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

TEST(datetimes_may_have_all_forms_of_odata)
{
    ck_assert(datetime("2017-01-01T00:00:31.4223767+00:00"));
    ck_assert(datetime("2020-07-06T06:34:12.2294868Z"));
    ck_assert(datetime("2020-07-06T06:34:12Z"));
    ck_assert(datetime("2020-07-06T06:34Z"));
    ck_assert(datetime("2020-07-06t06:34:60z"));
    ck_assert(datetime("2020-07-06T06:34:12.123456789012-14:00"));
    ck_assert(datetime("0001-01-01T00:00:00Z"));
}

TEST(other_datetimes_are_refused)
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

    for (i = 0; i < COUNT(wrong); i++)
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

TEST(datetimes_are_converted_to_utc)
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
        /* the first and the last valid time */
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

    for (i = 0; i < COUNT(rows); i++) {
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

/* Each text ends at the end of its memory, so that sanitizers detect a read beyond it. */
TEST(truncated_datetimes_are_not_read_past_their_end)
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

TEST(written_times_can_be_read)
{
    static const struct {
        const char *text;
        apr_time_t time;
    } rows[] = {
        {"1970-01-01T00:00:00.0000000Z", 0},
        {"2000-01-01T00:00:00.0000000Z", APR_INT64_C(946684800000000)},
        {"2020-02-29T23:59:59.9999990Z", APR_INT64_C(1583020799999999)},
        {"1969-12-31T23:59:59.9999990Z", -1},
        {"0001-01-01T00:00:00.0000000Z", APR_INT64_C(-62135596800000000)},
        {"9999-12-31T23:59:59.9999999Z", APR_INT64_C(253402300799999999)},
    };
    apr_size_t i;
    apr_time_t time;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ck_assert_msg(gp_datetime_read(rows[i].text) == rows[i].time, "%s", rows[i].text);
    for (time = 0; time < APR_INT64_C(4102444800000000); time += APR_INT64_C(98765432101234)) {
        char text[GP_DATETIME_SIZE];

        gp_datetime_format(text, time);
        ck_assert_msg(gp_datetime_read(text) == time, "%s", text);
    }
}

UNIT_MAIN("datetime")
