/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parses calls of functions in expressions.
 */
#include "parser.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

/* ---- functions whose arguments are not only expressions ---- */

static const gp_primitive primitives[] = {
    {"Binary", GP_KIND_MISSING, 0, 0},
    {"Boolean", GP_KIND_BOOLEAN, 0, 0},
    {"Byte", GP_KIND_INTEGER, 0, 255},
    {"Date", GP_KIND_DATE, 0, 0},
    {"DateTimeOffset", GP_KIND_DATETIME, 0, 0},
    {"Decimal", GP_KIND_DECIMAL, 0, 0},
    {"Double", GP_KIND_DOUBLE, 0, 0},
    {"Duration", GP_KIND_DURATION, 0, 0},
    {"Guid", GP_KIND_STRING, 0, 0}, /* the type of ids */
    {"Int16", GP_KIND_INTEGER, INT16_MIN, INT16_MAX},
    {"Int32", GP_KIND_INTEGER, INT32_MIN, INT32_MAX},
    {"Int64", GP_KIND_INTEGER, INT64_MIN, INT64_MAX},
    {"SByte", GP_KIND_INTEGER, INT8_MIN, INT8_MAX},
    {"Single", GP_KIND_DOUBLE, 0, 0},
    {"Stream", GP_KIND_MISSING, 0, 0},
    {"String", GP_KIND_STRING, 0, 0},
    {"TimeOfDay", GP_KIND_TIME, 0, 0},
};

/* All types with this prefix. */
static const gp_primitive geographic = {"Geo", GP_KIND_MISSING, 0, 0};

static const gp_primitive *find_primitive(const char *name)
{
    apr_size_t i;

    if (strncmp(name, "Edm.", 4) != 0)
        return NULL;
    for (i = 0; i < sizeof primitives / sizeof primitives[0]; i++) {
        if (strcmp(name + 4, primitives[i].name) == 0)
            return &primitives[i];
    }
    return strncmp(name + 4, geographic.name, strlen(geographic.name)) == 0 ? &geographic : NULL;
}

/* Finds the type of a name, qualified or not. Returns false if there is none. */
static bool find_type(const char *name, gp_expression *out)
{
    const gp_type *const *type;
    const gp_enum *const *enumeration;
    apr_size_t length = strlen(name);

    out->primitive = find_primitive(name);
    if (out->primitive != NULL) {
        out->kind = out->primitive->kind;
        return true;
    }
    for (type = gp_model_types; *type != NULL; type++) {
        if (strcmp(name, (*type)->name) == 0 || gp_type_is_named(*type, name, length)) {
            out->kind = GP_KIND_COMPLEX;
            out->type = *type;
            return true;
        }
    }
    for (enumeration = gp_model_enums; *enumeration != NULL; enumeration++) {
        if (strcmp(name, (*enumeration)->name) == 0
            || gp_enum_is_named(*enumeration, name, length)) {
            out->kind = GP_KIND_ENUM;
            out->enumeration = *enumeration;
            return true;
        }
    }
    return false;
}

/* Reads the name of a type, or Collection(name). Returns a node with this type. */
static gp_expression *read_type(gp_parser *p)
{
    int at = p->lexer.token.at;
    gp_expression *made = apr_pcalloc(p->pool, sizeof *made);
    const char *name;

    made->op = GP_OP_TYPE;
    made->is_collection = gp_lexer_is_name(&p->lexer, "Collection") != 0;
    if (made->is_collection) {
        gp_lexer_advance(&p->lexer);
        if (!gp_parser_require(p, '('))
            return NULL;
    }
    name = p->lexer.token.text;
    if (p->lexer.token.kind != GP_TOKEN_NAME)
        return gp_parser_expected(p, "the name of a type");
    if (!find_type(name, made))
        return gp_parser_refuse(p, p->lexer.token.at,
                                apr_pstrcat(p->pool, "there is no type ", name, ".", NULL));
    gp_lexer_advance(&p->lexer);
    if (made->is_collection && !gp_parser_require(p, ')'))
        return NULL;
    return gp_parser_keep(p, made, at, NULL);
}

/* Returns true if a type is next, not an expression: nothing after it makes it a path. */
static bool is_type_ahead(const gp_parser *p)
{
    const char *behind = p->lexer.next + strspn(p->lexer.next, " \t");

    if (p->lexer.token.kind != GP_TOKEN_NAME)
        return false;
    return gp_lexer_is_name(&p->lexer, "Collection") || *behind == ')';
}

/* Reads [value,]type. Without a value, it is the object to which names belong. */
static bool read_typed(gp_parser *p, gp_expression **value, gp_expression **type)
{
    *value = is_type_ahead(p) ? (gp_expression *)p->current : gp_parser_expression(p);
    if (*value == NULL || (!is_type_ahead(p) && !gp_parser_require(p, ',')))
        return false;
    *type = read_type(p);
    return *type != NULL;
}

/* Casts an object: to its own type or a base type, the object itself; otherwise null, because no object of this
 * service has a type derived from the declared one. */
static gp_expression *cast_object(gp_parser *p, const gp_expression *value, const gp_type *type)
{
    gp_expression *made;

    if (value->kind != GP_KIND_COMPLEX || !gp_type_derives(value->type, type))
        return gp_expression_null(p->pool);
    made = apr_pmemdup(p->pool, value, sizeof *value);
    made->type = type;
    return made;
}

/* A collection as one of another type, item by item; null unless both are collections. */
static gp_expression *cast_collection(gp_parser *p, gp_expression *value, const gp_expression *type)
{
    apr_array_header_t *cast = apr_array_make(p->pool, 1, sizeof(gp_expression *));
    gp_expression *made;

    if (!type->is_collection || !value->is_collection)
        return gp_expression_null(p->pool);
    if (type->kind == GP_KIND_COMPLEX)
        return cast_object(p, value, type->type);
    APR_ARRAY_PUSH(cast, gp_expression *) = value;
    made = gp_expression_collect(p->pool, GP_OP_CAST, type, cast);
    return made;
}

/* Reads cast([value,]type); the name and the parenthesis have been read. */
static gp_expression *read_cast(gp_parser *p, const char *name, int at)
{
    gp_expression *value, *type, *made;

    if (!read_typed(p, &value, &type))
        return NULL;
    if (value->kind == GP_KIND_MISSING)
        return value;
    if (type->kind == GP_KIND_MISSING)
        return gp_parser_miss(p, at,
                              apr_pstrcat(p->pool, "the function ", name, " to this type", NULL));
    if (type->is_collection || value->is_collection)
        return gp_parser_keep(p, cast_collection(p, value, type), at, NULL);
    if (type->kind == GP_KIND_COMPLEX)
        return gp_parser_keep(p, cast_object(p, value, type->type), at, NULL);
    made = gp_expression_apply(p->pool, GP_OP_CAST, type->kind, value, NULL);
    made->primitive = type->primitive;
    made->enumeration = type->enumeration;
    return gp_parser_keep(p, made, at, NULL);
}

/* Reads isof([value,]type); the name and the parenthesis have been read. */
static gp_expression *read_isof(gp_parser *p, const char *name, int at)
{
    gp_expression *value, *type, *made;

    (void)name;
    if (!read_typed(p, &value, &type))
        return NULL;
    if (value->kind == GP_KIND_MISSING)
        return value;
    if (type->is_collection || value->is_collection)
        made = gp_expression_boolean(p->pool, type->is_collection && value->is_collection
                                                  && type->kind == value->kind
                                                  && type->enumeration == value->enumeration
                                                  && gp_type_derives(value->type, type->type));
    else
        made = gp_expression_apply(p->pool, GP_OP_ISOF, GP_KIND_BOOLEAN, value, type);
    return gp_parser_keep(p, made, at, NULL);
}

/* Sets the kind of a case: that of all its values, for numbers the widest; otherwise it is only known for a
 * position. */
static void settle_case(gp_expression *made)
{
    const gp_expression *first = made->arguments[1];
    bool are_numbers = true, are_alike = true;
    int i;

    made->kind = first->kind;
    for (i = 1; i < made->count; i += 2) {
        const gp_expression *value = made->arguments[i];

        are_numbers = are_numbers && gp_expression_is_number(value);
        are_alike =
            are_alike && value->kind == first->kind && value->enumeration == first->enumeration;
        if (are_numbers && value->kind > made->kind)
            made->kind = value->kind;
    }
    if (!are_numbers && (!are_alike || first->kind == GP_KIND_NULL))
        made->kind = GP_KIND_ANY;
    made->enumeration = made->kind == GP_KIND_ENUM ? first->enumeration : NULL;
}

/* Reads one condition and its value. */
static bool read_pair(gp_parser *p, apr_array_header_t *pairs)
{
    int at = p->lexer.token.at;
    gp_expression *condition = gp_parser_expression(p), *value;

    if (condition == NULL)
        return false;
    if (!gp_expression_is_boolean(condition))
        return gp_parser_refuse(p, at,
                                apr_pstrcat(p->pool,
                                            "case takes a condition (an Edm.Boolean), not ",
                                            gp_expression_describe(p->pool, condition), ".", NULL))
               != NULL;
    if (!gp_parser_require(p, ':'))
        return false;
    at = p->lexer.token.at;
    value = gp_parser_expression(p);
    if (value != NULL && (value->is_collection || value->kind == GP_KIND_COMPLEX))
        value = gp_parser_miss(p, at, "case of objects or collections");
    APR_ARRAY_PUSH(pairs, gp_expression *) = condition;
    APR_ARRAY_PUSH(pairs, gp_expression *) = value;
    return value != NULL;
}

/* Reads case(condition:value,..); the name and the parenthesis have been read. */
static gp_expression *read_case(gp_parser *p, const char *name, int at)
{
    apr_array_header_t *pairs = apr_array_make(p->pool, 8, sizeof(gp_expression *));
    gp_expression *made;

    (void)name;
    do {
        if (!read_pair(p, pairs))
            return NULL;
    } while (gp_lexer_take(&p->lexer, ','));
    made = gp_expression_apply_all(p->pool, GP_OP_CASE, GP_KIND_ANY, pairs);
    settle_case(made);
    return gp_parser_keep(p, made, at, NULL);
}

static const struct {
    const char *name;
    gp_expression *(*read)(gp_parser *p, const char *name, int at);
} special[] = {{"cast", read_cast}, {"isof", read_isof}, {"case", read_case}};

#define SPECIAL (sizeof special / sizeof special[0])

/* Reads one of these functions; its name and the parenthesis have been read. */
static gp_expression *read_special(gp_parser *p, apr_size_t which, const char *name, int at)
{
    gp_expression *made = gp_parser_enter(p) ? special[which].read(p, name, at) : NULL;

    p->depth--;
    return made != NULL && gp_parser_require(p, ')') ? made : NULL;
}

/* ---- functions ---- */

/* Reads the arguments of a call, with the closing parenthesis; the opening one has been read. */
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
