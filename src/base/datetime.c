/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates and times of OData: validation, and the one form in which they are stored and compared.
 */
#include "datetime.h"

#include <stdio.h>
#include <string.h>

/* Reads exactly `digits` decimal digits. Returns -1 if any of them is not a digit. */
static int number(const char *text, int digits)
{
    int value = 0;

    while (digits-- > 0) {
        if (*text < '0' || *text > '9')
            return -1;
        value = value * 10 + (*text++ - '0');
    }
    return value;
}

bool gp_date_is_valid(const char *text, apr_size_t length)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day, last;

    if (length != 10 || text[4] != '-' || text[7] != '-')
        return false;
    year = number(text, 4);
    month = number(text + 5, 2);
    day = number(text + 8, 2);
    if (year < 1 || month < 1 || month > 12 || day < 1)
        return false;
    last = days[month - 1];
    if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
        last = 29;
    return day <= last;
}

/* Checks an offset: at most 14 hours, as in XML Schema and OData. */
static bool offset_is_valid(const char *text, apr_size_t length)
{
    int hours, minutes;

    if (length == 1)
        return *text == 'Z' || *text == 'z';
    if (length != 6 || (*text != '+' && *text != '-') || text[3] != ':')
        return false;
    hours = number(text + 1, 2);
    minutes = number(text + 4, 2);
    return hours >= 0 && minutes >= 0 && minutes <= 59 && hours * 60 + minutes <= 14 * 60;
}

bool gp_datetime_is_valid(const char *text, apr_size_t length)
{
    apr_size_t at = 16;
    int hour, minute, second = 0;

    if (length < 17 || !gp_date_is_valid(text, 10) || (text[10] != 'T' && text[10] != 't')
        || text[13] != ':')
        return false;
    hour = number(text + 11, 2);
    minute = number(text + 14, 2);
    if (text[at] == ':') {
        if (length < 20)
            return false;
        second = number(text + 17, 2);
        at = 19;
        if (text[at] == '.') {
            apr_size_t first = ++at;

            while (at < length && text[at] >= '0' && text[at] <= '9')
                at++;
            if (at == first || at - first > 12)
                return false;
        }
    }
    return hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 60
           && offset_is_valid(text + at, length - at);
}

/* Days since 1970-01-01 (the civil calendar, March first: Howard Hinnant's days_from_civil). */
static long days_of(int year, int month, int day)
{
    long shifted = month > 2 ? year : year - 1, era = shifted / 400, of_era = shifted % 400;
    long of_year = (153L * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

bool gp_datetime_to_utc(char out[GP_DATETIME_SIZE], const char *text, apr_size_t length)
{
    const char *zone = text + length - 1;
    char second[3] = "00", fraction[8] = "0000000";
    int minutes, offset = 0;
    apr_time_exp_t at;
    apr_time_t time;

    if (!gp_datetime_is_valid(text, length))
        return false;
    if (*zone != 'Z' && *zone != 'z') {
        zone -= 5;
        offset = (number(zone + 1, 2) * 60 + number(zone + 4, 2)) * (*zone == '-' ? -1 : 1);
    }
    if (text[16] == ':')
        memcpy(second, text + 17, 2);
    if (text[16] == ':' && text[19] == '.')
        memcpy(fraction, text + 20, zone - text - 20 < 7 ? (apr_size_t)(zone - text - 20) : 7);
    minutes = number(text + 11, 2) * 60 + number(text + 14, 2) - offset;
    time = days_of(number(text, 4), number(text + 5, 2), number(text + 8, 2)) * APR_INT64_C(1440)
           + minutes;
    if (time < days_of(1, 1, 1) * APR_INT64_C(1440)) {
        memcpy(out, "0001-01-01T00:00:00.0000000Z", GP_DATETIME_SIZE);
        return true;
    }
    if (time >= days_of(10000, 1, 1) * APR_INT64_C(1440)) {
        memcpy(out, "9999-12-31T23:59:59.9999999Z", GP_DATETIME_SIZE);
        return true;
    }
    apr_time_exp_gmt(&at, time * 60 * APR_USEC_PER_SEC);
    snprintf(out, GP_DATETIME_SIZE, "%04u-%02u-%02uT%02u:%02u:%s.%sZ",
             (unsigned)(at.tm_year + 1900) % 10000u, (unsigned)(at.tm_mon + 1) % 100u,
             (unsigned)at.tm_mday % 100u, (unsigned)at.tm_hour % 100u, (unsigned)at.tm_min % 100u,
             second, fraction);
    return true;
}

apr_time_t gp_datetime_read(const char text[GP_DATETIME_SIZE])
{
    apr_time_t days = days_of(number(text, 4), number(text + 5, 2), number(text + 8, 2));
    apr_time_t hours = days * 24 + number(text + 11, 2);
    apr_time_t minutes = hours * 60 + number(text + 14, 2);

    return (minutes * 60 + number(text + 17, 2)) * APR_USEC_PER_SEC + number(text + 20, 6);
}

/* Writes the last `digits` digits of a number. */
static void write_number(char *out, int digits, int number)
{
    unsigned rest = (unsigned)number;

    while (digits-- > 0) {
        out[digits] = (char)('0' + rest % 10);
        rest /= 10;
    }
}

void gp_datetime_format(char out[GP_DATETIME_SIZE], apr_time_t time)
{
    apr_time_exp_t at;

    apr_time_exp_gmt(&at, time);
    memcpy(out, "0000-00-00T00:00:00.0000000Z", GP_DATETIME_SIZE);
    write_number(out, 4, at.tm_year + 1900);
    write_number(out + 5, 2, at.tm_mon + 1);
    write_number(out + 8, 2, at.tm_mday);
    write_number(out + 11, 2, at.tm_hour);
    write_number(out + 14, 2, at.tm_min);
    write_number(out + 17, 2, at.tm_sec);
    write_number(out + 20, 6, at.tm_usec);
}
