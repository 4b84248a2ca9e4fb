/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_PARSER_H
#define GP_PARSER_H

#include "expression.h"
#include "base/limits.h"
#include "base/names.h"
#include "base/problem.h"

/** The state of reading one query option with expressions. */
typedef struct gp_parser gp_parser;
struct gp_parser {
    apr_pool_t *pool;
    const char *option; /* such as $filter: the target of problems */
    const char *alias;  /* whose text is being read; NULL: the option itself */
    const gp_names *aliases;
    gp_problem *problem;
    gp_lexer lexer;
    /* the object to which names of properties belong: the position, or an item */
    const gp_expression *current;
    struct {
        const char *name; /* NULL: of a condition without a variable */
        gp_expression *item;
    } variables[GP_FILTER_VARIABLES_MAX];
    int variable_count;
    apr_size_t length; /* of the text and those of its aliases */
    int depth;
    int parts;
    const char *missing; /* the first part of OData that is not implemented; NULL: none */
};

/**
 * Start to read an option.
 * @return zero if it is too long: the problem is set
 */
int gp_parser_open(gp_parser *p, apr_pool_t *pool, const char *option, const char *text,
                   const gp_names *aliases, gp_problem *problem);

/**
 * End the reading: the option must end here, and must not contain a part that is not implemented. Illegal
 * text is reported first (400); a part that is not implemented is reported only in legal text (501).
 * @param expected  the valid continuation, such as "an operator or the end"
 * @return zero if the problem is set
 */
int gp_parser_finish(gp_parser *p, const char *expected);

/** Set the problem (400) with a position. @return NULL, always */
gp_expression *gp_parser_refuse(gp_parser *p, int at, const char *message);

/** Set the problem: another token was expected, such as "a value". @return NULL, always */
gp_expression *gp_parser_expected(gp_parser *p, const char *what);

/** Read a required mark. @return zero if the problem is set */
int gp_parser_require(gp_parser *p, char mark);

/**
 * Count a part of the expression.
 * @param made  NULL: the types do not match
 * @param message  the problem in that case
 * @return the part; NULL if the problem is set
 */
gp_expression *gp_parser_keep(gp_parser *p, gp_expression *made, int at, const char *message);

/**
 * Record a part of OData that is not implemented, and continue: the answer depends on whether the rest is
 * legal.
 * @param what  such as "the operator -"
 * @return a placeholder for its value, which is valid everywhere
 */
gp_expression *gp_parser_miss(gp_parser *p, int at, const char *what);

/** Go one level deeper; p->depth-- undoes it. @return zero if the problem is set */
int gp_parser_enter(gp_parser *p);

/** Skip "(" and everything up to its ")". @return zero if it is not closed: the problem is set */
int gp_parser_skip(gp_parser *p);

/* Each of these functions returns NULL if it has set the problem. */

/** Read an expression: operators of every precedence (filter.c). */
gp_expression *gp_parser_expression(gp_parser *p);

/** Read an operand: a literal, a path, a call, an alias or parentheses (operand.c). */
gp_expression *gp_parser_operand(gp_parser *p);

/** Read a JSON array, which is ahead: a collection of values (filter.c). An object is not implemented. */
gp_expression *gp_parser_array(gp_parser *p);

/** Read a call of a function (operand_call.c); its name and "(" are next. */
gp_expression *gp_parser_call(gp_parser *p, const char *name, int at);

/**
 * Read the value of an alias in its place; the alias is next.
 * @param read  the function that reads the value
 */
gp_expression *gp_parser_alias(gp_parser *p, gp_expression *(*read)(gp_parser *p));

#endif
