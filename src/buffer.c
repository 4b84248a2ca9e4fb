/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one growing text of the module: documents, error bodies and URLs are written into it.
 * Everything it holds comes from the pool of its owner; nothing here can fail.
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

/* Room for `more` bytes and the NUL that gp_buffer_text may add. */
static void reserve(gp_buffer *buffer, apr_size_t more)
{
    apr_size_t needed = buffer->length + more + 1;
    char *data;

    if (needed <= buffer->size)
        return;
    do
        buffer->size *= 2;
    while (buffer->size < needed);
    data = apr_palloc(buffer->pool, buffer->size);
    memcpy(data, buffer->data, buffer->length);
    buffer->data = data;
}

void gp_buffer_add(gp_buffer *buffer, const char *bytes, apr_size_t length)
{
    reserve(buffer, length);
    memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
}

void gp_buffer_puts(gp_buffer *buffer, const char *text)
{
    gp_buffer_add(buffer, text, strlen(text));
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

static void add_quoted(gp_buffer *buffer, char quote, const char *text, apr_size_t length)
{
    apr_size_t start = 0, i;

    gp_buffer_add(buffer, &quote, 1);
    for (i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte >= 0x20 && text[i] != quote && byte != '\\')
            continue;
        gp_buffer_add(buffer, text + start, i - start);
        add_escape(buffer, byte);
        start = i + 1;
    }
    gp_buffer_add(buffer, text + start, length - start);
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
