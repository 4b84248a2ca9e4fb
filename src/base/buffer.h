/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_BUFFER_H
#define GP_BUFFER_H

#include <apr_pools.h>

#include <string.h>

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

/** The same in memory that is there already; what does not fit any more goes into the pool. */
void gp_buffer_open_in(gp_buffer *buffer, apr_pool_t *pool, void *memory, apr_size_t size);

/** Append bytes as they are. */
void gp_buffer_add(gp_buffer *buffer, const char *bytes, apr_size_t length);

/** Append a NUL-terminated string as it is. Here, so that the length of a constant is one, too. */
static inline void gp_buffer_puts(gp_buffer *buffer, const char *text)
{
    gp_buffer_add(buffer, text, strlen(text));
}

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

/** @return how many bytes from the start of a text are neither control characters (below U+0020),
 *  backslashes nor above U+007F */
apr_size_t gp_ascii_run(const char *text, apr_size_t length);

#endif
