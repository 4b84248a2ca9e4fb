/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content-Type (RFC 9110 section 8.3): whether a body is JSON, and the boundary of a multipart body.
 */
#include "header_content_type.h"
#include "base/limits.h"
#include "base/text.h"
#include "header_field.h"

#include <apr_strings.h>

#include <string.h>

/* Moves past a media type without its parameters. Returns false if it is another one. */
static bool skip_type(const char **at, const char *type, const char *subtype)
{
    *at = gp_field_skip(*at);
    if (!gp_field_is(gp_field_token(at), type) || **at != '/')
        return false;
    ++*at;
    return gp_field_is(gp_field_token(at), subtype);
}

/* Moves past one parameter. Returns false at the end of the parameters. */
static bool next_parameter(const char **at, gp_piece *name, gp_piece *value)
{
    *at = gp_field_skip(*at);
    if (**at != ';')
        return false;
    *at = gp_field_skip(*at + 1);
    *name = gp_field_token(at);
    *value = gp_field_value(at);
    return true;
}

gp_media gp_header_content_type(const char *value)
{
    const char *at = value;
    gp_piece name, parameter;

    if (value == NULL)
        return GP_MEDIA_MISSING;
    if (!skip_type(&at, "application", "json"))
        return GP_MEDIA_OTHER;
    while (next_parameter(&at, &name, &parameter)) {
        if (gp_field_is(name, "charset") && !gp_field_is(parameter, "utf-8")
            && !gp_field_is(parameter, "us-ascii"))
            return GP_MEDIA_OTHER_CHARSET;
    }
    return *at == '\0' ? GP_MEDIA_JSON : GP_MEDIA_OTHER;
}

bool gp_header_has_type(const char *value, const char *type, const char *subtype)
{
    const char *at = value;

    return value != NULL && skip_type(&at, type, subtype) && strchr(" \t;", *at) != NULL;
}

/* The characters of a boundary are letters, digits and these; the last one is not a space. */
static bool is_boundary(const char *text)
{
    apr_size_t length = gp_text_span(text, "'()+_,-./:=? ");

    return length > 0 && length <= GP_BOUNDARY_MAX && text[length] == '\0'
           && text[length - 1] != ' ';
}

/* Whether a value begins with a quote and no quote ends it. @param at  behind the value */
static bool is_unclosed(gp_piece value, const char *at)
{
    return value.length > 0 && value.start[-1] == '"' && at == value.start + value.length;
}

const char *gp_header_boundary(apr_pool_t *pool, const char *value)
{
    const char *at = value + strcspn(value, ";"), *boundary = NULL;
    gp_piece name, parameter;

    while (next_parameter(&at, &name, &parameter)) {
        if (is_unclosed(parameter, at))
            return NULL;
        if (!gp_field_is(name, "boundary"))
            continue;
        if (boundary != NULL)
            return NULL;
        boundary = apr_pstrmemdup(pool, parameter.start, parameter.length);
    }
    return *at == '\0' && boundary != NULL && is_boundary(boundary) ? boundary : NULL;
}
