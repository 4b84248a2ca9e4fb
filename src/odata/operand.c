/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operands of expressions: paths with any() and all(), literals, parentheses; functions are call.c's. What
 * OData allows here and is not implemented is read as far as its own syntax goes, and noted (gp_parser_miss).
 */
#include "parser.h"

#include <apr_strings.h>

#include <string.h>
#include <strings.h>

/* ---- paths ---- */

/* Whether only a row tells, or nothing, what a value is: then it may be a collection. */
static bool is_unknown(const gp_expression *value)
{
    return !value->is_collection && (value->kind == GP_KIND_ANY || value->kind == GP_KIND_MISSING);
}

/* What any(), all() and $count are behind; of a dynamic property they are not implemented. NULL: the problem is
 * set. */
static gp_expression *require_collection(gp_parser *p, gp_expression *path, const char *what,
                                         int at)
{
    if (is_unknown(path))
        return gp_parser_miss(p, at, apr_pstrcat(p->pool, what, " of a dynamic property", NULL));
    if (path->is_collection)
        return path;
    return gp_parser_refuse(p, at,
                            apr_pstrcat(p->pool, what, " is of a collection, not of ",
                                        gp_expression_describe(p->pool, path), ".", NULL));
}

/* A variable and its condition; "(" is taken. */
static gp_expression *read_condition(gp_parser *p, const gp_expression *collection, const char *op,
                                     int at)
{
    gp_expression *body;
    const char *name = p->lexer.token.text;

    if (p->lexer.token.kind != GP_TOKEN_NAME || *name == '$')
        return gp_parser_expected(p, "the name of a variable");
    if (p->variable_count == GP_FILTER_VARIABLES_MAX)
        return gp_parser_refuse(p, at, "there are too many any() and all() within each other.");
    gp_lexer_advance(&p->lexer);
    if (!gp_parser_require(p, ':') || !gp_parser_enter(p))
        return NULL;
    p->variables[p->variable_count].name = name;
    p->variables[p->variable_count].item =
        gp_expression_item(p->pool, collection, p->variable_count + 2);
    p->variable_count++;
    body = gp_parser_expression(p);
    p->variable_count--;
    p->depth--;
    if (body == NULL || !gp_parser_require(p, ')'))
        return NULL;
    if (gp_expression_is_boolean(body))
        return body;
    return gp_parser_refuse(p, at,
                            apr_pstrcat(p->pool, op, "() takes a condition (an Edm.Boolean), not ",
                                        gp_expression_describe(p->pool, body), ".", NULL));
}

/* any(..) and all(..) behind a collection; the name is taken, "(" is ahead. */
static gp_expression *read_lambda(gp_parser *p, gp_expression *collection, gp_operator op, int at)
{
    const char *name = gp_operator_name(op);
    gp_expression *body = NULL;

    collection = require_collection(p, collection, apr_pstrcat(p->pool, name, "()", NULL), at);
    if (collection == NULL || !gp_parser_require(p, '('))
        return NULL;
    if (!(op == GP_OP_ANY && gp_lexer_take(&p->lexer, ')'))) {
        body = read_condition(p, collection, name, at);
        if (body == NULL)
            return NULL;
    }
    return gp_parser_keep(p, gp_expression_apply(p->pool, op, GP_KIND_BOOLEAN, collection, body),
                          at, NULL);
}

/* $count behind a collection; its name is taken. Options in parentheses choose what is counted. */
static gp_expression *read_count(gp_parser *p, gp_expression *path, int at)
{
    path = require_collection(p, path, "$count", at);
    if (path != NULL && gp_lexer_is_mark(&p->lexer, '(')) {
        if (!gp_parser_skip(p) || gp_parser_miss(p, at, "$count with options") == NULL)
            return NULL;
    }
    if (path == NULL)
        return NULL;
    return gp_parser_keep(p, gp_expression_apply(p->pool, GP_OP_COUNT, GP_KIND_INTEGER, path, NULL),
                          at, NULL);
}

/* $filter(..) behind a collection: the collection with fewer items. Its name is taken. */
static gp_expression *read_filtered(gp_parser *p, gp_expression *path, int at)
{
    if (!path->is_collection && !is_unknown(path))
        return gp_parser_refuse(p, at,
                                apr_pstrcat(p->pool, "$filter is of a collection, not of ",
                                            gp_expression_describe(p->pool, path), ".", NULL));
    if (!gp_lexer_is_mark(&p->lexer, '('))
        return gp_parser_expected(p, "'('");
    if (!gp_parser_skip(p) || gp_parser_miss(p, at, "$filter in a path") == NULL)
        return NULL;
    return path;
}

/* A segment of what this service does not have: any name, with a key or parameters or without. */
static gp_expression *read_missing_segment(gp_parser *p, gp_expression *path)
{
    return !gp_lexer_is_mark(&p->lexer, '(') || gp_parser_skip(p) ? path : NULL;
}

/* One segment of a path; "/" is taken. */
static gp_expression *read_segment(gp_parser *p, gp_expression *path)
{
    const char *name = p->lexer.token.text, *message = NULL;
    int at = p->lexer.token.at;

    if (p->lexer.token.kind == GP_TOKEN_ALIAS) {
        gp_lexer_advance(&p->lexer);
        return gp_parser_miss(p, at, apr_pstrcat(p->pool, "the annotation ", name, NULL));
    }
    if (p->lexer.token.kind != GP_TOKEN_NAME)
        return gp_parser_expected(p, "the name of a property");
    gp_lexer_advance(&p->lexer);
    if (strcasecmp(name, "$count") == 0)
        return read_count(p, path, at);
    if (strcasecmp(name, "$filter") == 0)
        return read_filtered(p, path, at);
    if (gp_lexer_is_mark(&p->lexer, '(') && strcasecmp(name, "any") == 0)
        return read_lambda(p, path, GP_OP_ANY, at);
    if (gp_lexer_is_mark(&p->lexer, '(') && strcasecmp(name, "all") == 0)
        return read_lambda(p, path, GP_OP_ALL, at);
    if (path->kind == GP_KIND_MISSING)
        return read_missing_segment(p, path);
    /* A cast to the type that it has. */
    if (path->kind == GP_KIND_COMPLEX && gp_type_is_named(path->type, name, strlen(name)))
        return path;
    path = gp_expression_member(p->pool, path, name, &message);
    return gp_parser_keep(p, path, at, message);
}

/* $root, and the segment that must follow it. */
static gp_expression *read_root(gp_parser *p, int at)
{
    gp_lexer_advance(&p->lexer);
    if (!gp_lexer_is_mark(&p->lexer, '/'))
        return gp_parser_expected(p, "'/'");
    return gp_parser_miss(p, at, "$root");
}

/* The position, on which both $it and $this stand: no option here is of another collection. */
static bool is_position(const char *name)
{
    return strcasecmp(name, "$it") == 0 || strcasecmp(name, "$this") == 0;
}

/* The segments behind the start of a path. */
static gp_expression *read_segments(gp_parser *p, gp_expression *path)
{
    while (path != NULL && gp_lexer_take(&p->lexer, '/'))
        path = read_segment(p, path);
    return path;
}

/* What a name at the start of a path stands for: a variable, the position, or a property of it. */
static gp_expression *read_path(gp_parser *p)
{
    gp_expression *path = NULL;
    const char *name = p->lexer.token.text;
    int i;

    if (strcasecmp(name, "$root") == 0)
        return read_segments(p, read_root(p, p->lexer.token.at));
    for (i = p->variable_count; i-- > 0 && path == NULL;) {
        if (strcmp(p->variables[i].name, name) == 0)
            path = p->variables[i].item;
    }
    if (path != NULL || is_position(name)) {
        if (path == NULL)
            path = gp_expression_root(p->pool);
        if (gp_parser_keep(p, path, p->lexer.token.at, NULL) == NULL)
            return NULL;
        gp_lexer_advance(&p->lexer);
    } else {
        path = read_segment(p, gp_expression_root(p->pool));
    }
    return read_segments(p, path);
}

/* ---- literals ---- */

/* The prefixes of literals whose types no property has, and the types. */
static const struct {
    const char *prefix, *type;
} missing_literals[] = {
    {"duration", "Edm.Duration"},
    {"binary", "Edm.Binary"},
    {"geography", "Edm.Geography"},
    {"geometry", "Edm.Geometry"},
};

static const char *missing_literal(const char *prefix)
{
    apr_size_t i;

    for (i = 0; i < sizeof missing_literals / sizeof missing_literals[0]; i++) {
        if (strcasecmp(missing_literals[i].prefix, prefix) == 0)
            return missing_literals[i].type;
    }
    return NULL;
}

static gp_expression *miss_literal(gp_parser *p, const char *type, int at)
{
    gp_lexer_advance(&p->lexer);
    return gp_parser_miss(p, at, apr_pstrcat(p->pool, "a literal of ", type, NULL));
}

/* namespace.enumeration'members'; the name is ahead and a string behind it. */
static gp_expression *read_enum(gp_parser *p, const char *name, int at)
{
    const gp_enum *const *enumeration;
    const char *message = NULL, *text;
    gp_expression *made;

    gp_lexer_advance(&p->lexer);
    if (p->lexer.token.kind != GP_TOKEN_STRING)
        return gp_parser_expected(p, "a string");
    if (missing_literal(name) != NULL)
        return miss_literal(p, missing_literal(name), at);
    text = p->lexer.token.text;
    for (enumeration = gp_model_enums; *enumeration != NULL; enumeration++) {
        if (gp_enum_is_named(*enumeration, name, strlen(name)))
            break;
    }
    if (*enumeration == NULL)
        return gp_parser_refuse(p, at,
                                apr_pstrcat(p->pool, "there is no enumeration ", name, ".", NULL));
    gp_lexer_advance(&p->lexer);
    made = gp_expression_enum(p->pool, *enumeration, text, &message);
    return gp_parser_keep(p, made, at, message);
}

/* ---- operands ---- */

static gp_expression *read_parentheses(gp_parser *p)
{
    gp_expression *inner;

    gp_lexer_advance(&p->lexer);
    if (!gp_parser_enter(p))
        return NULL;
    inner = gp_parser_expression(p);
    p->depth--;
    return inner != NULL && gp_parser_require(p, ')') ? inner : NULL;
}

/* An alias and segments behind it; or an annotation of the position, whose name alone has dots. */
static gp_expression *read_alias(gp_parser *p, int at)
{
    const char *name = p->lexer.token.text;

    if (strpbrk(name, ".#") == NULL)
        return read_segments(p, gp_parser_alias(p, gp_parser_expression));
    gp_lexer_advance(&p->lexer);
    return read_segments(
        p, gp_parser_miss(p, at, apr_pstrcat(p->pool, "the annotation ", name, NULL)));
}

/* What stands directly behind the name that is ahead. */
static char behind_name(const gp_parser *p)
{
    return *p->lexer.next;
}

/* What starts with a name. */
static gp_expression *read_named(gp_parser *p, const char *name, int at)
{
    gp_expression *made;

    if (behind_name(p) == '(' && *name != '$')
        return gp_parser_call(p, name, at);
    if (behind_name(p) == '\'')
        return read_enum(p, name, at);
    if (gp_lexer_is_name(&p->lexer, "null"))
        made = gp_expression_null(p->pool);
    else if (gp_lexer_is_name(&p->lexer, "true"))
        made = gp_expression_boolean(p->pool, true);
    else if (gp_lexer_is_name(&p->lexer, "false"))
        made = gp_expression_boolean(p->pool, false);
    else
        return read_path(p);
    gp_lexer_advance(&p->lexer);
    return gp_parser_keep(p, made, at, NULL);
}

gp_expression *gp_parser_operand(gp_parser *p)
{
    const gp_token *token = &p->lexer.token;
    gp_expression *made;
    int at = token->at;

    switch (token->kind) {
    case GP_TOKEN_STRING:
    case GP_TOKEN_INTEGER:
    case GP_TOKEN_DOUBLE:
    case GP_TOKEN_DATE:
    case GP_TOKEN_DATETIME:
    case GP_TOKEN_GUID:
        made = gp_expression_literal(p->pool, token);
        gp_lexer_advance(&p->lexer);
        return gp_parser_keep(p, made, at, NULL);
    case GP_TOKEN_TIME:
        return miss_literal(p, "Edm.TimeOfDay", at);
    case GP_TOKEN_JSON:
        gp_lexer_advance(&p->lexer);
        return gp_parser_miss(p, at, "a JSON array or object");
    case GP_TOKEN_ALIAS:
        return read_alias(p, at);
    case GP_TOKEN_MARK:
        return gp_lexer_is_mark(&p->lexer, '(') ? read_parentheses(p)
                                                : gp_parser_expected(p, "a value");
    case GP_TOKEN_NAME:
        return read_named(p, token->text, at);
    default:
        return gp_parser_expected(p, "a value");
    }
}
