/* SPDX-License-Identifier: Apache-2.0 */
/*
 * $select: from its text to a tree that follows the types.
 */
#include "select.h"
#include "lexer.h"
#include "limits.h"

#include <apr_strings.h>

#include <string.h>

typedef struct {
    apr_pool_t *pool;
    gp_problem *problem;
    gp_lexer lexer;
    gp_buffer text; /* the paths so far */
} parser;

static int refuse(parser *p, int at, const char *what)
{
    return gp_problem_set(p->problem, GP_BAD_REQUEST, "$select", "At position %d: %s", at, what);
}

static int expected(parser *p, const char *what)
{
    return refuse(p, p->lexer.token.at, gp_lexer_expected(&p->lexer, what));
}

static gp_selection *make(apr_pool_t *pool, const gp_type *type)
{
    gp_selection *made = apr_pcalloc(pool, sizeof *made);

    made->type = type;
    if (type != NULL)
        made->properties =
            apr_pcalloc(pool, (apr_size_t)gp_type_count(type) * sizeof(gp_selection *));
    return made;
}

static void note(parser *p, const char *path)
{
    if (p->text.length > 0)
        gp_buffer_puts(&p->text, ",");
    gp_buffer_puts(&p->text, path);
}

static int read_list(parser *p, gp_selection *selection, const char *prefix);

/* A name and what follows it, or *. */
static int read_path(parser *p, gp_selection *selection, const char *prefix)
{
    const char *name = p->lexer.token.text, *path;
    const gp_property *property;
    gp_selection *below;
    int place, at = p->lexer.token.at;

    if (p->lexer.token.kind != GP_TOKEN_NAME && !gp_lexer_is_mark(&p->lexer, '*'))
        return expected(p, "the name of a property or *");
    if (selection->type == NULL)
        return refuse(p, at, "a primitive value has no properties.");
    if (gp_lexer_take(&p->lexer, '*')) {
        selection->is_whole = 1;
        note(p, apr_pstrcat(p->pool, prefix, "*", NULL));
        return 1;
    }
    gp_lexer_advance(&p->lexer);
    if (gp_type_is_named(selection->type, name, strlen(name)) && gp_lexer_take(&p->lexer, '/'))
        return read_path(p, selection, prefix);
    path = apr_pstrcat(p->pool, prefix, name, NULL);
    place = gp_type_find(selection->type, name, strlen(name));
    if (place < 0 && selection->type->is_open) {
        selection->has_members = 1;
        note(p, path);
        return 1;
    }
    if (place < 0)
        return refuse(p, at, gp_type_lacks(p->pool, selection->type, name, strlen(name)));
    property = gp_type_property(selection->type, place);
    if (selection->properties[place] == NULL)
        selection->properties[place] = make(p->pool, property->complex);
    below = selection->properties[place];
    path = apr_pstrcat(p->pool, prefix, name, "/", NULL);
    if (gp_lexer_take(&p->lexer, '/'))
        return read_path(p, below, path);
    if (gp_lexer_take(&p->lexer, '(')) {
        if (!gp_lexer_is_name(&p->lexer, "$select") && !gp_lexer_is_name(&p->lexer, "select"))
            return expected(p, "$select");
        gp_lexer_advance(&p->lexer);
        if (!gp_lexer_take(&p->lexer, '='))
            return expected(p, "'='");
        return read_list(p, below, path) && (gp_lexer_take(&p->lexer, ')') || expected(p, "')'"));
    }
    below->is_whole = 1;
    note(p, apr_pstrcat(p->pool, prefix, name, NULL));
    return 1;
}

static int read_list(parser *p, gp_selection *selection, const char *prefix)
{
    do {
        if (!read_path(p, selection, prefix))
            return 0;
    } while (gp_lexer_take(&p->lexer, ','));
    return 1;
}

const gp_selection *gp_select_parse(apr_pool_t *pool, const char *text, gp_problem *problem)
{
    gp_selection *selection = make(pool, &gp_work_position);
    parser p;

    if (strlen(text) > GP_SELECT_LENGTH_MAX) {
        gp_problem_set(problem, GP_BAD_REQUEST, "$select", "It is longer than %d bytes.",
                       GP_SELECT_LENGTH_MAX);
        return NULL;
    }
    p.pool = pool;
    p.problem = problem;
    gp_lexer_open(&p.lexer, pool, text);
    gp_buffer_open(&p.text, pool, 64);
    if (!read_list(&p, selection, ""))
        return NULL;
    if (p.lexer.token.kind != GP_TOKEN_END) {
        expected(&p, "a comma or the end");
        return NULL;
    }
    selection->text = gp_buffer_text(&p.text);
    return selection;
}
