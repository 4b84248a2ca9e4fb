/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request headers that have a grammar of their own. Each is read into a struct or a verdict; none of
 * them can fail a request here.
 */
#include "header.h"

#include <string.h>
#include <strings.h>

/* A piece of a header's text. */
typedef struct {
    const char *start;
    apr_size_t length;
} piece;

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t");
}

/* Reads a token (RFC 9110 section 5.6.2); its length is 0 where there is none. */
static piece read_token(const char **at)
{
    piece token = {*at, strspn(*at, "!#$%&'*+-.^_`|~0123456789"
                                    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")};

    *at += token.length;
    return token;
}

/* Reads "= value" behind a name, quoted or not, without its quotes; empty where there is none. */
static piece read_value(const char **at)
{
    piece value;

    value.start = "";
    value.length = 0;
    *at = skip_space(*at);
    if (**at != '=')
        return value;
    *at = skip_space(*at + 1);
    if (**at != '"')
        return read_token(at);
    value.start = ++*at;
    while (**at != '\0' && **at != '"')
        *at += **at == '\\' && (*at)[1] != '\0' ? 2 : 1;
    value.length = (apr_size_t)(*at - value.start);
    if (**at == '"')
        ++*at;
    return value;
}

static int is(piece text, const char *expected)
{
    return text.length == strlen(expected) && strncasecmp(text.start, expected, text.length) == 0;
}

gp_media gp_header_content_type(const char *value)
{
    const char *at = value;
    piece type, subtype;

    if (value == NULL)
        return GP_MEDIA_MISSING;
    at = skip_space(at);
    type = read_token(&at);
    if (*at++ != '/')
        return GP_MEDIA_OTHER;
    subtype = read_token(&at);
    if (!is(type, "application") || !is(subtype, "json"))
        return GP_MEDIA_OTHER;
    for (at = skip_space(at); *at == ';'; at = skip_space(at)) {
        piece name, parameter;

        at = skip_space(at + 1);
        name = read_token(&at);
        parameter = read_value(&at);
        if (is(name, "charset") && !is(parameter, "utf-8") && !is(parameter, "us-ascii"))
            return GP_MEDIA_OTHER_CHARSET;
    }
    return *at == '\0' ? GP_MEDIA_JSON : GP_MEDIA_OTHER;
}

/* Moves behind the preference's parameters to the next preference. */
static const char *skip_parameters(const char *at)
{
    for (at = skip_space(at); *at == ';'; at = skip_space(at)) {
        at = skip_space(at + 1);
        read_token(&at);
        read_value(&at);
    }
    return at;
}

gp_prefer gp_header_prefer(const char *value)
{
    gp_prefer prefer = {GP_RETURN_UNSAID};
    const char *at = value ? value : "";
    int met = 0;

    while (*(at += strspn(at, " \t,")) != '\0') {
        piece name = read_token(&at), parameter;

        if (name.length == 0) { /* not a preference: skip to the next comma */
            at += strcspn(at, ",");
            continue;
        }
        parameter = read_value(&at);
        if (is(name, "return") && !met) {
            met = 1;
            if (is(parameter, "minimal"))
                prefer.returns = GP_RETURN_MINIMAL;
            else if (is(parameter, "representation"))
                prefer.returns = GP_RETURN_REPRESENTATION;
        }
        at = skip_parameters(at);
        at += strcspn(at, ",");
    }
    return prefer;
}
