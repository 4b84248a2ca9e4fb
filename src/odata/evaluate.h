/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_EVALUATE_H
#define GP_EVALUATE_H

#include "expression.h"

/** How an evaluation ended. */
typedef enum {
    GP_EVALUATED,
    GP_EVALUATION_COMPLEX,  /* it takes more steps or builds more text than it may */
    GP_EVALUATION_LATE,     /* the deadline is over */
    GP_EVALUATION_DIVISION, /* an integer or a decimal was divided by zero */
    GP_EVALUATION_OVERFLOW, /* a number or a point in time is out of range */
    GP_EVALUATION_PATTERN,  /* a pattern is none */
    GP_EVALUATION_BROKEN    /* what is stored is not JSON */
} gp_evaluation;

/** What evaluations may take, over all positions and all query options of a request. */
typedef struct {
    apr_int64_t steps; /* that are left, of GP_QUERY_STEPS_MAX */
    apr_time_t now;    /* what now() is */
    bool (*is_late)(
        void *baton); /* asked before each position, and every few thousand steps; may be NULL */
    void *baton;
} gp_evaluation_terms;

/** Evaluates expressions over one position after the other. */
typedef struct gp_evaluator gp_evaluator;

/**
 * Make an evaluator.
 * @param pool         of what it needs as long as it lives; what one position takes is freed with the next
 * @param expressions  that were read from one query option; they must outlive it
 * @param terms        must outlive it; evaluators that have the same share its steps
 */
gp_evaluator *gp_evaluator_make(apr_pool_t *pool, gp_expression *const *expressions, int count,
                                gp_evaluation_terms *terms);

/** Go on to a position. What was read of the one before is gone. @param document  must outlive what is read of it */
gp_evaluation gp_evaluator_look(gp_evaluator *evaluator, const char *document, apr_size_t length);

/** Evaluate one of the expressions for the position. @param value  receives its value; it lives until the next one */
gp_evaluation gp_evaluator_value(gp_evaluator *evaluator, int index, gp_datum *value);

/** @param holds  receives whether one of the expressions is true for the position */
gp_evaluation gp_evaluator_test(gp_evaluator *evaluator, int index, bool *holds);

#endif
