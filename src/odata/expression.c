/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions of OData as a tree, each of whose nodes is checked against the types as it is made.
 * What comes out as JSON holds names of the property table and literals of the caller's, as data.
 */
#include "expression.h"

#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static gp_expression *make(apr_pool_t *pool, gp_kind kind)
{
    gp_expression *made = apr_pcalloc(pool, sizeof *made);

    made->kind = kind;
    return made;
}

void gp_expression_add(gp_expression *expression, gp_expression *argument)
{
    if (expression->last == NULL)
        expression->arguments = argument;
    else
        expression->last->next = argument;
    expression->last = argument;
}

gp_expression *gp_expression_apply(apr_pool_t *pool, const char *op, gp_kind kind,
                                   gp_expression *first, gp_expression *second)
{
    gp_expression *made = make(pool, kind);

    made->op = op;
    gp_expression_add(made, first);
    if (second != NULL)
        gp_expression_add(made, second);
    return made;
}

/* ---- literals ---- */

gp_expression *gp_expression_constant(apr_pool_t *pool, gp_kind kind, const char *json)
{
    gp_expression *made = make(pool, kind);

    made->json = json;
    return made;
}

gp_expression *gp_expression_missing(apr_pool_t *pool)
{
    return make(pool, GP_KIND_MISSING);
}

static const char *quoted(apr_pool_t *pool, const char *text)
{
    gp_buffer buffer;

    gp_buffer_open(&buffer, pool, strlen(text) + 3);
    gp_buffer_puts_json(&buffer, text);
    return gp_buffer_text(&buffer);
}

/* Numbers that JSON has not: beyond every double, and equal to none (what is stored as "NaN" is made
 * something else still). */
static const char *double_json(apr_pool_t *pool, const char *text)
{
    if (strcmp(text, "INF") == 0)
        return "1e400";
    if (strcmp(text, "-INF") == 0)
        return "-1e400";
    return strcmp(text, "NaN") == 0 ? "{}" : apr_pstrdup(pool, text);
}

gp_expression *gp_expression_literal(apr_pool_t *pool, const gp_token *token)
{
    gp_expression *made = make(pool, GP_KIND_STRING);

    switch (token->kind) {
    case GP_TOKEN_INTEGER:
        made->kind = GP_KIND_INTEGER;
        made->json = token->text;
        return made;
    case GP_TOKEN_DOUBLE:
        made->kind = GP_KIND_DOUBLE;
        made->json = double_json(pool, token->text);
        return made;
    case GP_TOKEN_DATE:
        made->kind = GP_KIND_DATE;
        break;
    case GP_TOKEN_DATETIME:
        made->kind = GP_KIND_DATETIME;
        break;
    default: /* a GUID is what ids are written as */
        made->string = token->text;
        break;
    }
    made->json = quoted(pool, token->text);
    return made;
}

/* The value of members joined by commas; the sentinel is one that nothing has. */
static unsigned enum_value(apr_pool_t *pool, const gp_enum *enumeration, const char *text)
{
    int i;

    if (gp_enum_is_sentinel(enumeration, text, strlen(text))) {
        for (i = 0; strcmp(enumeration->members[i].name, enumeration->sentinel) != 0; i++)
            ;
        return enumeration->members[i].value;
    }
    return gp_enum_parse(pool, enumeration, text, strlen(text), NULL);
}

gp_expression *gp_expression_enum(apr_pool_t *pool, const gp_enum *enumeration, const char *text,
                                  const char **message)
{
    gp_property property = {.edm = GP_EDM_ENUM};
    unsigned value = enum_value(pool, enumeration, text);
    gp_expression *made = make(pool, GP_KIND_ENUM);

    if (value == GP_ENUM_INVALID) {
        property.enumeration = enumeration;
        *message = apr_pstrcat(pool, "'", text, "' is not ", gp_property_describe(pool, &property),
                               ".", NULL);
        return NULL;
    }
    made->enumeration = enumeration;
    made->json = apr_psprintf(pool, "%u", value);
    return made;
}

/* ---- paths ---- */

static gp_kind kind_of(const gp_property *property)
{
    static const gp_kind kinds[] = {
        [GP_EDM_STRING] = GP_KIND_STRING, [GP_EDM_BOOLEAN] = GP_KIND_BOOLEAN,
        [GP_EDM_INT32] = GP_KIND_INTEGER, [GP_EDM_DOUBLE] = GP_KIND_DOUBLE,
        [GP_EDM_DATE] = GP_KIND_DATE,     [GP_EDM_DATETIMEOFFSET] = GP_KIND_DATETIME,
        [GP_EDM_ENUM] = GP_KIND_ENUM,     [GP_EDM_COMPLEX] = GP_KIND_COMPLEX,
    };

    return kinds[property->edm];
}

static gp_expression *make_path(apr_pool_t *pool, gp_kind kind, int scope, const char *names)
{
    gp_expression *made = make(pool, kind);

    made->op = "path";
    made->scope = scope;
    made->json = names;
    return made;
}

gp_expression *gp_expression_root(apr_pool_t *pool)
{
    gp_expression *made = make_path(pool, GP_KIND_COMPLEX, 1, "");

    made->type = &gp_work_position;
    return made;
}

gp_expression *gp_expression_item(apr_pool_t *pool, const gp_expression *collection, int scope)
{
    gp_expression *made = make_path(pool, collection->kind, scope, "");

    made->type = collection->type;
    made->enumeration = collection->enumeration;
    return made;
}

gp_expression *gp_expression_member(apr_pool_t *pool, const gp_expression *path, const char *name,
                                    const char **message)
{
    const char *names;
    const gp_type *type = path->type;
    const gp_property *property;
    gp_expression *made;
    int place;

    if (path->is_collection) {
        *message = apr_pstrcat(pool, "a collection has no property '", name,
                               "'; use any(), all() or $count.", NULL);
        return NULL;
    }
    if (path->kind != GP_KIND_COMPLEX && path->kind != GP_KIND_ANY) {
        *message =
            apr_pstrcat(pool, gp_expression_describe(pool, path), " has no properties.", NULL);
        return NULL;
    }
    names = strcasecmp(name, "null") == 0 ? "\\\"null\\\"" : name; /* unquoted it would be SQL's */
    names = apr_pstrcat(pool, path->json, *path->json ? "," : "", names, NULL);
    if (path->kind == GP_KIND_ANY)
        return make_path(pool, GP_KIND_ANY, path->scope, names);
    place = gp_type_find(type, name, strlen(name));
    if (place < 0 && type->is_open)
        return make_path(pool, GP_KIND_ANY, path->scope, names);
    if (place < 0) {
        *message = gp_type_lacks(pool, type, name, strlen(name));
        return NULL;
    }
    property = gp_type_property(type, place);
    made = make_path(pool, kind_of(property), path->scope, names);
    made->is_collection = (property->flags & GP_COLLECTION) != 0;
    made->type = property->complex;
    made->enumeration = property->enumeration;
    return made;
}

/* ---- checks ---- */

const char *gp_expression_describe(apr_pool_t *pool, const gp_expression *expression)
{
    static const char *const names[] = {
        [GP_KIND_NULL] = "null",
        [GP_KIND_STRING] = "an Edm.String",
        [GP_KIND_BOOLEAN] = "an Edm.Boolean",
        [GP_KIND_INTEGER] = "an integer",
        [GP_KIND_DOUBLE] = "an Edm.Double",
        [GP_KIND_DATE] = "an Edm.Date",
        [GP_KIND_DATETIME] = "an Edm.DateTimeOffset",
        [GP_KIND_ANY] = "a dynamic property",
        [GP_KIND_MISSING] = "something that is not implemented",
    };

    if (expression->is_collection)
        return "a collection";
    if (expression->kind == GP_KIND_ENUM)
        return apr_pstrcat(pool, "a " GP_NAMESPACE ".", expression->enumeration->name, NULL);
    if (expression->kind == GP_KIND_COMPLEX)
        return apr_pstrcat(pool, "a ", expression->type->odata_type + 1, NULL);
    return names[expression->kind];
}

int gp_expression_is_boolean(const gp_expression *expression)
{
    return !expression->is_collection
           && (expression->kind == GP_KIND_BOOLEAN || expression->kind == GP_KIND_NULL
               || expression->kind == GP_KIND_ANY || expression->kind == GP_KIND_MISSING);
}

int gp_expression_is_numeric(const gp_expression *expression)
{
    if (expression->is_collection)
        return 0;
    switch (expression->kind) {
    case GP_KIND_INTEGER:
    case GP_KIND_DOUBLE:
    case GP_KIND_DATE: /* with a duration */
    case GP_KIND_DATETIME:
    case GP_KIND_NULL:
    case GP_KIND_ANY:
    case GP_KIND_MISSING:
        return 1;
    default:
        return 0;
    }
}

int gp_expression_are_structured(const gp_expression *left, const gp_expression *right)
{
    return left->is_collection == right->is_collection && left->kind == right->kind
           && left->type == right->type && left->enumeration == right->enumeration
           && (left->is_collection || left->kind == GP_KIND_COMPLEX);
}

/* The values of an enumeration's members, as a JSON object. */
static const char *members_json(apr_pool_t *pool, const gp_enum *enumeration)
{
    gp_buffer buffer;
    int i;

    gp_buffer_open(&buffer, pool, 256);
    for (i = 0; i < enumeration->count; i++)
        gp_buffer_puts(&buffer,
                       apr_psprintf(pool, "%s\"%s\":%u", i == 0 ? "{" : ",",
                                    enumeration->members[i].name, enumeration->members[i].value));
    gp_buffer_puts(&buffer, "}");
    return gp_buffer_text(&buffer);
}

gp_expression *gp_expression_value(apr_pool_t *pool, gp_expression *expression)
{
    gp_expression *made;

    if (expression->op == NULL || strcmp(expression->op, "path") != 0)
        return expression;
    if (expression->kind == GP_KIND_DOUBLE)
        return gp_expression_apply(pool, "double", GP_KIND_DOUBLE, expression, NULL);
    if (expression->kind != GP_KIND_ENUM)
        return expression;
    made = gp_expression_apply(
        pool, "enum", GP_KIND_ENUM, expression,
        gp_expression_constant(pool, GP_KIND_ANY, members_json(pool, expression->enumeration)));
    made->enumeration = expression->enumeration;
    return made;
}

int gp_expression_is_number(const gp_expression *expression)
{
    return expression->kind == GP_KIND_INTEGER || expression->kind == GP_KIND_DOUBLE;
}

/* A literal as the kind that it is compared with: members of enumerations, midnight of a date. */
static gp_expression *adapt(apr_pool_t *pool, gp_expression *literal, const gp_expression *other,
                            const char **message)
{
    if (literal->op != NULL)
        return literal;
    if (literal->string != NULL && other->kind == GP_KIND_ENUM)
        return gp_expression_enum(pool, other->enumeration, literal->string, message);
    if (literal->kind == GP_KIND_DATE && other->kind == GP_KIND_DATETIME) {
        gp_expression *midnight = make(pool, GP_KIND_DATETIME);

        midnight->json =
            apr_pstrcat(pool, apr_pstrmemdup(pool, literal->json, strlen(literal->json) - 1),
                        "T00:00:00.0000000Z\"", NULL);
        return midnight;
    }
    return literal;
}

static int is_comparable(const gp_expression *left, const gp_expression *right, int is_equality)
{
    if (left->kind == GP_KIND_MISSING || right->kind == GP_KIND_MISSING)
        return 1;
    if (left->is_collection || right->is_collection)
        return 0;
    if (left->kind == GP_KIND_COMPLEX || right->kind == GP_KIND_COMPLEX)
        return is_equality && (left->kind == GP_KIND_NULL || right->kind == GP_KIND_NULL);
    if (left->kind == GP_KIND_ANY || right->kind == GP_KIND_ANY || left->kind == GP_KIND_NULL
        || right->kind == GP_KIND_NULL)
        return 1;
    if (left->kind == GP_KIND_ENUM)
        return right->kind == GP_KIND_ENUM && left->enumeration == right->enumeration;
    return left->kind == right->kind
           || (gp_expression_is_number(left) && gp_expression_is_number(right));
}

/* Values without flags would have each other by chance of their bits. */
static int is_flags(const gp_expression *expression)
{
    return expression->kind == GP_KIND_NULL || expression->kind == GP_KIND_MISSING
           || (expression->kind == GP_KIND_ENUM && expression->enumeration->is_flags);
}

gp_expression *gp_expression_compare(apr_pool_t *pool, const char *op, gp_expression *left,
                                     gp_expression *right, const char **message)
{
    int is_equality = strcmp(op, "eq") == 0 || strcmp(op, "ne") == 0;
    gp_expression *first = adapt(pool, left, right, message), *second;

    second = first ? adapt(pool, right, left, message) : NULL;
    if (second == NULL)
        return NULL;
    if (strcmp(op, "has") == 0 && (!is_flags(first) || !is_flags(second))) {
        *message = apr_pstrcat(pool, "has takes an enumeration of flags and its members, not ",
                               gp_expression_describe(pool, left), " and ",
                               gp_expression_describe(pool, right), ".", NULL);
        return NULL;
    }
    if (!is_comparable(first, second, is_equality)) {
        *message =
            apr_pstrcat(pool, gp_expression_describe(pool, left), " cannot be compared with ",
                        gp_expression_describe(pool, right), " by ", op, ".", NULL);
        return NULL;
    }
    return gp_expression_apply(pool, op, GP_KIND_BOOLEAN, gp_expression_value(pool, first),
                               gp_expression_value(pool, second));
}

/* ---- functions ---- */

typedef struct {
    const char *name, *arguments;
    gp_kind kind;
} function;

/* Arguments: S a string, I an integer, N a number, T a date-time, D a date or date-time, C a collection,
 * A anything; ? before optional ones. An operator of evaluate() has the name of its function. */
static const function functions[] = {
    {"contains", "SS", GP_KIND_BOOLEAN},   {"startswith", "SS", GP_KIND_BOOLEAN},
    {"endswith", "SS", GP_KIND_BOOLEAN},   {"tolower", "S", GP_KIND_STRING},
    {"toupper", "S", GP_KIND_STRING},      {"trim", "S", GP_KIND_STRING},
    {"length", "S", GP_KIND_INTEGER},      {"indexof", "SS", GP_KIND_INTEGER},
    {"substring", "SI?I", GP_KIND_STRING}, {"concat", "SS", GP_KIND_STRING},
    {"year", "D", GP_KIND_INTEGER},        {"month", "D", GP_KIND_INTEGER},
    {"day", "D", GP_KIND_INTEGER},         {"hour", "T", GP_KIND_INTEGER},
    {"minute", "T", GP_KIND_INTEGER},      {"second", "T", GP_KIND_INTEGER},
    {"date", "T", GP_KIND_DATE},           {NULL, NULL, GP_KIND_NULL},
};

/* What OData has besides (cast, isof and case, which take more than expressions, are operand.c's). The
 * first ones are of collections, too, and above of strings alone. */
static const function missing[] = {
    {"concat", "AA", GP_KIND_MISSING},
    {"contains", "AA", GP_KIND_MISSING},
    {"endswith", "AA", GP_KIND_MISSING},
    {"startswith", "AA", GP_KIND_MISSING},
    {"indexof", "AA", GP_KIND_MISSING},
    {"length", "A", GP_KIND_MISSING},
    {"substring", "AI?I", GP_KIND_MISSING},
    {"hassubset", "CC", GP_KIND_MISSING},
    {"hassubsequence", "CC", GP_KIND_MISSING},
    {"matchespattern", "SS", GP_KIND_MISSING},
    {"now", "", GP_KIND_MISSING},
    {"mindatetime", "", GP_KIND_MISSING},
    {"maxdatetime", "", GP_KIND_MISSING},
    {"time", "T", GP_KIND_MISSING},
    {"fractionalseconds", "T", GP_KIND_MISSING},
    {"totaloffsetminutes", "T", GP_KIND_MISSING},
    {"totalseconds", "A", GP_KIND_MISSING},
    {"round", "N", GP_KIND_MISSING},
    {"floor", "N", GP_KIND_MISSING},
    {"ceiling", "N", GP_KIND_MISSING},
    {"geo.distance", "AA", GP_KIND_MISSING},
    {"geo.intersects", "AA", GP_KIND_MISSING},
    {"geo.length", "A", GP_KIND_MISSING},
    {NULL, NULL, GP_KIND_NULL},
};

static int suits(const gp_expression *argument, char wanted)
{
    if (argument->kind == GP_KIND_MISSING || wanted == 'A')
        return 1;
    if (argument->is_collection || wanted == 'C')
        return argument->is_collection && wanted == 'C';
    switch (argument->kind) {
    case GP_KIND_NULL:
    case GP_KIND_ANY:
        return 1;
    case GP_KIND_STRING:
        return wanted == 'S';
    case GP_KIND_INTEGER:
        return wanted == 'I' || wanted == 'N';
    case GP_KIND_DOUBLE:
        return wanted == 'N';
    case GP_KIND_DATE:
        return wanted == 'D';
    case GP_KIND_DATETIME:
        return wanted == 'D' || wanted == 'T';
    default:
        return 0;
    }
}

static const char *wanted_name(char wanted)
{
    static const char kinds[] = "SINTDC";
    static const char *const names[] = {"an Edm.String",
                                        "an integer",
                                        "a number",
                                        "an Edm.DateTimeOffset",
                                        "an Edm.Date or Edm.DateTimeOffset",
                                        "a collection"};

    return names[strchr(kinds, wanted) - kinds];
}

/* Checks the arguments of a call against a function's; zero with a message where they do not match. */
static int check_arguments(apr_pool_t *pool, const function *called, const gp_expression *argument,
                           const char **message)
{
    const char *wanted;
    int is_optional = 0;

    for (wanted = called->arguments; *wanted != '\0'; wanted++) {
        if (*wanted == '?') {
            is_optional = 1;
            continue;
        }
        if (argument == NULL)
            break;
        if (!suits(argument, *wanted)) {
            *message = apr_pstrcat(pool, called->name, "() takes ", wanted_name(*wanted), ", not ",
                                   gp_expression_describe(pool, argument), ".", NULL);
            return 0;
        }
        argument = argument->next;
    }
    if (argument != NULL || (*wanted != '\0' && !is_optional)) {
        *message = apr_pstrcat(pool, called->name, "() takes another number of arguments.", NULL);
        return 0;
    }
    return 1;
}

static const function *find(const function *table, const char *name)
{
    for (; table->name != NULL; table++) {
        if (strcmp(table->name, name) == 0)
            return table;
    }
    return NULL;
}

static int has_collection(const gp_expression *argument)
{
    for (; argument != NULL; argument = argument->next) {
        if (argument->is_collection)
            return 1;
    }
    return 0;
}

gp_expression *gp_expression_call(apr_pool_t *pool, const char *name, gp_expression *call,
                                  int *is_known, const char **message)
{
    const function *found = find(functions, name), *other = find(missing, name);

    if (found == NULL || (other != NULL && has_collection(call->arguments)))
        found = other;
    *is_known = found != NULL;
    if (found == NULL || !check_arguments(pool, found, call->arguments, message))
        return NULL;
    call->op = found->name;
    call->kind = found->kind;
    return call;
}

/* ---- writing ---- */

void gp_expression_write(gp_buffer *buffer, const gp_expression *expression)
{
    const gp_expression *argument;

    if (expression->op == NULL) {
        gp_buffer_puts(buffer, expression->json);
        return;
    }
    gp_buffer_puts(buffer, "[\"");
    gp_buffer_puts(buffer, expression->op);
    gp_buffer_puts(buffer, "\"");
    if (strcmp(expression->op, "path") == 0)
        gp_buffer_puts(buffer, apr_psprintf(buffer->pool, ",%d,\"{%s}\"", expression->scope,
                                            expression->json));
    for (argument = expression->arguments; argument != NULL; argument = argument->next) {
        gp_buffer_puts(buffer, ",");
        gp_expression_write(buffer, argument);
    }
    gp_buffer_puts(buffer, "]");
}
