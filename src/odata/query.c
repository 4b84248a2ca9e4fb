/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System query options: parses the query string into one struct, and writes the query string of the next
 * page. The table lists the options and the operations to which each applies.
 */
#include "query.h"
#include "filter.h"
#include "profile.h"
#include "base/limits.h"
#include "base/names.h"
#include "base/nearest.h"
#include "base/uri.h"
#include "base/uuid.h"
#include "unsupported.h"

#include <apr_strings.h>

#include <limits.h>
#include <string.h>
#include <strings.h>

#define ON(operation) (1u << (operation))
#define ON_ALL        (~0u)
#define ON_LIST       ON(GP_OPERATION_LIST)
#define ON_ENTITIES                                                                                \
    (ON_LIST | ON(GP_OPERATION_READ) | ON(GP_OPERATION_CREATE) | ON(GP_OPERATION_UPDATE))

typedef enum {
    FORMAT,
    SELECT,
    FILTER,
    ORDERBY,
    TOP,
    SKIP,
    COUNT,
    SKIPTOKEN,
    EXPAND,
    SEARCH,
    APPLY,
    COMPUTE,
    INDEX,
    DELTATOKEN,
    SCHEMAVERSION,
    ID,
    OPTIONS
} option;

static const struct {
    const char *name;
    unsigned operations; /* that have it */
    unsigned explained;  /* that say why they have it not */
} options[OPTIONS] = {
    [FORMAT] = {"$format", ON_ALL, 0},
    [SELECT] = {"$select", ON_ENTITIES | ON(GP_OPERATION_PROFILE), 0},
    [FILTER] = {"$filter", ON_LIST | ON(GP_OPERATION_COUNT), 0},
    [ORDERBY] = {"$orderby", ON_LIST, 0},
    [TOP] = {"$top", ON_LIST, 0},
    [SKIP] = {"$skip", ON_LIST, 0},
    [COUNT] = {"$count", ON_LIST, 0},
    [SKIPTOKEN] = {"$skiptoken", ON_LIST, 0},
    [EXPAND] = {"$expand", ON(GP_OPERATION_PROFILE), ON_ALL},
    [SEARCH] = {"$search", 0, ON_ALL},
    [APPLY] = {"$apply", 0, ON_ALL},
    [COMPUTE] = {"$compute", 0, ON_ALL},
    [INDEX] = {"$index", 0, ON_ALL},
    [DELTATOKEN] = {"$deltatoken", 0, ON_ALL},
    [SCHEMAVERSION] = {"$schemaversion", 0, ON_ALL},
    [ID] = {"$id", 0, ON_ALL},
};

/* Returns true if an option is valid in a request; options that are not implemented get their own
 * message. */
static bool is_read(option which, gp_operation operation)
{
    return ((options[which].operations | options[which].explained) & ON(operation)) != 0;
}

/* The values of the options before they are parsed: an alias may follow its use. */
typedef struct {
    const char *values[OPTIONS]; /* NULL: missing */
    gp_names *aliases;
    apr_size_t custom; /* bytes of the custom options in the link to the next page */
} sent;

/* Takes the next "name=value" from a query string; returns zero at its end. */
static int next_part(const char **args, const char **part, apr_size_t *length)
{
    while (*args != NULL && **args == '&')
        ++*args;
    if (*args == NULL || **args == '\0')
        return 0;
    *part = *args;
    *length = strcspn(*args, "&");
    *args += *length;
    return 1;
}

const char *gp_query_find(apr_pool_t *pool, const char *args, const char *name)
{
    const char *part;
    apr_size_t length;

    while (next_part(&args, &part, &length)) {
        const char *equals = memchr(part, '=', length), *found;

        if (equals == NULL)
            continue;
        found = gp_uri_decode(pool, part, (apr_size_t)(equals - part));
        if (found != NULL && strcmp(found, name) == 0)
            return gp_uri_decode(pool, equals + 1, (apr_size_t)(part + length - equals - 1));
    }
    return NULL;
}

/* Finds an option by name, with or without its $; OPTIONS: none. Those from INDEX on require the $:
 * without it, a gateway or a client may use the word for itself, and this service implements none of
 * them. */
static option find(const char *name)
{
    int i, has_dollar = *name == '$', count = has_dollar ? OPTIONS : INDEX;

    for (i = 0; i < count; i++) {
        const char *known = has_dollar ? options[i].name : options[i].name + 1;

        if (strcasecmp(known, name) == 0)
            return (option)i;
    }
    return OPTIONS;
}

/* Refuses a name with a $ that is not an option. It suggests the nearest option that applies to the
 * request. */
static int refuse_name(const char *name, gp_operation operation, gp_problem *problem)
{
    gp_nearest nearest;
    int i;

    gp_nearest_open(&nearest, name, strlen(name));
    for (i = 0; i < INDEX; i++) {
        if (is_read((option)i, operation))
            gp_nearest_offer(&nearest, options[i].name);
    }
    return gp_problem_set(problem, GP_BAD_REQUEST, name,
                          "There is no query option with this name.%s%s%s",
                          nearest.name ? " Did you mean " : "", nearest.name ? nearest.name : "",
                          nearest.name ? "?" : "");
}

int gp_query_applies(const char *name, gp_operation operation)
{
    option found = find(name);

    return found != OPTIONS && (options[found].operations & ON(operation)) != 0;
}

/* Returns true for a character that a query string may contain unencoded. */
static int is_literal(char c)
{
    static const char literal[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "-._~!$'()*+,;=:@/?%";

    return c != '\0' && strchr(literal, c) != NULL;
}

/* Returns the bytes of a part in the query string of the next page (add_part), with its &. */
static apr_size_t encoded_length(const char *part, apr_size_t length)
{
    apr_size_t encoded = length + 1, i;

    for (i = 0; i < length; i++)
        encoded += is_literal(part[i]) ? 0 : strlen("%xx") - 1;
    return encoded;
}

/* Handles a custom option. Only a list has links that repeat it. */
static int take_custom(const char *part, apr_size_t length, gp_operation operation, sent *all,
                       gp_problem *problem)
{
    if (operation != GP_OPERATION_LIST)
        return 1;
    all->custom += encoded_length(part, length);
    return all->custom <= GP_CUSTOM_OPTIONS_MAX
           || gp_problem_set(problem, GP_BAD_REQUEST, NULL,
                             "The custom query options are longer than %d bytes together.",
                             GP_CUSTOM_OPTIONS_MAX);
}

/* Handles one part. */
static int take(apr_pool_t *pool, const char *part, apr_size_t length, gp_operation operation,
                sent *all, gp_problem *problem)
{
    const char *equals = memchr(part, '=', length);
    apr_size_t name_length = equals ? (apr_size_t)(equals - part) : length;
    const char *name = gp_uri_decode(pool, part, name_length);
    const char *value = equals ? gp_uri_decode(pool, equals + 1, length - name_length - 1) : "";
    option found;

    if (name == NULL || value == NULL)
        return gp_problem_set(problem, GP_BAD_REQUEST, NULL,
                              "The query string is not percent-encoded UTF-8.");
    if (*name == '@') {
        if (gp_names_add(all->aliases, name, strlen(name), (void *)value) != NULL)
            return gp_problem_set(problem, GP_BAD_REQUEST, name,
                                  "The alias occurs more than once.");
        return 1;
    }
    found = find(name);
    if (found == OPTIONS)
        return *name == '$' ? refuse_name(name, operation, problem)
                            : take_custom(part, length, operation, all, problem);
    if (all->values[found] != NULL)
        return gp_problem_set(problem, GP_BAD_REQUEST, name,
                              "The query option occurs more than once.");
    if (!is_read(found, operation))
        return gp_problem_set(problem, GP_BAD_REQUEST, name,
                              operation == GP_OPERATION_PROFILE
                                      && options[found].operations & ON_LIST
                                  ? "The query option applies to positions: put it behind them, in "
                                    "$expand=positions(..)."
                                  : "The query option does not apply to this request.");
    all->values[found] = value;
    return 1;
}

/* Checks if an unsupported option is legal; returns zero with the problem if it is not. */
static int is_legal(apr_pool_t *pool, const sent *all, option missing, gp_problem *problem)
{
    const char *text = all->values[missing];

    switch (missing) {
    case SEARCH:
        return gp_unsupported_search(pool, text, problem);
    case APPLY:
        return gp_unsupported_apply(pool, text, problem);
    case COMPUTE:
        return gp_compute_check(pool, text, all->aliases, problem);
    default:
        return *text != '\0'
               || gp_problem_set(problem, GP_BAD_REQUEST, options[missing].name,
                                 "The query option has no value.");
    }
}

/* Refuses options that OData has and this service does not. "*" expands all navigation properties, of
 * which there are none. */
static int refuse_missing(apr_pool_t *pool, const sent *all, gp_operation operation,
                          gp_problem *problem)
{
    int i;

    if (all->values[EXPAND] != NULL && operation != GP_OPERATION_PROFILE
        && strcmp(all->values[EXPAND], "*") != 0)
        return gp_problem_set(problem, GP_BAD_REQUEST, "$expand",
                              "A position has no navigation property that could be expanded: all "
                              "of it is in the answer.");
    for (i = SEARCH; i < OPTIONS; i++) {
        if (all->values[i] != NULL && !is_legal(pool, all, (option)i, problem))
            return 0;
        if (all->values[i] != NULL)
            return gp_problem_set(problem, GP_NOT_IMPLEMENTED, options[i].name,
                                  "The query option %s is not implemented.", options[i].name);
    }
    return 1;
}

/* Reads a whole number from 0 on; a larger one than an int becomes the largest int. */
static int read_number(const char *text, const char *name, int *number, gp_problem *problem)
{
    apr_int64_t value;

    if (*text == '\0' || text[strspn(text, "0123456789")] != '\0')
        return gp_problem_set(problem, GP_BAD_REQUEST, name,
                              "%s must be a whole number of at least 0.", name);
    text += strspn(text, "0");
    value = strlen(text) > 10 ? INT_MAX : apr_atoi64(text);
    *number = value > INT_MAX ? INT_MAX : (int)value;
    return 1;
}

static int read_count(const char *text, int *count, gp_problem *problem)
{
    *count = strcasecmp(text, "true") == 0;
    return *count || strcasecmp(text, "false") == 0
           || gp_problem_set(problem, GP_BAD_REQUEST, "$count", "$count must be true or false.");
}

/* Reads the start of a page: an id, or, if ids are not in order, a number of positions to skip. */
static int read_skiptoken(apr_pool_t *pool, const sent *all, gp_query *query, gp_problem *problem)
{
    const char *token = all->values[SKIPTOKEN];
    char id[GP_UUID_SIZE];

    if (all->values[SKIP] != NULL)
        return gp_problem_set(problem, GP_BAD_REQUEST, "$skip",
                              "$skip and $skiptoken cannot be combined.");
    if (query->order != NULL ? *token != '\0' && token[strspn(token, "0123456789")] == '\0'
                             : gp_uuid_parse(id, token, strlen(token))) {
        if (query->order != NULL)
            return read_number(token, "$skiptoken", &query->offset, problem);
        query->first = apr_pstrdup(pool, id);
        return 1;
    }
    return gp_problem_set(problem, GP_BAD_REQUEST, "$skiptoken",
                          "This service did not make the $skiptoken for these options.");
}

/* Appends a part of a query string, and encodes characters that the client should have encoded. */
static void add_part(gp_buffer *buffer, const char *part, apr_size_t length)
{
    apr_size_t i;

    if (buffer->length > 0)
        gp_buffer_puts(buffer, "&");
    for (i = 0; i < length; i++) {
        if (is_literal(part[i]))
            gp_buffer_add(buffer, part + i, 1);
        else
            gp_buffer_puts(buffer,
                           apr_psprintf(buffer->pool, "%%%02X", (unsigned)(unsigned char)part[i]));
    }
}

/* Returns the parts of a query string that a profile's positions share with it: all but those that
 * profile.c reads. */
static const char *shared_parts(apr_pool_t *pool, const char *args)
{
    gp_buffer shared;
    const char *part;
    apr_size_t length;

    gp_buffer_open(&shared, pool, 128);
    while (next_part(&args, &part, &length)) {
        const char *name = gp_uri_decode(pool, part, strcspn(part, "=&"));
        option found = name ? find(name) : OPTIONS;

        if (found != SELECT && found != EXPAND)
            add_part(&shared, part, length);
    }
    return gp_buffer_text(&shared);
}

static int read_profile(apr_pool_t *pool, const char *args, const sent *all, gp_query *query,
                        gp_problem *problem)
{
    query->profile = gp_profile_parse(pool, all->values[SELECT], all->values[EXPAND],
                                      shared_parts(pool, args), problem);
    return query->profile != NULL;
}

int gp_query_parse(apr_pool_t *pool, const char *args, gp_operation operation, gp_query *query,
                   gp_problem *problem)
{
    sent all = {{NULL}, gp_names_make(pool), 0};
    const char *const *values = all.values, *part, *rest = args;
    apr_size_t length;

    memset(query, 0, sizeof *query);
    query->top = -1;
    while (next_part(&rest, &part, &length)) {
        if (!take(pool, part, length, operation, &all, problem))
            return 0;
    }
    query->format = values[FORMAT];
    if (!refuse_missing(pool, &all, operation, problem)
        || (values[TOP] != NULL && !read_number(values[TOP], "$top", &query->top, problem))
        || (values[SKIP] != NULL && !read_number(values[SKIP], "$skip", &query->offset, problem))
        || (values[COUNT] != NULL && !read_count(values[COUNT], &query->count, problem)))
        return 0;
    if (operation == GP_OPERATION_PROFILE)
        return read_profile(pool, args, &all, query, problem);
    if (values[SELECT] != NULL
        && (query->selection = gp_select_parse(pool, values[SELECT], problem)) == NULL)
        return 0;
    if (values[FILTER] != NULL
        && (query->filter = gp_filter_parse(pool, values[FILTER], all.aliases, problem)) == NULL)
        return 0;
    if (values[ORDERBY] != NULL
        && (query->order = gp_orderby_parse(pool, values[ORDERBY], all.aliases, problem)) == NULL)
        return 0;
    return values[SKIPTOKEN] == NULL || read_skiptoken(pool, &all, query, problem);
}

/* ---- the next page ---- */

const char *gp_query_next(apr_pool_t *pool, const char *args, const gp_query *query, int given,
                          const char *next)
{
    const char *part, *last;
    gp_buffer buffer;
    apr_size_t length;

    gp_buffer_open(&buffer, pool, 256);
    while (next_part(&args, &part, &length)) {
        const char *name = gp_uri_decode(pool, part, strcspn(part, "=&"));
        option found = name ? find(name) : OPTIONS;

        if (found != TOP && found != SKIP && found != SKIPTOKEN)
            add_part(&buffer, part, length);
    }
    if (query->top >= 0) {
        last = apr_psprintf(pool, "$top=%d", query->top_is_page ? query->top : query->top - given);
        add_part(&buffer, last, strlen(last));
    }
    if (query->order != NULL)
        last = apr_psprintf(pool, "$skiptoken=%d",
                            query->offset > INT_MAX - given ? INT_MAX : query->offset + given);
    else
        last = apr_pstrcat(pool, "$skiptoken=", next, NULL);
    add_part(&buffer, last, strlen(last));
    return gp_buffer_text(&buffer);
}
