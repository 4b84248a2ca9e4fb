/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sha1.h"
#include "base/text.h"
#include "unit.h"

static const char *digest_of(const char *text, apr_size_t length, apr_size_t step)
{
    static char out[2 * GP_SHA1_SIZE + 1];
    unsigned char digest[GP_SHA1_SIZE];
    apr_size_t at;
    gp_sha1 sha1;

    gp_sha1_open(&sha1);
    for (at = 0; at < length; at += step)
        gp_sha1_add(&sha1, text + at, step < length - at ? step : length - at);
    gp_sha1_finish(&sha1, digest);
    gp_hex_write(out, digest, GP_SHA1_SIZE);
    return out;
}

/* RFC 3174 section 7.3, and the empty text. */
TEST(digests_are_those_of_rfc_3174)
{
    char *many = malloc(1000000);

    ck_assert_str_eq(digest_of("", 0, 1), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    ck_assert_str_eq(digest_of("abc", 3, 3), "a9993e364706816aba3e25717850c26c9cd0d89d");
    ck_assert_str_eq(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, 56),
                     "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    memset(many, 'a', 1000000);
    ck_assert_str_eq(digest_of(many, 1000000, 1000000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    memcpy(many, "0123456701234567012345670123456701234567012345670123456701234567", 64);
    for (int i = 1; i < 10; i++)
        memcpy(many + (apr_size_t)64 * (apr_size_t)i, many, 64);
    ck_assert_str_eq(digest_of(many, 640, 640), "dea356a2cddd90c7a7ecedc5ebb563934f460452");
    free(many);
}

TEST(the_pieces_do_not_matter)
{
    static const char text[] =
        "The quick brown fox jumps over the lazy dog; the lazy dog does not care, "
        "whatever length the text has and wherever its pieces end.";
    apr_size_t length, step;

    for (length = 0; length < sizeof text; length++) {
        const char *whole = apr_pstrdup(pool, digest_of(text, length, length ? length : 1));

        for (step = 1; step < length; step++)
            ck_assert_str_eq(digest_of(text, length, step), whole);
    }
}

UNIT_MAIN("sha1")
