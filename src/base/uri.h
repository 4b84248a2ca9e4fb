/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_URI_H
#define GP_URI_H

#include "buffer.h"

/**
 * Append a key in its parenthesised form, ('...'): quotes doubled (OData URL conventions, section
 * 4.3.1), then percent-encoded so that it is one path segment.
 */
void gp_uri_add_key(gp_buffer *buffer, const char *key);

/** Append a key as the value of a parameter alias in a query string, '...': quotes doubled, then
 *  percent-encoded. */
void gp_uri_add_value(gp_buffer *buffer, const char *key);

/** Append a text so that it is a part of a query string, percent-encoded. */
void gp_uri_add_text(gp_buffer *buffer, const char *text);

/**
 * Decode a part of a query string: percent escapes once, "+" as a space.
 * @return the text, from the pool; NULL if an escape is malformed, or if the result is not valid UTF-8
 *         or contains U+0000
 */
const char *gp_uri_decode(apr_pool_t *pool, const char *text, apr_size_t length);

#endif
