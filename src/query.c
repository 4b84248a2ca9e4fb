/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System query options: from the query string to one struct. The table says which there are and
 * where each may stand.
 */
#include "query.h"
#include "text.h"

#include <apr_strings.h>

#include <string.h>
#include <strings.h>

#define ON(operation) (1u << (operation))
#define ON_ALL        (~0u)

typedef enum { FORMAT, SKIPTOKEN, NOT_YET } option;

static const struct {
    const char *name;
    option option;
    unsigned operations;
} options[] = {
    {"format", FORMAT, ON_ALL},   {"skiptoken", SKIPTOKEN, ON(GP_OPERATION_LIST)},
    {"select", NOT_YET, ON_ALL},  {"filter", NOT_YET, ON_ALL},
    {"orderby", NOT_YET, ON_ALL}, {"top", NOT_YET, ON_ALL},
    {"skip", NOT_YET, ON_ALL},    {"count", NOT_YET, ON_ALL},
    {"expand", NOT_YET, ON_ALL},  {"search", NOT_YET, ON_ALL},
    {"apply", NOT_YET, ON_ALL},   {"compute", NOT_YET, ON_ALL},
};

#define OPTIONS (sizeof options / sizeof options[0])

/* The row of an option, its $ taken off; -1: none. */
static int find(const char *name)
{
    apr_size_t i;

    for (i = 0; i < OPTIONS; i++) {
        if (strcasecmp(options[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

static int set(gp_query *query, int row, const char *name, const char *value, gp_problem *problem)
{
    char id[GP_UUID_SIZE];

    switch (options[row].option) {
    case FORMAT:
        query->format = value;
        return 1;
    case SKIPTOKEN:
        if (!gp_uuid_parse(id, value, strlen(value)))
            return gp_problem_set(problem, GP_BAD_REQUEST, name,
                                  "The $skiptoken is not one that this service made.");
        query->skiptoken = value;
        return 1;
    case NOT_YET:
        break;
    }
    return gp_problem_set(problem, GP_NOT_IMPLEMENTED, name,
                          "The query option %s is not implemented.", name);
}

/* One "name=value". `seen` holds a bit for each row met so far. */
static int take(apr_pool_t *pool, const char *text, apr_size_t length, gp_operation operation,
                unsigned *seen, gp_query *query, gp_problem *problem)
{
    const char *equals = memchr(text, '=', length);
    apr_size_t name_length = equals ? (apr_size_t)(equals - text) : length;
    const char *name = gp_uri_decode(pool, text, name_length);
    const char *value = equals ? gp_uri_decode(pool, equals + 1, length - name_length - 1) : "";
    int row;

    if (name == NULL || value == NULL)
        return gp_problem_set(problem, GP_BAD_REQUEST, NULL,
                              "The query string is not percent-encoded UTF-8.");
    row = find(*name == '$' ? name + 1 : name);
    if (row < 0)
        return *name == '$' ? gp_problem_set(problem, GP_BAD_REQUEST, name,
                                             "There is no query option of this name.")
                            : 1;
    if (*seen & (1u << row))
        return gp_problem_set(problem, GP_BAD_REQUEST, name,
                              "The query option stands there more than once.");
    *seen |= 1u << row;
    if (!(options[row].operations & ON(operation)))
        return gp_problem_set(problem, GP_BAD_REQUEST, name,
                              "The query option does not apply to this request.");
    return set(query, row, name, value, problem);
}

int gp_query_parse(apr_pool_t *pool, const char *args, gp_operation operation, gp_query *query,
                   gp_problem *problem)
{
    unsigned seen = 0;

    memset(query, 0, sizeof *query);
    while (args != NULL && *args != '\0') {
        apr_size_t length = strcspn(args, "&");

        if (length > 0 && !take(pool, args, length, operation, &seen, query, problem))
            return 0;
        args += length;
        if (*args == '&')
            args++;
    }
    return 1;
}
