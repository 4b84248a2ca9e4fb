/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small grammars that everything else is written in: UTF-8, dates, UUIDs, ETag tokens, keys in
 * URLs. Pure functions over bytes; randomness and the time of day are handed in.
 */
#include "text.h"

#include <stdio.h>
#include <string.h>

/* ---- UTF-8 ---- */

int gp_utf8_sequence(const unsigned char *text, apr_size_t length)
{
    unsigned char first = length > 0 ? text[0] : 0xff;
    unsigned char low = 0x80, high = 0xbf;
    int size, i;

    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        size = 2;
    else if (first >= 0xe0 && first <= 0xef)
        size = 3;
    else if (first >= 0xf0 && first <= 0xf4)
        size = 4;
    else
        return 0;

    /* The second byte alone tells overlong forms, surrogates and what lies beyond U+10FFFF. */
    if (first == 0xe0)
        low = 0xa0;
    else if (first == 0xed)
        high = 0x9f;
    else if (first == 0xf0)
        low = 0x90;
    else if (first == 0xf4)
        high = 0x8f;
    if (length < (apr_size_t)size || text[1] < low || text[1] > high)
        return 0;
    for (i = 2; i < size; i++) {
        if (text[i] < 0x80 || text[i] > 0xbf)
            return 0;
    }
    return size;
}

int gp_utf8_is_valid(const char *text, apr_size_t length)
{
    const unsigned char *at = (const unsigned char *)text;

    while (length > 0) {
        int size = gp_utf8_sequence(at, length);

        if (size == 0)
            return 0;
        at += size;
        length -= (apr_size_t)size;
    }
    return 1;
}

int gp_text_is_plain(const char *text)
{
    const char *at;

    for (at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            return 0;
    }
    return gp_utf8_is_valid(text, (apr_size_t)(at - text));
}

static int is_alphanumeric(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z')
           || (byte >= 'A' && byte <= 'Z');
}

apr_size_t gp_text_span(const char *text, const char *others)
{
    const char *at = text;

    while (is_alphanumeric(*at) || (*at != '\0' && strchr(others, *at) != NULL))
        at++;
    return (apr_size_t)(at - text);
}

int gp_hex_value(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* ---- dates ---- */

/* Reads exactly `digits` decimal digits; -1 where there are none. */
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

int gp_date_is_valid(const char *text, apr_size_t length)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day, last;

    if (length != 10 || text[4] != '-' || text[7] != '-')
        return 0;
    year = number(text, 4);
    month = number(text + 5, 2);
    day = number(text + 8, 2);
    if (year < 1 || month < 1 || month > 12 || day < 1)
        return 0;
    last = days[month - 1];
    if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
        last = 29;
    return day <= last;
}

/* An offset of at most 14 hours, as XML Schema and OData have it. */
static int offset_is_valid(const char *text, apr_size_t length)
{
    int hours, minutes;

    if (length == 1)
        return *text == 'Z' || *text == 'z';
    if (length != 6 || (*text != '+' && *text != '-') || text[3] != ':')
        return 0;
    hours = number(text + 1, 2);
    minutes = number(text + 4, 2);
    return hours >= 0 && minutes >= 0 && minutes <= 59 && hours * 60 + minutes <= 14 * 60;
}

int gp_datetime_is_valid(const char *text, apr_size_t length)
{
    apr_size_t at = 16;
    int hour, minute, second = 0;

    if (length < 17 || !gp_date_is_valid(text, 10) || (text[10] != 'T' && text[10] != 't')
        || text[13] != ':')
        return 0;
    hour = number(text + 11, 2);
    minute = number(text + 14, 2);
    if (text[at] == ':') {
        if (length < 20)
            return 0;
        second = number(text + 17, 2);
        at = 19;
        if (text[at] == '.') {
            apr_size_t first = ++at;

            while (at < length && text[at] >= '0' && text[at] <= '9')
                at++;
            if (at == first || at - first > 12)
                return 0;
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

int gp_datetime_to_utc(char out[GP_DATETIME_SIZE], const char *text, apr_size_t length)
{
    const char *zone = text + length - 1;
    char second[3] = "00", fraction[8] = "0000000";
    int minutes, offset = 0;
    apr_time_exp_t at;
    apr_time_t time;

    if (!gp_datetime_is_valid(text, length))
        return 0;
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
        return 1;
    }
    if (time >= days_of(10000, 1, 1) * APR_INT64_C(1440)) {
        memcpy(out, "9999-12-31T23:59:59.9999999Z", GP_DATETIME_SIZE);
        return 1;
    }
    apr_time_exp_gmt(&at, time * 60 * APR_USEC_PER_SEC);
    snprintf(out, GP_DATETIME_SIZE, "%04u-%02u-%02uT%02u:%02u:%s.%sZ",
             (unsigned)(at.tm_year + 1900) % 10000u, (unsigned)(at.tm_mon + 1) % 100u,
             (unsigned)at.tm_mday % 100u, (unsigned)at.tm_hour % 100u, (unsigned)at.tm_min % 100u,
             second, fraction);
    return 1;
}

/* Writes the last so many digits of a number. */
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

/* ---- UUIDs and tokens ---- */

static void hex(char *out, const unsigned char *bytes, int count)
{
    static const char digits[] = "0123456789abcdef";

    while (count-- > 0) {
        *out++ = digits[*bytes >> 4];
        *out++ = digits[*bytes++ & 0x0f];
    }
}

static void uuid_format(char out[GP_UUID_SIZE], const unsigned char bytes[16])
{
    static const char dashes[] = "........-....-....-....-............";

    memcpy(out, dashes, GP_UUID_SIZE);
    hex(out, bytes, 4);
    hex(out + 9, bytes + 4, 2);
    hex(out + 14, bytes + 6, 2);
    hex(out + 19, bytes + 8, 2);
    hex(out + 24, bytes + 10, 6);
}

int gp_uuid_parse(char out[GP_UUID_SIZE], const char *text, apr_size_t length)
{
    char lower[GP_UUID_SIZE];
    int i;

    if (length != GP_UUID_SIZE - 1)
        return 0;
    for (i = 0; i < GP_UUID_SIZE - 1; i++) {
        char c = text[i];

        if (c >= 'A' && c <= 'F')
            c = (char)(c - 'A' + 'a');
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (c != '-')
                return 0;
        } else if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
            return 0;
        }
        lower[i] = c;
    }
    lower[GP_UUID_SIZE - 1] = '\0';
    memcpy(out, lower, GP_UUID_SIZE);
    return 1;
}

void gp_uuid_format_v4(char out[GP_UUID_SIZE], const unsigned char random[16])
{
    unsigned char bytes[16];

    memcpy(bytes, random, sizeof bytes);
    bytes[6] = (unsigned char)(0x40 | (bytes[6] & 0x0f));
    bytes[8] = (unsigned char)(0x80 | (bytes[8] & 0x3f));
    uuid_format(out, bytes);
}

void gp_uuid_format_v7(char out[GP_UUID_SIZE], apr_time_t time, const unsigned char random[8])
{
    apr_uint64_t milliseconds = (apr_uint64_t)apr_time_as_msec(time);
    unsigned fraction = (unsigned)(time % 1000) * 4096u / 1000u;
    unsigned char bytes[16];
    int i;

    for (i = 0; i < 6; i++)
        bytes[i] = (unsigned char)(milliseconds >> (8 * (5 - i)));
    bytes[6] = (unsigned char)(0x70 | (fraction >> 8));
    bytes[7] = (unsigned char)fraction;
    memcpy(bytes + 8, random, 8);
    bytes[8] = (unsigned char)(0x80 | (bytes[8] & 0x3f));
    uuid_format(out, bytes);
}

void gp_token_format(char out[GP_TOKEN_SIZE], const unsigned char random[16])
{
    hex(out, random, 16);
    out[GP_TOKEN_SIZE - 1] = '\0';
}

/* ---- URLs ---- */

/* Adds a key in quotes, its own ones doubled, and percent-encoded but for letters, digits and others. */
static void add_quoted(gp_buffer *buffer, const char *key, const char *others)
{
    gp_buffer_puts(buffer, "'");
    for (;; key++) {
        apr_size_t plain = gp_text_span(key, others);
        char escape[8];

        gp_buffer_add(buffer, key, plain);
        key += plain;
        if (*key == '\0')
            break;
        snprintf(escape, sizeof escape, *key == '\'' ? "%%27%%27" : "%%%02X", (unsigned char)*key);
        gp_buffer_puts(buffer, escape);
    }
    gp_buffer_puts(buffer, "'");
}

void gp_uri_add_key(gp_buffer *buffer, const char *key)
{
    gp_buffer_puts(buffer, "(");
    /* RFC 3986 pchar without the quote and what a shell or a header would trip over. */
    add_quoted(buffer, key, "-._~@:!$*&+,;=");
    gp_buffer_puts(buffer, ")");
}

void gp_uri_add_value(gp_buffer *buffer, const char *key)
{
    /* What may stand in a query, without what separates its parts, or stands for a space. */
    add_quoted(buffer, key, "-._~@:!$*,/");
}

const char *gp_uri_decode(apr_pool_t *pool, const char *text, apr_size_t length)
{
    char *decoded = apr_palloc(pool, length + 1), *out = decoded;
    const char *end = text + length;

    while (text < end) {
        if (*text == '%') {
            int high = end - text > 2 ? gp_hex_value((unsigned char)text[1]) : -1;
            int low = end - text > 2 ? gp_hex_value((unsigned char)text[2]) : -1;

            if (high < 0 || low < 0 || (high == 0 && low == 0))
                return NULL;
            *out++ = (char)(high << 4 | low);
            text += 3;
        } else {
            *out = *text++;
            if (*out == '+')
                *out = ' ';
            out++;
        }
    }
    *out = '\0';
    return gp_utf8_is_valid(decoded, (apr_size_t)(out - decoded)) ? decoded : NULL;
}
