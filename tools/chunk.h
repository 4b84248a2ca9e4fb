/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CHUNK_H
#define GP_CHUNK_H

#include "row.h"

/** A line that is not written, with all that is wrong with it. */
typedef struct {
    apr_int64_t line;
    int count;                         /* problems, listed or not */
    const apr_array_header_t *details; /* of gp_detail */
} gp_refusal;

/** Lines that are written in one transaction: a batch. It is filled by one thread, then written by another. */
typedef struct {
    apr_pool_t *pool;             /* for all it holds; with an allocator of its own */
    apr_array_header_t *rows;     /* of gp_import_row */
    apr_array_header_t *refusals; /* of gp_refusal */
    apr_int64_t lines;            /* blank ones included */
    apr_size_t bytes;             /* of documents and messages */
    double share;                 /* of the input that is read so far; below 0: not known */
} gp_chunk;

/** Make an empty one. Never fails: without memory the process ends. */
gp_chunk *gp_chunk_make(void);

/** Make it empty again; its memory is used again. */
void gp_chunk_clear(gp_chunk *chunk);

/** A line is not written. @param problem  with details, which are copied */
void gp_chunk_refuse(gp_chunk *chunk, apr_int64_t line, const gp_problem *problem);

/**
 * A row is not written, for a reason that the database has told.
 * @param error    whose code and, where there is no message, words are those of the server's answer
 * @param target   a JSON path in the line: a constant
 * @param message  copied; NULL: that of the error
 */
void gp_chunk_refuse_row(gp_chunk *chunk, gp_import_row *row, gp_error error, const char *target,
                         const char *message);

#endif
