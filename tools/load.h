/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_LOAD_H
#define GP_LOAD_H

#include "chunk.h"
#include "input.h"

/** The reading half of check and import: lines become chunks. */
typedef struct {
    gp_input *input;
    const gp_import_terms *terms;
    apr_pool_t *scratch;    /* of one line */
    int chunk_lines;        /* most lines of a chunk */
    apr_int64_t max_errors; /* lines; 0: any number */
    apr_int64_t errors;     /* lines that were refused so far */
    int is_stopped;         /* at max_errors */
    int failed;             /* errno of a read that failed; 0: none */
    gp_randomness randomness;
} gp_load;

/** Start to read. @param pool  outlives the load; no other thread uses it meanwhile */
void gp_load_open(gp_load *load, apr_pool_t *pool, gp_input *input, const gp_import_terms *terms);

/**
 * Fill an empty chunk.
 * @return zero where the chunk is the last: at the end, at max_errors (is_stopped) or on failure (failed)
 */
int gp_load_fill(gp_load *load, gp_chunk *chunk);

#endif
