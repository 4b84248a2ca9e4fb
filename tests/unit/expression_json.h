/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes expressions as JSON, for tests to compare: an array of the operator and its arguments. A path is
 * ["path",scope,"{names}"], where scope 1 is the position. graphprofile.evaluate() read this language.
 */
#ifndef EXPRESSION_JSON_H
#define EXPRESSION_JSON_H

#include "odata/filter.h"
#include "odata/temporal.h"

#include <apr_strings.h>

#include <string.h>
#include <strings.h>

/* The operators for which gp_operator_name() has no name. */
static const char *const json_names[GP_OPERATORS] = {
    [GP_OP_CONTAINS] = "contains",
    [GP_OP_STARTSWITH] = "startswith",
    [GP_OP_ENDSWITH] = "endswith",
    [GP_OP_TOLOWER] = "tolower",
    [GP_OP_TOUPPER] = "toupper",
    [GP_OP_TRIM] = "trim",
    [GP_OP_LENGTH] = "length",
    [GP_OP_INDEXOF] = "indexof",
    [GP_OP_SUBSTRING] = "substring",
    [GP_OP_CONCAT] = "concat",
    [GP_OP_YEAR] = "year",
    [GP_OP_MONTH] = "month",
    [GP_OP_DAY] = "day",
    [GP_OP_HOUR] = "hour",
    [GP_OP_MINUTE] = "minute",
    [GP_OP_SECOND] = "second",
    [GP_OP_DATE] = "date",
    [GP_OP_WHERE] = "where",
    [GP_OP_CAST] = "cast",
    [GP_OP_ISOF] = "isof",
    [GP_OP_TYPE] = "type",
    [GP_OP_CASE] = "case",
    [GP_OP_TIME] = "time",
    [GP_OP_FRACTIONALSECONDS] = "fractionalseconds",
    [GP_OP_TOTALOFFSETMINUTES] = "totaloffsetminutes",
    [GP_OP_TOTALSECONDS] = "totalseconds",
    [GP_OP_NOW] = "now",
    [GP_OP_MINDATETIME] = "mindatetime",
    [GP_OP_MAXDATETIME] = "maxdatetime",
    [GP_OP_ROUND] = "round",
    [GP_OP_FLOOR] = "floor",
    [GP_OP_CEILING] = "ceiling",
    [GP_OP_MATCHESPATTERN] = "matchespattern",
    [GP_OP_HASSUBSET] = "hassubset",
    [GP_OP_HASSUBSEQUENCE] = "hassubsequence",
    [GP_OP_LIST] = "list",
};

/* Numbers that JSON cannot express: infinities and NaN, which evaluate() makes equal to nothing. */
static const char *special(const char *spelled)
{
    if (strcmp(spelled, "INF") == 0)
        return "1e400";
    if (strcmp(spelled, "-INF") == 0)
        return "-1e400";
    return strcmp(spelled, "NaN") == 0 ? "{}" : spelled;
}

/* Forward declaration: a key is an expression. */
static void write_expression(gp_buffer *buffer, const gp_expression *expression);

static void write_literal(gp_buffer *buffer, const gp_expression *literal)
{
    char time[GP_TEMPORAL_TEXT_SIZE];

    switch (literal->kind) {
    case GP_KIND_STRING:
    case GP_KIND_DATE:
    case GP_KIND_TIME:
    case GP_KIND_DURATION:
        gp_buffer_puts_json(buffer, literal->spelled);
        break;
    case GP_KIND_DATETIME:
        gp_temporal_write(time, &literal->literal);
        gp_buffer_puts_json(buffer, time);
        break;
    default:
        gp_buffer_puts(buffer, special(literal->spelled));
        break;
    }
}

static void write_path(gp_buffer *buffer, const gp_expression *path)
{
    int i;

    gp_buffer_puts(buffer, apr_psprintf(buffer->pool, "[\"path\",%d,\"{", path->scope));
    for (i = 0; i < path->count; i++) {
        const char *name = path->steps[i].name;

        if (i > 0)
            gp_buffer_puts(buffer, ",");
        /* In a PostgreSQL array, the word null needs quotes. */
        gp_buffer_puts(buffer, strcasecmp(name, "null") == 0 ? "\\\"null\\\"" : name);
    }
    gp_buffer_puts(buffer, "}\"]");
}

/* A path of an enumeration, with the values of its members. */
static void write_enum(gp_buffer *buffer, const gp_expression *path)
{
    const gp_enum *enumeration = path->enumeration;
    int i;

    gp_buffer_puts(buffer, "[\"enum\",");
    write_path(buffer, path);
    for (i = 0; i < enumeration->count; i++)
        gp_buffer_puts(buffer,
                       apr_psprintf(buffer->pool, "%s\"%s\":%u", i == 0 ? ",{" : ",",
                                    enumeration->members[i].name, enumeration->members[i].value));
    gp_buffer_puts(buffer, "}]");
}

/* Writes the value to compare or sort by: enumerations by value, doubles as numbers. */
static void write_key(gp_buffer *buffer, const gp_expression *expression)
{
    if (expression->op == GP_OP_PATH && expression->kind == GP_KIND_DOUBLE) {
        gp_buffer_puts(buffer, "[\"double\",");
        write_path(buffer, expression);
        gp_buffer_puts(buffer, "]");
    } else if (expression->op == GP_OP_PATH && expression->kind == GP_KIND_ENUM) {
        write_enum(buffer, expression);
    } else {
        write_expression(buffer, expression);
    }
}

static void write_expression(gp_buffer *buffer, const gp_expression *expression)
{
    bool compares = expression->op >= GP_OP_EQ && expression->op <= GP_OP_IN;
    const char *name = gp_operator_name(expression->op);
    int i;

    if (expression->op == GP_OP_LITERAL) {
        write_literal(buffer, expression);
        return;
    }
    if (expression->op == GP_OP_PATH) {
        write_path(buffer, expression);
        return;
    }
    gp_buffer_puts(buffer, "[\"");
    gp_buffer_puts(buffer, name != NULL ? name : json_names[expression->op]);
    gp_buffer_puts(buffer, "\"");
    for (i = 0; i < expression->count; i++) {
        gp_buffer_puts(buffer, ",");
        if (compares)
            write_key(buffer, expression->arguments[i]);
        else
            write_expression(buffer, expression->arguments[i]);
    }
    gp_buffer_puts(buffer, "]");
}

static inline const char *expression_json(apr_pool_t *memory, const gp_expression *expression)
{
    gp_buffer buffer;

    gp_buffer_open(&buffer, memory, 512);
    write_expression(&buffer, expression);
    return gp_buffer_text(&buffer);
}

static inline const char *order_json(apr_pool_t *memory, const gp_order *order)
{
    gp_buffer buffer;
    int i;

    gp_buffer_open(&buffer, memory, 256);
    for (i = 0; i < order->count; i++) {
        gp_buffer_puts(&buffer, i == 0 ? "[{\"by\":" : ",{\"by\":");
        write_key(&buffer, order->keys[i]);
        gp_buffer_puts(&buffer, order->descends[i] ? ",\"desc\":true}" : ",\"desc\":false}");
    }
    gp_buffer_puts(&buffer, "]");
    return gp_buffer_text(&buffer);
}

#endif
