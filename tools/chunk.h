/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CHUNK_H
#define GP_CHUNK_H

#include "row.h"

/** A refused line, with all its problems. */
typedef struct {
    apr_int64_t line;
    int count;                         /* the number of problems, listed or not */
    const apr_array_header_t *details; /* of gp_detail */
} gp_refusal;

/** A batch: lines that are written in one transaction. One thread fills it, then another writes it. */
typedef struct {
    apr_pool_t *pool;             /* of everything in the batch; it has its own allocator */
    apr_array_header_t *rows;     /* of gp_import_row */
    apr_array_header_t *refusals; /* of gp_refusal */
    apr_int64_t lines;            /* blank ones included */
    apr_size_t bytes;             /* of documents and messages */
    double share;                 /* the share of the input that has been read; negative: unknown */
} gp_chunk;

/** Make an empty batch. It never fails: the process ends if memory runs out. */
gp_chunk *gp_chunk_make(void);

/** Empty a batch. Its memory is reused. */
void gp_chunk_clear(gp_chunk *chunk);

/** Record a refused line. @param problem  with details, which are copied */
void gp_chunk_refuse(gp_chunk *chunk, apr_int64_t line, const gp_problem *problem);

/**
 * Refuse a row for a reason that the database reported.
 * @param error  the error whose code, and message if `message` is NULL, the server would answer
 * @param target  a JSON path in the line: a constant
 * @param message  copied; NULL: the message of the error
 */
void gp_chunk_refuse_row(gp_chunk *chunk, gp_import_row *row, gp_error error, const char *target,
                         const char *message);

#endif
