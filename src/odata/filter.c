/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of $filter, $orderby and $compute: recursive descent, one function for each level of precedence.
 * operand.c reads operands, expression.c checks types, lexer.c reads tokens.
 */
#include "filter.h"
#include "parser.h"

#include <apr_strings.h>

#include <string.h>

/* ---- operators, from the strongest binding ---- */

static bool require_boolean(gp_parser *p, const gp_expression *operand, const char *op, int at)
{
    if (gp_expression_is_boolean(operand))
        return 1;
    gp_parser_refuse(p, at,
                     apr_pstrcat(p->pool, op, " takes a condition (an Edm.Boolean), not ",
                                 gp_expression_describe(p->pool, operand), ".", NULL));
    return 0;
}

static bool require_number(gp_parser *p, const gp_expression *operand, const char *op, int at)
{
    if (gp_expression_is_numeric(operand))
        return 1;
    gp_parser_refuse(p, at,
                     apr_pstrcat(p->pool, op, " takes a number, not ",
                                 gp_expression_describe(p->pool, operand), ".", NULL));
    return 0;
}

/* Checks an operand of arithmetic. Returns NULL if the problem is set. */
static gp_expression *require_operand(gp_parser *p, gp_expression *operand, const char *op, int at)
{
    if (operand == NULL)
        return NULL;
    operand = gp_expression_operand(p->pool, operand);
    return require_number(p, operand, op, at) ? operand : NULL;
}

/* Makes an operation on checked operands. @param right  NULL: the operator is a minus */
static gp_expression *compute(gp_parser *p, gp_operator op, gp_expression *left,
                              gp_expression *right, int at)
{
    const char *message = NULL;
    gp_expression *made = gp_expression_compute(p->pool, op, left, right, &message);

    return gp_parser_keep(p, made, at, message);
}

/* Forward declaration: the operand of "not" and "-". */
static gp_expression *read_membership(gp_parser *p);

static gp_expression *read_unary(gp_parser *p)
{
    gp_expression *operand;
    int at = p->lexer.token.at, is_minus = gp_lexer_is_mark(&p->lexer, '-');

    if (!is_minus && !gp_lexer_is_name(&p->lexer, "not"))
        return read_membership(p);
    gp_lexer_advance(&p->lexer);
    if (!gp_parser_enter(p))
        return NULL;
    operand = read_unary(p);
    p->depth--;
    if (operand == NULL)
        return NULL;
    if (is_minus) {
        operand = require_operand(p, operand, "-", at);
        return operand ? compute(p, GP_OP_NEGATE, operand, NULL, at) : NULL;
    }
    if (!require_boolean(p, operand, "not", at))
        return NULL;
    return gp_parser_keep(
        p, gp_expression_apply(p->pool, GP_OP_NOT, GP_KIND_BOOLEAN, operand, NULL), at, NULL);
}

/* Reads values separated by commas, up to the closing mark. */
static bool read_items(gp_parser *p, apr_array_header_t *items)
{
    if (!gp_parser_enter(p))
        return false;
    do {
        gp_expression *item = gp_parser_expression(p);

        if (item == NULL)
            return false;
        APR_ARRAY_PUSH(items, gp_expression *) = item;
    } while (gp_lexer_take(&p->lexer, ','));
    p->depth--;
    return true;
}

/* Reads [a,b,..]: the array is one token, whose text is read in its place. */
static bool read_array(gp_parser *p, apr_array_header_t *items)
{
    gp_token token = p->lexer.token;
    gp_lexer outside;
    bool is_read;

    gp_lexer_advance(&p->lexer);
    if (*token.text != '[')
        return gp_parser_miss(p, token.at, "a JSON object") != NULL;
    outside = p->lexer;
    gp_lexer_open_json(&p->lexer, p->pool,
                       apr_pstrmemdup(p->pool, token.text + 1, strlen(token.text) - 2),
                       token.at + 1);
    is_read = p->lexer.token.kind == GP_TOKEN_END || read_items(p, items);
    if (is_read && p->lexer.token.kind != GP_TOKEN_END)
        is_read = gp_parser_expected(p, "a comma or ']'") != NULL;
    p->lexer = outside;
    return is_read;
}

gp_expression *gp_parser_array(gp_parser *p)
{
    apr_array_header_t *items = apr_array_make(p->pool, 8, sizeof(gp_expression *));
    bool is_array = *p->lexer.token.text == '[';
    int at = p->lexer.token.at, i;

    if (!read_array(p, items))
        return NULL;
    if (!is_array)
        return gp_expression_missing(p->pool);
    for (i = 0; i < items->nelts; i++) {
        gp_expression *item = APR_ARRAY_IDX(items, i, gp_expression *);

        if (item->kind == GP_KIND_MISSING)
            return item;
        if (item->is_collection || item->kind == GP_KIND_COMPLEX)
            return gp_parser_miss(p, at, "a JSON array of objects or arrays");
    }
    return gp_parser_keep(p, gp_expression_list(p->pool, items), at, NULL);
}

/* Reads the list after "in": (a,b,..) or [a,b,..]. The items are the arguments of one node. */
static gp_expression *read_list(gp_parser *p)
{
    apr_array_header_t *items = apr_array_make(p->pool, 8, sizeof(gp_expression *));

    if (p->lexer.token.kind == GP_TOKEN_JSON) {
        if (!read_array(p, items))
            return NULL;
    } else if (!gp_parser_require(p, '(')) {
        return NULL;
    } else if (!gp_lexer_take(&p->lexer, ')')) {
        if (!read_items(p, items) || !gp_parser_require(p, ')'))
            return NULL;
    }
    return gp_expression_apply_all(p->pool, GP_OP_IN, GP_KIND_ANY, items);
}

/* Returns the highest scope in which an expression has paths or conditions. */
static int highest_scope(gp_expression *expression)
{
    int highest = expression->scope, i;

    if (expression->highest > 0)
        return expression->highest - 1;
    for (i = 0; i < expression->count && expression->op != GP_OP_PATH; i++) {
        int scope = highest_scope(expression->arguments[i]);

        if (scope > highest)
            highest = scope;
    }
    expression->highest = highest + 1;
    return highest;
}

/* Reads value in collection, as collection/any(i:i eq value). The value is evaluated for each item, so the item has
 * a scope that the conditions in the value do not use. */
static gp_expression *read_in_collection(gp_parser *p, gp_expression *value, int at)
{
    gp_expression *list = gp_parser_operand(p), *made;
    const char *message = NULL;
    int scope = highest_scope(value) + 1;

    if (scope < p->variable_count + 2)
        scope = p->variable_count + 2;
    if (scope > GP_FILTER_VARIABLES_MAX + 2)
        return gp_parser_refuse(p, at, "any() and all() are nested too deeply.");
    if (list == NULL || list->kind == GP_KIND_MISSING)
        return list;
    if (!list->is_collection && list->kind != GP_KIND_ANY)
        return gp_parser_refuse(p, at, "in takes a list or a collection.");
    made = gp_expression_compare(p->pool, GP_OP_EQ, gp_expression_item(p->pool, list, scope), value,
                                 &message);
    if (gp_parser_keep(p, made, at, message) == NULL)
        return NULL;
    if (!gp_expression_is_stored_collection(list))
        return gp_expression_apply(p->pool, GP_OP_IN, GP_KIND_BOOLEAN, made->arguments[1], list);
    return gp_parser_keep(p, gp_expression_lambda(p->pool, GP_OP_ANY, list, made, scope), at, NULL);
}

/*
 * Reads value in (a,b,..), which evaluates the value once. A literal or a collection is compared with each item
 * separately, because the items may have different types.
 */
static gp_expression *read_in(gp_parser *p, gp_expression *value, int at)
{
    apr_array_header_t *made = apr_array_make(p->pool, 8, sizeof(gp_expression *));
    bool is_single = value->op == GP_OP_LITERAL || value->is_collection;
    gp_expression *list;
    int i;

    if (p->lexer.token.kind == GP_TOKEN_NAME)
        return read_in_collection(p, value, at);
    list = p->lexer.token.kind == GP_TOKEN_ALIAS ? gp_parser_alias(p, read_list) : read_list(p);
    if (list == NULL)
        return NULL;
    for (i = 0; i < list->count; i++) {
        const char *message = NULL;
        gp_expression *equal =
            gp_expression_compare(p->pool, GP_OP_EQ, value, list->arguments[i], &message);

        if (gp_parser_keep(p, equal, at, message) == NULL)
            return NULL;
        if (!is_single && i == 0)
            APR_ARRAY_PUSH(made, gp_expression *) = equal->arguments[0];
        APR_ARRAY_PUSH(made, gp_expression *) = is_single ? equal : equal->arguments[1];
    }
    if (list->count == 0) /* empty, or a missing alias */
        return gp_expression_boolean(p->pool, false);
    return gp_expression_apply_all(p->pool, is_single ? GP_OP_OR : GP_OP_IN, GP_KIND_BOOLEAN, made);
}

static gp_expression *compare(gp_parser *p, gp_operator op, gp_expression *left,
                              gp_expression *right, int at)
{
    const char *message = NULL;
    gp_expression *made = gp_expression_compare(p->pool, op, left, right, &message);

    return gp_parser_keep(p, made, at, message);
}

/* Returns the next operator, if it is one from `first` to `last`; otherwise GP_OPERATORS. */
static gp_operator find_operator(const gp_parser *p, gp_operator first, gp_operator last)
{
    gp_operator op;

    for (op = first; op <= last; op++) {
        if (gp_lexer_is_name(&p->lexer, gp_operator_name(op)))
            return op;
    }
    return GP_OPERATORS;
}

/* Reads operands of one level and joins them from the left by the comparisons between them. */
static gp_expression *read_level(gp_parser *p, gp_operator first, gp_operator last,
                                 gp_expression *(*read_operand)(gp_parser *p))
{
    gp_expression *left = read_operand(p);
    int outside = p->depth;

    while (left != NULL) {
        gp_operator op = find_operator(p, first, last);
        gp_expression *right;
        int at = p->lexer.token.at;

        if (op == GP_OPERATORS)
            break;
        gp_lexer_advance(&p->lexer);
        if (op == GP_OP_IN) {
            left = read_in(p, left, at);
            continue;
        }
        at = p->lexer.token.at;
        right = read_operand(p);
        if (right == NULL)
            return NULL;
        left = compare(p, op, left, right, at);
    }
    p->depth = outside;
    return left;
}

static gp_expression *read_membership(gp_parser *p)
{
    return read_level(p, GP_OP_HAS, GP_OP_IN, gp_parser_operand);
}

/* Reads arithmetic of one level, from the left. */
static gp_expression *read_arithmetic(gp_parser *p, gp_operator first, gp_operator last,
                                      gp_expression *(*read_operand)(gp_parser *p))
{
    int at = p->lexer.token.at;
    gp_expression *left = read_operand(p), *right;

    while (left != NULL) {
        gp_operator op = find_operator(p, first, last);
        const char *name = op == GP_OPERATORS ? NULL : gp_operator_name(op);
        int here = p->lexer.token.at;

        if (name == NULL)
            break;
        left = require_operand(p, left, name, at);
        if (left == NULL)
            return NULL;
        gp_lexer_advance(&p->lexer);
        at = p->lexer.token.at;
        right = require_operand(p, read_operand(p), name, at);
        left = right ? compute(p, op, left, right, here) : NULL;
    }
    return left;
}

static gp_expression *read_product(gp_parser *p)
{
    return read_arithmetic(p, GP_OP_MUL, GP_OP_MOD, read_unary);
}

static gp_expression *read_sum(gp_parser *p)
{
    return read_arithmetic(p, GP_OP_ADD, GP_OP_SUB, read_product);
}

static gp_expression *read_relation(gp_parser *p)
{
    return read_level(p, GP_OP_GT, GP_OP_LE, read_sum);
}

static gp_expression *read_equality(gp_parser *p)
{
    return read_level(p, GP_OP_EQ, GP_OP_NE, read_relation);
}

/* Reads any number of conditions joined by "and" or "or" into one node, so that a long chain is not deep. */
static gp_expression *read_chain(gp_parser *p, gp_operator op,
                                 gp_expression *(*read_operand)(gp_parser *p))
{
    const char *name = gp_operator_name(op);
    apr_array_header_t *operands = NULL;
    int at = p->lexer.token.at;
    gp_expression *operand = read_operand(p);

    while (operand != NULL && gp_lexer_is_name(&p->lexer, name)) {
        if (operands == NULL) {
            if (!require_boolean(p, operand, name, at)
                || gp_parser_keep(p, operand, at, NULL) == NULL)
                return NULL;
            operands = apr_array_make(p->pool, 4, sizeof(gp_expression *));
            APR_ARRAY_PUSH(operands, gp_expression *) = operand;
        }
        gp_lexer_advance(&p->lexer);
        at = p->lexer.token.at;
        operand = read_operand(p);
        if (operand == NULL || !require_boolean(p, operand, name, at))
            return NULL;
        APR_ARRAY_PUSH(operands, gp_expression *) = operand;
    }
    if (operand == NULL || operands == NULL)
        return operand;
    return gp_expression_apply_all(p->pool, op, GP_KIND_BOOLEAN, operands);
}

static gp_expression *read_and(gp_parser *p)
{
    return read_chain(p, GP_OP_AND, read_equality);
}

gp_expression *gp_parser_expression(gp_parser *p)
{
    return read_chain(p, GP_OP_OR, read_and);
}

/* ---- the options ---- */

gp_expression *gp_filter_parse(apr_pool_t *pool, const char *text, const gp_names *aliases,
                               gp_problem *problem)
{
    gp_expression *condition;
    gp_parser p;

    if (!gp_parser_open(&p, pool, "$filter", text, aliases, problem))
        return NULL;
    condition = gp_parser_expression(&p);
    if (condition == NULL || !require_boolean(&p, condition, "$filter", 1)
        || !gp_parser_finish(&p, "an operator or the end"))
        return NULL;
    /* cppcheck-suppress returnDanglingLifetime ; it lies in the pool, not in the parser */
    return condition;
}

/* Reads one key and its direction. */
static bool read_key(gp_parser *p, gp_order *order)
{
    int at = p->lexer.token.at;
    gp_expression *key = gp_parser_expression(p);
    bool is_descending;

    if (key == NULL)
        return false;
    if (key->kind != GP_KIND_MISSING && (key->is_collection || key->kind == GP_KIND_COMPLEX))
        return gp_parser_refuse(p, at,
                                apr_pstrcat(p->pool, gp_expression_describe(p->pool, key),
                                            " has no order.", NULL))
               != NULL;
    is_descending = gp_lexer_is_name(&p->lexer, "desc");
    if (is_descending || gp_lexer_is_name(&p->lexer, "asc"))
        gp_lexer_advance(&p->lexer);
    order->keys[order->count] = key;
    order->descends[order->count++] = is_descending;
    return true;
}

gp_order *gp_orderby_parse(apr_pool_t *pool, const char *text, const gp_names *aliases,
                           gp_problem *problem)
{
    gp_order *order = apr_pcalloc(pool, sizeof *order);
    gp_parser p;

    if (!gp_parser_open(&p, pool, "$orderby", text, aliases, problem))
        return NULL;
    do {
        if (order->count == GP_ORDER_KEYS_MAX) {
            gp_parser_refuse(&p, p.lexer.token.at,
                             apr_psprintf(pool, "there are more than %d keys.", GP_ORDER_KEYS_MAX));
            return NULL;
        }
        if (!read_key(&p, order))
            return NULL;
    } while (gp_lexer_take(&p.lexer, ','));
    return gp_parser_finish(&p, "asc, desc, a comma or the end") ? order : NULL;
}

/* Reads "expression as name". */
static int read_computed(gp_parser *p)
{
    if (gp_parser_expression(p) == NULL)
        return 0;
    if (!gp_lexer_is_name(&p->lexer, "as"))
        return gp_parser_expected(p, "as") != NULL;
    gp_lexer_advance(&p->lexer);
    if (p->lexer.token.kind != GP_TOKEN_NAME || *p->lexer.token.text == '$'
        || strchr(p->lexer.token.text, '.') != NULL)
        return gp_parser_expected(p, "the name of a computed property") != NULL;
    gp_lexer_advance(&p->lexer);
    return 1;
}

int gp_compute_check(apr_pool_t *pool, const char *text, const gp_names *aliases,
                     gp_problem *problem)
{
    gp_parser p;

    if (!gp_parser_open(&p, pool, "$compute", text, aliases, problem))
        return 0;
    do {
        if (!read_computed(&p))
            return 0;
    } while (gp_lexer_take(&p.lexer, ','));
    p.missing = NULL; /* the option itself is reported as not implemented */
    return gp_parser_finish(&p, "a comma or the end");
}
