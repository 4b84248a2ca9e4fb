/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of $filter and $orderby: recursive descent, a function for each level of precedence.
 * Types are expression.c's; tokens are lexer.c's.
 */
#include "filter.h"
#include "expression.h"
#include "limits.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>
#include <strings.h>

typedef struct {
    apr_pool_t *pool;
    const char *option; /* $filter or $orderby: what problems are about */
    const char *alias;  /* whose text is being read; NULL: the option's own */
    apr_hash_t *aliases;
    gp_problem *problem;
    gp_lexer lexer;
    struct {
        const char *name;
        gp_expression *item;
    } variables[GP_FILTER_VARIABLES_MAX];
    int variable_count;
    apr_size_t length; /* of the text and those of its aliases */
    int depth;
    int parts;
} parser;

/* Each of the readers below returns NULL where it has set the problem. */
static gp_expression *read_or(parser *p);

/* ---- failing ---- */

static gp_expression *refuse(parser *p, gp_error error, int at, const char *what)
{
    gp_problem_set(p->problem, error, p->option, "At position %d%s%s: %s", at,
                   p->alias ? " of " : "", p->alias ? p->alias : "", what);
    return NULL;
}

static gp_expression *expected(parser *p, const char *what)
{
    return refuse(p, GP_BAD_REQUEST, p->lexer.token.at, gp_lexer_expected(&p->lexer, what));
}

/* Takes a mark that must stand there. */
static int require(parser *p, char mark)
{
    const char what[] = {'\'', mark, '\'', '\0'};

    return gp_lexer_take(&p->lexer, mark) || expected(p, what) != NULL;
}

/* Counts a part that was made; a mismatch is told with the place where it was found. */
static gp_expression *keep(parser *p, gp_expression *made, int at, const char *message)
{
    if (made == NULL)
        return refuse(p, GP_BAD_REQUEST, at, message);
    if (++p->parts > GP_FILTER_PARTS_MAX)
        return refuse(
            p, GP_BAD_REQUEST, at,
            apr_psprintf(p->pool, "the expression has more than %d parts.", GP_FILTER_PARTS_MAX));
    return made;
}

static int enter(parser *p)
{
    if (++p->depth <= GP_FILTER_DEPTH_MAX)
        return 1;
    refuse(
        p, GP_BAD_REQUEST, p->lexer.token.at,
        apr_psprintf(p->pool, "the expression is more than %d levels deep.", GP_FILTER_DEPTH_MAX));
    return 0;
}

/* What OData has besides; functions unless said otherwise. */
static int is_missing_function(const char *name)
{
    static const char *const names[] = {
        "cast",
        "isof",
        "now",
        "time",
        "mindatetime",
        "maxdatetime",
        "round",
        "floor",
        "ceiling",
        "matchespattern",
        "case",
        "hassubset",
        "totalseconds",
        "hassubsequence",
        "totaloffsetminutes",
        "fractionalseconds",
        "geo.distance",
        "geo.intersects",
        "geo.length",
    };
    apr_size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(names[i], name) == 0)
            return 1;
    }
    return 0;
}

static int is_missing_operator(const gp_lexer *lexer)
{
    static const char *const names[] = {"add", "sub", "mul", "div", "divby", "mod"};
    apr_size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (gp_lexer_is_name(lexer, names[i]))
            return 1;
    }
    return 0;
}

static gp_expression *not_implemented(parser *p, int at, const char *name)
{
    return refuse(p, GP_NOT_IMPLEMENTED, at,
                  apr_pstrcat(p->pool, name, " is not implemented.", NULL));
}

/* ---- paths ---- */

/* any(..) and all(..) behind a collection; the name is taken, "(" is ahead. */
static gp_expression *read_lambda(parser *p, gp_expression *collection, const char *op, int at)
{
    gp_expression *made, *body = NULL;
    const char *name;

    if (!collection->is_collection)
        return refuse(p, GP_BAD_REQUEST, at,
                      apr_pstrcat(p->pool, op, "() is of a collection, not of ",
                                  gp_expression_describe(p->pool, collection), ".", NULL));
    if (!require(p, '('))
        return NULL;
    if (strcmp(op, "any") == 0 && gp_lexer_take(&p->lexer, ')'))
        return keep(p, gp_expression_apply(p->pool, op, GP_KIND_BOOLEAN, collection, NULL), at,
                    NULL);
    if (p->lexer.token.kind != GP_TOKEN_NAME || *p->lexer.token.text == '$')
        return expected(p, "the name of a variable");
    if (p->variable_count == GP_FILTER_VARIABLES_MAX)
        return refuse(p, GP_BAD_REQUEST, at,
                      "there are too many any() and all() within each other.");
    name = p->lexer.token.text;
    gp_lexer_advance(&p->lexer);
    if (!require(p, ':') || !enter(p))
        return NULL;
    p->variables[p->variable_count].name = name;
    p->variables[p->variable_count].item =
        gp_expression_item(p->pool, collection, p->variable_count + 2);
    p->variable_count++;
    body = read_or(p);
    p->variable_count--;
    p->depth--;
    if (body == NULL || !require(p, ')'))
        return NULL;
    if (!gp_expression_is_boolean(body))
        return refuse(p, GP_BAD_REQUEST, at,
                      apr_pstrcat(p->pool, op, "() takes a condition (an Edm.Boolean), not ",
                                  gp_expression_describe(p->pool, body), ".", NULL));
    made = gp_expression_apply(p->pool, op, GP_KIND_BOOLEAN, collection, body);
    return keep(p, made, at, NULL);
}

/* One segment of a path; "/" is taken. */
static gp_expression *read_segment(parser *p, gp_expression *path)
{
    const char *name = p->lexer.token.text, *message = NULL;
    int at = p->lexer.token.at;

    if (p->lexer.token.kind != GP_TOKEN_NAME)
        return expected(p, "the name of a property");
    gp_lexer_advance(&p->lexer);
    if (strcasecmp(name, "$count") == 0) {
        if (!path->is_collection)
            return refuse(p, GP_BAD_REQUEST, at,
                          apr_pstrcat(p->pool, "$count is of a collection, not of ",
                                      gp_expression_describe(p->pool, path), ".", NULL));
        return keep(p, gp_expression_apply(p->pool, "count", GP_KIND_INTEGER, path, NULL), at,
                    NULL);
    }
    if (gp_lexer_is_mark(&p->lexer, '(') && strcasecmp(name, "any") == 0)
        return read_lambda(p, path, "any", at);
    if (gp_lexer_is_mark(&p->lexer, '(') && strcasecmp(name, "all") == 0)
        return read_lambda(p, path, "all", at);
    /* A cast to the type that it has. */
    if (path->kind == GP_KIND_COMPLEX && gp_type_is_named(path->type, name, strlen(name)))
        return path;
    path = gp_expression_member(p->pool, path, name, &message);
    return keep(p, path, at, message);
}

/* What a name at the start of a path stands for: a variable, the position, or a property of it. */
static gp_expression *read_path(parser *p)
{
    gp_expression *path = NULL;
    const char *name = p->lexer.token.text;
    int i;

    for (i = p->variable_count; i-- > 0 && path == NULL;) {
        if (strcmp(p->variables[i].name, name) == 0)
            path = p->variables[i].item;
    }
    if (path != NULL || strcasecmp(name, "$it") == 0) {
        if (path == NULL)
            path = gp_expression_root(p->pool);
        if (keep(p, path, p->lexer.token.at, NULL) == NULL)
            return NULL;
        gp_lexer_advance(&p->lexer);
    } else {
        path = read_segment(p, gp_expression_root(p->pool));
    }
    while (path != NULL && gp_lexer_take(&p->lexer, '/'))
        path = read_segment(p, path);
    return path;
}

/* ---- primaries ---- */

/* name(..); both are ahead. */
static gp_expression *read_call(parser *p, const char *name, int at)
{
    gp_expression *call = apr_pcalloc(p->pool, sizeof *call), *made;
    const char *message = NULL;
    char *lower = apr_pstrdup(p->pool, name), *c;
    int is_known;

    for (c = lower; *c != '\0'; c++)
        *c = (char)apr_tolower(*c);
    gp_lexer_advance(&p->lexer);
    gp_lexer_advance(&p->lexer);
    if (is_missing_function(name))
        return not_implemented(p, at, apr_pstrcat(p->pool, "the function ", name, NULL));
    if (!enter(p))
        return NULL;
    if (!gp_lexer_take(&p->lexer, ')')) {
        do {
            gp_expression *argument = read_or(p);

            if (argument == NULL)
                return NULL;
            /* An argument may be in several trees (an alias, a variable): each has its own link. */
            gp_expression_add(call, apr_pmemdup(p->pool, argument, sizeof *argument));
        } while (gp_lexer_take(&p->lexer, ','));
        if (!require(p, ')'))
            return NULL;
    }
    p->depth--;
    made = gp_expression_call(p->pool, lower, call, &is_known, &message);
    if (!is_known)
        return refuse(p, GP_BAD_REQUEST, at,
                      apr_pstrcat(p->pool, "there is no function ", name, ".", NULL));
    return keep(p, made, at, message);
}

/* namespace.enumeration'members'; the name is ahead and a string behind it. */
static gp_expression *read_enum(parser *p, const char *name, int at)
{
    const gp_enum *const *enumeration;
    const char *message = NULL, *text;
    gp_expression *made;

    gp_lexer_advance(&p->lexer);
    if (p->lexer.token.kind != GP_TOKEN_STRING)
        return expected(p, "a string");
    text = p->lexer.token.text;
    for (enumeration = gp_model_enums; *enumeration != NULL; enumeration++) {
        if (gp_enum_is_named(*enumeration, name, strlen(name)))
            break;
    }
    if (*enumeration == NULL)
        return refuse(p, GP_BAD_REQUEST, at,
                      apr_pstrcat(p->pool, "there is no enumeration ", name, ".", NULL));
    gp_lexer_advance(&p->lexer);
    made = gp_expression_enum(p->pool, *enumeration, text, &message);
    return keep(p, made, at, message);
}

/* Reads with the text of an alias in place of it. */
static gp_expression *read_alias(parser *p, gp_expression *(*read)(parser *p))
{
    const char *name = p->lexer.token.text,
               *text = apr_hash_get(p->aliases, name, APR_HASH_KEY_STRING);
    int at = p->lexer.token.at;
    gp_lexer outside;
    gp_expression *made;

    if (p->alias != NULL)
        return refuse(p, GP_BAD_REQUEST, p->lexer.token.at,
                      "the value of an alias cannot be another alias.");
    gp_lexer_advance(&p->lexer);
    if (text == NULL) /* OData URL conventions 5.1.1.14 */
        return keep(p, gp_expression_constant(p->pool, GP_KIND_NULL, "null"), at, NULL);
    p->length += strlen(text);
    if (p->length > GP_FILTER_LENGTH_MAX)
        return refuse(p, GP_BAD_REQUEST, at,
                      apr_psprintf(p->pool, "with its aliases it is longer than %d bytes.",
                                   GP_FILTER_LENGTH_MAX));
    outside = p->lexer;
    p->alias = name;
    gp_lexer_open(&p->lexer, p->pool, text);
    made = read(p);
    if (made != NULL && p->lexer.token.kind != GP_TOKEN_END)
        made = expected(p, "the end of the value");
    p->alias = NULL;
    p->lexer = outside;
    return made;
}

static gp_expression *read_parentheses(parser *p)
{
    gp_expression *inner;

    gp_lexer_advance(&p->lexer);
    if (!enter(p))
        return NULL;
    inner = read_or(p);
    p->depth--;
    return inner != NULL && require(p, ')') ? inner : NULL;
}

/* What stands directly behind the name that is ahead. */
static char behind_name(const parser *p)
{
    return *p->lexer.next;
}

static gp_expression *read_primary(parser *p)
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
        return keep(p, made, at, NULL);
    case GP_TOKEN_ALIAS:
        return read_alias(p, read_or);
    case GP_TOKEN_MARK:
        return gp_lexer_is_mark(&p->lexer, '(') ? read_parentheses(p) : expected(p, "a value");
    case GP_TOKEN_NAME:
        break;
    default:
        return expected(p, "a value");
    }
    if (behind_name(p) == '(' && *token->text != '$')
        return read_call(p, token->text, at);
    if (behind_name(p) == '\'')
        return read_enum(p, token->text, at);
    if (gp_lexer_is_name(&p->lexer, "null"))
        made = gp_expression_constant(p->pool, GP_KIND_NULL, "null");
    else if (gp_lexer_is_name(&p->lexer, "true"))
        made = gp_expression_constant(p->pool, GP_KIND_BOOLEAN, "true");
    else if (gp_lexer_is_name(&p->lexer, "false"))
        made = gp_expression_constant(p->pool, GP_KIND_BOOLEAN, "false");
    else
        return read_path(p);
    gp_lexer_advance(&p->lexer);
    return keep(p, made, at, NULL);
}

/* ---- operators, from the tightest ---- */

static int require_boolean(parser *p, const gp_expression *operand, const char *op, int at)
{
    if (gp_expression_is_boolean(operand))
        return 1;
    refuse(p, GP_BAD_REQUEST, at,
           apr_pstrcat(p->pool, op, " takes a condition (an Edm.Boolean), not ",
                       gp_expression_describe(p->pool, operand), ".", NULL));
    return 0;
}

/* Forward: what "not" is before. */
static gp_expression *read_membership(parser *p);

static gp_expression *read_unary(parser *p)
{
    gp_expression *operand;
    int at = p->lexer.token.at;

    if (gp_lexer_is_mark(&p->lexer, '-'))
        return not_implemented(p, at, "the operator -");
    if (!gp_lexer_is_name(&p->lexer, "not"))
        return read_membership(p);
    gp_lexer_advance(&p->lexer);
    if (!enter(p))
        return NULL;
    operand = read_unary(p);
    p->depth--;
    if (operand == NULL || !require_boolean(p, operand, "not", at))
        return NULL;
    return keep(p, gp_expression_apply(p->pool, "not", GP_KIND_BOOLEAN, operand, NULL), at, NULL);
}

/* The list behind "in": (a,b,..). Its items become arguments of one node. */
static gp_expression *read_list(parser *p)
{
    gp_expression *list = apr_pcalloc(p->pool, sizeof *list);

    list->is_collection = 1;
    if (!require(p, '('))
        return NULL;
    do {
        gp_expression *item = read_primary(p);

        if (item == NULL)
            return NULL;
        gp_expression_add(list, apr_pmemdup(p->pool, item, sizeof *item));
    } while (gp_lexer_take(&p->lexer, ','));
    return require(p, ')') ? list : NULL;
}

/*
 * value in (a,b,..), which asks once for the value; a literal is compared with each item for itself,
 * since it may mean another thing each time. value in collection is collection/any(i:i eq value).
 */
static gp_expression *read_in(parser *p, gp_expression *value, int at)
{
    gp_expression *made = NULL, *list, *item, *next;
    const char *message = NULL;

    if (p->lexer.token.kind == GP_TOKEN_NAME) {
        list = read_path(p);
        if (list == NULL)
            return NULL;
        if (!list->is_collection)
            return refuse(p, GP_BAD_REQUEST, at, "in takes a list or a collection.");
        made = gp_expression_compare(p->pool, "eq",
                                     gp_expression_item(p->pool, list, p->variable_count + 2),
                                     value, &message);
        if (keep(p, made, at, message) == NULL)
            return NULL;
        return keep(p, gp_expression_apply(p->pool, "any", GP_KIND_BOOLEAN, list, made), at, NULL);
    }
    list = p->lexer.token.kind == GP_TOKEN_ALIAS ? read_alias(p, read_list) : read_list(p);
    for (item = list ? list->arguments : NULL; item != NULL; item = next) {
        gp_expression *equal;

        next = item->next;
        item->next = NULL;
        equal = gp_expression_compare(p->pool, "eq", apr_pmemdup(p->pool, value, sizeof *value),
                                      item, &message);
        if (keep(p, equal, at, message) == NULL)
            return NULL;
        if (value->op != NULL) { /* compared as eq would, but all at once */
            item = equal->arguments->next;
            equal->arguments->next = NULL;
            if (made == NULL)
                made = gp_expression_apply(p->pool, "in", GP_KIND_BOOLEAN, equal->arguments, item);
            else
                gp_expression_add(made, item);
        } else if (made == NULL) {
            made = gp_expression_apply(p->pool, "or", GP_KIND_BOOLEAN, equal, NULL);
        } else {
            gp_expression_add(made, equal);
        }
    }
    if (list != NULL && made == NULL) /* an alias that is not there */
        return gp_expression_constant(p->pool, GP_KIND_BOOLEAN, "false");
    return made;
}

/* Reads operands of one level and joins them from the left by whichever of the operators stands
 * between them. */
static gp_expression *read_level(parser *p, const char *const *operators,
                                 gp_expression *(*read_operand)(parser *p))
{
    gp_expression *left = read_operand(p);
    int outside = p->depth;

    while (left != NULL) {
        const char *const *op, *message = NULL;
        gp_expression *right;
        int at = p->lexer.token.at;

        for (op = operators; *op != NULL; op++) {
            if (gp_lexer_is_name(&p->lexer, *op))
                break;
        }
        if (*op == NULL)
            break;
        gp_lexer_advance(&p->lexer);
        if (strcmp(*op, "in") == 0) {
            left = read_in(p, left, at);
            continue;
        }
        at = p->lexer.token.at;
        right = read_operand(p);
        if (right == NULL)
            return NULL;
        left = gp_expression_compare(p->pool, *op, apr_pmemdup(p->pool, left, sizeof *left),
                                     apr_pmemdup(p->pool, right, sizeof *right), &message);
        left = keep(p, left, at, message);
    }
    p->depth = outside;
    return left;
}

static gp_expression *read_membership(parser *p)
{
    static const char *const operators[] = {"has", "in", NULL};
    gp_expression *made = read_level(p, operators, read_primary);

    if (made != NULL && is_missing_operator(&p->lexer))
        return not_implemented(p, p->lexer.token.at,
                               apr_pstrcat(p->pool, "the operator ", p->lexer.token.text, NULL));
    return made;
}

static gp_expression *read_relation(parser *p)
{
    static const char *const operators[] = {"gt", "ge", "lt", "le", NULL};

    return read_level(p, operators, read_unary);
}

static gp_expression *read_equality(parser *p)
{
    static const char *const operators[] = {"eq", "ne", NULL};

    return read_level(p, operators, read_relation);
}

/* Any number of conditions joined by "and" or "or": one node, so that a long chain is not deep. */
static gp_expression *read_chain(parser *p, const char *op,
                                 gp_expression *(*read_operand)(parser *p))
{
    int at = p->lexer.token.at;
    gp_expression *operand = read_operand(p), *chain = NULL;

    while (operand != NULL && gp_lexer_is_name(&p->lexer, op)) {
        if (!require_boolean(p, operand, op, at))
            return NULL;
        if (chain == NULL)
            chain = keep(p,
                         gp_expression_apply(p->pool, op, GP_KIND_BOOLEAN,
                                             apr_pmemdup(p->pool, operand, sizeof *operand), NULL),
                         at, NULL);
        gp_lexer_advance(&p->lexer);
        at = p->lexer.token.at;
        operand = chain ? read_operand(p) : NULL;
        if (operand == NULL || !require_boolean(p, operand, op, at))
            return NULL;
        operand = apr_pmemdup(p->pool, operand, sizeof *operand);
        gp_expression_add(chain, operand);
    }
    return chain != NULL ? chain : operand;
}

static gp_expression *read_and(parser *p)
{
    return read_chain(p, "and", read_equality);
}

static gp_expression *read_or(parser *p)
{
    return read_chain(p, "or", read_and);
}

/* ---- doors ---- */

static int open_parser(parser *p, apr_pool_t *pool, const char *option, const char *text,
                       apr_hash_t *aliases, gp_problem *problem)
{
    memset(p, 0, sizeof *p);
    p->pool = pool;
    p->option = option;
    p->aliases = aliases;
    p->problem = problem;
    p->length = strlen(text);
    if (p->length > GP_FILTER_LENGTH_MAX)
        return gp_problem_set(problem, GP_BAD_REQUEST, option, "It is longer than %d bytes.",
                              GP_FILTER_LENGTH_MAX);
    gp_lexer_open(&p->lexer, pool, text);
    return 1;
}

const char *gp_filter_parse(apr_pool_t *pool, const char *text, apr_hash_t *aliases,
                            gp_problem *problem)
{
    gp_expression *condition;
    gp_buffer buffer;
    parser p;

    if (!open_parser(&p, pool, "$filter", text, aliases, problem))
        return NULL;
    condition = read_or(&p);
    if (condition == NULL || !require_boolean(&p, condition, "$filter", 1))
        return NULL;
    if (p.lexer.token.kind != GP_TOKEN_END) {
        expected(&p, "an operator or the end");
        return NULL;
    }
    gp_buffer_open(&buffer, pool, 512);
    gp_expression_write(&buffer, condition);
    return gp_buffer_text(&buffer);
}

/* One key and its direction. */
static int read_key(parser *p, gp_buffer *buffer)
{
    int at = p->lexer.token.at, is_descending;
    gp_expression *key = read_or(p);

    if (key == NULL)
        return 0;
    if (key->op == NULL)
        return refuse(p, GP_BAD_REQUEST, at, "a constant puts nothing in order.") != NULL;
    if (key->is_collection || key->kind == GP_KIND_COMPLEX)
        return refuse(p, GP_BAD_REQUEST, at,
                      apr_pstrcat(p->pool, gp_expression_describe(p->pool, key), " has no order.",
                                  NULL))
               != NULL;
    is_descending = gp_lexer_is_name(&p->lexer, "desc");
    if (is_descending || gp_lexer_is_name(&p->lexer, "asc"))
        gp_lexer_advance(&p->lexer);
    gp_buffer_puts(buffer, "{\"by\":");
    gp_expression_write(buffer, gp_expression_value(p->pool, key));
    gp_buffer_puts(buffer, is_descending ? ",\"desc\":true}" : ",\"desc\":false}");
    return 1;
}

const char *gp_orderby_parse(apr_pool_t *pool, const char *text, apr_hash_t *aliases,
                             gp_problem *problem)
{
    gp_buffer buffer;
    int keys = 0;
    parser p;

    if (!open_parser(&p, pool, "$orderby", text, aliases, problem))
        return NULL;
    gp_buffer_open(&buffer, pool, 256);
    do {
        if (keys++ == GP_ORDER_KEYS_MAX) {
            refuse(&p, GP_BAD_REQUEST, p.lexer.token.at,
                   apr_psprintf(pool, "there are more than %d keys.", GP_ORDER_KEYS_MAX));
            return NULL;
        }
        gp_buffer_puts(&buffer, keys == 1 ? "[" : ",");
        if (!read_key(&p, &buffer))
            return NULL;
    } while (gp_lexer_take(&p.lexer, ','));
    if (p.lexer.token.kind != GP_TOKEN_END) {
        expected(&p, "asc, desc, a comma or the end");
        return NULL;
    }
    gp_buffer_puts(&buffer, "]");
    return gp_buffer_text(&buffer);
}
