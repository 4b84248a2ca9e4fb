/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_EVALUATE_PARTS_H
#define GP_EVALUATE_PARTS_H

/* Declarations that the files of the evaluator share (evaluate.c, evaluate_*.c, pattern.c). */

#include "base/limits.h"
#include "document/scan.h"
#include "evaluate.h"

/* The position, the variables of lambdas, and the items of "in" and of $filter in a path within them. */
#define GP_SCOPES (GP_FILTER_VARIABLES_MAX + 3)

/** The values of the paths in a scope. */
typedef struct {
    gp_wanted *wanted; /* the names of all paths of the scope */
    gp_span *slots;    /* their values in the current item */
    gp_datum *texts;   /* the decoded strings among them; otherwise null */
    int count;
} gp_scope;

/** The memory that an item of a scope has used. */
typedef struct {
    apr_pool_t *pool; /* NULL: nothing yet */
    apr_size_t used;
    bool is_dirty; /* something was allocated in it */
} gp_memory;

struct gp_evaluator {
    apr_pool_t *pool;
    gp_expression *const *expressions;
    gp_evaluation_terms *terms;
    apr_int64_t unasked; /* steps since the last call of terms.is_late */
    gp_evaluation failure;
    gp_scope scopes[GP_SCOPES];
    gp_memory memory[GP_SCOPES];
    int depth;      /* of the evaluated scope, whose memory is used */
    void *letters;  /* of evaluate_text.c */
    void *patterns; /* of pattern.c */
};

/** Evaluate a node. After a failure all values are null. */
gp_datum gp_evaluate(gp_evaluator *e, const gp_expression *node);

/** @return true if a condition is true */
bool gp_evaluation_is_true(gp_evaluator *e, const gp_expression *condition);

/** @return true if two values are equal. Objects and collections are equal if their stored texts are: documents
 *           are canonical. */
bool gp_evaluation_equals(gp_evaluator *e, const gp_datum *left, const gp_datum *right);

/** Enter an item in its scope: paths of the scope now refer to it. @return false on failure */
bool gp_evaluation_enter(gp_evaluator *e, int scope, gp_span item);

/** Record a failure, unless there already is one. @return null */
gp_datum gp_evaluation_fail(gp_evaluator *e, gp_evaluation failure);

/** Count steps. @return false if none are left, or the deadline has passed: then the failure is recorded */
bool gp_evaluation_spend(gp_evaluator *e, apr_int64_t steps);

/** Count the steps of reading a number of bytes. */
static inline bool gp_evaluation_spend_bytes(gp_evaluator *e, apr_size_t bytes)
{
    return gp_evaluation_spend(e, (apr_int64_t)(bytes / 64) + 1);
}

/** Count the steps of reading a text as another kind, such as a date or a number. */
static inline bool gp_evaluation_spend_reading(gp_evaluator *e, apr_size_t bytes)
{
    return gp_evaluation_spend(e, (apr_int64_t)(bytes / 8));
}

/** @return a pool for building a text; NULL if the limit is reached: then the failure is recorded */
apr_pool_t *gp_evaluation_pool(gp_evaluator *e, apr_size_t bytes);

/** Evaluate a path (evaluate_path.c). */
gp_datum gp_evaluate_path(gp_evaluator *e, const gp_expression *path);

/**
 * Read a JSON value as the type of a path or of a collection's items (evaluate_path.c). @param of  provides the
 * kind and the enumeration
 */
gp_datum gp_evaluate_item(gp_evaluator *e, const gp_expression *of, gp_span value);

/** Evaluate GP_OP_ANY and GP_OP_ALL (evaluate_items.c). */
gp_datum gp_evaluate_lambda(gp_evaluator *e, const gp_expression *node);

/** Count the items of a stored collection (evaluate_items.c). @param collection  GP_OP_PATH or GP_OP_WHERE */
gp_datum gp_evaluate_count(gp_evaluator *e, const gp_expression *collection);

/** An iteration over the items of a stored collection. */
typedef struct {
    const gp_expression *collection; /* GP_OP_PATH, within any number of GP_OP_WHERE */
    const char *at, *end;            /* NULL: not a collection */
} gp_items;

/** Start an iteration over the items of a stored collection (evaluate_items.c). */
gp_items gp_items_of(const gp_evaluator *e, const gp_expression *collection);

/** Move to the next item. @return false at the end or on failure */
bool gp_items_next(gp_evaluator *e, gp_items *items, gp_span *item);

/** Evaluate a function with collections among its arguments, or a comparison of two (evaluate_collection.c). */
gp_datum gp_evaluate_collections(gp_evaluator *e, const gp_expression *node);

/** Evaluate if a value is one of the items of a collection (evaluate_collection.c). */
gp_datum gp_evaluate_membership(gp_evaluator *e, const gp_datum *value,
                                const gp_expression *collection);

/** Evaluate a function of strings, whose arguments are not null (evaluate_text.c). */
gp_datum gp_evaluate_text(gp_evaluator *e, gp_operator op, const gp_datum *arguments, int count);

/** Evaluate a function of numbers, dates and times (evaluate_function.c). */
gp_datum gp_evaluate_function(gp_evaluator *e, gp_operator op, const gp_datum *arguments);

/** Evaluate GP_OP_ADD to GP_OP_NEGATE (evaluate_function.c). @param right  ignored for GP_OP_NEGATE */
gp_datum gp_evaluate_arithmetic(gp_evaluator *e, gp_operator op, const gp_datum *left,
                                const gp_datum *right);

/** Cast a value to another type; null if that is impossible (evaluate_cast.c). */
gp_datum gp_evaluate_cast(gp_evaluator *e, const gp_datum *value, const gp_expression *type);

/** @return true if a value has a type or a type derived from it (evaluate_cast.c) */
bool gp_evaluate_isof(const gp_datum *value, const gp_expression *of, const gp_expression *type);

/** Evaluate matchesPattern (pattern.c). */
gp_datum gp_evaluate_pattern(gp_evaluator *e, const gp_datum *text, const gp_datum *pattern);

#endif
