/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_INPUT_H
#define GP_INPUT_H

#include <apr_pools.h>

/** A file or standard input, read line by line. */
typedef struct gp_input gp_input;

/** The result of gp_input_next. */
typedef enum {
    GP_INPUT_LINE,  /* a line */
    GP_INPUT_LONG,  /* a line that exceeds the limit; it is skipped */
    GP_INPUT_END,   /* the end */
    GP_INPUT_FAILED /* the input cannot be read; errno is set */
} gp_input_found;

/**
 * Open an input.
 * @param path  a file; NULL or "-": standard input
 * @param limit  bytes of a line, without its line feed
 * @return NULL if the file cannot be opened; errno is set
 */
gp_input *gp_input_open(apr_pool_t *pool, const char *path, apr_size_t limit);

/**
 * Read the next line.
 * @param line  receives it without the line feed; not NUL-terminated, valid until the next call
 */
gp_input_found gp_input_next(gp_input *input, const char **line, apr_size_t *length);

/** @return the number of the last line, from 1 */
apr_int64_t gp_input_number(const gp_input *input);

/** @return the share of the input that has been read, from 0 to 1; negative if its size is
 *           unknown */
double gp_input_share(const gp_input *input);

#endif
