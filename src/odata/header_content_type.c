/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content-Type (RFC 9110 section 8.3): whether a body is JSON.
 */
#include "header_content_type.h"
#include "header_field.h"

gp_media gp_header_content_type(const char *value)
{
    const char *at = value;
    gp_piece type, subtype;

    if (value == NULL)
        return GP_MEDIA_MISSING;
    at = gp_field_skip(at);
    type = gp_field_token(&at);
    if (*at++ != '/')
        return GP_MEDIA_OTHER;
    subtype = gp_field_token(&at);
    if (!gp_field_is(type, "application") || !gp_field_is(subtype, "json"))
        return GP_MEDIA_OTHER;
    for (at = gp_field_skip(at); *at == ';'; at = gp_field_skip(at)) {
        gp_piece name, parameter;

        at = gp_field_skip(at + 1);
        name = gp_field_token(&at);
        parameter = gp_field_value(&at);
        if (gp_field_is(name, "charset") && !gp_field_is(parameter, "utf-8")
            && !gp_field_is(parameter, "us-ascii"))
            return GP_MEDIA_OTHER_CHARSET;
    }
    return *at == '\0' ? GP_MEDIA_JSON : GP_MEDIA_OTHER;
}
