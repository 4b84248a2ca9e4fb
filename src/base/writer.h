/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_WRITER_H
#define GP_WRITER_H

#include "buffer.h"

/*
 * Append JSON to a buffer, member by member. Each function looks at the last byte of the buffer and writes
 * a comma first if one is needed. With the name NULL, the functions append an element of an array.
 */

/** Begin an object. */
void gp_write_object(gp_buffer *buffer, const char *name);

/** End an object. */
void gp_write_object_end(gp_buffer *buffer);

/** Begin an array. */
void gp_write_array(gp_buffer *buffer, const char *name);

/** End an array. */
void gp_write_array_end(gp_buffer *buffer);

/** Append a string. @param text  valid UTF-8 */
void gp_write_text(gp_buffer *buffer, const char *name, const char *text);

/** Append a value that is already JSON. */
void gp_write_json(gp_buffer *buffer, const char *name, const char *json);

#endif
