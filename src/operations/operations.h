/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_OPERATIONS_H
#define GP_OPERATIONS_H

#include "exchange.h"

/**
 * An operation, in steps. gp_dispatch calls them in a row. They are apart so that somebody who carries out several
 * requests can begin all of them before the statements of the first have ended. What is kept between the steps lies in x->state.
 * Each step returns false if the request failed: x->problem or x->refusal is set.
 */
typedef struct {
    /** Everything up to the first statement. */
    bool (*begin)(gp_exchange *x);

    /** The statements that the answer is made of; NULL: there are none. */
    bool (*run)(gp_exchange *x);

    /** From the rows to the answer. Runs further statements if the operation has any. */
    bool (*finish)(gp_exchange *x);
} gp_operation_steps;

/* One file each, which documents the request's syntax and what it answers. */
extern const gp_operation_steps gp_operation_create;
extern const gp_operation_steps gp_operation_list;
extern const gp_operation_steps gp_operation_count;
extern const gp_operation_steps gp_operation_read;
extern const gp_operation_steps gp_operation_update;
extern const gp_operation_steps gp_operation_delete;
extern const gp_operation_steps gp_operation_openapi;
/* service.c */
extern const gp_operation_steps gp_operation_service;
extern const gp_operation_steps gp_operation_metadata;
extern const gp_operation_steps gp_operation_options;

#endif
