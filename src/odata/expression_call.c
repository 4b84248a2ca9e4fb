/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of OData: names, types of arguments and results. evaluate_*.c computes the values.
 */
#include "expression.h"

#include <apr_strings.h>

#include <string.h>

typedef struct {
    const char *name, *arguments;
    gp_kind kind;
    gp_operator op;
} function;

/* Arguments: S a string, I an integer, N a number, T a date-time, D a date or date-time, H a time of day or
 * date-time, U a duration, C a collection, A anything; ? before optional ones. GP_KIND_ANY: the kind of the first
 * argument. */
static const function functions[] = {
    {"contains", "SS", GP_KIND_BOOLEAN, GP_OP_CONTAINS},
    {"startswith", "SS", GP_KIND_BOOLEAN, GP_OP_STARTSWITH},
    {"endswith", "SS", GP_KIND_BOOLEAN, GP_OP_ENDSWITH},
    {"matchespattern", "SS", GP_KIND_BOOLEAN, GP_OP_MATCHESPATTERN},
    {"tolower", "S", GP_KIND_STRING, GP_OP_TOLOWER},
    {"toupper", "S", GP_KIND_STRING, GP_OP_TOUPPER},
    {"trim", "S", GP_KIND_STRING, GP_OP_TRIM},
    {"length", "S", GP_KIND_INTEGER, GP_OP_LENGTH},
    {"indexof", "SS", GP_KIND_INTEGER, GP_OP_INDEXOF},
    {"substring", "SI?I", GP_KIND_STRING, GP_OP_SUBSTRING},
    {"concat", "SS", GP_KIND_STRING, GP_OP_CONCAT},
    {"year", "D", GP_KIND_INTEGER, GP_OP_YEAR},
    {"month", "D", GP_KIND_INTEGER, GP_OP_MONTH},
    {"day", "D", GP_KIND_INTEGER, GP_OP_DAY},
    {"hour", "H", GP_KIND_INTEGER, GP_OP_HOUR},
    {"minute", "H", GP_KIND_INTEGER, GP_OP_MINUTE},
    {"second", "H", GP_KIND_INTEGER, GP_OP_SECOND},
    {"fractionalseconds", "H", GP_KIND_DECIMAL, GP_OP_FRACTIONALSECONDS},
    {"date", "T", GP_KIND_DATE, GP_OP_DATE},
    {"time", "T", GP_KIND_TIME, GP_OP_TIME},
    {"totaloffsetminutes", "T", GP_KIND_INTEGER, GP_OP_TOTALOFFSETMINUTES},
    {"totalseconds", "U", GP_KIND_DECIMAL, GP_OP_TOTALSECONDS},
    {"now", "", GP_KIND_DATETIME, GP_OP_NOW},
    {"mindatetime", "", GP_KIND_DATETIME, GP_OP_MINDATETIME},
    {"maxdatetime", "", GP_KIND_DATETIME, GP_OP_MAXDATETIME},
    {"round", "N", GP_KIND_ANY, GP_OP_ROUND},
    {"floor", "N", GP_KIND_ANY, GP_OP_FLOOR},
    {"ceiling", "N", GP_KIND_ANY, GP_OP_CEILING},
};

/* Functions with a collection among their arguments. GP_KIND_COMPLEX: the result is a collection of the same
 * items. */
static const function of_collections[] = {
    {"concat", "CC", GP_KIND_COMPLEX, GP_OP_CONCAT},
    {"contains", "CC", GP_KIND_BOOLEAN, GP_OP_CONTAINS},
    {"endswith", "CC", GP_KIND_BOOLEAN, GP_OP_ENDSWITH},
    {"startswith", "CC", GP_KIND_BOOLEAN, GP_OP_STARTSWITH},
    {"indexof", "CC", GP_KIND_INTEGER, GP_OP_INDEXOF},
    {"length", "C", GP_KIND_INTEGER, GP_OP_LENGTH},
    {"substring", "CI?I", GP_KIND_COMPLEX, GP_OP_SUBSTRING},
    {"hassubset", "CC", GP_KIND_BOOLEAN, GP_OP_HASSUBSET},
    {"hassubsequence", "CC", GP_KIND_BOOLEAN, GP_OP_HASSUBSEQUENCE},
};

/* Functions that are not implemented: no property has a type that they accept. */
static const function missing[] = {
    {"geo.distance", "AA", GP_KIND_MISSING, GP_OP_MISSING},
    {"geo.intersects", "AA", GP_KIND_MISSING, GP_OP_MISSING},
    {"geo.length", "A", GP_KIND_MISSING, GP_OP_MISSING},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool suits(const gp_expression *argument, char wanted)
{
    if (argument->kind == GP_KIND_MISSING || wanted == 'A')
        return true;
    if (argument->is_collection)
        return wanted == 'C';
    if (wanted == 'C') /* an undeclared member may be a collection */
        return argument->kind == GP_KIND_ANY || argument->kind == GP_KIND_NULL;
    switch (argument->kind) {
    case GP_KIND_NULL:
    case GP_KIND_ANY:
        return true;
    case GP_KIND_STRING:
        return wanted == 'S';
    case GP_KIND_INTEGER:
        return wanted == 'I' || wanted == 'N';
    case GP_KIND_DECIMAL:
    case GP_KIND_DOUBLE:
        return wanted == 'N';
    case GP_KIND_DATE:
        return wanted == 'D';
    case GP_KIND_DATETIME:
        return wanted == 'D' || wanted == 'T' || wanted == 'H';
    case GP_KIND_TIME:
        return wanted == 'H';
    case GP_KIND_DURATION:
        return wanted == 'U';
    default:
        return false;
    }
}

static const char *wanted_name(char wanted)
{
    static const char kinds[] = "SINTDHUC";
    static const char *const names[] = {"an Edm.String",
                                        "an integer",
                                        "a number",
                                        "an Edm.DateTimeOffset",
                                        "an Edm.Date or Edm.DateTimeOffset",
                                        "an Edm.TimeOfDay or Edm.DateTimeOffset",
                                        "an Edm.Duration",
                                        "a collection"};

    return names[strchr(kinds, wanted) - kinds];
}

/* 'P1D' becomes a duration if the function requires one. */
static void adapt(apr_pool_t *pool, const function *called, apr_array_header_t *arguments)
{
    if (*called->arguments == 'U' && arguments->nelts > 0)
        APR_ARRAY_IDX(arguments, 0, gp_expression *) =
            gp_expression_operand(pool, APR_ARRAY_IDX(arguments, 0, gp_expression *));
}

/* Checks the arguments of a call against a function. Returns zero with a message if they do not match. */
static bool check_arguments(apr_pool_t *pool, const function *called,
                            const apr_array_header_t *arguments, const char **message)
{
    const gp_expression *const *argument = (const gp_expression *const *)arguments->elts;
    const gp_expression *const *end = argument + arguments->nelts;
    const char *wanted;
    bool is_optional = false;

    for (wanted = called->arguments; *wanted != '\0'; wanted++) {
        if (*wanted == '?') {
            is_optional = true;
            continue;
        }
        if (argument == end)
            break;
        if (!suits(*argument, *wanted)) {
            *message = apr_pstrcat(pool, called->name, "() takes ", wanted_name(*wanted), ", not ",
                                   gp_expression_describe(pool, *argument), ".", NULL);
            return false;
        }
        argument++;
    }
    if (argument != end || (*wanted != '\0' && !is_optional)) {
        *message = apr_pstrcat(pool, called->name, "() takes another number of arguments.", NULL);
        return false;
    }
    return true;
}

/* Compiles a pattern that is a literal, so that a wrong one is reported whatever the positions contain. */
static bool check_pattern(const function *called, const apr_array_header_t *arguments,
                          const char **message)
{
    const gp_expression *pattern;

    if (called->op != GP_OP_MATCHESPATTERN)
        return true;
    pattern = APR_ARRAY_IDX(arguments, 1, const gp_expression *);
    if (pattern->op != GP_OP_LITERAL || pattern->kind != GP_KIND_STRING
        || gp_pattern_is_valid(pattern->spelled))
        return true;
    *message = "the pattern is not a regular expression.";
    return false;
}

static const function *find(const function *table, apr_size_t count, const char *name)
{
    apr_size_t i;

    for (i = 0; i < count; i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return NULL;
}

static bool has_collection(const apr_array_header_t *arguments)
{
    int i;

    for (i = 0; i < arguments->nelts; i++) {
        if (APR_ARRAY_IDX(arguments, i, const gp_expression *)->is_collection)
            return true;
    }
    return false;
}

/* Returns the function with a name that accepts the arguments; NULL: there is none with this name. */
static const function *choose(const char *name, const apr_array_header_t *arguments)
{
    const function *of_values = find(functions, COUNT(functions), name);
    const function *found = find(of_collections, COUNT(of_collections), name);

    if (found != NULL && (of_values == NULL || has_collection(arguments)))
        return found;
    return of_values != NULL ? of_values : find(missing, COUNT(missing), name);
}

/* Calls a function of collections, whose arguments were checked separately. */
static gp_expression *call_with_collections(apr_pool_t *pool, const function *called,
                                            const apr_array_header_t *arguments,
                                            const char **message)
{
    const gp_expression *first = APR_ARRAY_IDX(arguments, 0, const gp_expression *);
    const gp_expression *second =
        called->arguments[1] == 'C' ? APR_ARRAY_IDX(arguments, 1, const gp_expression *) : first;

    if (!gp_expression_have_like_items(first, second)) {
        *message = apr_pstrcat(pool, called->name, "() takes collections of the same type.", NULL);
        return NULL;
    }
    if (called->kind != GP_KIND_COMPLEX)
        return gp_expression_apply_all(pool, called->op, called->kind, arguments);
    return gp_expression_collect(pool, called->op, first->kind == GP_KIND_ANY ? second : first,
                                 arguments);
}

gp_expression *gp_expression_call(apr_pool_t *pool, const char *name, apr_array_header_t *arguments,
                                  bool *is_known, const char **message)
{
    const function *found = choose(name, arguments);

    *is_known = found != NULL;
    if (found != NULL)
        adapt(pool, found, arguments);
    if (found == NULL || !check_arguments(pool, found, arguments, message))
        return NULL;
    if (!check_pattern(found, arguments, message))
        return NULL;
    if (*found->arguments == 'C')
        return call_with_collections(pool, found, arguments, message);
    if (found->kind == GP_KIND_ANY) {
        gp_kind kind = APR_ARRAY_IDX(arguments, 0, const gp_expression *)->kind;

        return gp_expression_apply_all(pool, found->op, kind == GP_KIND_NULL ? GP_KIND_ANY : kind,
                                       arguments);
    }
    return gp_expression_apply_all(pool, found->op, found->kind, arguments);
}
