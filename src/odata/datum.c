/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values of expressions and their comparison.
 */
#include "datum.h"
#include "number.h"
#include "temporal.h"

#include <string.h>

const gp_datum gp_datum_null = {.kind = GP_KIND_NULL};

static gp_comparison comparison(int sign)
{
    if (sign == 0)
        return GP_SAME;
    return sign < 0 ? GP_LESS : GP_GREATER;
}

static gp_comparison compare_integers(apr_int64_t left, apr_int64_t right)
{
    return comparison((left > right) - (left < right));
}

static gp_comparison compare_texts(const gp_datum *left, const gp_datum *right)
{
    apr_size_t one = left->as.text.length, other = right->as.text.length;
    apr_size_t common = one < other ? one : other;
    int sign = common > 0 ? memcmp(left->as.text.bytes, right->as.text.bytes, common) : 0;

    return sign != 0 ? comparison(sign) : comparison((one > other) - (one < other));
}

bool gp_datum_spell(gp_datum *out, gp_kind kind, const gp_enum *enumeration, const char *text,
                    apr_size_t length)
{
    unsigned value;

    switch (kind) {
    case GP_KIND_DATE:
        return gp_temporal_date(out, text, length);
    case GP_KIND_DATETIME:
        return gp_temporal_datetime(out, text, length);
    case GP_KIND_TIME:
        return gp_temporal_time(out, text, length);
    case GP_KIND_DURATION:
        return gp_temporal_duration(out, text, length);
    case GP_KIND_ENUM:
        value = gp_enum_parse(NULL, enumeration, text, length, NULL);
        memset(out, 0, sizeof *out);
        out->kind = GP_KIND_ENUM;
        out->enumeration = enumeration;
        out->as.flags = value;
        return value != GP_ENUM_INVALID;
    default:
        return false;
    }
}

/* Reads a string as the kind of the value it is compared with; a date and a date-time may stand for
 * each other. */
static bool spell_like(gp_datum *out, const gp_datum *like, const gp_datum *text)
{
    const char *bytes = text->as.text.bytes;
    apr_size_t length = text->as.text.length;

    if (gp_datum_spell(out, like->kind, like->enumeration, bytes, length))
        return true;
    if (like->kind == GP_KIND_DATE)
        return gp_temporal_datetime(out, bytes, length);
    return like->kind == GP_KIND_DATETIME && gp_temporal_date(out, bytes, length);
}

/* Compares a string with a value of another kind: the string is read as that kind, if it spells
 * one. */
static gp_comparison compare_spelled(const gp_datum *left, const gp_datum *right)
{
    gp_datum read;

    if (left->kind == GP_KIND_STRING)
        return spell_like(&read, right, left) ? gp_datum_compare(&read, right) : GP_UNLIKE;
    return spell_like(&read, left, right) ? gp_datum_compare(left, &read) : GP_UNLIKE;
}

static bool is_point(const gp_datum *datum)
{
    return datum->kind == GP_KIND_DATE || datum->kind == GP_KIND_DATETIME;
}

gp_comparison gp_datum_compare(const gp_datum *left, const gp_datum *right)
{
    if (gp_datum_is_number(left) && gp_datum_is_number(right))
        return gp_number_compare(left, right);
    if (is_point(left) && is_point(right))
        return compare_integers(left->as.time.ticks, right->as.time.ticks);
    if (left->kind != right->kind)
        return left->kind == GP_KIND_STRING || right->kind == GP_KIND_STRING
                   ? compare_spelled(left, right)
                   : GP_UNLIKE;
    switch (left->kind) {
    case GP_KIND_STRING:
        return compare_texts(left, right);
    case GP_KIND_BOOLEAN:
        return comparison(left->as.boolean - right->as.boolean);
    case GP_KIND_TIME:
    case GP_KIND_DURATION:
        return compare_integers(left->as.time.ticks, right->as.time.ticks);
    case GP_KIND_ENUM:
        return compare_integers(left->as.flags, right->as.flags);
    default:
        return GP_UNLIKE;
    }
}

bool gp_datum_equals(const gp_datum *left, const gp_datum *right)
{
    if (left->kind == GP_KIND_NULL || right->kind == GP_KIND_NULL)
        return left->kind == right->kind;
    return gp_datum_compare(left, right) == GP_SAME;
}

/* ---- order ---- */

static int rank(const gp_datum *datum)
{
    switch (datum->kind) {
    case GP_KIND_NULL:
    case GP_KIND_COMPLEX:
        return 0;
    case GP_KIND_STRING:
        return 1;
    case GP_KIND_DOUBLE:
        return datum->as.number != datum->as.number ? 0 : 2; /* NaN is like null */
    default:
        return 2;
    }
}

/* Converts a value that is not a number to one. Only undeclared members give keys of several
 * kinds. */
static gp_datum numbered(const gp_datum *datum)
{
    switch (datum->kind) {
    case GP_KIND_BOOLEAN:
        return gp_datum_integer(datum->as.boolean);
    case GP_KIND_ENUM:
        return gp_datum_integer(datum->as.flags);
    case GP_KIND_DATE:
    case GP_KIND_DATETIME:
    case GP_KIND_TIME:
    case GP_KIND_DURATION:
        return gp_datum_integer(datum->as.time.ticks);
    default:
        return *datum;
    }
}

int gp_datum_order(const gp_datum *left, const gp_datum *right)
{
    int one = rank(left), other = rank(right);
    gp_comparison found;

    if (one != other || one == 0)
        return one - other;
    if (one == 1) {
        found = compare_texts(left, right);
    } else {
        gp_datum first = numbered(left), second = numbered(right);

        found = gp_number_compare(&first, &second);
    }
    return (int)found - (int)GP_SAME;
}
