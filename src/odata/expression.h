/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_EXPRESSION_H
#define GP_EXPRESSION_H

#include "datum.h"
#include "lexer.h"

#include <apr_tables.h>

/** The nodes of an expression. */
typedef enum {
    GP_OP_LITERAL,
    GP_OP_PATH,
    GP_OP_AND,
    GP_OP_OR,
    GP_OP_NOT,
    GP_OP_EQ,
    GP_OP_NE,
    GP_OP_GT,
    GP_OP_GE,
    GP_OP_LT,
    GP_OP_LE,
    GP_OP_HAS,
    GP_OP_IN,    /* a value, and the values of the list */
    GP_OP_ANY,   /* a collection, and an optional condition on its items */
    GP_OP_ALL,   /* a collection, and a condition */
    GP_OP_COUNT, /* a collection */
    GP_OP_WHERE, /* a collection, and a condition: the items that meet it */
    GP_OP_ADD,
    GP_OP_SUB,
    GP_OP_MUL,
    GP_OP_DIV,
    GP_OP_DIVBY,
    GP_OP_MOD,
    GP_OP_NEGATE,
    GP_OP_CAST, /* a value; cast to the kind of the node */
    GP_OP_ISOF, /* a value, and GP_OP_TYPE */
    GP_OP_TYPE, /* no arguments: its kind is a type */
    GP_OP_CASE, /* any number of pairs of a condition and a value */
    GP_OP_CONTAINS,
    GP_OP_STARTSWITH,
    GP_OP_ENDSWITH,
    GP_OP_TOLOWER,
    GP_OP_TOUPPER,
    GP_OP_TRIM,
    GP_OP_LENGTH,
    GP_OP_INDEXOF,
    GP_OP_SUBSTRING,
    GP_OP_CONCAT,
    GP_OP_YEAR,
    GP_OP_MONTH,
    GP_OP_DAY,
    GP_OP_HOUR,
    GP_OP_MINUTE,
    GP_OP_SECOND,
    GP_OP_DATE,
    GP_OP_TIME,
    GP_OP_FRACTIONALSECONDS,
    GP_OP_TOTALOFFSETMINUTES,
    GP_OP_TOTALSECONDS,
    GP_OP_NOW,
    GP_OP_MINDATETIME,
    GP_OP_MAXDATETIME,
    GP_OP_ROUND,
    GP_OP_FLOOR,
    GP_OP_CEILING,
    GP_OP_MATCHESPATTERN,
    GP_OP_HASSUBSET,
    GP_OP_HASSUBSEQUENCE,
    GP_OP_LIST,    /* any number of values: a collection of them */
    GP_OP_MISSING, /* a part of OData that is not implemented */
    GP_OPERATORS   /* the number of operators */
} gp_operator;

/** A step of a path: a member of an object. */
typedef struct {
    const char *name;
    apr_size_t length;
    const gp_property *property; /* NULL: undeclared, in an open type */
} gp_step;

/** A primitive type of OData, as named in cast and isof. */
typedef struct {
    const char *name;        /* after "Edm." */
    gp_kind kind;            /* GP_KIND_MISSING: no property and no expression has it */
    apr_int64_t least, most; /* GP_KIND_INTEGER */
} gp_primitive;

typedef struct gp_expression gp_expression;

/** An expression with checked types (OData URL conventions 4.01 section 5.1.1). Apart from the marks of
 * walks, a node never changes after it is made, so several trees can share it. */
struct gp_expression {
    gp_operator op;
    gp_kind kind;
    bool is_collection;            /* of that kind */
    const gp_type *type;           /* GP_KIND_COMPLEX */
    const gp_enum *enumeration;    /* GP_KIND_ENUM */
    const gp_primitive *primitive; /* GP_OP_CAST, GP_OP_TYPE: other primitive types */
    gp_datum literal;              /* GP_OP_LITERAL */
    const char *spelled; /* GP_OP_LITERAL: the text from the lexer; a string without its quotes */
    /* 1 is the position; 2 and up are the variables of any and all and the items of a condition in a path.
     * GP_OP_PATH: its start; GP_OP_ANY, GP_OP_ALL, GP_OP_WHERE: the items of their condition. */
    int scope;
    const gp_step *steps; /* GP_OP_PATH */
    int slot;             /* GP_OP_PATH: used by evaluate.c */
    /* Several nodes may share an argument, so whoever walks over a tree marks where it has been: otherwise the time
     * would grow exponentially with the depth. */
    const void *prepared; /* the evaluator that knows the paths below */
    int highest;          /* the highest scope below, plus 1; 0: not looked for yet */
    gp_expression **arguments;
    int count; /* of steps, or of arguments */
};

/* Each of these functions makes an expression in the pool. If the types do not match, it returns NULL and a message
 * that completes "At position n: ". */

/** A literal. @param token  GP_TOKEN_STRING to GP_TOKEN_GUID */
gp_expression *gp_expression_literal(apr_pool_t *pool, const gp_token *token);

/** null. */
gp_expression *gp_expression_null(apr_pool_t *pool);

/** true or false. */
gp_expression *gp_expression_boolean(apr_pool_t *pool, bool boolean);

/** Make a placeholder for a part of OData that is not implemented. */
gp_expression *gp_expression_missing(apr_pool_t *pool);

/** A member of an enumeration, or several: namespace.type'text'. */
gp_expression *gp_expression_enum(apr_pool_t *pool, const gp_enum *enumeration, const char *text,
                                  const char **message);

/** The position itself. */
gp_expression *gp_expression_root(apr_pool_t *pool);

/** The variable of a lambda: one item of a collection. @param scope  2 and up */
gp_expression *gp_expression_item(apr_pool_t *pool, const gp_expression *collection, int scope);

/** A property of a structured value. @param path  of a single value */
gp_expression *gp_expression_member(apr_pool_t *pool, const gp_expression *path, const char *name,
                                    const char **message);

/** Make an operation whose operands need no check. @param second  NULL: there is only one operand */
gp_expression *gp_expression_apply(apr_pool_t *pool, gp_operator op, gp_kind kind,
                                   gp_expression *first, gp_expression *second);

/** Make an operation whose operands need no check. @param arguments  of gp_expression *; copied */
gp_expression *gp_expression_apply_all(apr_pool_t *pool, gp_operator op, gp_kind kind,
                                       const apr_array_header_t *arguments);

/** A collection of values. @param items  of gp_expression *, each a single value and not an object; copied */
gp_expression *gp_expression_list(apr_pool_t *pool, const apr_array_header_t *items);

/** A function or a cast that yields a collection. @param of  a collection: its items have the type of the result's */
gp_expression *gp_expression_collect(apr_pool_t *pool, gp_operator op, const gp_expression *of,
                                     const apr_array_header_t *arguments);

/** @return whether the items of two collections can be equal */
bool gp_expression_have_like_items(const gp_expression *left, const gp_expression *right);

/** @return whether an expression is a collection that is stored, or some of its items */
static inline bool gp_expression_is_stored_collection(const gp_expression *collection)
{
    return collection->op == GP_OP_PATH || collection->op == GP_OP_WHERE;
}

/** A condition on each item of a collection: GP_OP_ANY, GP_OP_ALL or GP_OP_WHERE. @param condition  NULL: none */
gp_expression *gp_expression_lambda(apr_pool_t *pool, gp_operator op, gp_expression *collection,
                                    gp_expression *condition, int scope);

/** Convert an operand of arithmetic: a string that spells a duration becomes one (section 5.1.1.14.1 makes the
 * prefix optional). */
gp_expression *gp_expression_operand(apr_pool_t *pool, gp_expression *operand);

/** GP_OP_ADD to GP_OP_NEGATE (expression_arithmetic.c). @param right  GP_OP_NEGATE: NULL */
gp_expression *gp_expression_compute(apr_pool_t *pool, gp_operator op, gp_expression *left,
                                     gp_expression *right, const char **message);

/** GP_OP_EQ to GP_OP_HAS. */
gp_expression *gp_expression_compare(apr_pool_t *pool, gp_operator op, gp_expression *left,
                                     gp_expression *right, const char **message);

/**
 * Call a function (expression_call.c).
 * @param name  in lower case
 * @param arguments  of gp_expression *
 * @param is_known  receives false if there is no such function
 * @return of GP_KIND_MISSING if OData has the function for these arguments but it is not implemented
 */
gp_expression *gp_expression_call(apr_pool_t *pool, const char *name, apr_array_header_t *arguments,
                                  bool *is_known, const char **message);

/** @return true if a text is a valid pattern for matchesPattern (pattern.c) */
bool gp_pattern_is_valid(const char *text);

/** @return an operator as written in a filter, such as "eq" */
const char *gp_operator_name(gp_operator op);

/** @return true if an expression is a number */
bool gp_expression_is_number(const gp_expression *expression);

/** @return true if an expression can be an operand of arithmetic */
bool gp_expression_is_numeric(const gp_expression *expression);

/** @return true if both are single values of one complex type, or collections of one type: OData compares them
 *           for equality, as a whole */
bool gp_expression_are_structured(const gp_expression *left, const gp_expression *right);

/** @return true if an expression can be used as a Boolean */
bool gp_expression_is_boolean(const gp_expression *expression);

/** @return the description of an expression's type for messages, such as "an Edm.String" */
const char *gp_expression_describe(apr_pool_t *pool, const gp_expression *expression);

#endif
