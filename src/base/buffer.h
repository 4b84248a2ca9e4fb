/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_BUFFER_H
#define GP_BUFFER_H

#include <apr_pools.h>

#include <string.h>

/** Text that grows at its end. The bytes live in the pool that the buffer was opened with. */
typedef struct {
    apr_pool_t *pool;
    char *data;
    apr_size_t length;
    apr_size_t size;
} gp_buffer;

/**
 * Open an empty buffer.
 * @param expected  the probable length in bytes. The buffer doubles when it grows, and the outgrown
 *                  memory stays in the pool, so a good estimate saves memory.
 */
void gp_buffer_open(gp_buffer *buffer, apr_pool_t *pool, apr_size_t expected);

/** Open an empty buffer in existing memory. Text that exceeds `size` moves to the pool. */
void gp_buffer_open_in(gp_buffer *buffer, apr_pool_t *pool, void *memory, apr_size_t size);

/** Append bytes unchanged. */
void gp_buffer_add(gp_buffer *buffer, const char *bytes, apr_size_t length);

/** Append a NUL-terminated string unchanged. Inline, so that the compiler computes the length of
 * a constant. */
static inline void gp_buffer_puts(gp_buffer *buffer, const char *text)
{
    gp_buffer_add(buffer, text, strlen(text));
}

/**
 * Append a JSON string: quoted, with the escapes of RFC 8259 section 7 and no others.
 * @param text  valid UTF-8 (it is not checked here)
 */
void gp_buffer_add_json(gp_buffer *buffer, const char *text, apr_size_t length);

/** Append a NUL-terminated string as a JSON string. */
void gp_buffer_puts_json(gp_buffer *buffer, const char *text);

/** Append a member name of a JSON path as a string in single quotes (RFC 9535 section 2.7). */
void gp_buffer_puts_path_name(gp_buffer *buffer, const char *name);

/** @return the text so far, NUL-terminated, owned by the pool; valid until the next append. */
const char *gp_buffer_text(gp_buffer *buffer);

/** @return how many bytes at the start of a text are ASCII and neither control characters (below
 *           U+0020) nor backslashes */
apr_size_t gp_ascii_run(const char *text, apr_size_t length);

#endif
