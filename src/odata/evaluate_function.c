/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arithmetic, and the functions of numbers, dates and times.
 */
#include "evaluate_parts.h"
#include "number.h"
#include "temporal.h"

/* The first and the last time that a position can contain. */
#define FIRST_DAY APR_INT64_C(-719162)
#define LAST_DAY  APR_INT64_C(2932896)

static gp_datum part_of_time(gp_operator op, const gp_calendar *at)
{
    switch (op) {
    case GP_OP_YEAR:
        return gp_datum_integer(at->year);
    case GP_OP_MONTH:
        return gp_datum_integer(at->month);
    case GP_OP_DAY:
        return gp_datum_integer(at->day);
    case GP_OP_HOUR:
        return gp_datum_integer(at->hour);
    case GP_OP_MINUTE:
        return gp_datum_integer(at->minute);
    default:
        return gp_datum_integer(at->second);
    }
}

static gp_datum fraction_of(const gp_calendar *at)
{
    gp_datum made = {.kind = GP_KIND_DECIMAL, .as.exact = {at->fraction, 7}};

    return made;
}

/* Evaluates a function of a date-time, a date or a time; not every function has all of them. */
static gp_datum of_time(gp_operator op, const gp_datum *given)
{
    bool has_date = given->kind == GP_KIND_DATE || given->kind == GP_KIND_DATETIME;
    bool has_time = given->kind == GP_KIND_TIME || given->kind == GP_KIND_DATETIME;
    apr_int64_t local = given->as.time.ticks;
    gp_calendar at;

    if (!(op <= GP_OP_DAY ? has_date : has_time))
        return gp_datum_null;
    if (given->kind == GP_KIND_DATETIME)
        local += given->as.time.offset * GP_TICKS_MINUTE;
    gp_temporal_calendar(&at, given);
    switch (op) {
    case GP_OP_DATE:
        return gp_datum_time(GP_KIND_DATE, gp_temporal_midnight(local));
    case GP_OP_TIME:
        return gp_datum_time(GP_KIND_TIME, local - gp_temporal_midnight(local));
    case GP_OP_FRACTIONALSECONDS:
        return fraction_of(&at);
    case GP_OP_TOTALOFFSETMINUTES:
        return given->kind == GP_KIND_DATETIME ? gp_datum_integer(given->as.time.offset)
                                               : gp_datum_null;
    default:
        return part_of_time(op, &at);
    }
}

static gp_datum total_seconds(const gp_datum *given)
{
    gp_datum made = {.kind = GP_KIND_DECIMAL, .as.exact = {given->as.time.ticks, 7}};

    return given->kind == GP_KIND_DURATION ? made : gp_datum_null;
}

/* Reads a string from an undeclared member that spells a date or a date-time. */
static gp_datum read_time(const gp_datum *given)
{
    gp_datum read;

    if (given->kind != GP_KIND_STRING)
        return *given;
    if (gp_datum_spell(&read, GP_KIND_DATETIME, NULL, given->as.text.bytes, given->as.text.length)
        || gp_datum_spell(&read, GP_KIND_DATE, NULL, given->as.text.bytes, given->as.text.length))
        return read;
    return *given;
}

gp_datum gp_evaluate_function(gp_evaluator *e, gp_operator op, const gp_datum *arguments)
{
    gp_datum given;

    switch (op) {
    case GP_OP_NOW:
        return gp_temporal_at(e->terms->now);
    case GP_OP_MINDATETIME:
        return gp_datum_time(GP_KIND_DATETIME, FIRST_DAY * GP_TICKS_DAY);
    case GP_OP_MAXDATETIME:
        return gp_datum_time(GP_KIND_DATETIME, (LAST_DAY + 1) * GP_TICKS_DAY - 1);
    case GP_OP_ROUND:
    case GP_OP_FLOOR:
    case GP_OP_CEILING:
        if (!gp_datum_is_number(arguments))
            return gp_datum_null;
        return gp_number_round(arguments, op == GP_OP_ROUND ? 0 : op == GP_OP_FLOOR ? -1 : 1);
    case GP_OP_TOTALSECONDS:
        return total_seconds(arguments);
    default:
        given = read_time(arguments);
        return of_time(op, &given);
    }
}

gp_datum gp_evaluate_arithmetic(gp_evaluator *e, gp_operator op, const gp_datum *left,
                                const gp_datum *right)
{
    gp_arithmetic arithmetic = (gp_arithmetic)(op - GP_OP_ADD);
    gp_computation computed = GP_COMPUTED_VALUE;
    bool is_null = false;
    gp_datum result = gp_datum_null;

    if (op == GP_OP_NEGATE) {
        if (!gp_datum_is_number(left) && left->kind != GP_KIND_DURATION)
            return gp_datum_null;
        computed = gp_number_negate(&result, left);
    } else if (gp_datum_is_number(left) && gp_datum_is_number(right)) {
        computed = gp_number_compute(&result, arithmetic, left, right);
    } else {
        computed = gp_duration_compute(&result, arithmetic, left, right, &is_null);
    }
    if (computed == GP_DIVIDED_BY_ZERO)
        return gp_evaluation_fail(e, GP_EVALUATION_DIVISION);
    if (computed == GP_OVERFLOWED)
        return gp_evaluation_fail(e, GP_EVALUATION_OVERFLOW);
    return is_null ? gp_datum_null : result;
}

_Static_assert((int)GP_OP_MOD - (int)GP_OP_ADD == (int)GP_ARITHMETIC_MOD
                   && (int)GP_OP_DIVBY - (int)GP_OP_ADD == (int)GP_ARITHMETIC_DIVBY,
               "the operators of arithmetic are in the order of gp_arithmetic");
