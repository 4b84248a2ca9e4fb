/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_BATCH_URL_H
#define GP_BATCH_URL_H

#include "base/problem.h"

/** The service root, to which the URLs of a batch are relative. */
typedef struct {
    const char *base_url; /* as clients know it, without a trailing slash */
    const char *path;     /* of its <Location>, without a trailing slash */
    const char *host;     /* the Host to which the batch was sent; NULL: unknown */
} gp_batch_root;

/**
 * Resolve the url of a request in a batch. Clients write it with or without a slash at the start, with the path of
 * the root in front, or absolute. Characters that a URL cannot contain are percent-encoded; escapes stay unchanged.
 * @return path and query string below the root, beginning with a slash; NULL: the problem is set
 */
const char *gp_batch_url_resolve(apr_pool_t *pool, const char *url, const gp_batch_root *root,
                                 gp_problem *problem);

#endif
