/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes of characters: letters and digits, hexadecimal digits, and text without control characters.
 */
#include "text.h"
#include "utf8.h"

#include <string.h>

bool gp_text_is_plain(const char *text)
{
    const char *at;

    for (at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            return false;
    }
    return gp_utf8_is_valid(text, (apr_size_t)(at - text));
}

static bool is_alphanumeric(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z')
           || (byte >= 'A' && byte <= 'Z');
}

apr_size_t gp_text_span(const char *text, const char *others)
{
    const char *at = text;

    while (is_alphanumeric(*at) || (*at != '\0' && strchr(others, *at) != NULL))
        at++;
    return (apr_size_t)(at - text);
}

int gp_hex_value(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

void gp_hex_write(char *out, const unsigned char *bytes, int count)
{
    static const char digits[] = "0123456789abcdef";

    while (count-- > 0) {
        *out++ = digits[*bytes >> 4];
        *out++ = digits[*bytes++ & 0x0f];
    }
}
