/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8 (RFC 3629): which byte sequences are valid.
 */
#include "utf8.h"

int gp_utf8_sequence(const unsigned char *text, apr_size_t length)
{
    unsigned char first = length > 0 ? text[0] : 0xff;
    unsigned char low = 0x80, high = 0xbf;
    int size, i;

    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        size = 2;
    else if (first >= 0xe0 && first <= 0xef)
        size = 3;
    else if (first >= 0xf0 && first <= 0xf4)
        size = 4;
    else
        return 0;

    /* The second byte alone reveals overlong forms, surrogates and values above U+10FFFF. */
    if (first == 0xe0)
        low = 0xa0;
    else if (first == 0xed)
        high = 0x9f;
    else if (first == 0xf0)
        low = 0x90;
    else if (first == 0xf4)
        high = 0x8f;
    if (length < (apr_size_t)size || text[1] < low || text[1] > high)
        return 0;
    for (i = 2; i < size; i++) {
        if (text[i] < 0x80 || text[i] > 0xbf)
            return 0;
    }
    return size;
}

bool gp_utf8_is_valid(const char *text, apr_size_t length)
{
    const unsigned char *at = (const unsigned char *)text;

    while (length > 0) {
        int size = gp_utf8_sequence(at, length);

        if (size == 0)
            return false;
        at += size;
        length -= (apr_size_t)size;
    }
    return true;
}

char *gp_utf8_write(char *out, unsigned character)
{
    if (character < 0x80) {
        *out++ = (char)character;
        return out;
    }
    if (character < 0x800) {
        *out++ = (char)(0xc0 | character >> 6);
    } else {
        if (character < 0x10000) {
            *out++ = (char)(0xe0 | character >> 12);
        } else {
            *out++ = (char)(0xf0 | character >> 18);
            *out++ = (char)(0x80 | (character >> 12 & 0x3f));
        }
        *out++ = (char)(0x80 | (character >> 6 & 0x3f));
    }
    *out++ = (char)(0x80 | (character & 0x3f));
    return out;
}
