/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TEXT_H
#define GP_TEXT_H

#include <apr.h>
#include <stdbool.h>

/** @return true if the text is valid UTF-8 without control characters (below U+0020, or U+007F), so
 *           that a log line, a header and a database key can hold it */
bool gp_text_is_plain(const char *text);

/**
 * Count the bytes at the start of a text that are ASCII letters, ASCII digits or in `others`. The result
 * does not depend on the locale. Unlike strspn, it builds no table of the set for each call.
 */
apr_size_t gp_text_span(const char *text, const char *others);

/** @return the value of a hexadecimal digit, in either case; -1 for any other character */
int gp_hex_value(unsigned char c);

/** Write bytes as lower-case hexadecimal digits, two for each byte, without a NUL at the end. */
void gp_hex_write(char *out, const unsigned char *bytes, int count);

#endif
