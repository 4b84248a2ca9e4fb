/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OData expressions as a tree. The types of each node are checked against the model when it is made.
 */
#include "expression.h"
#include "number.h"

#include <apr_strings.h>

#include <string.h>
#include <strings.h>

static gp_expression *make(apr_pool_t *pool, gp_operator op, gp_kind kind)
{
    gp_expression *made = apr_pcalloc(pool, sizeof *made);

    made->op = op;
    made->kind = kind;
    return made;
}

gp_expression *gp_expression_apply(apr_pool_t *pool, gp_operator op, gp_kind kind,
                                   gp_expression *first, gp_expression *second)
{
    gp_expression *made = make(pool, op, kind);

    made->count = second != NULL ? 2 : 1;
    made->arguments = apr_palloc(pool, 2 * sizeof *made->arguments);
    made->arguments[0] = first;
    made->arguments[1] = second;
    return made;
}

gp_expression *gp_expression_apply_all(apr_pool_t *pool, gp_operator op, gp_kind kind,
                                       const apr_array_header_t *arguments)
{
    gp_expression *made = make(pool, op, kind);

    made->count = arguments->nelts;
    made->arguments =
        apr_pmemdup(pool, arguments->elts, (apr_size_t)arguments->nelts * sizeof *made->arguments);
    return made;
}

/* Returns the common kind of all items; for numbers of several kinds, the widest. GP_KIND_ANY: only each item has
 * a kind. */
static gp_kind kind_of_items(const apr_array_header_t *items)
{
    gp_kind kind = GP_KIND_NULL;
    int i;

    for (i = 0; i < items->nelts; i++) {
        const gp_expression *item = APR_ARRAY_IDX(items, i, const gp_expression *);
        bool is_wider =
            kind >= GP_KIND_INTEGER && kind <= GP_KIND_DOUBLE && gp_expression_is_number(item);

        if (kind == GP_KIND_NULL || (is_wider && item->kind > kind))
            kind = item->kind;
        else if (item->kind != kind && item->kind != GP_KIND_NULL && !is_wider)
            return GP_KIND_ANY;
    }
    return kind == GP_KIND_NULL || kind == GP_KIND_ENUM ? GP_KIND_ANY : kind;
}

gp_expression *gp_expression_list(apr_pool_t *pool, const apr_array_header_t *items)
{
    gp_expression *made = gp_expression_apply_all(pool, GP_OP_LIST, kind_of_items(items), items);

    made->is_collection = true;
    return made;
}

gp_expression *gp_expression_collect(apr_pool_t *pool, gp_operator op, const gp_expression *of,
                                     const apr_array_header_t *arguments)
{
    gp_expression *made = gp_expression_apply_all(pool, op, of->kind, arguments);

    made->is_collection = true;
    made->type = of->type;
    made->enumeration = of->enumeration;
    made->primitive = of->primitive;
    return made;
}

gp_expression *gp_expression_lambda(apr_pool_t *pool, gp_operator op, gp_expression *collection,
                                    gp_expression *condition, int scope)
{
    gp_kind kind = op == GP_OP_WHERE ? collection->kind : GP_KIND_BOOLEAN;
    gp_expression *made = gp_expression_apply(pool, op, kind, collection, condition);

    made->scope = scope;
    if (op == GP_OP_WHERE) {
        made->is_collection = true;
        made->type = collection->type;
        made->enumeration = collection->enumeration;
    }
    return made;
}

const char *gp_operator_name(gp_operator op)
{
    static const char *const names[GP_OPERATORS] = {
        [GP_OP_AND] = "and",  [GP_OP_OR] = "or",       [GP_OP_NOT] = "not",     [GP_OP_EQ] = "eq",
        [GP_OP_NE] = "ne",    [GP_OP_GT] = "gt",       [GP_OP_GE] = "ge",       [GP_OP_LT] = "lt",
        [GP_OP_LE] = "le",    [GP_OP_HAS] = "has",     [GP_OP_IN] = "in",       [GP_OP_ANY] = "any",
        [GP_OP_ALL] = "all",  [GP_OP_COUNT] = "count", [GP_OP_ADD] = "add",     [GP_OP_SUB] = "sub",
        [GP_OP_MUL] = "mul",  [GP_OP_DIV] = "div",     [GP_OP_DIVBY] = "divby", [GP_OP_MOD] = "mod",
        [GP_OP_NEGATE] = "-",
    };

    return names[op];
}

/* ---- literals ---- */

static gp_expression *make_literal(apr_pool_t *pool, gp_datum literal, const char *spelled)
{
    gp_expression *made = make(pool, GP_OP_LITERAL, literal.kind);

    made->literal = literal;
    made->spelled = spelled;
    return made;
}

gp_expression *gp_expression_null(apr_pool_t *pool)
{
    return make_literal(pool, gp_datum_null, "null");
}

gp_expression *gp_expression_boolean(apr_pool_t *pool, bool boolean)
{
    return make_literal(pool, gp_datum_boolean(boolean), boolean ? "true" : "false");
}

gp_expression *gp_expression_missing(apr_pool_t *pool)
{
    return make(pool, GP_OP_MISSING, GP_KIND_MISSING);
}

gp_expression *gp_expression_literal(apr_pool_t *pool, const gp_token *token)
{
    apr_size_t length = strlen(token->text);
    gp_datum datum = gp_datum_string(token->text, length);
    gp_expression *made;

    /* The lexer has checked the texts. */
    switch (token->kind) {
    case GP_TOKEN_INTEGER:
        gp_number_read(&datum, token->text, length);
        made = make_literal(pool, datum, token->text);
        made->kind = GP_KIND_INTEGER; /* even if it exceeds 64 bits */
        return made;
    case GP_TOKEN_DOUBLE:
        gp_number_read(&datum, token->text, length);
        break;
    case GP_TOKEN_DATE:
        gp_datum_spell(&datum, GP_KIND_DATE, NULL, token->text, length);
        break;
    case GP_TOKEN_DATETIME:
        gp_datum_spell(&datum, GP_KIND_DATETIME, NULL, token->text, length);
        break;
    case GP_TOKEN_TIME:
        gp_datum_spell(&datum, GP_KIND_TIME, NULL, token->text, length);
        break;
    case GP_TOKEN_DURATION:
        gp_datum_spell(&datum, GP_KIND_DURATION, NULL, token->text, length);
        break;
    default: /* a GUID is a string, because ids are */
        break;
    }
    return make_literal(pool, datum, token->text);
}

/* Returns the value of members joined by commas. The sentinel, which no position has, counts as a member
 * here. */
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
    gp_property property = {.edm = GP_EDM_ENUM, .enumeration = enumeration};
    unsigned value = enum_value(pool, enumeration, text);
    gp_datum datum = {.kind = GP_KIND_ENUM, .enumeration = enumeration, .as.flags = value};
    gp_expression *made;

    if (value == GP_ENUM_INVALID) {
        const char *nearest = gp_enum_nearest(enumeration, text, strlen(text));

        *message = apr_pstrcat(pool, "'", text, "' is not ", gp_property_describe(pool, &property),
                               ".", nearest ? " Did you mean '" : NULL, nearest, "'?", NULL);
        return NULL;
    }
    made = make_literal(pool, datum, apr_psprintf(pool, "%u", value));
    made->enumeration = enumeration;
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

/* Makes a path without steps: the variable of a scope, or the position. */
static gp_expression *make_start(apr_pool_t *pool, gp_kind kind, int scope)
{
    gp_expression *made = make(pool, GP_OP_PATH, kind);

    made->scope = scope;
    return made;
}

gp_expression *gp_expression_root(apr_pool_t *pool)
{
    gp_expression *made = make_start(pool, GP_KIND_COMPLEX, 1);

    made->type = &gp_work_position;
    return made;
}

gp_expression *gp_expression_item(apr_pool_t *pool, const gp_expression *collection, int scope)
{
    gp_expression *made = make_start(pool, collection->kind, scope);

    made->type = collection->type;
    made->enumeration = collection->enumeration;
    return made;
}

/* Extends a path by one step, whose kind is known only for a position. */
static gp_expression *extend(apr_pool_t *pool, const gp_expression *path, const char *name)
{
    gp_expression *made = make_start(pool, GP_KIND_ANY, path->scope);
    gp_step *steps = apr_palloc(pool, (apr_size_t)(path->count + 1) * sizeof *steps), *last;

    if (path->count > 0)
        memcpy(steps, path->steps, (apr_size_t)path->count * sizeof *steps);
    last = &steps[path->count];
    last->name = name;
    last->length = strlen(name);
    last->property = NULL;
    made->steps = steps;
    made->count = path->count + 1;
    return made;
}

/* Extends a path by a declared property, with the name in the model. */
static gp_expression *extend_declared(apr_pool_t *pool, const gp_expression *path,
                                      const gp_property *property)
{
    gp_expression *made = extend(pool, path, property->name);
    gp_step *last = (gp_step *)&made->steps[path->count];

    last->property = property;
    made->kind = kind_of(property);
    made->is_collection = (property->flags & GP_COLLECTION) != 0;
    made->type = property->complex;
    made->enumeration = property->enumeration;
    return made;
}

gp_expression *gp_expression_member(apr_pool_t *pool, const gp_expression *path, const char *name,
                                    const char **message)
{
    const gp_type *type = path->type;
    int index;

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
    if (path->kind == GP_KIND_ANY)
        return extend(pool, path, name);
    index = gp_type_find(type, name, strlen(name));
    if (index >= 0)
        return extend_declared(pool, path, gp_type_property(type, index));
    if (type->is_open)
        return extend(pool, path, name);
    *message = gp_type_lacks(pool, type, name, strlen(name));
    return NULL;
}

/* ---- checks ---- */

const char *gp_expression_describe(apr_pool_t *pool, const gp_expression *expression)
{
    static const char *const names[] = {
        [GP_KIND_NULL] = "null",
        [GP_KIND_STRING] = "an Edm.String",
        [GP_KIND_BOOLEAN] = "an Edm.Boolean",
        [GP_KIND_INTEGER] = "an integer",
        [GP_KIND_DECIMAL] = "an Edm.Decimal",
        [GP_KIND_DOUBLE] = "an Edm.Double",
        [GP_KIND_DATE] = "an Edm.Date",
        [GP_KIND_DATETIME] = "an Edm.DateTimeOffset",
        [GP_KIND_TIME] = "an Edm.TimeOfDay",
        [GP_KIND_DURATION] = "an Edm.Duration",
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

/* Returns true if the kind is known only for a position, or if there is none. */
static bool is_undecided(const gp_expression *expression)
{
    return expression->kind == GP_KIND_NULL || expression->kind == GP_KIND_ANY
           || expression->kind == GP_KIND_MISSING;
}

bool gp_expression_is_boolean(const gp_expression *expression)
{
    return !expression->is_collection
           && (expression->kind == GP_KIND_BOOLEAN || is_undecided(expression));
}

bool gp_expression_is_number(const gp_expression *expression)
{
    return expression->kind == GP_KIND_INTEGER || expression->kind == GP_KIND_DECIMAL
           || expression->kind == GP_KIND_DOUBLE;
}

bool gp_expression_is_numeric(const gp_expression *expression)
{
    if (expression->is_collection)
        return false;
    return gp_expression_is_number(expression) || is_undecided(expression)
           || expression->kind == GP_KIND_DATE || expression->kind == GP_KIND_DATETIME
           || expression->kind == GP_KIND_DURATION;
}

bool gp_expression_are_structured(const gp_expression *left, const gp_expression *right)
{
    return left->op != GP_OP_WHERE && right->op != GP_OP_WHERE
           && left->is_collection == right->is_collection && left->kind == right->kind
           && left->type == right->type && left->enumeration == right->enumeration
           && (left->is_collection || left->kind == GP_KIND_COMPLEX);
}

/* Adapts a literal to the kind it is compared with: members to an enumeration, a string to a duration, a date to
 * its midnight, and next to doubles, a number to a double. */
static gp_expression *adapt(apr_pool_t *pool, gp_expression *literal, const gp_expression *other,
                            const char **message)
{
    gp_datum datum = literal->literal;

    if (literal->op != GP_OP_LITERAL)
        return literal;
    if (literal->kind == GP_KIND_STRING && other->kind == GP_KIND_ENUM)
        return gp_expression_enum(pool, other->enumeration, literal->spelled, message);
    if (literal->kind == GP_KIND_STRING && other->kind == GP_KIND_DURATION)
        return gp_datum_spell(&datum, GP_KIND_DURATION, NULL, literal->spelled,
                              strlen(literal->spelled))
                   ? make_literal(pool, datum, literal->spelled)
                   : literal;
    if (gp_datum_is_number(&datum) && other->kind == GP_KIND_DOUBLE) {
        gp_expression *made =
            make_literal(pool, gp_datum_double(gp_number_double(&datum)), literal->spelled);

        made->kind = literal->kind;
        return made;
    }
    if (literal->kind != GP_KIND_DATE || other->kind != GP_KIND_DATETIME)
        return literal;
    datum.kind = GP_KIND_DATETIME;
    return make_literal(pool, datum,
                        apr_pstrcat(pool, literal->spelled, "T00:00:00.0000000Z", NULL));
}

/* Next to a date-time, a date stands for its midnight in UTC. */
static bool is_point(const gp_expression *expression)
{
    return expression->kind == GP_KIND_DATE || expression->kind == GP_KIND_DATETIME;
}

static bool is_comparable(const gp_expression *left, const gp_expression *right, bool is_equality)
{
    if (left->kind == GP_KIND_MISSING || right->kind == GP_KIND_MISSING)
        return true;
    if (is_equality && gp_expression_are_structured(left, right))
        return true;
    if (left->is_collection && right->is_collection)
        return is_equality && gp_expression_have_like_items(left, right);
    if (left->is_collection || right->is_collection)
        return false;
    if (left->kind == GP_KIND_COMPLEX || right->kind == GP_KIND_COMPLEX)
        return is_equality && (left->kind == GP_KIND_NULL || right->kind == GP_KIND_NULL);
    if (is_undecided(left) || is_undecided(right))
        return true;
    if (left->kind == GP_KIND_ENUM)
        return right->kind == GP_KIND_ENUM && left->enumeration == right->enumeration;
    return left->kind == right->kind
           || (gp_expression_is_number(left) && gp_expression_is_number(right))
           || (is_point(left) && is_point(right));
}

bool gp_expression_have_like_items(const gp_expression *left, const gp_expression *right)
{
    gp_expression one = *left, other = *right;

    one.is_collection = other.is_collection = false;
    one.op = other.op = GP_OP_PATH;
    return is_comparable(&one, &other, true);
}

/* Only flags can be tested with has: for other enumerations, common bits are accidental. (Each expression of
 * GP_KIND_ENUM has an enumeration; gcc 14's analyser does not know that.) */
static bool is_flags(const gp_expression *expression)
{
    return expression->kind == GP_KIND_NULL || expression->kind == GP_KIND_MISSING
           || (expression->kind == GP_KIND_ENUM && expression->enumeration != NULL
               && expression->enumeration->is_flags);
}

gp_expression *gp_expression_compare(apr_pool_t *pool, gp_operator op, gp_expression *left,
                                     gp_expression *right, const char **message)
{
    bool is_equality = op == GP_OP_EQ || op == GP_OP_NE;
    gp_expression *first = adapt(pool, left, right, message), *second;

    second = first ? adapt(pool, right, left, message) : NULL;
    if (second == NULL)
        return NULL;
    if (op == GP_OP_HAS && (!is_flags(first) || !is_flags(second))) {
        *message = apr_pstrcat(pool, "has takes an enumeration of flags and its members, not ",
                               gp_expression_describe(pool, left), " and ",
                               gp_expression_describe(pool, right), ".", NULL);
        return NULL;
    }
    if (!is_comparable(first, second, is_equality)) {
        *message = apr_pstrcat(pool, gp_expression_describe(pool, left),
                               " cannot be compared with ", gp_expression_describe(pool, right),
                               " by ", gp_operator_name(op), ".", NULL);
        return NULL;
    }
    return gp_expression_apply(pool, op, GP_KIND_BOOLEAN, first, second);
}
