/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_BATCH_MULTIPART_H
#define GP_BATCH_MULTIPART_H

#include "batch_item.h"

/**
 * Read the body of a batch in multipart/mixed (OData 4.01 Protocol section 11.7.7, RFC 2046 section 5.1): each part is
 * a request as application/http, or a change set, which is multipart/mixed itself. The requests of a change set have a
 * group in common.
 * @param pool      receives the requests. Bodies are not copied from the text.
 * @param text      must outlive the requests; lines may end with CRLF or LF
 * @param boundary  of the batch (gp_header_boundary)
 * @param most      the maximum number of requests
 * @return false on failure: the problem is set, with the number of the line, and no request of the batch may run
 */
bool gp_batch_multipart_read(apr_pool_t *pool, const char *text, apr_size_t length,
                             const char *boundary, int most, gp_batch_body *body,
                             gp_problem *problem);

#endif
