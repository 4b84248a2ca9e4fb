/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes expressions as graphprofile.evaluate() reads them: names of the model and literals of the caller's, as
 * data in JSON. Only here does the module know that language.
 */
#include "expression.h"

#include <apr_strings.h>

#include <string.h>
#include <strings.h>

/* The functions of evaluate() have the names that OData has for them. */
static const char *const names[GP_OPERATORS] = {
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
};

/* Numbers that JSON does not have: beyond every double; and NaN, which evaluate() makes equal to nothing. */
static const char *special(const char *spelled)
{
    if (strcmp(spelled, "INF") == 0)
        return "1e400";
    if (strcmp(spelled, "-INF") == 0)
        return "-1e400";
    return strcmp(spelled, "NaN") == 0 ? "{}" : spelled;
}

static void write_literal(gp_buffer *buffer, const gp_expression *literal)
{
    switch (literal->kind) {
    case GP_KIND_STRING:
    case GP_KIND_DATE:
    case GP_KIND_DATETIME:
        gp_buffer_puts_json(buffer, literal->spelled);
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
        /* In an array of PostgreSQL's the word null needs quotes. */
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

/* What is compared and ordered: enumerations by value, doubles as numbers. */
void gp_expression_write_key(gp_buffer *buffer, const gp_expression *expression)
{
    if (expression->op == GP_OP_PATH && expression->kind == GP_KIND_DOUBLE) {
        gp_buffer_puts(buffer, "[\"double\",");
        write_path(buffer, expression);
        gp_buffer_puts(buffer, "]");
    } else if (expression->op == GP_OP_PATH && expression->kind == GP_KIND_ENUM) {
        write_enum(buffer, expression);
    } else {
        gp_expression_write(buffer, expression);
    }
}

void gp_expression_write(gp_buffer *buffer, const gp_expression *expression)
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
    gp_buffer_puts(buffer, name != NULL ? name : names[expression->op]);
    gp_buffer_puts(buffer, "\"");
    for (i = 0; i < expression->count; i++) {
        gp_buffer_puts(buffer, ",");
        if (compares)
            gp_expression_write_key(buffer, expression->arguments[i]);
        else
            gp_expression_write(buffer, expression->arguments[i]);
    }
    gp_buffer_puts(buffer, "]");
}
