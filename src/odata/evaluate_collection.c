/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of collections, and comparisons of collections (OData URL conventions 4.01 sections 5.1.1.5 and
 * 5.1.1.6). The items are read into memory, with the limit that texts have; comparing them takes steps.
 */
#include "evaluate_parts.h"
#include "number.h"

#include <string.h>

/* The items of a collection; NULL: not a collection. */
typedef struct {
    gp_datum *items;
    apr_int64_t count;
} list;

/* ---- reading ---- */

/* Returns the most items that a collection can have: conditions are not evaluated for it. */
static apr_int64_t count_most(gp_evaluator *e, const gp_expression *collection)
{
    apr_int64_t count = 0;
    gp_items all;
    gp_span item;
    int i;

    switch (collection->op) {
    case GP_OP_LIST:
        return collection->count;
    case GP_OP_CONCAT:
        for (i = 0; i < collection->count; i++)
            count += count_most(e, collection->arguments[i]);
        return count;
    case GP_OP_PATH:
        for (all = gp_items_of(e, collection); gp_items_next(e, &all, &item);)
            count++;
        return count;
    case GP_OP_WHERE:
    case GP_OP_SUBSTRING:
    case GP_OP_CAST:
        return count_most(e, collection->arguments[0]);
    default: /* null */
        return 0;
    }
}

/* Forward declaration: collections are made of collections. */
static bool append(gp_evaluator *e, const gp_expression *collection, list *to);

/* Appends the items of a stored collection. A property of a null object is an empty collection, as for any() and
 * $count; an undeclared member is a collection only if it is an array. */
static bool append_stored(gp_evaluator *e, const gp_expression *collection, list *to)
{
    gp_items from = gp_items_of(e, collection);
    gp_span item;

    if (from.at == NULL)
        return collection->is_collection;
    while (gp_items_next(e, &from, &item))
        to->items[to->count++] = gp_evaluate_item(e, collection, item);
    return e->failure == GP_EVALUATED;
}

static bool append_values(gp_evaluator *e, const gp_expression *values, list *to)
{
    int i;

    for (i = 0; i < values->count; i++)
        to->items[to->count++] = gp_evaluate(e, values->arguments[i]);
    return e->failure == GP_EVALUATED;
}

static bool append_cast(gp_evaluator *e, const gp_expression *cast, list *to)
{
    apr_int64_t i = to->count;

    if (!append(e, cast->arguments[0], to))
        return false;
    for (; i < to->count && gp_evaluation_spend(e, 1); i++)
        to->items[i] = gp_evaluate_cast(e, &to->items[i], cast);
    return e->failure == GP_EVALUATED;
}

/* Reads a number, limited to the range from 0 to the number of items. */
static bool read_number(gp_evaluator *e, const gp_expression *number, apr_int64_t most,
                        apr_int64_t *out)
{
    gp_datum value = gp_evaluate(e, number);

    if (value.kind != GP_KIND_INTEGER)
        return false;
    *out = value.as.exact.coefficient < 0      ? 0
           : value.as.exact.coefficient > most ? most
                                               : value.as.exact.coefficient;
    return true;
}

static bool append_part(gp_evaluator *e, const gp_expression *part, list *to)
{
    apr_int64_t before = to->count, start, count;

    if (!append(e, part->arguments[0], to)
        || !read_number(e, part->arguments[1], to->count - before, &start))
        return false;
    count = to->count - before - start;
    if (part->count > 2 && !read_number(e, part->arguments[2], count, &count))
        return false;
    memmove(to->items + before, to->items + before + start, (size_t)count * sizeof *to->items);
    to->count = before + count;
    return true;
}

/* Returns false for null or on failure. The parser limits the depth, and so the recursion. */
static bool append(gp_evaluator *e, const gp_expression *collection, list *to)
{
    if (!gp_evaluation_spend(e, 1))
        return false;
    switch (collection->op) {
    case GP_OP_LIST:
        return append_values(e, collection, to);
    case GP_OP_CONCAT:
        return append(e, collection->arguments[0], to) && append(e, collection->arguments[1], to);
    case GP_OP_SUBSTRING:
        return append_part(e, collection, to);
    case GP_OP_CAST:
        return append_cast(e, collection, to);
    case GP_OP_PATH:
    case GP_OP_WHERE:
        return append_stored(e, collection, to);
    default:
        return false; /* null */
    }
}

static bool read_list(gp_evaluator *e, const gp_expression *collection, list *out)
{
    apr_int64_t most;
    apr_pool_t *pool;

    out->count = 0;
    out->items = NULL;
    most = count_most(e, collection) + 1;
    pool = gp_evaluation_pool(e, (apr_size_t)most * sizeof *out->items);
    if (pool == NULL)
        return false;
    out->items = apr_palloc(pool, (apr_size_t)most * sizeof *out->items);
    return append(e, collection, out);
}

/* ---- comparing ---- */

/* Returns true if one list contains another, starting at an item. */
static bool stands_at(gp_evaluator *e, const list *all, apr_int64_t at, const list *part)
{
    apr_int64_t i;

    for (i = 0; i < part->count; i++) {
        if (!gp_evaluation_spend(e, 1)
            || !gp_evaluation_equals(e, &all->items[at + i], &part->items[i]))
            return false;
    }
    return true;
}

/* Returns the index at which one list contains another; -1: it does not. */
static apr_int64_t index_of(gp_evaluator *e, const list *all, const list *part)
{
    apr_int64_t at;

    for (at = 0; at + part->count <= all->count && e->failure == GP_EVALUATED; at++) {
        if (stands_at(e, all, at, part))
            return at;
    }
    return -1;
}

static apr_int64_t occurrences(gp_evaluator *e, const list *in, const gp_datum *value)
{
    apr_int64_t count = 0, i;

    for (i = 0; i < in->count && gp_evaluation_spend(e, 1); i++)
        count += gp_evaluation_equals(e, &in->items[i], value);
    return count;
}

/* Returns true if each item of a list occurs in another at least as often. NaN, which equals nothing, does not. */
static bool has_subset(gp_evaluator *e, const list *all, const list *part)
{
    apr_int64_t i;

    for (i = 0; i < part->count && e->failure == GP_EVALUATED; i++) {
        apr_int64_t there = occurrences(e, all, &part->items[i]);

        if (there == 0 || there < occurrences(e, part, &part->items[i]))
            return false;
    }
    return true;
}

static bool has_subsequence(gp_evaluator *e, const list *all, const list *part)
{
    apr_int64_t found = 0, i;

    for (i = 0; i < all->count && found < part->count && gp_evaluation_spend(e, 1); i++)
        found += gp_evaluation_equals(e, &all->items[i], &part->items[found]);
    return found == part->count;
}

static bool starts_with(gp_evaluator *e, const list *all, const list *part)
{
    return part->count <= all->count && stands_at(e, all, 0, part);
}

static bool ends_with(gp_evaluator *e, const list *all, const list *part)
{
    return part->count <= all->count && stands_at(e, all, all->count - part->count, part);
}

static bool are_equal(gp_evaluator *e, const list *left, const list *right)
{
    return left->count == right->count && stands_at(e, left, 0, right);
}

/* ---- all of them ---- */

/* Computes a length; that of a stored collection needs no item in memory. */
static gp_datum length_of(gp_evaluator *e, const gp_expression *collection)
{
    list all;

    if (gp_expression_is_stored_collection(collection))
        return gp_evaluate_count(e, collection);
    return read_list(e, collection, &all) ? gp_datum_integer(all.count) : gp_datum_null;
}

gp_datum gp_evaluate_collections(gp_evaluator *e, const gp_expression *node)
{
    list left, right;
    bool is_left, is_right;

    if (node->op == GP_OP_LENGTH)
        return length_of(e, node->arguments[0]);
    is_left = read_list(e, node->arguments[0], &left);
    is_right = read_list(e, node->arguments[1], &right);
    if (node->op == GP_OP_EQ || node->op == GP_OP_NE)
        return gp_datum_boolean((is_left == is_right && (!is_left || are_equal(e, &left, &right)))
                                == (node->op == GP_OP_EQ));
    if (!is_left || !is_right)
        return gp_datum_null;
    switch (node->op) {
    case GP_OP_CONTAINS:
        return gp_datum_boolean(index_of(e, &left, &right) >= 0);
    case GP_OP_STARTSWITH:
        return gp_datum_boolean(starts_with(e, &left, &right));
    case GP_OP_ENDSWITH:
        return gp_datum_boolean(ends_with(e, &left, &right));
    case GP_OP_HASSUBSET:
        return gp_datum_boolean(has_subset(e, &left, &right));
    case GP_OP_HASSUBSEQUENCE:
        return gp_datum_boolean(has_subsequence(e, &left, &right));
    default:
        return gp_datum_integer(index_of(e, &left, &right));
    }
}

gp_datum gp_evaluate_membership(gp_evaluator *e, const gp_datum *value,
                                const gp_expression *collection)
{
    list all;

    return gp_datum_boolean(read_list(e, collection, &all) && occurrences(e, &all, value) > 0);
}
