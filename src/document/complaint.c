/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wording of problems in a document: JSON paths to the value, and messages that state what was
 * expected there. The reader (reader.c) decides what is wrong.
 */
#include "complaint.h"
#include "base/limits.h"
#include "base/text.h"

#include <apr_strings.h>

#include <string.h>

static const char *shown(apr_pool_t *pool, const char *name, apr_size_t length)
{
    if (length <= GP_NAME_TARGET_MAX)
        return apr_pstrmemdup(pool, name, length);
    for (length = GP_NAME_TARGET_MAX; ((unsigned char)name[length] & 0xc0) == 0x80; length--)
        ;
    return apr_pstrcat(pool, apr_pstrmemdup(pool, name, length), "...", NULL);
}

/* Returns true if a name can follow a dot in a JSON path (RFC 9535 section 2.5.1.1, ASCII part). */
static bool is_shorthand(const char *name)
{
    static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";

    return *name != '\0' && strchr(first, *name) != NULL && name[gp_text_span(name, "_")] == '\0';
}

void gp_complaint_add_name(gp_buffer *path, const char *bytes, apr_size_t length)
{
    const char *name = shown(path->pool, bytes, length);

    if (is_shorthand(name)) {
        gp_buffer_puts(path, ".");
        gp_buffer_puts(path, name);
        return;
    }
    gp_buffer_puts(path, "[");
    gp_buffer_puts_path_name(path, name);
    gp_buffer_puts(path, "]");
}

const char *gp_complaint_scalar(gp_value_kind kind)
{
    switch (kind) {
    case GP_VALUE_NULL:
        return "null";
    case GP_VALUE_BOOLEAN:
        return "a boolean";
    case GP_VALUE_NUMBER:
        return "a number";
    default:
        return "a string";
    }
}

const char *gp_complaint_kind(apr_pool_t *pool, const gp_property *property, bool is_item,
                              const char *got)
{
    const char *one = gp_property_describe(pool, property);

    if (property->flags & GP_COLLECTION && !is_item)
        return apr_psprintf(pool, "Expected an array, each item %s, got %s.", one, got);
    return apr_psprintf(pool, "Expected %s, got %s.", one, got);
}

const char *gp_complaint_value(apr_pool_t *pool, const gp_property *property,
                               const gp_scalar *given)
{
    const char *nearest = NULL;

    if (property->edm == GP_EDM_ENUM && given->kind == GP_VALUE_STRING
        && gp_enum_is_sentinel(property->enumeration, given->bytes, given->length))
        return apr_psprintf(pool, "%s represents members of later versions and cannot be sent.",
                            property->enumeration->sentinel);
    if (property->edm == GP_EDM_ENUM && given->kind == GP_VALUE_STRING)
        nearest = gp_enum_nearest(property->enumeration, given->bytes, given->length);
    return apr_pstrcat(pool, "The value is not ", gp_property_describe(pool, property), ".",
                       nearest ? " Did you mean '" : NULL, nearest, "'?", NULL);
}
