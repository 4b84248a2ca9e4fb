/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_FIELD_H
#define GP_FIELD_H

#include <apr.h>

/** A part of a header's text, which is not copied. */
typedef struct {
    const char *start;
    apr_size_t length;
} gp_piece;

/** @return the first character that is neither a space nor a tab */
const char *gp_field_skip(const char *at);

/** Read a token (RFC 9110 section 5.6.2) and move behind it; its length is 0 where there is none. */
gp_piece gp_field_token(const char **at);

/** Read "= value" behind a name, quoted or not, without its quotes, and move behind it; empty where
 *  there is none. */
gp_piece gp_field_value(const char **at);

/** @return non-zero where the piece is this text, in any case */
int gp_field_is(gp_piece text, const char *expected);

#endif
