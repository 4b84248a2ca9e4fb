/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parses $select into a tree that follows the types.
 */
#include "select.h"
#include "option.h"
#include "base/limits.h"

#include <apr_strings.h>

#include <string.h>
#include <strings.h>

typedef struct {
    gp_option option;
    gp_buffer text; /* the paths so far */
} parser;

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

static bool read_list(parser *p, gp_selection *selection, const char *prefix);

/* The options other than $select that OData has in the parentheses after a property. */
static bool is_option(const char *name)
{
    static const char *const names[] = {"filter", "search", "count",  "orderby",
                                        "skip",   "top",    "compute"};
    apr_size_t i;

    if (*name == '$')
        name++;
    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(names[i], name) == 0)
            return true;
    }
    return false;
}

/* Reads the options after a property; the parenthesis has been read. */
static bool read_options(parser *p, gp_selection *below, const char *path)
{
    do {
        int at = p->option.lexer.token.at;
        const char *name = p->option.lexer.token.text;
        bool is_select = gp_lexer_is_name(&p->option.lexer, "$select")
                         || gp_lexer_is_name(&p->option.lexer, "select");

        if (!is_select && (p->option.lexer.token.kind != GP_TOKEN_NAME || !is_option(name))
            && p->option.lexer.token.kind != GP_TOKEN_ALIAS)
            return gp_option_expected(&p->option, "$select");
        gp_lexer_advance(&p->option.lexer);
        if (!gp_lexer_is_mark(&p->option.lexer, '='))
            return gp_option_expected(&p->option, "'='");
        if (!is_select) {
            gp_option_miss(&p->option, at, apr_pstrcat(p->option.pool, name, " in $select", NULL));
            gp_lexer_skip_option(&p->option.lexer);
            continue;
        }
        gp_lexer_advance(&p->option.lexer);
        if (!read_list(p, below, path))
            return false;
    } while (gp_lexer_take(&p->option.lexer, ';'));
    return gp_lexer_take(&p->option.lexer, ')') || gp_option_expected(&p->option, "')'");
}

/* Reads an undeclared member of an open type, with any members below it. */
static bool read_dynamic(parser *p, gp_selection *selection, const char *path)
{
    selection->has_members = true;
    note(p, path);
    while (gp_lexer_take(&p->option.lexer, '/')) {
        if (p->option.lexer.token.kind != GP_TOKEN_NAME)
            return gp_option_expected(&p->option, "the name of a property");
        gp_lexer_advance(&p->option.lexer);
    }
    return true;
}

/* Reads a name and the rest of its path, or *. */
static bool read_path(parser *p, gp_selection *selection, const char *prefix)
{
    const char *name = p->option.lexer.token.text, *path;
    const gp_property *property;
    gp_selection *below;
    int index, at = p->option.lexer.token.at;

    if (p->option.lexer.token.kind == GP_TOKEN_ALIAS) {
        gp_lexer_advance(&p->option.lexer);
        return gp_option_miss(&p->option, at,
                              apr_pstrcat(p->option.pool, "the annotation ", name, NULL));
    }
    if (p->option.lexer.token.kind != GP_TOKEN_NAME && !gp_lexer_is_mark(&p->option.lexer, '*'))
        return gp_option_expected(&p->option, "the name of a property or *");
    if (selection->type == NULL)
        return gp_option_refuse(&p->option, at, "a primitive value has no properties.");
    if (gp_lexer_take(&p->option.lexer, '*')) {
        selection->is_whole = true;
        note(p, apr_pstrcat(p->option.pool, prefix, "*", NULL));
        return true;
    }
    gp_lexer_advance(&p->option.lexer);
    if (gp_namespace_is_prefix(name) && gp_lexer_take(&p->option.lexer, '*'))
        return gp_option_miss(&p->option, at, "the selection of operations");
    if (gp_type_is_named(selection->type, name, strlen(name))
        && gp_lexer_take(&p->option.lexer, '/'))
        return read_path(p, selection, prefix);
    path = apr_pstrcat(p->option.pool, prefix, name, NULL);
    index = gp_type_find(selection->type, name, strlen(name));
    if (index < 0 && selection->type->is_open)
        return read_dynamic(p, selection, path);
    if (index < 0)
        return gp_option_refuse(&p->option, at,
                                gp_type_lacks(p->option.pool, selection->type, name, strlen(name)));
    property = gp_type_property(selection->type, index);
    if (selection->properties[index] == NULL)
        selection->properties[index] = make(p->option.pool, property->complex);
    below = selection->properties[index];
    path = apr_pstrcat(p->option.pool, prefix, name, "/", NULL);
    if (gp_lexer_take(&p->option.lexer, '/'))
        return read_path(p, below, path);
    if (gp_lexer_take(&p->option.lexer, '('))
        return read_options(p, below, path);
    below->is_whole = true;
    note(p, apr_pstrcat(p->option.pool, prefix, name, NULL));
    return true;
}

static bool read_list(parser *p, gp_selection *selection, const char *prefix)
{
    do {
        if (!read_path(p, selection, prefix))
            return false;
    } while (gp_lexer_take(&p->option.lexer, ','));
    return true;
}

const gp_selection *gp_select_parse(apr_pool_t *pool, const char *text, gp_problem *problem)
{
    gp_selection *selection = make(pool, &gp_work_position);
    parser p = {.option = {.pool = pool, .problem = problem}};

    gp_buffer_open(&p.text, pool, 64);
    if (!gp_option_open(&p.option, "$select", text, GP_SELECT_LENGTH_MAX)
        || !read_list(&p, selection, "") || !gp_option_finish(&p.option))
        return NULL;
    selection->text = gp_buffer_text(&p.text);
    return selection;
}
