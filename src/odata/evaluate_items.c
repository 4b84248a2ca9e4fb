/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The items of a stored collection: iteration, count, and conditions on them.
 */
#include "evaluate_parts.h"

gp_items gp_items_of(const gp_evaluator *e, const gp_expression *collection)
{
    const gp_expression *path = collection;
    gp_items made = {collection, NULL, NULL};
    gp_span span;

    while (path->op == GP_OP_WHERE)
        path = path->arguments[0];
    span = e->scopes[path->scope].slots[path->slot];
    if (gp_span_type(span) != '[')
        return made;
    made.at = span.start;
    made.end = span.end;
    return made;
}

/* Returns true if a condition holds for an item. */
static bool is_met(gp_evaluator *e, const gp_expression *condition, int scope, gp_span item)
{
    int outside = e->depth;
    bool met;

    if (!gp_evaluation_enter(e, scope, item))
        return false;
    e->depth = scope;
    met = gp_evaluation_is_true(e, condition);
    e->depth = outside;
    return met;
}

/* Returns true if an item belongs to a collection: it meets the conditions of each GP_OP_WHERE around the
 * path. */
static bool is_selected(gp_evaluator *e, const gp_expression *collection, gp_span item)
{
    for (; collection->op == GP_OP_WHERE; collection = collection->arguments[0]) {
        if (!is_met(e, collection->arguments[1], collection->scope, item))
            return false;
    }
    return true;
}

bool gp_items_next(gp_evaluator *e, gp_items *from, gp_span *item)
{
    while (from->at != NULL && e->failure == GP_EVALUATED) {
        if (!gp_scan_item(&from->at, from->end, item)) {
            gp_evaluation_fail(e, GP_EVALUATION_BROKEN);
            return false;
        }
        if (item->start == NULL
            || !gp_evaluation_spend_bytes(e, (apr_size_t)(item->end - item->start)))
            return false;
        if (from->collection->op != GP_OP_WHERE || is_selected(e, from->collection, *item))
            return true;
    }
    return false;
}

gp_datum gp_evaluate_count(gp_evaluator *e, const gp_expression *collection)
{
    gp_items from = gp_items_of(e, collection);
    apr_int64_t count = 0;
    gp_span item;

    while (gp_items_next(e, &from, &item))
        count++;
    return gp_datum_integer(count);
}

gp_datum gp_evaluate_lambda(gp_evaluator *e, const gp_expression *node)
{
    bool is_all = node->op == GP_OP_ALL;
    gp_items from = gp_items_of(e, node->arguments[0]);
    gp_span item;

    if (node->count == 1)
        return gp_datum_boolean(gp_items_next(e, &from, &item));
    while (gp_items_next(e, &from, &item)) {
        if (is_met(e, node->arguments[1], node->scope, item) != is_all)
            return gp_datum_boolean(!is_all);
    }
    return gp_datum_boolean(is_all);
}
