/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates, date-times, times of day and durations as numbers of ticks, for comparisons and arithmetic.
 */
#include "temporal.h"

#include <stdio.h>
#include <string.h>

/* A text that is being read; `end` is the end of the text. */
typedef struct {
    const char *at, *end;
} reading;

static bool take(reading *text, char c)
{
    if (text->at == text->end || *text->at != c)
        return false;
    text->at++;
    return true;
}

static bool take_either(reading *text, char upper, char lower)
{
    return take(text, upper) || take(text, lower);
}

/* Reads `least` to `most` digits; returns false if there are fewer or more. */
static bool take_digits(reading *text, int least, int most, apr_int64_t *out)
{
    int count = 0;

    for (*out = 0; text->at < text->end && *text->at >= '0' && *text->at <= '9'; text->at++) {
        if (count++ == most)
            return false;
        *out = *out * 10 + (*text->at - '0');
    }
    return count >= least;
}

/* Reads a number of two digits up to a limit. */
static bool take_pair(reading *text, int most, apr_int64_t *out)
{
    return take_digits(text, 2, 2, out) && *out <= most;
}

/* digits: of a second after its point. */
#define FRACTION_DIGITS 12

/* Reads "." and the digits of a second as ticks; a missing fraction is zero. */
static bool take_fraction(reading *text, apr_int64_t *ticks)
{
    apr_int64_t unit = GP_TICKS_SECOND;
    const char *first;

    *ticks = 0;
    if (!take(text, '.'))
        return true;
    for (first = text->at; text->at - first <= FRACTION_DIGITS && text->at < text->end
                           && *text->at >= '0' && *text->at <= '9';
         text->at++) {
        unit /= 10;
        *ticks += unit * (*text->at - '0');
    }
    return text->at > first && text->at - first <= FRACTION_DIGITS;
}

/* ---- the calendar (March first: Howard Hinnant's days_from_civil and civil_from_days) ---- */

static apr_int64_t days_of(apr_int64_t year, int month, int day)
{
    apr_int64_t shifted = month > 2 ? year : year - 1;
    apr_int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    apr_int64_t of_era = shifted - era * 400;
    apr_int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_of(apr_int64_t days, gp_calendar *out)
{
    apr_int64_t shifted = days + 719468;
    apr_int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    apr_int64_t day = shifted - era * 146097;
    apr_int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int of_year = (int)(day - (365 * year + year / 4 - year / 100));
    int month = (5 * of_year + 2) / 153;

    out->day = of_year - (153 * month + 2) / 5 + 1;
    out->month = month < 10 ? month + 3 : month - 9;
    out->year = (int)(year + era * 400 + (out->month <= 2));
}

static apr_int64_t floor_divide(apr_int64_t dividend, apr_int64_t divisor)
{
    return dividend / divisor - (dividend % divisor < 0);
}

apr_int64_t gp_temporal_midnight(apr_int64_t ticks)
{
    return floor_divide(ticks, GP_TICKS_DAY) * GP_TICKS_DAY;
}

bool gp_temporal_is_in_range(apr_int64_t ticks)
{
    return ticks <= INT64_MAX / 2 && ticks >= -(INT64_MAX / 2);
}

void gp_temporal_calendar(gp_calendar *out, const gp_datum *datum)
{
    apr_int64_t ticks = datum->as.time.ticks;
    apr_int64_t days, rest;

    if (datum->kind == GP_KIND_DATETIME)
        ticks += datum->as.time.offset * GP_TICKS_MINUTE;
    days = floor_divide(ticks, GP_TICKS_DAY);
    rest = ticks - days * GP_TICKS_DAY;
    civil_of(days, out);
    out->hour = (int)(rest / (60 * GP_TICKS_MINUTE));
    out->minute = (int)(rest / GP_TICKS_MINUTE % 60);
    out->second = (int)(rest / GP_TICKS_SECOND % 60);
    out->fraction = (int)(rest % GP_TICKS_SECOND);
}

gp_datum gp_temporal_at(apr_time_t time)
{
    return gp_datum_time(GP_KIND_DATETIME, time * (GP_TICKS_SECOND / APR_USEC_PER_SEC));
}

/* ---- reading ---- */

/* Years with more digits are out of range anyway. */
#define YEAR_DIGITS 6

static bool take_date(reading *text, apr_int64_t *days)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_negative = take(text, '-'), is_leap;
    const char *first = text->at;
    apr_int64_t year, month, day;

    if (!take_digits(text, 4, YEAR_DIGITS, &year) || (text->at - first > 4 && *first == '0')
        || !take(text, '-') || !take_pair(text, 12, &month) || !take(text, '-')
        || !take_pair(text, 31, &day) || month == 0 || day == 0)
        return false;
    is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > lengths[month - 1] + (month == 2 && is_leap))
        return false;
    *days = days_of(is_negative ? -year : year, (int)month, (int)day);
    return *days > -4500000 && *days < 4500000;
}

/* Reads hh:mm[:ss[.digits]] with a limit for the second. */
static bool take_time(reading *text, int last_second, apr_int64_t *ticks)
{
    apr_int64_t hour, minute, second = 0, fraction = 0;

    if (!take_pair(text, 23, &hour) || !take(text, ':') || !take_pair(text, 59, &minute))
        return false;
    if (take(text, ':')
        && (!take_pair(text, last_second, &second) || !take_fraction(text, &fraction)))
        return false;
    *ticks = (hour * 60 + minute) * GP_TICKS_MINUTE + second * GP_TICKS_SECOND + fraction;
    return true;
}

/* Reads "Z", or an offset of at most 14 hours with a sign. */
static bool take_offset(reading *text, int *minutes)
{
    apr_int64_t hour, minute;
    bool is_negative;

    *minutes = 0;
    if (take_either(text, 'Z', 'z'))
        return true;
    is_negative = take(text, '-');
    if (!is_negative && !take(text, '+'))
        return false;
    if (!take_pair(text, 14, &hour) || !take(text, ':') || !take_pair(text, 59, &minute))
        return false;
    *minutes = (int)(hour * 60 + minute) * (is_negative ? -1 : 1);
    return *minutes <= 14 * 60 && *minutes >= -14 * 60;
}

bool gp_temporal_date(gp_datum *out, const char *text, apr_size_t length)
{
    reading from = {text, text + length};
    apr_int64_t days;

    if (!take_date(&from, &days) || from.at != from.end)
        return false;
    *out = gp_datum_time(GP_KIND_DATE, days * GP_TICKS_DAY);
    return true;
}

bool gp_temporal_datetime(gp_datum *out, const char *text, apr_size_t length)
{
    reading from = {text, text + length};
    apr_int64_t days, ticks;
    int offset;

    if (!take_date(&from, &days) || !take_either(&from, 'T', 't') || !take_time(&from, 60, &ticks)
        || !take_offset(&from, &offset) || from.at != from.end)
        return false;
    *out = gp_datum_time(GP_KIND_DATETIME,
                         days * GP_TICKS_DAY + ticks - offset * (apr_int64_t)GP_TICKS_MINUTE);
    out->as.time.offset = offset;
    return true;
}

bool gp_temporal_time(gp_datum *out, const char *text, apr_size_t length)
{
    reading from = {text, text + length};
    apr_int64_t ticks;

    if (!take_time(&from, 60, &ticks) || from.at != from.end)
        return false;
    if (ticks >= GP_TICKS_DAY)
        ticks = GP_TICKS_DAY - 1; /* a leap second: the last moment of the day */
    *out = gp_datum_time(GP_KIND_TIME, ticks);
    return true;
}

/* digits: of a part of a duration. The largest part is less than a tenth of the range of the type. */
#define DURATION_DIGITS 9

/* Reads a part with its letter, and adds it to the ticks. Returns false, without reading, if it is
 * missing. */
static bool take_part(reading *text, char letter, apr_int64_t unit, __int128 *ticks)
{
    reading ahead = *text;
    apr_int64_t number, fraction = 0;

    if (!take_digits(&ahead, 1, DURATION_DIGITS, &number)
        || (letter == 'S' && !take_fraction(&ahead, &fraction)) || !take(&ahead, letter))
        return false;
    *ticks += (__int128)number * unit + fraction;
    *text = ahead;
    return true;
}

bool gp_temporal_duration(gp_datum *out, const char *text, apr_size_t length)
{
    reading from = {text, text + length};
    bool is_negative = take(&from, '-');
    __int128 ticks = 0;
    int parts = 0, of_time = 0;

    if (!take(&from, 'P'))
        return false;
    parts += take_part(&from, 'D', GP_TICKS_DAY, &ticks);
    if (take(&from, 'T')) {
        of_time += take_part(&from, 'H', 60 * GP_TICKS_MINUTE, &ticks);
        of_time += take_part(&from, 'M', GP_TICKS_MINUTE, &ticks);
        of_time += take_part(&from, 'S', GP_TICKS_SECOND, &ticks);
        if (of_time == 0)
            return false;
    }
    if (parts + of_time == 0 || from.at != from.end || ticks > INT64_MAX / 2)
        return false;
    *out = gp_datum_time(GP_KIND_DURATION, (apr_int64_t)(is_negative ? -ticks : ticks));
    return true;
}

/* ---- writing ---- */

static int write_duration(char out[GP_TEMPORAL_TEXT_SIZE], apr_int64_t ticks)
{
    apr_int64_t rest = ticks < 0 ? -ticks : ticks;
    apr_int64_t fraction = rest % GP_TICKS_SECOND, seconds = rest / GP_TICKS_SECOND;
    int length =
        snprintf(out, GP_TEMPORAL_TEXT_SIZE, "%sP%lldDT%lldH%lldM%lld", ticks < 0 ? "-" : "",
                 (long long)(seconds / 86400), (long long)(seconds / 3600 % 24),
                 (long long)(seconds / 60 % 60), (long long)(seconds % 60));

    if (fraction != 0)
        length +=
            snprintf(out + length, GP_TEMPORAL_TEXT_SIZE - (size_t)length, ".%07d", (int)fraction);
    return length + snprintf(out + length, GP_TEMPORAL_TEXT_SIZE - (size_t)length, "S");
}

int gp_temporal_write(char out[GP_TEMPORAL_TEXT_SIZE], const gp_datum *datum)
{
    gp_datum utc = *datum;
    gp_calendar at;
    const char *sign;
    int year;

    if (datum->kind == GP_KIND_DURATION)
        return write_duration(out, datum->as.time.ticks);
    if (datum->kind == GP_KIND_DATETIME)
        utc.as.time.offset = 0;
    gp_temporal_calendar(&at, &utc);
    if (datum->kind == GP_KIND_TIME)
        return snprintf(out, GP_TEMPORAL_TEXT_SIZE, "%02d:%02d:%02d.%07d", at.hour, at.minute,
                        at.second, at.fraction);
    sign = at.year < 0 ? "-" : "";
    year = at.year < 0 ? -at.year : at.year;
    if (datum->kind == GP_KIND_DATE)
        return snprintf(out, GP_TEMPORAL_TEXT_SIZE, "%s%04d-%02d-%02d", sign, year, at.month,
                        at.day);
    return snprintf(out, GP_TEMPORAL_TEXT_SIZE, "%s%04d-%02d-%02dT%02d:%02d:%02d.%07dZ", sign, year,
                    at.month, at.day, at.hour, at.minute, at.second, at.fraction);
}
