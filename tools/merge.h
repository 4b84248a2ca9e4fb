/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_MERGE_H
#define GP_MERGE_H

#include "chunk.h"
#include "options.h"
#include "postgres.h"

/** The writing half of import: chunks become rows. */
typedef struct {
    gp_postgres session;
    const gp_options *options;
    gp_randomness randomness;
    int fresh; /* chunks in a row of which the database had no position */
} gp_merge;

/** Connect, and make the temporary tables. @return zero on failure: the session has the message */
int gp_merge_open(gp_merge *merge, const gp_options *options);

/**
 * Write a chunk in one transaction, and set the state of each row. It runs again where it loses against others.
 * With --dry-run only the states are found.
 * @return zero on failure: nothing of the chunk is written, unless the connection was lost while it committed
 */
int gp_merge_write(gp_merge *merge, gp_chunk *chunk);

#endif
