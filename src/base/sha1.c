/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-1 as FIPS 180-4 section 6.1 defines it. UUIDs of version 5 need it; APR-util has one, but the core links
 * APR alone.
 */
#include "sha1.h"

#include <string.h>

static apr_uint32_t rotate(apr_uint32_t word, int bits)
{
    return word << bits | word >> (32 - bits);
}

static apr_uint32_t read_word(const unsigned char *bytes)
{
    return (apr_uint32_t)bytes[0] << 24 | (apr_uint32_t)bytes[1] << 16 | (apr_uint32_t)bytes[2] << 8
           | bytes[3];
}

static void write_word(unsigned char *bytes, apr_uint32_t word)
{
    int i;

    for (i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(word >> (24 - 8 * i));
}

/* The function and the constant of a round (FIPS 180-4 sections 4.1.1 and 4.2.1). */
static apr_uint32_t mix(apr_size_t round, apr_uint32_t b, apr_uint32_t c, apr_uint32_t d)
{
    if (round < 20)
        return ((b & c) ^ (~b & d)) + 0x5a827999u;
    if (round < 40)
        return (b ^ c ^ d) + 0x6ed9eba1u;
    if (round < 60)
        return ((b & c) ^ (b & d) ^ (c & d)) + 0x8f1bbcdcu;
    return (b ^ c ^ d) + 0xca62c1d6u;
}

static void add_block(apr_uint32_t state[5], const unsigned char block[64])
{
    apr_uint32_t words[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    apr_size_t i;

    for (i = 0; i < 16; i++)
        words[i] = read_word(block + 4 * i);
    for (; i < 80; i++)
        words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    for (i = 0; i < 80; i++) {
        apr_uint32_t sum = rotate(a, 5) + mix(i, b, c, d) + e + words[i];

        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = sum;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

void gp_sha1_open(gp_sha1 *sha1)
{
    static const apr_uint32_t initial[5] = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u,
                                            0xc3d2e1f0u};

    memcpy(sha1->state, initial, sizeof initial);
    sha1->length = 0;
}

void gp_sha1_add(gp_sha1 *sha1, const void *bytes, apr_size_t length)
{
    const unsigned char *at = bytes;

    while (length > 0) {
        apr_size_t used = (apr_size_t)(sha1->length % sizeof sha1->block);
        apr_size_t room = sizeof sha1->block - used, part = length < room ? length : room;

        memcpy(sha1->block + used, at, part);
        sha1->length += part;
        if (part == room)
            add_block(sha1->state, sha1->block);
        at += part;
        length -= part;
    }
}

void gp_sha1_finish(gp_sha1 *sha1, unsigned char digest[GP_SHA1_SIZE])
{
    static const unsigned char padding[64] = {0x80};
    apr_uint64_t bits = sha1->length * 8;
    apr_size_t used = (apr_size_t)(sha1->length % sizeof sha1->block);
    unsigned char length[8];
    apr_size_t i;

    write_word(length, (apr_uint32_t)(bits >> 32));
    write_word(length + 4, (apr_uint32_t)bits);
    gp_sha1_add(sha1, padding, used < 56 ? 56 - used : 120 - used);
    gp_sha1_add(sha1, length, sizeof length);
    for (i = 0; i < 5; i++)
        write_word(digest + 4 * i, sha1->state[i]);
}
