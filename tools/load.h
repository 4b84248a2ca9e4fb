/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_LOAD_H
#define GP_LOAD_H

#include "chunk.h"
#include "input.h"

/** The reading half of check and import: turns lines into batches. */
typedef struct {
    gp_input *input;
    const gp_import_terms *terms;
    apr_pool_t *scratch;    /* cleared after each line */
    int chunk_lines;        /* the most lines of a batch */
    apr_int64_t max_errors; /* lines; 0: any number */
    apr_int64_t errors;     /* refused lines so far */
    int is_stopped;         /* max_errors is reached */
    int failed;             /* errno of a failed read; 0: none */
    gp_randomness randomness;
} gp_load;

/** Start to read. @param pool  outlives the load; no other thread may use it in the meantime */
void gp_load_open(gp_load *load, apr_pool_t *pool, gp_input *input, const gp_import_terms *terms);

/**
 * Fill an empty batch.
 * @return zero for the last batch: at the end, at max_errors (is_stopped) or on failure (failed)
 */
int gp_load_fill(gp_load *load, gp_chunk *chunk);

#endif
