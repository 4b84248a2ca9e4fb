/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A batch of lines in memory. Its pool has its own allocator, because another thread fills the next batch at
 * the same time.
 */
#include "chunk.h"

#include <apr_allocator.h>
#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>

static int out_of_memory(int size)
{
    (void)size;
    abort();
}

static void open_arrays(gp_chunk *chunk)
{
    chunk->rows = apr_array_make(chunk->pool, 256, sizeof(gp_import_row));
    chunk->refusals = apr_array_make(chunk->pool, 16, sizeof(gp_refusal));
    chunk->lines = 0;
    chunk->bytes = 0;
}

gp_chunk *gp_chunk_make(void)
{
    gp_chunk *chunk = calloc(1, sizeof *chunk);
    apr_allocator_t *allocator;

    if (chunk == NULL || apr_allocator_create(&allocator) != APR_SUCCESS
        || apr_pool_create_ex(&chunk->pool, NULL, out_of_memory, allocator) != APR_SUCCESS)
        abort();
    apr_allocator_owner_set(allocator, chunk->pool);
    open_arrays(chunk);
    return chunk;
}

void gp_chunk_clear(gp_chunk *chunk)
{
    apr_pool_clear(chunk->pool);
    open_arrays(chunk);
}

static const char *copy(gp_chunk *chunk, const char *text)
{
    chunk->bytes += text != NULL ? strlen(text) : 0;
    return apr_pstrdup(chunk->pool, text);
}

void gp_chunk_refuse(gp_chunk *chunk, apr_int64_t line, const gp_problem *problem)
{
    gp_refusal *refusal = apr_array_push(chunk->refusals);
    apr_array_header_t *details = apr_array_copy(chunk->pool, problem->details);
    int i;

    for (i = 0; i < details->nelts; i++) {
        gp_detail *detail = &((gp_detail *)details->elts)[i];

        detail->target = copy(chunk, detail->target);
        detail->message = copy(chunk, detail->message);
    }
    refusal->line = line;
    refusal->count = problem->count;
    refusal->details = details;
}

void gp_chunk_refuse_row(gp_chunk *chunk, gp_import_row *row, gp_error error, const char *target,
                         const char *message)
{
    gp_problem problem;

    gp_problem_open(&problem, chunk->pool);
    gp_problem_add(&problem, gp_error_get(error)->code, target,
                   message != NULL ? message : gp_error_get(error)->message);
    gp_chunk_refuse(chunk, row->line, &problem);
    row->state = GP_ROW_REFUSED;
}
