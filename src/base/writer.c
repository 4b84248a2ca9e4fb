/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Appends JSON to a buffer for documents that are assembled from tables. The writer sets the commas, so
 * a table need not know which of its rows comes first.
 */
#include "writer.h"

static void begin(gp_buffer *buffer, const char *name)
{
    char last = '{';

    if (buffer->length > 0)
        last = buffer->data[buffer->length - 1];
    if (last != '{' && last != '[')
        gp_buffer_puts(buffer, ",");
    if (name == NULL)
        return;
    gp_buffer_puts_json(buffer, name);
    gp_buffer_puts(buffer, ":");
}

void gp_write_object(gp_buffer *buffer, const char *name)
{
    begin(buffer, name);
    gp_buffer_puts(buffer, "{");
}

void gp_write_object_end(gp_buffer *buffer)
{
    gp_buffer_puts(buffer, "}");
}

void gp_write_array(gp_buffer *buffer, const char *name)
{
    begin(buffer, name);
    gp_buffer_puts(buffer, "[");
}

void gp_write_array_end(gp_buffer *buffer)
{
    gp_buffer_puts(buffer, "]");
}

void gp_write_text(gp_buffer *buffer, const char *name, const char *text)
{
    begin(buffer, name);
    gp_buffer_puts_json(buffer, text);
}

void gp_write_json(gp_buffer *buffer, const char *name, const char *json)
{
    begin(buffer, name);
    gp_buffer_puts(buffer, json);
}
