/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_UUID_H
#define GP_UUID_H

#include <apr_time.h>
#include <stdbool.h>

#define GP_UUID_SIZE 37 /* 36 characters and the NUL */

/** The lowest and the highest UUID. */
#define GP_UUID_LOWEST  "00000000-0000-0000-0000-000000000000"
#define GP_UUID_HIGHEST "ffffffff-ffff-ffff-ffff-ffffffffffff"

/**
 * Read a UUID in its 8-4-4-4-12 form, in either case.
 * @param out  receives it in lower case; unchanged on failure
 * @return false if the text is not a UUID
 */
bool gp_uuid_parse(char out[GP_UUID_SIZE], const char *text, apr_size_t length);

/** Write 16 random bytes as a UUID of version 4 (RFC 9562 section 5.4). */
void gp_uuid_format_v4(char out[GP_UUID_SIZE], const unsigned char random[16]);

/**
 * Write a UUID of version 5 (RFC 9562 section 5.5).
 * @param digest  the first 16 bytes of the SHA-1 of the namespace and the name
 */
void gp_uuid_format_v5(char out[GP_UUID_SIZE], const unsigned char digest[16]);

/**
 * Write a UUID of version 7 (RFC 9562 section 5.7): milliseconds, then the microseconds as the 12
 * bits of rand_a (section 6.2, method 3), then 62 random bits. Ids sort in the order of creation,
 * to the microsecond.
 */
void gp_uuid_format_v7(char out[GP_UUID_SIZE], apr_time_t time, const unsigned char random[8]);

#endif
