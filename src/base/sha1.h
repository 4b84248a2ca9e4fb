/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_SHA1_H
#define GP_SHA1_H

#include <apr.h>

#define GP_SHA1_SIZE 20

/** The state of a digest. */
typedef struct {
    apr_uint32_t state[5];
    apr_uint64_t length; /* bytes so far */
    unsigned char block[64];
} gp_sha1;

/** SHA-1 (FIPS 180-4), for the ids that RFC 9562 derives from names. It protects nothing. */
void gp_sha1_open(gp_sha1 *sha1);

/** Append bytes. */
void gp_sha1_add(gp_sha1 *sha1, const void *bytes, apr_size_t length);

/** @param digest  receives the digest of all bytes; the state cannot be used any more */
void gp_sha1_finish(gp_sha1 *sha1, unsigned char digest[GP_SHA1_SIZE]);

#endif
