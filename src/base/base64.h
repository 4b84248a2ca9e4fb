/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_BASE64_H
#define GP_BASE64_H

#include "buffer.h"

#include <stdbool.h>

/**
 * Decode base64 (RFC 4648), in the alphabet of section 4 or of section 5 (base64url), padded or not.
 * @param decoded  receives the bytes, in its pool
 * @return false: the text is not base64
 */
bool gp_base64_decode(const char *text, apr_size_t length, gp_buffer *decoded);

/** Append bytes as base64url without padding (RFC 4648 section 5). */
void gp_base64_add_url(gp_buffer *buffer, const char *bytes, apr_size_t length);

#endif
