/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The common grammar of header fields (RFC 9110 section 5.6): white space, tokens, and the values of
 * parameters. The other header_*.c use it.
 */
#include "header_field.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

const char *gp_field_skip(const char *at)
{
    return at + strspn(at, " \t");
}

gp_piece gp_field_token(const char **at)
{
    gp_piece token = {*at, gp_text_span(*at, "!#$%&'*+-.^_`|~")};

    *at += token.length;
    return token;
}

gp_piece gp_field_value(const char **at)
{
    gp_piece value;

    value.start = "";
    value.length = 0;
    *at = gp_field_skip(*at);
    if (**at != '=')
        return value;
    *at = gp_field_skip(*at + 1);
    if (**at != '"')
        return gp_field_token(at);
    value.start = ++*at;
    while (**at != '\0' && **at != '"')
        *at += **at == '\\' && (*at)[1] != '\0' ? 2 : 1;
    value.length = (apr_size_t)(*at - value.start);
    if (**at == '"')
        ++*at;
    return value;
}

bool gp_field_is(gp_piece text, const char *expected)
{
    return text.length == strlen(expected) && strncasecmp(text.start, expected, text.length) == 0;
}

int gp_field_count(gp_piece text)
{
    apr_size_t i;
    int count = 0;

    for (i = 0; i < text.length; i++) {
        if (text.start[i] < '0' || text.start[i] > '9')
            return 0;
        count = count > 100000000 ? count : count * 10 + (text.start[i] - '0');
    }
    return count;
}
