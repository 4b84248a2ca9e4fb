/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads lines into a batch until it is full. Each line is read in a pool that is cleared after it, because
 * the tree of a document takes many times its size.
 */
#include "load.h"
#include "bounds.h"

#include <apr_strings.h>

#include <errno.h>
#include <string.h>

void gp_load_open(gp_load *load, apr_pool_t *pool, gp_input *input, const gp_import_terms *terms)
{
    memset(load, 0, sizeof *load);
    load->input = input;
    load->terms = terms;
    load->chunk_lines = GP_CHUNK_DEFAULT;
    apr_pool_create(&load->scratch, pool);
}

static int is_blank(const char *line, apr_size_t length)
{
    while (length > 0 && strchr(" \t\r", *line) != NULL && *line != '\0') {
        line++;
        length--;
    }
    return length == 0;
}

static void refuse(gp_load *load, gp_chunk *chunk, const gp_problem *problem)
{
    gp_chunk_refuse(chunk, gp_input_number(load->input), problem);
    load->errors++;
}

static void refuse_long(gp_load *load, gp_chunk *chunk)
{
    gp_problem problem;

    gp_problem_open(&problem, load->scratch);
    gp_problem_add(&problem, gp_error_get(GP_TOO_LARGE)->code, "$",
                   "The line is longer than --max-line allows.");
    refuse(load, chunk, &problem);
}

static void read_line(gp_load *load, gp_chunk *chunk, const char *text, apr_size_t length)
{
    apr_int64_t number = gp_input_number(load->input);
    gp_import_row row;
    gp_problem problem;
    gp_line line = {0};

    gp_problem_open(&problem, load->scratch);
    if (!gp_line_read(load->scratch, text, length, number, load->terms->position.validation, &line,
                      &problem)
        || !gp_import_row_make(load->scratch, chunk->pool, &line, number, load->terms,
                               &load->randomness, &row, &problem)) {
        refuse(load, chunk, &problem);
        return;
    }
    *(gp_import_row *)apr_array_push(chunk->rows) = row;
    chunk->bytes += row.length;
}

static int is_full(const gp_load *load, const gp_chunk *chunk)
{
    return chunk->lines >= load->chunk_lines || chunk->bytes >= GP_CHUNK_BYTES_MAX;
}

int gp_load_fill(gp_load *load, gp_chunk *chunk)
{
    const char *line;
    apr_size_t length;

    while (!is_full(load, chunk)) {
        gp_input_found found = gp_input_next(load->input, &line, &length);

        if (found == GP_INPUT_FAILED)
            load->failed = errno;
        if (found == GP_INPUT_FAILED || found == GP_INPUT_END)
            return 0;
        chunk->lines++;
        if (found == GP_INPUT_LONG)
            refuse_long(load, chunk);
        else if (!is_blank(line, length))
            read_line(load, chunk, line, length);
        apr_pool_clear(load->scratch);
        if (load->max_errors > 0 && load->errors >= load->max_errors) {
            load->is_stopped = 1;
            return 0;
        }
    }
    chunk->share = gp_input_share(load->input);
    return 1;
}
