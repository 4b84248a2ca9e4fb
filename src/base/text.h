/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TEXT_H
#define GP_TEXT_H

#include "buffer.h"

#include <apr_time.h>

#define GP_UUID_SIZE     37 /* 36 characters and the NUL */
#define GP_TOKEN_SIZE    33 /* 32 characters and the NUL */
#define GP_DATETIME_SIZE 29 /* 28 characters and the NUL */

/**
 * How many bytes the UTF-8 sequence at the start of a text takes (RFC 3629: no overlong form, no
 * surrogate, nothing above U+10FFFF).
 * @param length  bytes at hand
 * @return 1 to 4; 0 where the bytes are no valid sequence or end inside one
 */
int gp_utf8_sequence(const unsigned char *text, apr_size_t length);

/** @return non-zero where all of a text is valid UTF-8 */
int gp_utf8_is_valid(const char *text, apr_size_t length);

/** @return the value of a hexadecimal digit, in either case; -1 where it is none */
int gp_hex_value(unsigned char c);

/**
 * How many bytes of a text are letters or digits of ASCII or one of `others`, whatever the locale: what
 * strspn does, which makes a table of its set for every call.
 */
apr_size_t gp_text_span(const char *text, const char *others);

/** @return non-zero where the text is valid UTF-8 and holds no control character (below U+0020, or
 *  U+007F): what may stand in a log line, a header and a database key. */
int gp_text_is_plain(const char *text);

/**
 * An Edm.Date: YYYY-MM-DD, a real day of the Gregorian calendar, years 0001 to 9999
 * (OData JSON 4.0 section 7.1; Graph's own sentinel 0001-01-01 is one).
 */
int gp_date_is_valid(const char *text, apr_size_t length);

/**
 * An Edm.DateTimeOffset: date "T" hh:mm[:ss[.1 to 12 digits]] and "Z" or an offset
 * (OData ABNF dateTimeOffsetValue; T and Z in either case, a leap second allowed).
 */
int gp_datetime_is_valid(const char *text, apr_size_t length);

/**
 * Bring an Edm.DateTimeOffset into the form that gp_datetime_format writes, so that they compare.
 * @param out  receives it: in UTC, digits beyond the seventh of a second cut off; a time that leaves
 *             the years 0001 to 9999 becomes the first or last of them
 * @return non-zero where it is one (gp_datetime_is_valid)
 */
int gp_datetime_to_utc(char out[GP_DATETIME_SIZE], const char *text, apr_size_t length);

/** Write a time as Graph does: UTC, seven digits of a second, Z; always 28 characters, so that the
 *  order of the texts is the order of the times (years 0001 to 9999). */
void gp_datetime_format(char out[GP_DATETIME_SIZE], apr_time_t time);

/**
 * Read a UUID in its 8-4-4-4-12 form, in either case.
 * @param out  receives it in lower case; untouched on failure
 * @return non-zero where it is one
 */
int gp_uuid_parse(char out[GP_UUID_SIZE], const char *text, apr_size_t length);

/** Write 16 random bytes as a UUID of version 4 (RFC 9562 section 5.4). */
void gp_uuid_format_v4(char out[GP_UUID_SIZE], const unsigned char random[16]);

/**
 * Write a UUID of version 7 (RFC 9562 section 5.7): milliseconds, then the microseconds as the 12
 * bits of rand_a (section 6.2, method 3), then 62 random bits. The order of ids is the order of
 * creation down to the microsecond.
 */
void gp_uuid_format_v7(char out[GP_UUID_SIZE], apr_time_t time, const unsigned char random[8]);

/** Write 16 random bytes as 32 hexadecimal digits: the opaque part of an ETag. */
void gp_token_format(char out[GP_TOKEN_SIZE], const unsigned char random[16]);

/**
 * Append a key in its parenthesised form, ('...'): quotes doubled (OData URL conventions, section
 * 4.3.1), then percent-encoded so that it is one path segment.
 */
void gp_uri_add_key(gp_buffer *buffer, const char *key);

/** Append a key as the value of a parameter alias in a query string, '...': quotes doubled, then
 *  percent-encoded. */
void gp_uri_add_value(gp_buffer *buffer, const char *key);

/**
 * Decode a part of a query string: percent-escapes once, "+" as a space.
 * @return the text, from the pool; NULL where an escape is broken, or the outcome is not UTF-8 or
 *         holds U+0000
 */
const char *gp_uri_decode(apr_pool_t *pool, const char *text, apr_size_t length);

#endif
