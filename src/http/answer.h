/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HTTP_ANSWER_H
#define GP_HTTP_ANSWER_H

#include "graphprofile.h"
#include "operations/exchange.h"

/** child_init: create the bounded supply of memory for answers. */
void gp_answer_init(apr_pool_t *child, server_rec *server);

/**
 * Reserve memory for the body of an answer. It waits until earlier answers are sent, at most
 * GraphProfileQueueTimeout. A second call may reserve another size.
 * @param size  upper limit in bytes
 * @param problem  GP_UNAVAILABLE: clients do not read the answers that they asked for
 */
bool gp_answer_reserve(request_rec *r, gp_answer *answer, apr_size_t size, gp_budget *budget,
                       gp_problem *problem);

/**
 * Send an answer, or end the request with its problem. This is the only function that sends answers of
 * operations.
 * @return the value for the handler to return
 */
int gp_answer_send(request_rec *r, gp_answer *answer);

/** Copy the headers of an answer to a table, and replace those already there. */
void gp_answer_copy_headers(request_rec *r, const gp_answer *answer, apr_table_t *headers);

#endif
