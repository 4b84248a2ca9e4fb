/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_EVALUATE_H
#define GP_EVALUATE_H

#include "expression.h"

/** The result of an evaluation. */
typedef enum {
    GP_EVALUATED,
    GP_EVALUATION_COMPLEX,  /* it exceeds the limit of steps or of text */
    GP_EVALUATION_LATE,     /* the deadline has passed */
    GP_EVALUATION_DIVISION, /* an integer or a decimal was divided by zero */
    GP_EVALUATION_OVERFLOW, /* a number or a time is out of range */
    GP_EVALUATION_PATTERN,  /* an invalid pattern */
    GP_EVALUATION_BROKEN    /* the stored text is not JSON */
} gp_evaluation;

/** The limits of evaluations, for all positions and all query options of a request. */
typedef struct {
    apr_int64_t steps; /* remaining steps, of GP_QUERY_STEPS_MAX */
    apr_time_t now;    /* the value of now() */
    bool (*is_late)(
        void *baton); /* called before each position, and every few thousand steps; may be NULL */
    void *baton;
} gp_evaluation_terms;

/** Evaluates expressions over one position after the other. */
typedef struct gp_evaluator gp_evaluator;

/**
 * Make an evaluator.
 * @param pool  for memory that lives as long as the evaluator; the memory of one position is freed with the
 *              next
 * @param expressions  read from one query option; they must outlive the evaluator, and no other may follow it
 *                     at its address: they keep a mark of it
 * @param terms  must outlive the evaluator; evaluators with the same terms share their steps
 */
gp_evaluator *gp_evaluator_make(apr_pool_t *pool, gp_expression *const *expressions, int count,
                                gp_evaluation_terms *terms);

/**
 * Move to a position. Values of the preceding one become invalid. @param document  must outlive the values read
 * from it
 */
gp_evaluation gp_evaluator_look(gp_evaluator *evaluator, const char *document, apr_size_t length);

/**
 * Evaluate one of the expressions for the position. @param value  receives its value; valid until the next
 * evaluation
 */
gp_evaluation gp_evaluator_value(gp_evaluator *evaluator, int index, gp_datum *value);

/** @param holds  receives true if the expression is true for the position */
gp_evaluation gp_evaluator_test(gp_evaluator *evaluator, int index, bool *holds);

#endif
