/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operands of expressions: paths with any() and all(), literals, parentheses; operand_call.c reads functions. If OData
 * allows something here that is not implemented, the parser reads it by its syntax and records it (gp_parser_miss).
 */
#include "parser.h"

#include <apr_strings.h>

#include <string.h>
#include <strings.h>

/* ---- paths ---- */

/* Returns true if the kind of a value is known only for a row, or not at all: then it may be a collection. */
static bool is_unknown(const gp_expression *value)
{
    return !value->is_collection && (value->kind == GP_KIND_ANY || value->kind == GP_KIND_MISSING);
}

/* Checks the collection before any(), all(), $count and $filter, whose items must be stored: an alias may stand for
 * another one. Returns the collection, or a placeholder for it; NULL if the problem is set. */
static gp_expression *require_collection(gp_parser *p, gp_expression *path, const char *what,
                                         int at)
{
    if (path->is_collection && !gp_expression_is_stored_collection(path))
        return gp_parser_miss(
            p, at, apr_pstrcat(p->pool, what, " of a collection that is not stored", NULL));
    if (path->is_collection || is_unknown(path))
        return path;
    return gp_parser_refuse(p, at,
                            apr_pstrcat(p->pool, what, " requires a collection, not ",
                                        gp_expression_describe(p->pool, path), ".", NULL));
}

/* Reads a condition on the items of a collection. `name` is the name of a variable, or NULL: names in the condition
 * then refer to the item's properties. */
static gp_expression *read_condition(gp_parser *p, gp_operator op, gp_expression *collection,
                                     const char *name, const char *what, int at)
{
    int scope = p->variable_count + 2;
    gp_expression *item = gp_expression_item(p->pool, collection, scope), *body;
    const gp_expression *outside = p->current;

    if (p->variable_count == GP_FILTER_VARIABLES_MAX)
        return gp_parser_refuse(p, at, "any() and all() are nested too deeply.");
    if (!gp_parser_enter(p))
        return NULL;
    p->variables[p->variable_count].name = name;
    p->variables[p->variable_count].item = item;
    p->variable_count++;
    if (name == NULL)
        p->current = item;
    body = gp_parser_expression(p);
    p->current = outside;
    p->variable_count--;
    p->depth--;
    if (body == NULL)
        return NULL;
    if (!gp_expression_is_boolean(body))
        return gp_parser_refuse(p, at,
                                apr_pstrcat(p->pool, what,
                                            " takes a condition (an Edm.Boolean), not ",
                                            gp_expression_describe(p->pool, body), ".", NULL));
    return gp_parser_keep(p, gp_expression_lambda(p->pool, op, collection, body, scope), at, NULL);
}

/* Reads any(..) and all(..) after a collection; the name has been read, "(" is next. */
static gp_expression *read_lambda(gp_parser *p, gp_expression *collection, gp_operator op, int at)
{
    const char *what = apr_pstrcat(p->pool, gp_operator_name(op), "()", NULL), *name;
    gp_expression *made;

    collection = require_collection(p, collection, what, at);
    if (collection == NULL || !gp_parser_require(p, '('))
        return NULL;
    if (op == GP_OP_ANY && gp_lexer_take(&p->lexer, ')'))
        return gp_parser_keep(p, gp_expression_lambda(p->pool, op, collection, NULL, 0), at, NULL);
    name = p->lexer.token.text;
    if (p->lexer.token.kind != GP_TOKEN_NAME || *name == '$')
        return gp_parser_expected(p, "the name of a variable");
    gp_lexer_advance(&p->lexer);
    if (!gp_parser_require(p, ':'))
        return NULL;
    made = read_condition(p, op, collection, name, what, at);
    return made != NULL && gp_parser_require(p, ')') ? made : NULL;
}

/* Reads $search=.., which is not implemented, up to the parenthesis. */
static gp_expression *miss_search(gp_parser *p, gp_expression *path, int at)
{
    if (!gp_lexer_is_name(&p->lexer, "$search") && !gp_lexer_is_name(&p->lexer, "search"))
        return gp_parser_expected(p, "$filter or $search");
    gp_lexer_advance(&p->lexer);
    if (!gp_lexer_is_mark(&p->lexer, '='))
        return gp_parser_expected(p, "'='");
    gp_lexer_skip_option(&p->lexer);
    if (gp_parser_miss(p, at, "$count with $search") == NULL)
        return NULL;
    return gp_parser_require(p, ')') ? path : NULL;
}

/* Reads the options of $count in parentheses: $filter selects the counted items, $search is not implemented. */
static gp_expression *read_count_options(gp_parser *p, gp_expression *path, int at)
{
    if (!gp_parser_require(p, '('))
        return NULL;
    if (!gp_lexer_is_name(&p->lexer, "$filter") && !gp_lexer_is_name(&p->lexer, "filter"))
        return miss_search(p, path, at);
    gp_lexer_advance(&p->lexer);
    if (!gp_parser_require(p, '='))
        return NULL;
    path = read_condition(p, GP_OP_WHERE, path, NULL, "$filter", at);
    if (path == NULL || !gp_lexer_take(&p->lexer, ';'))
        return path != NULL && gp_parser_require(p, ')') ? path : NULL;
    return miss_search(p, path, at);
}

/* Reads $count after a collection; its name has been read. */
static gp_expression *read_count(gp_parser *p, gp_expression *path, int at)
{
    path = require_collection(p, path, "$count", at);
    if (path != NULL && gp_lexer_is_mark(&p->lexer, '('))
        path = read_count_options(p, path, at);
    if (path == NULL)
        return NULL;
    return gp_parser_keep(p, gp_expression_apply(p->pool, GP_OP_COUNT, GP_KIND_INTEGER, path, NULL),
                          at, NULL);
}

/* Reads $filter(..) after a collection: the items that meet a condition. Its name has been read. */
static gp_expression *read_filtered(gp_parser *p, gp_expression *path, int at)
{
    path = require_collection(p, path, "$filter", at);
    if (path == NULL || !gp_parser_require(p, '('))
        return NULL;
    path = read_condition(p, GP_OP_WHERE, path, NULL, "$filter", at);
    return path != NULL && gp_parser_require(p, ')') ? path : NULL;
}

/* Reads a segment that this service does not have: any name, with or without a key or parameters. */
static gp_expression *read_missing_segment(gp_parser *p, gp_expression *path)
{
    return !gp_lexer_is_mark(&p->lexer, '(') || gp_parser_skip(p) ? path : NULL;
}

/* Reads one segment of a path; "/" has been read. */
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
    /* A cast to its own type. */
    if (path->kind == GP_KIND_COMPLEX && gp_type_is_named(path->type, name, strlen(name)))
        return path;
    path = gp_expression_member(p->pool, path, name, &message);
    return gp_parser_keep(p, path, at, message);
}

/* Reads $root and its required segment. */
static gp_expression *read_root(gp_parser *p, int at)
{
    gp_lexer_advance(&p->lexer);
    if (!gp_lexer_is_mark(&p->lexer, '/'))
        return gp_parser_expected(p, "'/'");
    return gp_parser_miss(p, at, "$root");
}

/* Reads the segments after the start of a path. */
static gp_expression *read_segments(gp_parser *p, gp_expression *path)
{
    while (path != NULL && gp_lexer_take(&p->lexer, '/'))
        path = read_segment(p, path);
    return path;
}

/* Finds a variable, $it, or $this: the item of a condition in a path, otherwise the position. Returns false for any
 * other name: a property of $this. */
static bool find_start(gp_parser *p, const char *name, const gp_expression **start)
{
    int i;

    *start = p->current;
    for (i = p->variable_count; i-- > 0;) {
        if (p->variables[i].name != NULL && strcmp(p->variables[i].name, name) == 0) {
            *start = p->variables[i].item;
            return true;
        }
    }
    if (strcasecmp(name, "$it") != 0)
        return strcasecmp(name, "$this") == 0;
    *start = gp_expression_root(p->pool);
    return true;
}

/* Resolves a name at the start of a path, and reads the segments after it. */
static gp_expression *read_path(gp_parser *p)
{
    const char *name = p->lexer.token.text;
    const gp_expression *start;

    if (strcasecmp(name, "$root") == 0)
        return read_segments(p, read_root(p, p->lexer.token.at));
    if (!find_start(p, name, &start))
        return read_segments(p, read_segment(p, (gp_expression *)start));
    if (gp_parser_keep(p, (gp_expression *)start, p->lexer.token.at, NULL) == NULL)
        return NULL;
    gp_lexer_advance(&p->lexer);
    return read_segments(p, (gp_expression *)start);
}

/* ---- literals ---- */

/* The prefixes of literals for types that no property has. */
static const struct {
    const char *prefix, *type;
} missing_literals[] = {
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

/* Reads duration'text'; the string is next. */
static gp_expression *read_duration(gp_parser *p, int at)
{
    gp_token token = p->lexer.token;
    gp_datum datum;

    if (!gp_datum_spell(&datum, GP_KIND_DURATION, NULL, token.text, strlen(token.text)))
        return gp_parser_refuse(p, at, "this is not a duration, such as duration'P1DT2H3M4.5S'.");
    gp_lexer_advance(&p->lexer);
    token.kind = GP_TOKEN_DURATION;
    return gp_parser_keep(p, gp_expression_literal(p->pool, &token), at, NULL);
}

/* Reads namespace.enumeration'members'; the name is next, followed by a string. */
static gp_expression *read_enum(gp_parser *p, const char *name, int at)
{
    const gp_enum *const *enumeration;
    const char *message = NULL, *text;
    gp_expression *made;

    gp_lexer_advance(&p->lexer);
    if (p->lexer.token.kind != GP_TOKEN_STRING)
        return gp_parser_expected(p, "a string");
    if (strcasecmp(name, "duration") == 0)
        return read_duration(p, at);
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

/* Reads an alias and the segments after it; or an annotation of the position, whose name alone contains dots. */
static gp_expression *read_alias(gp_parser *p, int at)
{
    const char *name = p->lexer.token.text;

    if (strpbrk(name, ".#") == NULL)
        return read_segments(p, gp_parser_alias(p, gp_parser_expression));
    gp_lexer_advance(&p->lexer);
    return read_segments(
        p, gp_parser_miss(p, at, apr_pstrcat(p->pool, "the annotation ", name, NULL)));
}

/* Returns the character directly after the next token, a name. */
static char behind_name(const gp_parser *p)
{
    return *p->lexer.next;
}

/* Reads an operand that starts with a name. */
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
    case GP_TOKEN_TIME:
    case GP_TOKEN_GUID:
        made = gp_expression_literal(p->pool, token);
        gp_lexer_advance(&p->lexer);
        return gp_parser_keep(p, made, at, NULL);
    case GP_TOKEN_JSON:
        return gp_parser_array(p);
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
