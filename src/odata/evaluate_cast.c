/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cast and isof (OData URL conventions 4.01 section 5.1.1.10). An impossible cast yields null.
 */
#include "evaluate_parts.h"
#include "number.h"
#include "temporal.h"

#include <apr_strings.h>

#include <string.h>

/* ---- to a string, in the form of payloads ---- */

static gp_datum copy(gp_evaluator *e, const char *text, apr_size_t length)
{
    apr_pool_t *pool = gp_evaluation_pool(e, length);

    return pool != NULL ? gp_datum_string(apr_pstrmemdup(pool, text, length), length)
                        : gp_datum_null;
}

/* The names of an enumeration's members, joined by commas. */
static gp_datum members_of(gp_evaluator *e, const gp_datum *value)
{
    const char *canonical, *number;
    apr_pool_t *pool = gp_evaluation_pool(e, 256);

    if (pool == NULL)
        return gp_datum_null;
    number = apr_psprintf(pool, "%u", value->as.flags);
    if (gp_enum_parse(pool, value->enumeration, number, strlen(number), &canonical)
        == GP_ENUM_INVALID)
        return gp_datum_null;
    return gp_datum_string(canonical, strlen(canonical));
}

static gp_datum to_string(gp_evaluator *e, const gp_datum *value)
{
    char number[GP_NUMBER_TEXT_SIZE], time[GP_TEMPORAL_TEXT_SIZE];
    int length;

    switch (value->kind) {
    case GP_KIND_STRING:
        return *value;
    case GP_KIND_BOOLEAN:
        return value->as.boolean ? gp_datum_string("true", 4) : gp_datum_string("false", 5);
    case GP_KIND_INTEGER:
    case GP_KIND_DECIMAL:
    case GP_KIND_DOUBLE:
        length = gp_number_write(number, value);
        return copy(e, number, (apr_size_t)length);
    case GP_KIND_DATE:
    case GP_KIND_DATETIME:
    case GP_KIND_TIME:
    case GP_KIND_DURATION:
        length = gp_temporal_write(time, value);
        return copy(e, time, (apr_size_t)length);
    case GP_KIND_ENUM:
        return members_of(e, value);
    default:
        return gp_datum_null;
    }
}

/* ---- to a number ---- */

/* Reads the number that a string spells, or the value of an enumeration's members. */
static bool number_of(gp_datum *out, const gp_datum *value)
{
    *out = *value;
    if (value->kind == GP_KIND_STRING)
        return gp_number_read(out, value->as.text.bytes, value->as.text.length);
    if (value->kind == GP_KIND_ENUM)
        *out = gp_datum_integer(value->as.flags);
    return gp_datum_is_number(out);
}

static gp_datum to_number(const gp_datum *value, const gp_expression *type)
{
    gp_datum number;
    apr_int64_t whole;

    if (!number_of(&number, value))
        return gp_datum_null;
    if (type->kind == GP_KIND_DOUBLE)
        return gp_datum_double(gp_number_double(&number));
    if (type->kind == GP_KIND_DECIMAL) {
        char text[GP_NUMBER_TEXT_SIZE];
        int length;

        /* A double becomes the decimal that its text spells, if the text has no exponent. */
        if (number.kind == GP_KIND_DOUBLE) {
            length = gp_number_write(text, &number);
            if (!gp_number_read(&number, text, (apr_size_t)length) || number.kind == GP_KIND_DOUBLE)
                return gp_datum_null;
        }
        number.kind = GP_KIND_DECIMAL;
        return number;
    }
    number = gp_number_round(&number, 0);
    return gp_number_whole(&whole, &number, type->primitive->least, type->primitive->most)
               ? gp_datum_integer(whole)
               : gp_datum_null;
}

/* ---- to other types ---- */

static gp_datum to_enum(const gp_datum *value, const gp_enum *enumeration)
{
    char number[GP_NUMBER_TEXT_SIZE];
    gp_datum read;
    int length;

    if (value->kind == GP_KIND_ENUM)
        return value->enumeration == enumeration ? *value : gp_datum_null;
    if (value->kind == GP_KIND_STRING)
        return gp_datum_spell(&read, GP_KIND_ENUM, enumeration, value->as.text.bytes,
                              value->as.text.length)
                   ? read
                   : gp_datum_null;
    if (value->kind != GP_KIND_INTEGER)
        return gp_datum_null;
    length = gp_number_write(number, value);
    return gp_datum_spell(&read, GP_KIND_ENUM, enumeration, number, (apr_size_t)length)
               ? read
               : gp_datum_null;
}

static gp_datum to_time(const gp_datum *value, gp_kind kind)
{
    gp_datum read = *value;

    if (value->kind == kind)
        return *value;
    if (value->kind == GP_KIND_STRING)
        return gp_datum_spell(&read, kind, NULL, value->as.text.bytes, value->as.text.length)
                   ? read
                   : gp_datum_null;
    if (value->kind != GP_KIND_DATE || kind != GP_KIND_DATETIME)
        return gp_datum_null;
    read.kind = GP_KIND_DATETIME; /* its midnight in UTC */
    return read;
}

static gp_datum to_boolean(const gp_datum *value)
{
    if (value->kind == GP_KIND_BOOLEAN)
        return *value;
    if (value->kind != GP_KIND_STRING)
        return gp_datum_null;
    if (value->as.text.length == 4 && memcmp(value->as.text.bytes, "true", 4) == 0)
        return gp_datum_boolean(true);
    return value->as.text.length == 5 && memcmp(value->as.text.bytes, "false", 5) == 0
               ? gp_datum_boolean(false)
               : gp_datum_null;
}

gp_datum gp_evaluate_cast(gp_evaluator *e, const gp_datum *value, const gp_expression *type)
{
    if (value->kind == GP_KIND_STRING && type->kind != GP_KIND_STRING
        && !gp_evaluation_spend_reading(e, value->as.text.length))
        return gp_datum_null;
    switch (type->kind) {
    case GP_KIND_STRING:
        return to_string(e, value);
    case GP_KIND_BOOLEAN:
        return to_boolean(value);
    case GP_KIND_INTEGER:
    case GP_KIND_DECIMAL:
    case GP_KIND_DOUBLE:
        return to_number(value, type);
    case GP_KIND_ENUM:
        return to_enum(value, type->enumeration);
    case GP_KIND_COMPLEX:
        return *value; /* the parser admits only up-casts */
    default:
        return to_time(value, type->kind);
    }
}

/* ---- isof ---- */

bool gp_evaluate_isof(const gp_datum *value, const gp_expression *of, const gp_expression *type)
{
    apr_int64_t whole;

    if (type->kind == GP_KIND_MISSING)
        return false;
    if (value->kind == GP_KIND_NULL)
        return true; /* null is a value of every type */
    switch (type->kind) {
    case GP_KIND_COMPLEX:
        return value->kind == GP_KIND_COMPLEX && of->type != NULL
               && gp_type_derives(of->type, type->type);
    case GP_KIND_ENUM:
        return value->kind == GP_KIND_ENUM && value->enumeration == type->enumeration;
    case GP_KIND_INTEGER:
        return value->kind == GP_KIND_INTEGER
               && gp_number_whole(&whole, value, type->primitive->least, type->primitive->most);
    case GP_KIND_DECIMAL:
        return value->kind == GP_KIND_INTEGER || value->kind == GP_KIND_DECIMAL;
    case GP_KIND_DOUBLE:
        return gp_datum_is_number(value);
    default:
        return value->kind == type->kind;
    }
}
