/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state that the readers of expressions share (filter.c, operand.c), its limits, and the handling
 * of errors and of parts that this service does not implement.
 */
#include "parser.h"

#include <apr_strings.h>

#include <string.h>

static gp_expression *refuse(gp_parser *p, gp_error error, int at, const char *what)
{
    gp_problem_set(p->problem, error, p->option, "At position %d%s%s: %s", at,
                   p->alias ? " of " : "", p->alias ? p->alias : "", what);
    return NULL;
}

gp_expression *gp_parser_refuse(gp_parser *p, int at, const char *message)
{
    return refuse(p, GP_BAD_REQUEST, at, message);
}

gp_expression *gp_parser_expected(gp_parser *p, const char *what)
{
    return gp_parser_refuse(p, p->lexer.token.at, gp_lexer_expected(&p->lexer, what));
}

int gp_parser_require(gp_parser *p, char mark)
{
    const char what[] = {'\'', mark, '\'', '\0'};

    return gp_lexer_take(&p->lexer, mark) || gp_parser_expected(p, what) != NULL;
}

gp_expression *gp_parser_keep(gp_parser *p, gp_expression *made, int at, const char *message)
{
    if (made == NULL)
        return gp_parser_refuse(p, at, message);
    if (++p->parts > GP_FILTER_PARTS_MAX)
        return gp_parser_refuse(
            p, at,
            apr_psprintf(p->pool, "the expression has more than %d parts.", GP_FILTER_PARTS_MAX));
    return made;
}

gp_expression *gp_parser_miss(gp_parser *p, int at, const char *what)
{
    if (p->missing == NULL)
        p->missing = apr_psprintf(p->pool, "At position %d%s%s: %s is not implemented.", at,
                                  p->alias ? " of " : "", p->alias ? p->alias : "", what);
    return gp_parser_keep(p, gp_expression_missing(p->pool), at, "");
}

int gp_parser_enter(gp_parser *p)
{
    if (++p->depth <= GP_FILTER_DEPTH_MAX)
        return 1;
    gp_parser_refuse(
        p, p->lexer.token.at,
        apr_psprintf(p->pool, "the expression is more than %d levels deep.", GP_FILTER_DEPTH_MAX));
    return 0;
}

int gp_parser_skip(gp_parser *p)
{
    if (gp_lexer_skip(&p->lexer))
        return 1;
    gp_parser_refuse(p, p->lexer.token.at, "the parenthesis is not closed.");
    return 0;
}

gp_expression *gp_parser_alias(gp_parser *p, gp_expression *(*read)(gp_parser *p))
{
    const char *name = p->lexer.token.text, *text = gp_names_get(p->aliases, name, strlen(name));
    int at = p->lexer.token.at;
    gp_lexer outside;
    gp_expression *made;

    if (p->alias != NULL)
        return gp_parser_refuse(p, at, "the value of an alias cannot be another alias.");
    gp_lexer_advance(&p->lexer);
    if (text == NULL) /* OData URL conventions 5.1.1.14 */
        return gp_parser_keep(p, gp_expression_null(p->pool), at, NULL);
    p->length += strlen(text);
    if (p->length > GP_FILTER_LENGTH_MAX)
        return gp_parser_refuse(p, at,
                                apr_psprintf(p->pool,
                                             "with its aliases it is longer than %d bytes.",
                                             GP_FILTER_LENGTH_MAX));
    outside = p->lexer;
    p->alias = name;
    gp_lexer_open(&p->lexer, p->pool, text);
    made = read(p);
    if (made != NULL && p->lexer.token.kind != GP_TOKEN_END)
        made = gp_parser_expected(p, "the end of the value");
    p->alias = NULL;
    p->lexer = outside;
    return made;
}

int gp_parser_open(gp_parser *p, apr_pool_t *pool, const char *option, const char *text,
                   const gp_names *aliases, gp_problem *problem)
{
    memset(p, 0, sizeof *p);
    p->pool = pool;
    p->option = option;
    p->aliases = aliases;
    p->problem = problem;
    p->current = gp_expression_root(pool);
    p->length = strlen(text);
    if (p->length > GP_FILTER_LENGTH_MAX)
        return gp_problem_set(problem, GP_BAD_REQUEST, option, "It is longer than %d bytes.",
                              GP_FILTER_LENGTH_MAX);
    gp_lexer_open(&p->lexer, pool, text);
    return 1;
}

int gp_parser_finish(gp_parser *p, const char *expected)
{
    if (p->lexer.token.kind != GP_TOKEN_END)
        return gp_parser_expected(p, expected) != NULL;
    if (p->missing != NULL)
        return gp_problem_set(p->problem, GP_NOT_IMPLEMENTED, p->option, "%s", p->missing);
    return 1;
}
