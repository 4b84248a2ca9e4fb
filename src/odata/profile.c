/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parses $select and $expand of a profile. The options in the parentheses after positions become the query string
 * that the collection itself would have: they are parsed like those of a list, and the link to the next page
 * repeats them.
 */
#include "profile.h"
#include "option.h"
#include "base/limits.h"
#include "base/nearest.h"
#include "base/uri.h"

#include <apr_strings.h>

#include <string.h>
#include <strings.h>

#define ID        "id"
#define POSITIONS "positions"

/* The navigation properties of Graph's profile that this service does not store. */
static const char *const collections[] = {
    "account", "addresses", "anniversaries", "awards", "certifications", "educationalActivities",
    "emails",  "interests", "languages",     "names",  "notes",          "patents",
    "phones",  "projects",  "publications",  "skills", "webAccounts",    "websites",
};

#define COLLECTIONS ((int)(sizeof collections / sizeof collections[0]))

_Static_assert(COLLECTIONS < 32, "a set of collections has a bit for each");

const char *gp_profile_collection(int index)
{
    return index < COLLECTIONS ? collections[index] : NULL;
}

typedef struct {
    gp_option option; /* the one being read */
    gp_profile_query *made;
    gp_buffer names; /* the names in $select, separated by commas */
    gp_buffer args;
    bool names_all;       /* $expand has "*" */
    bool names_positions; /* $expand names positions */
} parser;

/* Returns the bit of a collection; 0: there is none with this name. */
static unsigned find(const char *name)
{
    int i;

    for (i = 0; i < COLLECTIONS; i++) {
        if (strcmp(collections[i], name) == 0)
            return 1u << i;
    }
    return 0;
}

/* @param what  the kind of name that a profile does not have */
static bool refuse_name(parser *p, int at, const char *name, const char *what)
{
    gp_nearest nearest;
    int i;

    gp_nearest_open(&nearest, name, strlen(name));
    gp_nearest_offer(&nearest, POSITIONS);
    for (i = 0; i < COLLECTIONS; i++)
        gp_nearest_offer(&nearest, collections[i]);
    return gp_option_refuse(
        &p->option, at,
        apr_psprintf(p->option.pool, "a profile has no %s '%.*s'.%s%s%s", what, GP_NAME_MESSAGE_MAX,
                     name, nearest.name ? " Did you mean '" : "", nearest.name ? nearest.name : "",
                     nearest.name ? "'?" : ""));
}

/* ---- $select ---- */

static bool select_name(parser *p)
{
    const char *name = p->option.lexer.token.text;
    int at = p->option.lexer.token.at;
    unsigned collection;

    if (gp_lexer_is_mark(&p->option.lexer, '*')) {
        p->made->has_id = p->made->has_positions = true;
    } else if (p->option.lexer.token.kind != GP_TOKEN_NAME) {
        return gp_option_expected(&p->option, "the name of a property or *");
    } else if (strcmp(name, ID) == 0) {
        p->made->has_id = true;
    } else if (strcmp(name, POSITIONS) == 0) {
        p->made->has_positions = true;
    } else {
        collection = find(name);
        if (collection == 0)
            return refuse_name(p, at, name, "property");
        p->made->collections |= collection;
    }
    gp_lexer_advance(&p->option.lexer);
    if (gp_lexer_is_mark(&p->option.lexer, '(') || gp_lexer_is_mark(&p->option.lexer, '/'))
        return gp_option_refuse(
            &p->option, p->option.lexer.token.at,
            "what is in positions is selected by $expand=positions($select=..).");
    gp_buffer_puts(&p->names, p->names.length > 0 ? "," : "");
    gp_buffer_puts(&p->names, name);
    return true;
}

static bool read_select(parser *p)
{
    do {
        if (!select_name(p))
            return false;
    } while (gp_lexer_take(&p->option.lexer, ','));
    return gp_option_finish(&p->option);
}

/* ---- $expand ---- */

/* Query options of OData that are not valid within $expand, or only for recursive types. */
static bool is_misplaced(const char *name)
{
    static const char *const names[] = {"$format", "$skiptoken",  "$levels",        "$id",
                                        "$index",  "$deltatoken", "$schemaversion", "$it"};
    apr_size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(names[i], name) == 0)
            return true;
    }
    return false;
}

static const char *trimmed(apr_pool_t *pool, const char *text, const char *end)
{
    text += strspn(text, " ");
    while (end > text && end[-1] == ' ')
        end--;
    return apr_pstrmemdup(pool, text, (apr_size_t)(end - text));
}

/* Reads an option of the positions and appends it to the query string. */
static bool read_option(parser *p)
{
    const char *name = p->option.lexer.token.text, *value;
    int at = p->option.lexer.token.at;

    if (p->option.lexer.token.kind != GP_TOKEN_NAME)
        return gp_option_expected(&p->option, "a query option, such as $top");
    if (*name != '$')
        name = apr_pstrcat(p->option.pool, "$", name, NULL);
    if (is_misplaced(name))
        return gp_option_refuse(
            &p->option, at,
            apr_psprintf(p->option.pool, "%s does not apply to positions in $expand.", name));
    gp_lexer_advance(&p->option.lexer);
    if (!gp_lexer_is_mark(&p->option.lexer, '='))
        return gp_option_expected(&p->option, "'='");
    value = p->option.lexer.next;
    gp_lexer_skip_option(&p->option.lexer);
    if (!gp_lexer_is_mark(&p->option.lexer, ';') && !gp_lexer_is_mark(&p->option.lexer, ')'))
        return gp_option_expected(&p->option, "';' or ')'");
    value = trimmed(p->option.pool, value, p->option.lexer.next - 1); /* before the mark */
    gp_buffer_puts(&p->args, p->args.length > 0 ? "&" : "");
    gp_uri_add_text(&p->args, name);
    gp_buffer_puts(&p->args, "=");
    gp_uri_add_text(&p->args, value);
    return true;
}

static bool read_options(parser *p)
{
    do {
        if (!read_option(p))
            return false;
    } while (gp_lexer_take(&p->option.lexer, ';'));
    return gp_lexer_take(&p->option.lexer, ')') || gp_option_expected(&p->option, "')'");
}

/* Reads the optional path after a navigation property: a type, then $ref or $count. */
static bool read_path(parser *p, const gp_type *type)
{
    while (gp_lexer_take(&p->option.lexer, '/')) {
        const char *name = p->option.lexer.token.text;
        int at = p->option.lexer.token.at;

        if (gp_lexer_is_name(&p->option.lexer, "$ref")
            || gp_lexer_is_name(&p->option.lexer, "$count"))
            gp_option_miss(&p->option, at, apr_pstrcat(p->option.pool, name, " in $expand", NULL));
        else if (type == NULL || p->option.lexer.token.kind != GP_TOKEN_NAME
                 || !gp_type_is_named(type, name, strlen(name)))
            return gp_option_expected(&p->option, "$ref, $count or a type");
        gp_lexer_advance(&p->option.lexer);
    }
    return true;
}

static bool expand_positions(parser *p, int at)
{
    if (p->names_positions)
        return gp_option_refuse(&p->option, at, POSITIONS " occurs more than once.");
    p->names_positions = true;
    if (!read_path(p, &gp_work_position))
        return false;
    return !gp_lexer_take(&p->option.lexer, '(') || read_options(p);
}

/* Skips the options of a collection: an empty collection is the same with any options. */
static bool expand_collection(parser *p, unsigned collection)
{
    p->made->collections |= collection;
    if (!read_path(p, NULL))
        return false;
    return !gp_lexer_is_mark(&p->option.lexer, '(') || gp_lexer_skip(&p->option.lexer)
           || gp_option_refuse(&p->option, p->option.lexer.token.at,
                               "the parenthesis is not closed.");
}

static bool expand_name(parser *p)
{
    const char *name = p->option.lexer.token.text;
    int at = p->option.lexer.token.at;
    unsigned collection;

    if (gp_lexer_take(&p->option.lexer, '*'))
        return p->names_all = true;
    if (p->option.lexer.token.kind != GP_TOKEN_NAME)
        return gp_option_expected(&p->option, "the name of a navigation property or *");
    gp_lexer_advance(&p->option.lexer);
    if (strcmp(name, POSITIONS) == 0)
        return expand_positions(p, at);
    collection = find(name);
    return collection != 0 ? expand_collection(p, collection)
                           : refuse_name(p, at, name, "navigation property");
}

static bool read_expand(parser *p)
{
    do {
        if (!expand_name(p))
            return false;
    } while (gp_lexer_take(&p->option.lexer, ','));
    return gp_option_finish(&p->option);
}

/* ---- both ---- */

/* Parses the query string of the positions. A problem of one of its options is reported as a part of $expand. */
static bool read_positions(parser *p)
{
    gp_problem *problem = p->option.problem;

    p->made->args = gp_buffer_text(&p->args);
    if (gp_query_parse(p->option.pool, p->made->args, GP_OPERATION_LIST, &p->made->positions,
                       problem))
        return true;
    if (p->names_positions && problem->target != NULL)
        problem->target = apr_pstrcat(problem->pool, GP_PROFILE_TARGET, problem->target, NULL);
    return false;
}

/* Returns the selected names, that of the positions followed by its own selection. */
static const char *context_text(parser *p)
{
    const gp_selection *selection = p->made->positions.selection;

    if (selection != NULL) {
        gp_buffer_puts(&p->names, p->names.length > 0 ? "," : "");
        gp_buffer_puts(&p->names, POSITIONS "(");
        gp_buffer_puts(&p->names, selection->text);
        gp_buffer_puts(&p->names, ")");
    }
    return p->names.length > 0 ? gp_buffer_text(&p->names) : NULL;
}

const gp_profile_query *gp_profile_parse(apr_pool_t *pool, const char *select, const char *expand,
                                         const char *rest, gp_problem *problem)
{
    gp_profile_query *made = apr_pcalloc(pool, sizeof *made);
    parser p = {.option = {.pool = pool, .problem = problem}, .made = made};

    gp_buffer_open(&p.names, pool, 64);
    gp_buffer_open(&p.args, pool, 128);
    gp_buffer_puts(&p.args, rest);
    if (select != NULL
        && !(gp_option_open(&p.option, "$select", select, GP_SELECT_LENGTH_MAX) && read_select(&p)))
        return NULL;
    if (select == NULL)
        made->has_id = made->has_positions = true;
    if (expand != NULL) {
        made->has_positions = false;
        made->collections = 0;
        if (!gp_option_open(&p.option, "$expand", expand, GP_EXPAND_LENGTH_MAX) || !read_expand(&p))
            return NULL;
        made->has_positions = p.names_positions || p.names_all;
    }
    if (!read_positions(&p))
        return NULL;
    made->text = context_text(&p);
    return made;
}
