/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_BATCH_BODY_H
#define GP_BATCH_BODY_H

#include "batch_item.h"

/**
 * Read the body of a batch in JSON (OData JSON 4.01 section 19, Microsoft Graph "JSON batching"): {"requests":[{"id",
 * "method","url","headers"?,"body"?,"dependsOn"?,..}]}. Unknown members are ignored.
 * @param pool  receives the requests. Bodies that are not strings are not copied from the text.
 * @param text  must outlive the requests
 * @param most  the maximum number of requests
 * @return false on failure: the problem is set, and no request of the batch may run
 */
bool gp_batch_body_read(apr_pool_t *pool, const char *text, apr_size_t length, int most,
                        gp_batch_body *body, gp_problem *problem);

#endif
