/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evaluates expressions over stored positions (OData URL conventions 4.01 section 5.1.1). One scan of the
 * stored text for each position finds the members that an expression names; so does one scan for each item
 * that a condition reads. All work that takes time counts steps, which are limited.
 */
#include "evaluate_parts.h"

#include <string.h>

/* Steps between two checks of the deadline: about 50 to 200 us. */
#define STEPS_UNASKED 4096

/* Paths of a scope that are cleared in the time of one step. */
#define PATHS_PER_STEP 4

gp_datum gp_evaluation_fail(gp_evaluator *e, gp_evaluation failure)
{
    if (e->failure == GP_EVALUATED)
        e->failure = failure;
    return gp_datum_null;
}

bool gp_evaluation_spend(gp_evaluator *e, apr_int64_t steps)
{
    e->terms->steps -= steps;
    e->unasked += steps;
    if (e->terms->steps < 0)
        gp_evaluation_fail(e, GP_EVALUATION_COMPLEX);
    if (e->unasked >= STEPS_UNASKED) {
        e->unasked = 0;
        if (e->terms->is_late != NULL && e->terms->is_late(e->terms->baton))
            gp_evaluation_fail(e, GP_EVALUATION_LATE);
    }
    return e->failure == GP_EVALUATED;
}

apr_pool_t *gp_evaluation_pool(gp_evaluator *e, apr_size_t bytes)
{
    gp_memory *memory = &e->memory[e->depth];

    if (bytes > GP_QUERY_TEXT_MAX - memory->used) {
        gp_evaluation_fail(e, GP_EVALUATION_COMPLEX);
        return NULL;
    }
    if (memory->pool == NULL)
        apr_pool_create(&memory->pool, e->pool);
    memory->is_dirty = true; /* even a text of 0 bytes takes memory */
    memory->used += bytes;
    return gp_evaluation_spend_bytes(e, bytes) ? memory->pool : NULL;
}

/* Frees the memory of the preceding item. */
static void forget(gp_memory *memory)
{
    if (memory->is_dirty)
        apr_pool_clear(memory->pool);
    memory->is_dirty = false;
    memory->used = 0;
}

/* ---- logic ---- */

/* Three-valued logic: a value other than a Boolean is unknown. */
static gp_datum evaluate_chain(gp_evaluator *e, const gp_expression *node)
{
    bool decisive = node->op == GP_OP_OR, is_unknown = false;
    int i;

    for (i = 0; i < node->count; i++) {
        gp_datum part = gp_evaluate(e, node->arguments[i]);

        if (part.kind != GP_KIND_BOOLEAN)
            is_unknown = true;
        else if (part.as.boolean == decisive)
            return part;
    }
    return is_unknown ? gp_datum_null : gp_datum_boolean(!decisive);
}

bool gp_evaluation_is_true(gp_evaluator *e, const gp_expression *condition)
{
    gp_datum value = gp_evaluate(e, condition);

    return value.kind == GP_KIND_BOOLEAN && value.as.boolean;
}

/* Returns true if a string that is compared with such a value is read as one. */
static bool is_spelled(const gp_datum *datum)
{
    return datum->kind >= GP_KIND_DATE && datum->kind <= GP_KIND_ENUM;
}

/* Counts the steps of comparing two values. */
static void spend_comparison(gp_evaluator *e, const gp_datum *left, const gp_datum *right)
{
    if (left->kind == GP_KIND_STRING || left->kind == GP_KIND_COMPLEX)
        gp_evaluation_spend_bytes(e, left->as.text.length);
    if (left->kind == GP_KIND_STRING && is_spelled(right))
        gp_evaluation_spend_reading(e, left->as.text.length);
    if (right->kind == GP_KIND_STRING && is_spelled(left))
        gp_evaluation_spend_reading(e, right->as.text.length);
}

bool gp_evaluation_equals(gp_evaluator *e, const gp_datum *left, const gp_datum *right)
{
    spend_comparison(e, left, right);
    if (left->kind == GP_KIND_COMPLEX && right->kind == GP_KIND_COMPLEX)
        return left->as.text.length == right->as.text.length
               && memcmp(left->as.text.bytes, right->as.text.bytes, left->as.text.length) == 0;
    return gp_datum_equals(left, right);
}

static bool is_stored(const gp_evaluator *e, const gp_expression *collection)
{
    return collection->op == GP_OP_PATH && gp_items_of(e, collection).at != NULL;
}

/* Returns true if collections are compared item by item. Stored collections are equal if their texts are. */
static bool has_made_collection(const gp_evaluator *e, const gp_expression *node)
{
    const gp_expression *left = node->arguments[0], *right = node->arguments[1];

    return left->is_collection && right->is_collection
           && !(is_stored(e, left) && is_stored(e, right));
}

static gp_datum evaluate_comparison(gp_evaluator *e, const gp_expression *node)
{
    gp_datum left, right;
    gp_comparison found;

    if (has_made_collection(e, node))
        return gp_evaluate_collections(e, node);
    left = gp_evaluate(e, node->arguments[0]);
    right = gp_evaluate(e, node->arguments[1]);
    switch (node->op) {
    case GP_OP_EQ:
        return gp_datum_boolean(gp_evaluation_equals(e, &left, &right));
    case GP_OP_NE:
        return gp_datum_boolean(!gp_evaluation_equals(e, &left, &right));
    case GP_OP_HAS:
        if (left.kind != GP_KIND_ENUM || right.kind != GP_KIND_ENUM)
            return gp_datum_null;
        return gp_datum_boolean((left.as.flags & right.as.flags) == right.as.flags);
    default:
        break;
    }
    spend_comparison(e, &left, &right);
    found = gp_datum_compare(&left, &right);
    if (found == GP_UNLIKE)
        return gp_datum_boolean(false);
    if (found == GP_SAME)
        return gp_datum_boolean(node->op == GP_OP_GE || node->op == GP_OP_LE);
    return gp_datum_boolean((found == GP_GREATER)
                            == (node->op == GP_OP_GT || node->op == GP_OP_GE));
}

static gp_datum evaluate_in(gp_evaluator *e, const gp_expression *node)
{
    gp_datum value = gp_evaluate(e, node->arguments[0]);
    int i;

    if (node->arguments[1]->is_collection)
        return gp_evaluate_membership(e, &value, node->arguments[1]);
    for (i = 1; i < node->count && e->failure == GP_EVALUATED; i++) {
        gp_datum item = gp_evaluate(e, node->arguments[i]);

        if (gp_evaluation_equals(e, &value, &item))
            return gp_datum_boolean(true);
    }
    return gp_datum_boolean(false);
}

/* ---- items ---- */

bool gp_evaluation_enter(gp_evaluator *e, int scope, gp_span item)
{
    gp_scope *at = &e->scopes[scope];

    forget(&e->memory[scope]);
    memset(at->texts, 0, (apr_size_t)at->count * sizeof *at->texts);
    /* Each path of the scope must be cleared, however short the item is. */
    if (!gp_evaluation_spend(e, at->count / PATHS_PER_STEP)
        || !gp_evaluation_spend_bytes(e, (apr_size_t)(item.end - item.start)))
        return false;
    if (at->wanted != NULL && !gp_scan(item, at->wanted, at->slots))
        gp_evaluation_fail(e, GP_EVALUATION_BROKEN);
    return e->failure == GP_EVALUATED;
}

/* ---- all of them ---- */

/* The most arguments of a function. */
#define MOST_ARGUMENTS 3

static bool is_of_text(gp_operator op)
{
    return op >= GP_OP_CONTAINS && op <= GP_OP_CONCAT;
}

static bool has_collection(const gp_expression *node)
{
    int i;

    for (i = 0; i < node->count; i++) {
        if (node->arguments[i]->is_collection)
            return true;
    }
    return false;
}

/* Evaluates a function; null if an argument is null. */
static gp_datum evaluate_call(gp_evaluator *e, const gp_expression *node)
{
    gp_datum arguments[MOST_ARGUMENTS];
    int i;

    if (has_collection(node))
        return gp_evaluate_collections(e, node);
    for (i = 0; i < node->count; i++) {
        arguments[i] = gp_evaluate(e, node->arguments[i]);
        if (arguments[i].kind == GP_KIND_NULL)
            return gp_datum_null;
    }
    if (is_of_text(node->op))
        return gp_evaluate_text(e, node->op, arguments, node->count);
    if (node->op == GP_OP_MATCHESPATTERN)
        return gp_evaluate_pattern(e, &arguments[0], &arguments[1]);
    return gp_evaluate_function(e, node->op, arguments);
}

static gp_datum evaluate_case(gp_evaluator *e, const gp_expression *node)
{
    int i;

    for (i = 0; i + 1 < node->count; i += 2) {
        if (gp_evaluation_is_true(e, node->arguments[i]))
            return gp_evaluate(e, node->arguments[i + 1]);
    }
    return gp_datum_null;
}

static gp_datum evaluate_not(gp_evaluator *e, const gp_expression *node)
{
    gp_datum value = gp_evaluate(e, node->arguments[0]);

    return value.kind == GP_KIND_BOOLEAN ? gp_datum_boolean(!value.as.boolean) : gp_datum_null;
}

static gp_datum evaluate_arithmetic(gp_evaluator *e, const gp_expression *node)
{
    gp_datum left = gp_evaluate(e, node->arguments[0]), right = gp_datum_null;

    if (node->op != GP_OP_NEGATE)
        right = gp_evaluate(e, node->arguments[1]);
    return gp_evaluate_arithmetic(e, node->op, &left, &right);
}

static gp_datum evaluate_type(gp_evaluator *e, const gp_expression *node)
{
    gp_datum value = gp_evaluate(e, node->arguments[0]);

    if (node->op == GP_OP_CAST)
        return gp_evaluate_cast(e, &value, node);
    return gp_datum_boolean(gp_evaluate_isof(&value, node->arguments[0], node->arguments[1]));
}

/* The parser limits the depth, and so the recursion. */
gp_datum gp_evaluate(gp_evaluator *e, const gp_expression *node)
{
    if (!gp_evaluation_spend(e, 1))
        return gp_datum_null;
    switch (node->op) {
    case GP_OP_LITERAL:
        return node->literal;
    case GP_OP_PATH:
        return gp_evaluate_path(e, node);
    case GP_OP_AND:
    case GP_OP_OR:
        return evaluate_chain(e, node);
    case GP_OP_NOT:
        return evaluate_not(e, node);
    case GP_OP_EQ:
    case GP_OP_NE:
    case GP_OP_GT:
    case GP_OP_GE:
    case GP_OP_LT:
    case GP_OP_LE:
    case GP_OP_HAS:
        return evaluate_comparison(e, node);
    case GP_OP_IN:
        return evaluate_in(e, node);
    case GP_OP_ANY:
    case GP_OP_ALL:
        return gp_evaluate_lambda(e, node);
    case GP_OP_COUNT:
        return gp_evaluate_count(e, node->arguments[0]);
    case GP_OP_ADD:
    case GP_OP_SUB:
    case GP_OP_MUL:
    case GP_OP_DIV:
    case GP_OP_DIVBY:
    case GP_OP_MOD:
    case GP_OP_NEGATE:
        return evaluate_arithmetic(e, node);
    case GP_OP_CAST:
    case GP_OP_ISOF:
        return evaluate_type(e, node);
    case GP_OP_CASE:
        return evaluate_case(e, node);
    default:
        return evaluate_call(e, node);
    }
}

/* ---- one position after the other ---- */

/* Gives each path a slot, and registers its names in its scope. */
static void prepare(gp_evaluator *e, gp_expression *node)
{
    gp_scope *scope;
    gp_wanted *wanted;
    int i;

    if (node->prepared == e)
        return;
    node->prepared = e;
    if (node->op != GP_OP_PATH) {
        for (i = 0; i < node->count; i++)
            prepare(e, node->arguments[i]);
        return;
    }
    scope = &e->scopes[node->scope];
    if (scope->wanted == NULL)
        scope->wanted = gp_wanted_make(e->pool);
    wanted = scope->wanted;
    for (i = 0; i < node->count; i++)
        wanted = gp_wanted_add(e->pool, wanted, node->steps[i].name, node->steps[i].length);
    if (wanted->slot < 0)
        wanted->slot = scope->count++;
    node->slot = wanted->slot;
}

gp_evaluator *gp_evaluator_make(apr_pool_t *pool, gp_expression *const *expressions, int count,
                                gp_evaluation_terms *terms)
{
    gp_evaluator *e = apr_pcalloc(pool, sizeof *e);
    int i;

    e->pool = pool;
    e->expressions = expressions;
    e->terms = terms;
    e->unasked = STEPS_UNASKED;
    for (i = 0; i < count; i++)
        prepare(e, expressions[i]);
    for (i = 0; i < GP_SCOPES; i++) {
        apr_size_t slots = (apr_size_t)e->scopes[i].count;

        e->scopes[i].slots = apr_pcalloc(pool, slots * sizeof(gp_span) + 1);
        e->scopes[i].texts = apr_pcalloc(pool, slots * sizeof(gp_datum) + 1);
    }
    return e;
}

gp_evaluation gp_evaluator_look(gp_evaluator *e, const char *document, apr_size_t length)
{
    gp_span all = {document, document + length};

    e->unasked = STEPS_UNASKED; /* check the deadline first */
    e->depth = 1;
    gp_evaluation_enter(e, 1, all);
    return e->failure;
}

gp_evaluation gp_evaluator_value(gp_evaluator *e, int index, gp_datum *value)
{
    *value = gp_evaluate(e, e->expressions[index]);
    return e->failure;
}

gp_evaluation gp_evaluator_test(gp_evaluator *e, int index, bool *holds)
{
    *holds = gp_evaluation_is_true(e, e->expressions[index]) && e->failure == GP_EVALUATED;
    return e->failure;
}
