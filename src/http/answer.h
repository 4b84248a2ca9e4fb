/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HTTP_ANSWER_H
#define GP_HTTP_ANSWER_H

#include "graphprofile.h"
#include "operations/exchange.h"

/** child_init: make what bounds the memory of answers. */
void gp_answer_init(apr_pool_t *child, server_rec *server);

/**
 * Reserve memory for the body of an answer. Waits for earlier answers to be sent, GraphProfileQueueTimeout at
 * most. A second call may reserve another size.
 * @param size     upper limit in bytes
 * @param problem  GP_UNAVAILABLE: clients do not read the answers that they have asked for
 */
bool gp_answer_reserve(request_rec *r, gp_answer *answer, apr_size_t size, gp_budget *budget,
                       gp_problem *problem);

/**
 * Send an answer, or end the request with its problem. The only function that sends answers of operations.
 * @return what the handler returns
 */
int gp_answer_send(request_rec *r, gp_answer *answer);

/** Add the headers of an answer to others, or replace them there. */
void gp_answer_copy_headers(request_rec *r, const gp_answer *answer, apr_table_t *headers);

#endif
