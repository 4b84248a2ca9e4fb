/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of URLs: writing keys and decoding query strings.
 */
#include "uri.h"
#include "text.h"
#include "utf8.h"

#include <stdio.h>

/* Adds a text in which all but letters, digits and `others` is percent-encoded. @param quote  replaces a quote */
static void add_encoded(gp_buffer *buffer, const char *text, const char *others, const char *quote)
{
    for (;; text++) {
        apr_size_t plain = gp_text_span(text, others);
        char escape[8];

        gp_buffer_add(buffer, text, plain);
        text += plain;
        if (*text == '\0')
            break;
        snprintf(escape, sizeof escape, "%%%02X", (unsigned char)*text);
        gp_buffer_puts(buffer, *text == '\'' ? quote : escape);
    }
}

/* Adds a key in quotes. Quotes in the key are doubled. */
static void add_quoted(gp_buffer *buffer, const char *key, const char *others)
{
    gp_buffer_puts(buffer, "'");
    add_encoded(buffer, key, others, "%27%27");
    gp_buffer_puts(buffer, "'");
}

void gp_uri_add_key(gp_buffer *buffer, const char *key)
{
    gp_buffer_puts(buffer, "(");
    /* RFC 3986 pchar without the quote and the characters that a shell or a header treats specially. */
    add_quoted(buffer, key, "-._~@:!$*&+,;=");
    gp_buffer_puts(buffer, ")");
}

void gp_uri_add_value(gp_buffer *buffer, const char *key)
{
    /* The characters of a query without its separators and "+", which stands for a space. */
    add_quoted(buffer, key, "-._~@:!$*,/");
}

void gp_uri_add_text(gp_buffer *buffer, const char *text)
{
    add_encoded(buffer, text, "-._~@:!$*,/()", "%27");
}

const char *gp_uri_decode(apr_pool_t *pool, const char *text, apr_size_t length)
{
    char *decoded = apr_palloc(pool, length + 1), *out = decoded;
    const char *end = text + length;

    while (text < end) {
        if (*text == '%') {
            int high = end - text > 2 ? gp_hex_value((unsigned char)text[1]) : -1;
            int low = end - text > 2 ? gp_hex_value((unsigned char)text[2]) : -1;

            if (high < 0 || low < 0 || (high == 0 && low == 0))
                return NULL;
            *out++ = (char)(high << 4 | low);
            text += 3;
        } else {
            *out = *text++;
            if (*out == '+')
                *out = ' ';
            out++;
        }
    }
    *out = '\0';
    return gp_utf8_is_valid(decoded, (apr_size_t)(out - decoded)) ? decoded : NULL;
}
