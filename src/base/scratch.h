/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_SCRATCH_H
#define GP_SCRATCH_H

#include <apr_pools.h>

/**
 * Open a pool to work on a stored document, whose tree can be 40 times as long. The number of trees of
 * large documents (above GP_SCRATCH_SMALL_MAX) is limited: GP_SCRATCH_LARGE_MAX threads of a process hold
 * one, and others wait. Their memory returns to the system when the pool is closed. While it holds the
 * pool, the caller must not wait for anything else, which would hold up other threads, and must not open
 * a second one, which could deadlock.
 * @param length  bytes of the document
 * @return the pool; close it with gp_scratch_close. It also ends with its parent.
 */
apr_pool_t *gp_scratch_open(apr_pool_t *parent, apr_size_t length);

void gp_scratch_close(apr_pool_t *scratch);

#endif
