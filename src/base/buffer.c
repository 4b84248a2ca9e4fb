/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The growing text of the module: documents, error bodies and URLs are written into it. All memory
 * comes from the pool of the buffer, so no function here can fail.
 */
#include "buffer.h"

#include <stdio.h>
#include <string.h>

void gp_buffer_open(gp_buffer *buffer, apr_pool_t *pool, apr_size_t expected)
{
    buffer->pool = pool;
    buffer->size = expected < 64 ? 64 : expected;
    buffer->data = apr_palloc(pool, buffer->size);
    buffer->length = 0;
}

void gp_buffer_open_in(gp_buffer *buffer, apr_pool_t *pool, void *memory, apr_size_t size)
{
    buffer->pool = pool;
    buffer->size = size;
    buffer->data = memory;
    buffer->length = 0;
}

static void grow(gp_buffer *buffer, apr_size_t needed)
{
    char *data;

    do
        buffer->size *= 2;
    while (buffer->size < needed);
    data = apr_palloc(buffer->pool, buffer->size);
    memcpy(data, buffer->data, buffer->length);
    buffer->data = data;
}

/* Ensures space for `more` bytes and the NUL that gp_buffer_text may add. */
static inline void reserve(gp_buffer *buffer, apr_size_t more)
{
    apr_size_t needed = buffer->length + more + 1;

    if (needed > buffer->size)
        grow(buffer, needed);
}

void gp_buffer_add(gp_buffer *buffer, const char *bytes, apr_size_t length)
{
    reserve(buffer, length);
    memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
}

static void add_escape(gp_buffer *buffer, unsigned char byte)
{
    static const char short_forms[] = "\b\t\n\f\r\"'\\";
    static const char letters[] = "btnfr\"'\\";
    const char *found = strchr(short_forms, byte);
    char escape[8];

    if (byte != 0 && found != NULL)
        snprintf(escape, sizeof escape, "\\%c", letters[found - short_forms]);
    else
        snprintf(escape, sizeof escape, "\\u%04x", byte);
    gp_buffer_puts(buffer, escape);
}

#define EACH(byte) (APR_UINT64_C(0x0101010101010101) * (unsigned char)(byte))

/* Sets the high bit of each byte of a word that is below a limit (128 at most). Bytes above the first
 * match may be wrong: use the lowest set bit only. */
static apr_uint64_t below(apr_uint64_t word, unsigned char limit)
{
    return (word - EACH(limit)) & ~word & EACH(0x80);
}

/* Returns the index of the lowest byte of a word whose high bit is set, in memory order. */
static apr_size_t lowest(apr_uint64_t bits)
{
    return (apr_size_t)__builtin_ctzll(bits) / 8;
}

/* Counts the bytes at the start of a text that a JSON string can hold unescaped, eight at a time: no
 * control character, no backslash, not `end`, and with `ascii` no byte above U+007F. Inline, so that
 * the compiler specializes the loop for each caller. */
static inline apr_size_t plain_run(const char *text, apr_size_t length, char end, int ascii)
{
    const apr_uint64_t high = ascii ? EACH(0x80) : 0;
    apr_size_t at = 0;

#if !APR_IS_BIGENDIAN
    for (; length - at >= sizeof(apr_uint64_t); at += sizeof(apr_uint64_t)) {
        apr_uint64_t word, found;

        memcpy(&word, text + at, sizeof word);
        found = below(word, 0x20) | below(word ^ EACH('\\'), 1) | below(word ^ EACH(end), 1)
                | (word & high);
        if (found != 0)
            return at + lowest(found);
    }
#endif
    for (; at < length; at++) {
        unsigned char byte = (unsigned char)text[at];

        if (byte < 0x20 || byte == '\\' || text[at] == end || (ascii && byte >= 0x80))
            break;
    }
    return at;
}

apr_size_t gp_ascii_run(const char *text, apr_size_t length)
{
    return plain_run(text, length, '\\', 1);
}

static inline void add_quoted(gp_buffer *buffer, char quote, const char *text, apr_size_t length)
{
    gp_buffer_add(buffer, &quote, 1);
    for (;;) {
        apr_size_t plain = plain_run(text, length, quote, 0);

        gp_buffer_add(buffer, text, plain);
        if (plain == length)
            break;
        add_escape(buffer, (unsigned char)text[plain]);
        text += plain + 1;
        length -= plain + 1;
    }
    gp_buffer_add(buffer, &quote, 1);
}

void gp_buffer_add_json(gp_buffer *buffer, const char *text, apr_size_t length)
{
    add_quoted(buffer, '"', text, length);
}

void gp_buffer_puts_path_name(gp_buffer *buffer, const char *name)
{
    add_quoted(buffer, '\'', name, strlen(name));
}

void gp_buffer_puts_json(gp_buffer *buffer, const char *text)
{
    gp_buffer_add_json(buffer, text, strlen(text));
}

const char *gp_buffer_text(gp_buffer *buffer)
{
    reserve(buffer, 0);
    buffer->data[buffer->length] = '\0';
    return buffer->data;
}
