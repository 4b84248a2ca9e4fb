/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the lines of a file or of standard input, one at a time. The longest allowed line bounds the memory:
 * a longer one is skipped to its end, so that the following lines keep their numbers.
 */
#include "input.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* bytes: the minimum size of a read */
#define READ_SIZE 65536

struct gp_input {
    int file;
    char *buffer;
    apr_size_t size, limit;
    apr_size_t start, end; /* of the bytes that are read but not consumed */
    apr_size_t scanned;    /* bytes from `start` that contain no line feed */
    int is_skipping;       /* the line is too long already */
    apr_int64_t number;
    double total, consumed; /* bytes; total 0: unknown */
};

gp_input *gp_input_open(apr_pool_t *pool, const char *path, apr_size_t limit)
{
    gp_input *input = apr_pcalloc(pool, sizeof *input);
    struct stat status;

    input->file = STDIN_FILENO;
    if (path != NULL && strcmp(path, "-") != 0)
        input->file = open(path, O_RDONLY | O_CLOEXEC);
    if (input->file < 0)
        return NULL;
    if (fstat(input->file, &status) == 0 && S_ISREG(status.st_mode))
        input->total = (double)status.st_size;
    input->limit = limit;
    input->size = limit + READ_SIZE;
    input->buffer = apr_palloc(pool, input->size);
    return input;
}

/* Reads more. Returns zero at the end, a negative number on failure. */
static ssize_t fill(gp_input *input)
{
    ssize_t length;

    if (input->size - input->end < READ_SIZE) {
        memmove(input->buffer, input->buffer + input->start, input->end - input->start);
        input->end -= input->start;
        input->start = 0;
    }
    do
        length = read(input->file, input->buffer + input->end, READ_SIZE);
    while (length < 0 && errno == EINTR);
    if (length > 0) {
        input->end += (apr_size_t)length;
        input->consumed += (double)length;
    }
    return length;
}

/* Ends a line `length` bytes from the start. `feed` is 1 if a line feed ends it, 0 at the end of the
 * input. */
static gp_input_found take(gp_input *input, apr_size_t length, apr_size_t feed, const char **line,
                           apr_size_t *taken)
{
    int is_long = input->is_skipping || length > input->limit;

    *line = input->buffer + input->start;
    *taken = length;
    input->start += length + feed;
    input->scanned = 0;
    input->is_skipping = 0;
    return is_long ? GP_INPUT_LONG : GP_INPUT_LINE;
}

gp_input_found gp_input_next(gp_input *input, const char **line, apr_size_t *length)
{
    input->number++;
    for (;;) {
        const char *from = input->buffer + input->start;
        apr_size_t have = input->end - input->start;
        const char *feed = memchr(from + input->scanned, '\n', have - input->scanned);
        ssize_t more;

        if (feed != NULL)
            return take(input, (apr_size_t)(feed - from), 1, line, length);
        input->scanned = have;
        if (have > input->limit) { /* the line is too long: drop it */
            input->is_skipping = 1;
            input->start = input->end;
            input->scanned = 0;
        }
        more = fill(input);
        if (more < 0)
            return GP_INPUT_FAILED;
        if (more == 0) {
            if (have == 0 && !input->is_skipping)
                return GP_INPUT_END;
            return take(input, input->end - input->start, 0, line, length);
        }
    }
}

apr_int64_t gp_input_number(const gp_input *input)
{
    return input->number;
}

double gp_input_share(const gp_input *input)
{
    return input->total > 0 ? input->consumed / input->total : -1;
}
