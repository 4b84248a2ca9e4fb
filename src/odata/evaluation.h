/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_EVALUATION_H
#define GP_EVALUATION_H

/* What the files of the evaluator share (evaluate.c, evaluate_*.c, pattern.c). */

#include "base/limits.h"
#include "document/scan.h"
#include "evaluate.h"

/* The position, the variables of lambdas, and the items of "in" and of $filter in a path within them. */
#define GP_SCOPES (GP_FILTER_VARIABLES_MAX + 3)

/** What the paths of a scope begin at. */
typedef struct {
    gp_wanted *wanted; /* the names of all paths of the scope */
    gp_span *slots;    /* their values in the item that is looked at */
    gp_datum *texts;   /* of those that are strings, once they are decoded; else null */
    int count;
} gp_scope;

/** What an item of a scope has built. */
typedef struct {
    apr_pool_t *pool; /* NULL: nothing yet */
    apr_size_t used;
    bool is_dirty; /* something was allocated in it */
} gp_memory;

struct gp_evaluator {
    apr_pool_t *pool;
    gp_expression *const *expressions;
    gp_evaluation_terms *terms;
    apr_int64_t unasked; /* steps since terms.is_late was asked */
    gp_evaluation failure;
    gp_scope scopes[GP_SCOPES];
    gp_memory memory[GP_SCOPES];
    int depth;      /* of the scope that is evaluated: memory is its */
    void *letters;  /* evaluate_text.c's */
    void *patterns; /* pattern.c's */
};

/** Evaluate a node. After a failure all values are null. */
gp_datum gp_evaluate(gp_evaluator *e, const gp_expression *node);

/** @return whether a condition is true */
bool gp_evaluation_is_true(gp_evaluator *e, const gp_expression *condition);

/** @return whether two values are equal. Objects and collections are if they are stored alike: documents are canonical */
bool gp_evaluation_equals(gp_evaluator *e, const gp_datum *left, const gp_datum *right);

/** Go on to an item in its scope: what paths of the scope lead to from now on. @return false: it failed */
bool gp_evaluation_enter(gp_evaluator *e, int scope, gp_span item);

/** Note a failure, unless there is one. @return null */
gp_datum gp_evaluation_fail(gp_evaluator *e, gp_evaluation failure);

/** Take steps. @return false: there are none left, or it is late: the failure is noted */
bool gp_evaluation_spend(gp_evaluator *e, apr_int64_t steps);

/** Take the steps of reading so many bytes. */
static inline bool gp_evaluation_spend_bytes(gp_evaluator *e, apr_size_t bytes)
{
    return gp_evaluation_spend(e, (apr_int64_t)(bytes / 64) + 1);
}

/** Take the steps of reading a text as something else, such as a date or a number. */
static inline bool gp_evaluation_spend_reading(gp_evaluator *e, apr_size_t bytes)
{
    return gp_evaluation_spend(e, (apr_int64_t)(bytes / 8));
}

/** @return a pool to build a text in; NULL: there is no room left, and the failure is noted */
apr_pool_t *gp_evaluation_room(gp_evaluator *e, apr_size_t bytes);

/** What a path leads to (evaluate_path.c). */
gp_datum gp_evaluate_path(gp_evaluator *e, const gp_expression *path);

/** A JSON value as the value that the type of a path or of the items of a collection says that it is
 *  (evaluate_path.c). @param of  its kind and enumeration count */
gp_datum gp_evaluate_item(gp_evaluator *e, const gp_expression *of, gp_span value);

/** GP_OP_ANY and GP_OP_ALL (evaluate_items.c). */
gp_datum gp_evaluate_lambda(gp_evaluator *e, const gp_expression *node);

/** How many items a stored collection has (evaluate_items.c). @param collection  GP_OP_PATH or GP_OP_WHERE */
gp_datum gp_evaluate_count(gp_evaluator *e, const gp_expression *collection);

/** The items of a stored collection, one after the other. */
typedef struct {
    const gp_expression *collection; /* GP_OP_PATH, within any number of GP_OP_WHERE */
    const char *at, *end;            /* NULL: it is no collection */
} gp_items;

/** Start to go over the items of a stored collection (evaluate_items.c). */
gp_items gp_items_of(const gp_evaluator *e, const gp_expression *collection);

/** Go on to the next item. @return false: there is none any more, or it failed */
bool gp_items_next(gp_evaluator *e, gp_items *items, gp_span *item);

/** A function with collections among its arguments, or a comparison of two (evaluate_collection.c). */
gp_datum gp_evaluate_collections(gp_evaluator *e, const gp_expression *node);

/** Whether a value is one of the items of a collection (evaluate_collection.c). */
gp_datum gp_evaluate_membership(gp_evaluator *e, const gp_datum *value,
                                const gp_expression *collection);

/** A function of strings, whose arguments are not null (evaluate_text.c). */
gp_datum gp_evaluate_text(gp_evaluator *e, gp_operator op, const gp_datum *arguments, int count);

/** A function of numbers, dates and times (evaluate_function.c). */
gp_datum gp_evaluate_function(gp_evaluator *e, gp_operator op, const gp_datum *arguments);

/** GP_OP_ADD to GP_OP_NEGATE (evaluate_function.c). @param right  not looked at by GP_OP_NEGATE */
gp_datum gp_evaluate_arithmetic(gp_evaluator *e, gp_operator op, const gp_datum *left,
                                const gp_datum *right);

/** A value as another type; null: it cannot be (evaluate_cast.c). */
gp_datum gp_evaluate_cast(gp_evaluator *e, const gp_datum *value, const gp_expression *type);

/** @return whether a value is of a type, or of one that is derived from it (evaluate_cast.c) */
bool gp_evaluate_isof(const gp_datum *value, const gp_expression *of, const gp_expression *type);

/** matchesPattern (pattern.c). */
gp_datum gp_evaluate_pattern(gp_evaluator *e, const gp_datum *text, const gp_datum *pattern);

#endif
