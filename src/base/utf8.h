/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_UTF8_H
#define GP_UTF8_H

#include <apr.h>
#include <stdbool.h>

/**
 * Measure the UTF-8 sequence at the start of a text (RFC 3629: no overlong form, no surrogate, nothing
 * above U+10FFFF).
 * @param length  bytes available
 * @return its length, 1 to 4 bytes; 0 if the sequence is invalid or incomplete
 */
int gp_utf8_sequence(const unsigned char *text, apr_size_t length);

/** @return true if the whole text is valid UTF-8 */
bool gp_utf8_is_valid(const char *text, apr_size_t length);

/**
 * Write a character.
 * @param out  space for 4 bytes; no NUL is written
 * @return the end of the written bytes
 */
char *gp_utf8_write(char *out, unsigned character);

#endif
