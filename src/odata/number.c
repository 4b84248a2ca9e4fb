/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arithmetic of OData: 64-bit integers, decimals of 18 digits, doubles, and durations.
 */
#include "number.h"
#include "base/limits.h"
#include "temporal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const apr_int64_t powers[GP_DECIMAL_DIGITS + 1] = {
    1LL,
    10LL,
    100LL,
    1000LL,
    10000LL,
    100000LL,
    1000000LL,
    10000000LL,
    100000000LL,
    1000000000LL,
    10000000000LL,
    100000000000LL,
    1000000000000LL,
    10000000000000LL,
    100000000000000LL,
    1000000000000000LL,
    10000000000000000LL,
    100000000000000000LL,
    1000000000000000000LL,
};

static bool is_exact(const gp_datum *number)
{
    return number->kind != GP_KIND_DOUBLE;
}

/* ---- reading and writing ---- */

/* Reads digits that fit into 64 bits, with at most one point. */
static bool read_exact(gp_datum *out, const char *text, apr_size_t length)
{
    const char *end = text + length;
    bool is_negative = length > 0 && *text == '-', has_point = false;
    apr_int64_t value = 0;
    int digits = 0, scale = 0;

    for (text += length > 0 && (*text == '-' || *text == '+'); text < end; text++) {
        int digit = *text - '0';

        if (*text == '.' && !has_point && digits > 0) {
            has_point = true;
            continue;
        }
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, 10, &value)
            || __builtin_sub_overflow(value, digit, &value)) /* negative: that range is larger */
            return false;
        digits++;
        scale += has_point;
    }
    if (digits == 0 || (has_point && scale == 0) || scale > GP_DECIMAL_DIGITS
        || (!is_negative && value == INT64_MIN))
        return false;
    memset(out, 0, sizeof *out);
    out->kind = has_point ? GP_KIND_DECIMAL : GP_KIND_INTEGER;
    out->as.exact.coefficient = is_negative ? value : -value;
    out->as.exact.scale = scale;
    return true;
}

bool gp_number_read(gp_datum *out, const char *text, apr_size_t length)
{
    char copy[GP_NUMBER_MAX + 1], *end;

    if (read_exact(out, text, length))
        return true;
    if (length == 0 || length > GP_NUMBER_MAX)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (strcmp(copy, "INF") == 0 || strcmp(copy, "-INF") == 0) {
        *out = gp_datum_double(*copy == '-' ? -HUGE_VAL : HUGE_VAL);
        return true;
    }
    if (strcmp(copy, "NaN") == 0) {
        *out = gp_datum_double(NAN);
        return true;
    }
    if (strspn(copy, "+-.0123456789eE") != length)
        return false;
    *out = gp_datum_double(strtod(copy, &end));
    return end == copy + length && isfinite(out->as.number);
}

static int write_exact(char out[GP_NUMBER_TEXT_SIZE], const gp_datum *number)
{
    apr_int64_t coefficient = number->as.exact.coefficient;
    apr_uint64_t value =
        coefficient < 0 ? 0 - (apr_uint64_t)coefficient : (apr_uint64_t)coefficient;
    apr_uint64_t one = (apr_uint64_t)powers[number->as.exact.scale];
    const char *sign = coefficient < 0 ? "-" : "";

    if (number->as.exact.scale == 0)
        return snprintf(out, GP_NUMBER_TEXT_SIZE, "%s%llu", sign, (unsigned long long)value);
    return snprintf(out, GP_NUMBER_TEXT_SIZE, "%s%llu.%0*llu", sign,
                    (unsigned long long)(value / one), number->as.exact.scale,
                    (unsigned long long)(value % one));
}

int gp_number_write(char out[GP_NUMBER_TEXT_SIZE], const gp_datum *number)
{
    int digits, length = 0;

    if (is_exact(number))
        return write_exact(out, number);
    if (isnan(number->as.number))
        return snprintf(out, GP_NUMBER_TEXT_SIZE, "NaN");
    if (isinf(number->as.number))
        return snprintf(out, GP_NUMBER_TEXT_SIZE, number->as.number < 0 ? "-INF" : "INF");
    /* The fewest digits that distinguish it from every other double. */
    for (digits = 15; digits <= 17; digits++) {
        length = snprintf(out, GP_NUMBER_TEXT_SIZE, "%.*g", digits, number->as.number);
        if (strtod(out, NULL) == number->as.number)
            break;
    }
    return length;
}

double gp_number_double(const gp_datum *number)
{
    char text[GP_NUMBER_TEXT_SIZE];

    if (!is_exact(number))
        return number->as.number;
    if (number->as.exact.scale == 0)
        return (double)number->as.exact.coefficient;
    write_exact(text, number);
    return strtod(text, NULL); /* a division could be wrong in the last bit */
}

/* ---- comparing ---- */

static gp_comparison compare_wide(__int128 left, __int128 right)
{
    if (left == right)
        return GP_SAME;
    return left < right ? GP_LESS : GP_GREATER;
}

/* Returns the coefficient at the larger of two scales. */
static __int128 scaled(const gp_datum *number, int scale)
{
    return (__int128)number->as.exact.coefficient * powers[scale - number->as.exact.scale];
}

static int larger_scale(const gp_datum *left, const gp_datum *right)
{
    int one = left->as.exact.scale, other = right->as.exact.scale;

    return one > other ? one : other;
}

gp_comparison gp_number_compare(const gp_datum *left, const gp_datum *right)
{
    double one, other;

    if (is_exact(left) && is_exact(right)) {
        int scale = larger_scale(left, right);

        return compare_wide(scaled(left, scale), scaled(right, scale));
    }
    one = gp_number_double(left);
    other = gp_number_double(right);
    if (one < other)
        return GP_LESS;
    if (one > other)
        return GP_GREATER;
    return one == other ? GP_SAME : GP_UNLIKE;
}

/* ---- computing ---- */

static bool fits(__int128 value)
{
    return value >= INT64_MIN && value <= INT64_MAX;
}

/* Removes unneeded zeros at the end of a decimal; returns false if it has too many digits. */
static bool settle(gp_datum *out, __int128 coefficient, int scale)
{
    while (scale > 0 && coefficient % 10 == 0) {
        coefficient /= 10;
        scale--;
    }
    if (!fits(coefficient) || scale > GP_DECIMAL_DIGITS)
        return false;
    memset(out, 0, sizeof *out);
    out->kind = GP_KIND_DECIMAL;
    out->as.exact.coefficient = (apr_int64_t)coefficient;
    out->as.exact.scale = scale;
    return true;
}

static gp_computation compute_integers(gp_datum *out, gp_arithmetic op, apr_int64_t left,
                                       apr_int64_t right)
{
    apr_int64_t result = 0;
    bool is_over = false;

    if (op == GP_ARITHMETIC_DIV || op == GP_ARITHMETIC_MOD) {
        if (right == 0)
            return GP_DIVIDED_BY_ZERO;
        is_over = op == GP_ARITHMETIC_DIV && left == INT64_MIN && right == -1;
        if (!is_over && right == -1)
            result = op == GP_ARITHMETIC_DIV ? -left : 0;
        else if (!is_over)
            result = op == GP_ARITHMETIC_DIV ? left / right : left % right;
    } else if (op == GP_ARITHMETIC_ADD) {
        is_over = __builtin_add_overflow(left, right, &result);
    } else if (op == GP_ARITHMETIC_SUB) {
        is_over = __builtin_sub_overflow(left, right, &result);
    } else {
        is_over = __builtin_mul_overflow(left, right, &result);
    }
    *out = gp_datum_integer(result);
    return is_over ? GP_OVERFLOWED : GP_COMPUTED_VALUE;
}

static gp_computation compute_doubles(gp_datum *out, gp_arithmetic op, double left, double right)
{
    switch (op) {
    case GP_ARITHMETIC_ADD:
        *out = gp_datum_double(left + right);
        return GP_COMPUTED_VALUE;
    case GP_ARITHMETIC_SUB:
        *out = gp_datum_double(left - right);
        return GP_COMPUTED_VALUE;
    case GP_ARITHMETIC_MUL:
        *out = gp_datum_double(left * right);
        return GP_COMPUTED_VALUE;
    case GP_ARITHMETIC_MOD:
        *out = gp_datum_double(right != 0 ? fmod(left, right) : 0);
        return right != 0 ? GP_COMPUTED_VALUE : GP_DIVIDED_BY_ZERO;
    default:
        break;
    }
    if (right != 0)
        *out = gp_datum_double(left / right);
    else /* whatever the sign of the zero: positive div zero is INF */
        *out = gp_datum_double(left > 0 ? HUGE_VAL : left < 0 ? -HUGE_VAL : NAN);
    return GP_COMPUTED_VALUE;
}

/* Computes a quotient with as many digits as fit; returns false if even its whole part does not
 * fit. */
static bool divide(gp_datum *out, const gp_datum *left, const gp_datum *right)
{
    int scale = larger_scale(left, right), more = 0;
    __int128 dividend = scaled(left, scale), divisor = scaled(right, scale);

    while (more < GP_DECIMAL_DIGITS && dividend < ((__int128)1 << 120)
           && dividend > -((__int128)1 << 120) && dividend % divisor != 0) {
        dividend *= 10;
        more++;
    }
    return settle(out, dividend / divisor, more);
}

static bool compute_decimals(gp_datum *out, gp_arithmetic op, const gp_datum *left,
                             const gp_datum *right)
{
    int scale = larger_scale(left, right);
    __int128 one = scaled(left, scale), other = scaled(right, scale);

    switch (op) {
    case GP_ARITHMETIC_ADD:
        return settle(out, one + other, scale);
    case GP_ARITHMETIC_SUB:
        return settle(out, one - other, scale);
    case GP_ARITHMETIC_MUL:
        return settle(out, (__int128)left->as.exact.coefficient * right->as.exact.coefficient,
                      left->as.exact.scale + right->as.exact.scale);
    case GP_ARITHMETIC_MOD:
        return settle(out, one % other, scale);
    default:
        return divide(out, left, right);
    }
}

gp_computation gp_number_compute(gp_datum *out, gp_arithmetic op, const gp_datum *left,
                                 const gp_datum *right)
{
    bool are_integers = left->kind == GP_KIND_INTEGER && right->kind == GP_KIND_INTEGER;
    bool divides = op == GP_ARITHMETIC_DIV || op == GP_ARITHMETIC_DIVBY;

    if (are_integers && op != GP_ARITHMETIC_DIVBY)
        return compute_integers(out, op, left->as.exact.coefficient, right->as.exact.coefficient);
    if (is_exact(left) && is_exact(right)) {
        bool is_zero = right->as.exact.coefficient == 0;

        if (is_zero && op == GP_ARITHMETIC_MOD)
            return GP_DIVIDED_BY_ZERO;
        if (!(is_zero && divides) && compute_decimals(out, op, left, right))
            return GP_COMPUTED_VALUE;
    }
    return compute_doubles(out, op, gp_number_double(left), gp_number_double(right));
}

gp_computation gp_number_negate(gp_datum *out, const gp_datum *number)
{
    *out = *number;
    if (number->kind == GP_KIND_DOUBLE) {
        out->as.number = -number->as.number;
        return GP_COMPUTED_VALUE;
    }
    if (number->kind == GP_KIND_DURATION) {
        out->as.time.ticks = -number->as.time.ticks; /* its range is symmetric */
        return GP_COMPUTED_VALUE;
    }
    if (number->as.exact.coefficient == INT64_MIN)
        return GP_OVERFLOWED;
    out->as.exact.coefficient = -number->as.exact.coefficient;
    return GP_COMPUTED_VALUE;
}

/* ---- rounding ---- */

gp_datum gp_number_round(const gp_datum *number, int direction)
{
    apr_int64_t value, one, rest;
    gp_datum rounded = *number;

    if (!is_exact(number)) {
        double given = number->as.number;

        return gp_datum_double(direction == 0  ? round(given)
                               : direction < 0 ? floor(given)
                                               : ceil(given));
    }
    one = powers[number->as.exact.scale];
    value = number->as.exact.coefficient / one;
    rest = number->as.exact.coefficient % one;
    if (direction < 0 && rest < 0)
        value--;
    else if (direction > 0 && rest > 0)
        value++;
    else if (direction == 0 && rest != 0
             && (rest < 0 ? -rest : rest) >= one - (rest < 0 ? -rest : rest))
        value += rest < 0 ? -1 : 1;
    rounded.as.exact.coefficient = value;
    rounded.as.exact.scale = 0;
    return rounded;
}

bool gp_number_whole(apr_int64_t *out, const gp_datum *number, apr_int64_t least, apr_int64_t most)
{
    if (is_exact(number)) {
        *out = number->as.exact.coefficient / powers[number->as.exact.scale];
        return *out >= least && *out <= most;
    }
    /* 2 to the power of 63 is a double, and the first one out of range. */
    if (!(trunc(number->as.number) >= (double)least && trunc(number->as.number) <= (double)most)
        || trunc(number->as.number) >= 0x1p63)
        return false;
    *out = (apr_int64_t)number->as.number;
    return true;
}

/* ---- durations ---- */

static gp_computation tell_time(gp_datum *out, gp_kind kind, apr_int64_t ticks)
{
    if (!gp_temporal_is_in_range(ticks))
        return GP_OVERFLOWED;
    *out = gp_datum_time(kind, ticks);
    if (kind == GP_KIND_DATE)
        out->as.time.ticks = gp_temporal_midnight(ticks);
    return GP_COMPUTED_VALUE;
}

/* Multiplies or divides a duration by a number. */
static gp_computation scale_duration(gp_datum *out, gp_arithmetic op, const gp_datum *duration,
                                     const gp_datum *number)
{
    gp_datum ticks = gp_datum_integer(duration->as.time.ticks), result;
    gp_computation computed;
    apr_int64_t whole;

    if (op != GP_ARITHMETIC_MUL && gp_number_double(number) == 0)
        return GP_DIVIDED_BY_ZERO;
    computed = gp_number_compute(&result, op == GP_ARITHMETIC_MUL ? op : GP_ARITHMETIC_DIVBY,
                                 &ticks, number);
    if (computed != GP_COMPUTED_VALUE)
        return computed;
    result = gp_number_round(&result, 0);
    if (!gp_number_whole(&whole, &result, INT64_MIN, INT64_MAX))
        return GP_OVERFLOWED;
    return tell_time(out, GP_KIND_DURATION, whole);
}

gp_computation gp_duration_compute(gp_datum *out, gp_arithmetic op, const gp_datum *left,
                                   const gp_datum *right, bool *is_null)
{
    bool adds = op == GP_ARITHMETIC_ADD, subtracts = op == GP_ARITHMETIC_SUB;
    bool is_point = left->kind == GP_KIND_DATE || left->kind == GP_KIND_DATETIME;
    apr_int64_t ticks;

    *is_null = false;
    if (gp_datum_is_number(right) && left->kind == GP_KIND_DURATION
        && (op == GP_ARITHMETIC_MUL || op == GP_ARITHMETIC_DIV || op == GP_ARITHMETIC_DIVBY))
        return scale_duration(out, op, left, right);
    if (gp_datum_is_number(left) && right->kind == GP_KIND_DURATION && op == GP_ARITHMETIC_MUL)
        return scale_duration(out, op, right, left);
    if (right->kind == GP_KIND_DURATION && (adds || subtracts)
        && (is_point || left->kind == GP_KIND_DURATION)) {
        /* Both are within half of the range of the type. */
        ticks = adds ? left->as.time.ticks + right->as.time.ticks
                     : left->as.time.ticks - right->as.time.ticks;
        return tell_time(out, left->kind, ticks);
    }
    if (subtracts && is_point && right->kind == left->kind)
        return tell_time(out, GP_KIND_DURATION, left->as.time.ticks - right->as.time.ticks);
    *is_null = true;
    return GP_COMPUTED_VALUE;
}
