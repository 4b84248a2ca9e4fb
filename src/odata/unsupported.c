/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The syntax of $search and $apply, as far as needed to distinguish legal text from illegal text.
 */
#include "unsupported.h"
#include "lexer.h"

#include <apr_strings.h>

#include <string.h>
#include <strings.h>

static int refuse(gp_problem *problem, const char *option, int at, const char *what)
{
    return gp_problem_set(problem, GP_BAD_REQUEST, option, "At position %d: %s", at, what);
}

/* ---- $search ---- */

typedef struct {
    gp_problem *problem;
    const char *start, *at;
    int depth;       /* of nested parentheses */
    int wants_value; /* a word, a phrase or a parenthesis must follow */
} search;

static int refuse_search(search *s, const char *what)
{
    const char *c;
    int position = 1;

    for (c = s->start; c < s->at; c++)
        position += ((unsigned char)*c & 0xc0) != 0x80;
    return refuse(s->problem, "$search", position, what);
}

/* "phrase" */
static int take_phrase(search *s)
{
    const char *end = s->at + 1;

    while (*end != '"') {
        if (*end == '\\' && end[1] != '\0')
            end++;
        if (*end == '\0')
            return refuse_search(s, "the phrase has no closing quote.");
        end++;
    }
    if (end == s->at + 1)
        return refuse_search(s, "the phrase is empty.");
    s->at = end + 1;
    s->wants_value = 0;
    return 1;
}

/* A word, or one of the operators, which are in capitals. */
static int take_word(search *s)
{
    apr_size_t length = strcspn(s->at, " \t()\"");
    int is_not = length == 3 && memcmp(s->at, "NOT", 3) == 0;
    int is_between = (length == 3 && memcmp(s->at, "AND", 3) == 0)
                     || (length == 2 && memcmp(s->at, "OR", 2) == 0);

    if (is_between && s->wants_value)
        return refuse_search(s, "expected a word or a phrase, not an operator.");
    s->at += length;
    s->wants_value = is_between || is_not;
    return 1;
}

static int take_parenthesis(search *s)
{
    if (*s->at == '(') {
        s->depth++;
        s->wants_value = 1;
    } else {
        if (s->wants_value)
            return refuse_search(s, "expected a word or a phrase, not ')'.");
        if (s->depth-- == 0)
            return refuse_search(s, "this ')' closes nothing.");
    }
    s->at++;
    return 1;
}

int gp_unsupported_search(apr_pool_t *pool, const char *text, gp_problem *problem)
{
    search s = {problem, text, text, 0, 1};

    (void)pool;
    for (;;) {
        int went_on;

        s.at += strspn(s.at, " \t");
        if (*s.at == '\0')
            break;
        if (*s.at == '(' || *s.at == ')')
            went_on = take_parenthesis(&s);
        else
            went_on = *s.at == '"' ? take_phrase(&s) : take_word(&s);
        if (!went_on)
            return 0;
    }
    if (s.wants_value)
        return refuse_search(&s, "expected a word or a phrase, not the end.");
    return s.depth == 0 || refuse_search(&s, "expected ')', not the end.");
}

/* ---- $apply ---- */

/* The transformations, and whether parentheses follow them. */
static const struct {
    const char *name;
    int has_parameters;
} transformations[] = {
    {"aggregate", 1}, {"ancestors", 1},  {"addnested", 1}, {"bottomcount", 1}, {"bottompercent", 1},
    {"bottomsum", 1}, {"compute", 1},    {"concat", 1},    {"descendants", 1}, {"expand", 1},
    {"filter", 1},    {"groupby", 1},    {"identity", 0},  {"join", 1},        {"nest", 1},
    {"orderby", 1},   {"outerjoin", 1},  {"search", 1},    {"skip", 1},        {"top", 1},
    {"topcount", 1},  {"toppercent", 1}, {"topsum", 1},    {"traverse", 1},
};

static int find_transformation(const char *name)
{
    int i;

    for (i = 0; i < (int)(sizeof transformations / sizeof transformations[0]); i++) {
        if (strcasecmp(transformations[i].name, name) == 0)
            return i;
    }
    return -1;
}

static int refuse_apply(gp_problem *problem, const gp_lexer *lexer, const char *expected)
{
    return refuse(problem, "$apply", lexer->token.at, gp_lexer_expected(lexer, expected));
}

/* One transformation. */
static int take_transformation(gp_lexer *lexer, gp_problem *problem)
{
    int found = lexer->token.kind == GP_TOKEN_NAME ? find_transformation(lexer->token.text) : -1;

    if (found < 0)
        return refuse_apply(problem, lexer, "a transformation");
    gp_lexer_advance(lexer);
    if (!transformations[found].has_parameters)
        return 1;
    if (!gp_lexer_is_mark(lexer, '('))
        return refuse_apply(problem, lexer, "'('");
    return gp_lexer_skip(lexer)
           || refuse(problem, "$apply", lexer->token.at, "the parenthesis is not closed.");
}

int gp_unsupported_apply(apr_pool_t *pool, const char *text, gp_problem *problem)
{
    gp_lexer lexer;

    gp_lexer_open(&lexer, pool, text);
    do {
        if (!take_transformation(&lexer, problem))
            return 0;
    } while (gp_lexer_take(&lexer, '/'));
    return lexer.token.kind == GP_TOKEN_END || refuse_apply(problem, &lexer, "'/' or the end");
}
