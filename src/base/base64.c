/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base64, in which a batch carries bodies that are not JSON. Clients differ in the alphabet and in the padding, so
 * both of each are read.
 */
#include "base64.h"

static int value_of(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

/* The length without padding, of which only the last group has any. */
static apr_size_t without_padding(const char *text, apr_size_t length)
{
    int i;

    for (i = 0; i < 2 && length % 4 == (i == 0 ? 0 : 3) && length > 0 && text[length - 1] == '=';
         i++)
        length--;
    return length;
}

bool gp_base64_decode(const char *text, apr_size_t length, gp_buffer *decoded)
{
    apr_size_t end = without_padding(text, length), i;
    unsigned bits = 0;
    int count = 0;

    if (end % 4 == 1)
        return false;
    for (i = 0; i < end; i++) {
        int value = value_of((unsigned char)text[i]);
        char byte;

        if (value < 0)
            return false;
        bits = bits << 6 | (unsigned)value;
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        byte = (char)(bits >> count & 0xff);
        gp_buffer_add(decoded, &byte, 1);
    }
    return true;
}

void gp_base64_add_url(gp_buffer *buffer, const char *bytes, apr_size_t length)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    apr_size_t i;
    unsigned bits = 0;
    int count = 0;

    for (i = 0; i < length; i++) {
        bits = (bits << 8 | (unsigned char)bytes[i]) & 0xffff;
        for (count += 8; count >= 6; count -= 6)
            gp_buffer_add(buffer, &alphabet[bits >> (count - 6) & 63], 1);
    }
    if (count > 0)
        gp_buffer_add(buffer, &alphabet[bits << (6 - count) & 63], 1);
}
