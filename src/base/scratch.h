/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_SCRATCH_H
#define GP_SCRATCH_H

#include <apr_pools.h>

/**
 * Open a pool to work on a stored document: its tree can be 40 times as long. The trees of large documents
 * (GP_SCRATCH_SMALL_MAX) are bounded: GP_SCRATCH_LARGE_MAX threads of a process have one, others wait, and
 * its memory goes back to the system when the pool is closed. So a caller neither waits for anything else
 * meanwhile nor opens a second one.
 * @param length  bytes of the document
 * @return to be closed by gp_scratch_close; it ends with its parent in any case
 */
apr_pool_t *gp_scratch_open(apr_pool_t *parent, apr_size_t length);

void gp_scratch_close(apr_pool_t *scratch);

#endif
