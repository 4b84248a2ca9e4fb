/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_BUFFER_H
#define GP_BUFFER_H

#include <apr_pools.h>

/** Text that grows at its end. The bytes live in the pool it was opened with. */
typedef struct {
    apr_pool_t *pool;
    char *data;
    apr_size_t length;
    apr_size_t size;
} gp_buffer;

/**
 * Open an empty buffer.
 * @param expected  bytes it will probably hold; it grows beyond by doubling, and what it outgrew
 *                  stays in the pool, so a good guess saves memory
 */
void gp_buffer_open(gp_buffer *buffer, apr_pool_t *pool, apr_size_t expected);

/** Append bytes as they are. */
void gp_buffer_add(gp_buffer *buffer, const char *bytes, apr_size_t length);

/** Append a NUL-terminated string as it is. */
void gp_buffer_puts(gp_buffer *buffer, const char *text);

/**
 * Append a JSON string: quoted, with the escapes of RFC 8259 section 7 and no others.
 * @param text  valid UTF-8 (it is not checked here)
 */
void gp_buffer_add_json(gp_buffer *buffer, const char *text, apr_size_t length);

/** The same for a NUL-terminated string. */
void gp_buffer_puts_json(gp_buffer *buffer, const char *text);

/** Append a member name of a JSON path as a string in single quotes (RFC 9535 section 2.7). */
void gp_buffer_puts_path_name(gp_buffer *buffer, const char *name);

/** @return the text so far, NUL-terminated, owned by the pool; valid until the next append. */
const char *gp_buffer_text(gp_buffer *buffer);

/**
 * How many bytes from the start of a text may stand in a JSON string as they are, eight at a time.
 * @param end    a byte that may not, besides control characters (below U+0020) and the backslash
 * @param ascii  non-zero: nor may what is above U+007F
 */
apr_size_t gp_plain_run(const char *text, apr_size_t length, char end, int ascii);

#endif
