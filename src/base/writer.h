/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_WRITER_H
#define GP_WRITER_H

#include "buffer.h"

/*
 * JSON appended to a buffer, member by member. Each function puts a comma first where one is needed, which
 * the last byte of the buffer tells. A name of NULL appends an element of an array.
 */

/** Begin an object. */
void gp_write_object(gp_buffer *buffer, const char *name);

/** End it. */
void gp_write_object_end(gp_buffer *buffer);

/** Begin an array. */
void gp_write_array(gp_buffer *buffer, const char *name);

/** End it. */
void gp_write_array_end(gp_buffer *buffer);

/** A string. @param text  valid UTF-8 */
void gp_write_text(gp_buffer *buffer, const char *name, const char *text);

/** A value that is JSON already. */
void gp_write_json(gp_buffer *buffer, const char *name, const char *json);

#endif
