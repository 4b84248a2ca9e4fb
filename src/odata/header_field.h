/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HEADER_FIELD_H
#define GP_HEADER_FIELD_H

#include <apr.h>
#include <stdbool.h>

/** A part of a header's text, which is not copied. */
typedef struct {
    const char *start;
    apr_size_t length;
} gp_piece;

/** @return the first character that is neither a space nor a tab */
const char *gp_field_skip(const char *at);

/** Read a token (RFC 9110 section 5.6.2) and move past it; its length is 0 if there is none. */
gp_piece gp_field_token(const char **at);

/** Read "= value" after a name, quoted or not, without its quotes, and move past it; empty if
 * there is none. */
gp_piece gp_field_value(const char **at);

/** @return true if the piece equals this text, in any case */
bool gp_field_is(gp_piece text, const char *expected);

/** @return a positive decimal number; a value above 100,000,000 if it has too many digits; 0 if the
 *           piece is not such a number */
int gp_field_count(gp_piece text);

#endif
