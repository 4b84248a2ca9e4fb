/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of functions in expressions.
 */
#include "parser.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

/* ---- functions that take more than expressions ---- */

static const char *const primitive_types[] = {
    "Binary", "Boolean",  "Byte",   "Date",   "DateTimeOffset", "Decimal",
    "Double", "Duration", "Guid",   "Int16",  "Int32",          "Int64",
    "SByte",  "Single",   "Stream", "String", "TimeOfDay"};

/* Whether a name is a type's, qualified or not. */
static bool is_type(const char *name)
{
    const gp_type *const *type;
    const gp_enum *const *enumeration;
    apr_size_t length = strlen(name), i;

    for (i = 0; i < sizeof primitive_types / sizeof primitive_types[0]; i++) {
        if (strncmp(name, "Edm.", 4) == 0 && strcmp(name + 4, primitive_types[i]) == 0)
            return true;
    }
    if (strncmp(name, "Edm.Geo", 7) == 0)
        return true;
    for (type = gp_model_types; *type != NULL; type++) {
        if (strcmp(name, (*type)->name) == 0 || gp_type_is_named(*type, name, length))
            return true;
    }
    for (enumeration = gp_model_enums; *enumeration != NULL; enumeration++) {
        if (strcmp(name, (*enumeration)->name) == 0 || gp_enum_is_named(*enumeration, name, length))
            return true;
    }
    return false;
}

/* The name of a type, or Collection(name). */
static gp_expression *read_type(gp_parser *p)
{
    int at = p->lexer.token.at, is_collection = gp_lexer_is_name(&p->lexer, "Collection");
    const char *name;

    if (is_collection) {
        gp_lexer_advance(&p->lexer);
        if (!gp_parser_require(p, '('))
            return NULL;
    }
    name = p->lexer.token.text;
    if (p->lexer.token.kind != GP_TOKEN_NAME)
        return gp_parser_expected(p, "the name of a type");
    if (!is_type(name))
        return gp_parser_refuse(p, p->lexer.token.at,
                                apr_pstrcat(p->pool, "there is no type ", name, ".", NULL));
    gp_lexer_advance(&p->lexer);
    if (is_collection && !gp_parser_require(p, ')'))
        return NULL;
    return gp_parser_keep(p, gp_expression_missing(p->pool), at, NULL);
}

/* Whether what is ahead is a type, not an expression: nothing follows it that makes it a path. */
static bool is_type_ahead(const gp_parser *p)
{
    const char *behind = p->lexer.next + strspn(p->lexer.next, " \t");

    if (p->lexer.token.kind != GP_TOKEN_NAME)
        return false;
    return gp_lexer_is_name(&p->lexer, "Collection") || *behind == ')';
}

/* cast([value,]type) and isof([value,]type); the parenthesis is taken. */
static gp_expression *read_cast(gp_parser *p)
{
    if (is_type_ahead(p))
        return read_type(p);
    if (gp_parser_expression(p) == NULL || !gp_parser_require(p, ','))
        return NULL;
    return read_type(p);
}

/* case(condition:value,..); the parenthesis is taken. */
static gp_expression *read_case(gp_parser *p)
{
    gp_expression *value;

    do {
        int at = p->lexer.token.at;
        gp_expression *condition = gp_parser_expression(p);

        if (condition == NULL)
            return NULL;
        if (!gp_expression_is_boolean(condition))
            return gp_parser_refuse(
                p, at,
                apr_pstrcat(p->pool, "case takes a condition (an Edm.Boolean), not ",
                            gp_expression_describe(p->pool, condition), ".", NULL));
        if (!gp_parser_require(p, ':') || (value = gp_parser_expression(p)) == NULL)
            return NULL;
    } while (gp_lexer_take(&p->lexer, ','));
    return value;
}

static const struct {
    const char *name;
    gp_expression *(*read)(gp_parser *p);
} special[] = {{"cast", read_cast}, {"isof", read_cast}, {"case", read_case}};

#define SPECIAL (sizeof special / sizeof special[0])

/* One of these; its name and the parenthesis are taken. */
static gp_expression *read_special(gp_parser *p, apr_size_t which, const char *name, int at)
{
    if (!gp_parser_enter(p) || special[which].read(p) == NULL || !gp_parser_require(p, ')'))
        return NULL;
    p->depth--;
    return gp_parser_miss(p, at, apr_pstrcat(p->pool, "the function ", name, NULL));
}

/* ---- functions ---- */

/* The arguments of a call, to its closing parenthesis; the opening one is taken. */
static bool read_arguments(gp_parser *p, apr_array_header_t *arguments)
{
    if (gp_lexer_take(&p->lexer, ')'))
        return true;
    do {
        gp_expression *argument = gp_parser_expression(p);

        if (argument == NULL)
            return false;
        APR_ARRAY_PUSH(arguments, gp_expression *) = argument;
    } while (gp_lexer_take(&p->lexer, ','));
    return gp_parser_require(p, ')');
}

gp_expression *gp_parser_call(gp_parser *p, const char *name, int at)
{
    apr_array_header_t *arguments = apr_array_make(p->pool, 3, sizeof(gp_expression *));
    char *lower = apr_pstrdup(p->pool, name), *c;
    const char *message = NULL;
    gp_expression *made;
    bool is_known;
    apr_size_t i;

    for (c = lower; *c != '\0'; c++)
        *c = (char)apr_tolower(*c);
    gp_lexer_advance(&p->lexer);
    gp_lexer_advance(&p->lexer);
    for (i = 0; i < SPECIAL; i++) {
        if (strcmp(special[i].name, lower) == 0)
            return read_special(p, i, name, at);
    }
    if (!gp_parser_enter(p) || !read_arguments(p, arguments))
        return NULL;
    p->depth--;
    made = gp_expression_call(p->pool, lower, arguments, &is_known, &message);
    if (!is_known)
        return gp_parser_refuse(p, at,
                                apr_pstrcat(p->pool, "there is no function ", name, ".", NULL));
    if (gp_parser_keep(p, made, at, message) == NULL)
        return NULL;
    if (made->kind == GP_KIND_MISSING)
        return gp_parser_miss(p, at, apr_pstrcat(p->pool, "the function ", name, NULL));
    return made;
}
