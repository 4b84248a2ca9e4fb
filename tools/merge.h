/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_MERGE_H
#define GP_MERGE_H

#include "chunk.h"
#include "options.h"
#include "postgres.h"

/** The writing half of import: turns batches into rows. */
typedef struct {
    gp_postgres session;
    const gp_options *options;
    gp_randomness randomness;
    int fresh; /* consecutive batches that had only new positions */
} gp_merge;

/** Connect, and create the temporary tables. @return zero on failure: the session has the message */
int gp_merge_open(gp_merge *merge, const gp_options *options);

/**
 * Write a batch in one transaction, and set the state of each row. A batch that loses to another transaction
 * runs again. With --dry-run, only the states are set.
 * @return zero on failure: no row of the batch is written, unless the connection was lost during the commit
 */
int gp_merge_write(gp_merge *merge, gp_chunk *chunk);

#endif
