/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Type checks of arithmetic (OData URL conventions 4.01 section 5.1.1.2), for numbers, dates and
 * durations. evaluate_function.c computes the values.
 */
#include "expression.h"
#include "number.h"

#include <apr_strings.h>

#include <string.h>

/* The operands that an operator accepts, and the type of its result; it accepts no others. */
static const struct {
    gp_operator op;
    gp_kind left, right, result;
} rows[] = {
    {GP_OP_ADD, GP_KIND_DATETIME, GP_KIND_DURATION, GP_KIND_DATETIME},
    {GP_OP_ADD, GP_KIND_DATE, GP_KIND_DURATION, GP_KIND_DATE},
    {GP_OP_ADD, GP_KIND_DURATION, GP_KIND_DURATION, GP_KIND_DURATION},
    {GP_OP_SUB, GP_KIND_DATETIME, GP_KIND_DURATION, GP_KIND_DATETIME},
    {GP_OP_SUB, GP_KIND_DATE, GP_KIND_DURATION, GP_KIND_DATE},
    {GP_OP_SUB, GP_KIND_DURATION, GP_KIND_DURATION, GP_KIND_DURATION},
    {GP_OP_SUB, GP_KIND_DATETIME, GP_KIND_DATETIME, GP_KIND_DURATION},
    {GP_OP_SUB, GP_KIND_DATE, GP_KIND_DATE, GP_KIND_DURATION},
    {GP_OP_MUL, GP_KIND_DURATION, GP_KIND_DOUBLE, GP_KIND_DURATION},
    {GP_OP_MUL, GP_KIND_DOUBLE, GP_KIND_DURATION, GP_KIND_DURATION},
    {GP_OP_DIV, GP_KIND_DURATION, GP_KIND_DOUBLE, GP_KIND_DURATION},
    {GP_OP_DIVBY, GP_KIND_DURATION, GP_KIND_DOUBLE, GP_KIND_DURATION},
};

static bool is_undecided(const gp_expression *operand)
{
    return operand->kind == GP_KIND_ANY || operand->kind == GP_KIND_NULL
           || operand->kind == GP_KIND_MISSING;
}

static bool is_wanted(const gp_expression *operand, gp_kind wanted)
{
    return operand->kind == wanted
           || (wanted == GP_KIND_DOUBLE && gp_expression_is_number(operand));
}

/* Returns the type of an operation on two numbers: the wider kind; divby never yields an integer. */
static gp_kind promote(gp_operator op, const gp_expression *left, const gp_expression *right)
{
    gp_kind wider = left->kind > right->kind ? left->kind : right->kind;

    return op == GP_OP_DIVBY && wider == GP_KIND_INTEGER ? GP_KIND_DECIMAL : wider;
}

_Static_assert(GP_KIND_INTEGER < GP_KIND_DECIMAL && GP_KIND_DECIMAL < GP_KIND_DOUBLE,
               "the kinds of numbers are in the order in which they are promoted");

/* Returns the kind of an operation's result; GP_KIND_COMPLEX, which no operation has, if it does not
 * accept the operands. */
static gp_kind kind_of(gp_operator op, const gp_expression *left, const gp_expression *right)
{
    apr_size_t i;

    if (gp_expression_is_number(left) && gp_expression_is_number(right))
        return promote(op, left, right);
    if (is_undecided(left) || is_undecided(right))
        return GP_KIND_ANY;
    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].op == op && is_wanted(left, rows[i].left) && is_wanted(right, rows[i].right))
            return rows[i].result;
    }
    return GP_KIND_COMPLEX;
}

gp_expression *gp_expression_operand(apr_pool_t *pool, gp_expression *operand)
{
    gp_token token = {.kind = GP_TOKEN_DURATION, .text = operand->spelled};
    gp_datum datum;

    if (operand->op != GP_OP_LITERAL || operand->kind != GP_KIND_STRING
        || !gp_datum_spell(&datum, GP_KIND_DURATION, NULL, operand->spelled,
                           strlen(operand->spelled)))
        return operand;
    return gp_expression_literal(pool, &token);
}

static gp_expression *negate(apr_pool_t *pool, gp_expression *operand, const char **message)
{
    if (operand->is_collection
        || !(gp_expression_is_number(operand) || is_undecided(operand)
             || operand->kind == GP_KIND_DURATION)) {
        *message = apr_pstrcat(pool, "- takes a number, not ",
                               gp_expression_describe(pool, operand), ".", NULL);
        return NULL;
    }
    return gp_expression_apply(pool, GP_OP_NEGATE,
                               operand->kind == GP_KIND_NULL ? GP_KIND_ANY : operand->kind, operand,
                               NULL);
}

gp_expression *gp_expression_compute(apr_pool_t *pool, gp_operator op, gp_expression *left,
                                     gp_expression *right, const char **message)
{
    gp_kind kind;

    if (right == NULL)
        return negate(pool, left, message);
    kind = left->is_collection || right->is_collection ? GP_KIND_COMPLEX : kind_of(op, left, right);
    if (kind == GP_KIND_COMPLEX) {
        *message = apr_pstrcat(pool, gp_operator_name(op), " does not take ",
                               gp_expression_describe(pool, left), " and ",
                               gp_expression_describe(pool, right), ".", NULL);
        return NULL;
    }
    return gp_expression_apply(pool, op, kind, left, right);
}
