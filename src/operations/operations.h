/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_OPERATIONS_H
#define GP_OPERATIONS_H

#include "exchange.h"

/**
 * An operation in steps, which gp_dispatch calls in order. They are separate so that a caller with several requests
 * can begin all of them before the statements of the first have ended. x->state passes data between the steps. Each
 * step returns false if the request failed: then x->problem or x->refusal is set.
 */
typedef struct gp_operation_steps {
    /** Everything up to the first statement. */
    bool (*begin)(gp_exchange *x);

    /** The statements for the answer; NULL: there are none. */
    bool (*run)(gp_exchange *x);

    /** Make the answer from the rows. It may run further statements. */
    bool (*finish)(gp_exchange *x);

    /** Between begin and run, in a batch alone: submit the first statement, so that run only awaits it. NULL: run does
     *  both. An operation with rows has none: all items of a batch that submit hold their rows at the same time. */
    void (*submit)(gp_exchange *x);
} gp_operation_steps;

/* Each has its own file, which documents the syntax of the request and its answers. */
extern const gp_operation_steps gp_operation_create;
extern const gp_operation_steps gp_operation_list;
extern const gp_operation_steps gp_operation_count;
extern const gp_operation_steps gp_operation_read;
extern const gp_operation_steps gp_operation_update;
extern const gp_operation_steps gp_operation_delete;
extern const gp_operation_steps gp_operation_profile;
extern const gp_operation_steps gp_operation_erase;
extern const gp_operation_steps gp_operation_openapi;
extern const gp_operation_steps gp_operation_batch;
/* service.c */
extern const gp_operation_steps gp_operation_service;
extern const gp_operation_steps gp_operation_metadata;
extern const gp_operation_steps gp_operation_options;

#endif
