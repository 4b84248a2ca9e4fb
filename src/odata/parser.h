/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_PARSER_H
#define GP_PARSER_H

#include "expression.h"
#include "base/limits.h"
#include "base/names.h"
#include "base/problem.h"

/** The state of reading one query option that holds expressions. */
typedef struct gp_parser gp_parser;
struct gp_parser {
    apr_pool_t *pool;
    const char *option; /* such as $filter: what problems are about */
    const char *alias;  /* whose text is being read; NULL: the option's own */
    const gp_names *aliases;
    gp_problem *problem;
    gp_lexer lexer;
    const gp_expression *current; /* what names of properties belong to: the position, or an item */
    struct {
        const char *name; /* NULL: of a condition that has none */
        gp_expression *item;
    } variables[GP_FILTER_VARIABLES_MAX];
    int variable_count;
    apr_size_t length; /* of the text and those of its aliases */
    int depth;
    int parts;
    const char
        *missing; /* the first thing that OData has and this service has not; NULL: nothing */
};

/**
 * Start to read an option.
 * @return zero where it is too long: the problem is set
 */
int gp_parser_open(gp_parser *p, apr_pool_t *pool, const char *option, const char *text,
                   const gp_names *aliases, gp_problem *problem);

/**
 * The option has been read: it must end here, and nothing of it may be missing from this service. What
 * OData does not allow is told first (400), what is missing only of legal text (501).
 * @param expected  what could stand there instead, such as "an operator or the end"
 * @return zero where the problem is set
 */
int gp_parser_finish(gp_parser *p, const char *expected);

/** Set the problem (400) with a position. @return NULL, always */
gp_expression *gp_parser_refuse(gp_parser *p, int at, const char *message);

/** Set the problem: another token was expected, such as "a value". @return NULL, always */
gp_expression *gp_parser_expected(gp_parser *p, const char *what);

/** Take a mark that must be ahead. @return zero where the problem is set */
int gp_parser_require(gp_parser *p, char mark);

/**
 * Count a part that was made.
 * @param made     NULL: the types do not match
 * @param message  what is wrong then
 * @return it; NULL where the problem is set
 */
gp_expression *gp_parser_keep(gp_parser *p, gp_expression *made, int at, const char *message);

/**
 * Note that OData has something that this service has not, and read on: whether the rest is legal decides
 * what the client is told.
 * @param what  such as "the operator -"
 * @return what stands for its value: it fits everywhere
 */
gp_expression *gp_parser_miss(gp_parser *p, int at, const char *what);

/** Go one level deeper; p->depth-- undoes it. @return zero where the problem is set */
int gp_parser_enter(gp_parser *p);

/** Take "(" and everything to its ")", unread. @return zero where there is none: the problem is set */
int gp_parser_skip(gp_parser *p);

/* Each of these returns NULL where it has set the problem. */

/** Read an expression: operators of every precedence (filter.c). */
gp_expression *gp_parser_expression(gp_parser *p);

/** Read an operand: a literal, a path, a call, an alias or parentheses (operand.c). */
gp_expression *gp_parser_operand(gp_parser *p);

/** Read a JSON array, which is ahead: a collection of values (filter.c). An object is not implemented. */
gp_expression *gp_parser_array(gp_parser *p);

/** Read a call of a function (call.c); its name and "(" are ahead. */
gp_expression *gp_parser_call(gp_parser *p, const char *name, int at);

/**
 * Read what an alias stands for, in its place; the alias is ahead.
 * @param read  what reads it
 */
gp_expression *gp_parser_alias(gp_parser *p, gp_expression *(*read)(gp_parser *p));

#endif
