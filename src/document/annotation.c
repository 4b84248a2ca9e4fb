/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control information and other annotations in documents that clients send. A service ignores
 * annotations that it does not know (OData JSON 4.01 section 4.5). This service refuses annotations that
 * ask for a change it would not make: ignoring them would answer success for something that did not
 * happen.
 */
#include "annotation.h"

#include <string.h>
#include <strings.h>

#define PREFIX "odata."

#define HAS_NO_NAVIGATION "A position has no navigation properties"

const char gp_annotation_no_reference[] =
    HAS_NO_NAVIGATION ", so this object cannot refer to an existing entity. Send the value itself.";

/* Control information, by its name without "odata.". */
static const struct {
    const char *name;  /* with the prefix */
    bool is_of_object; /* it has this meaning only if no property name precedes its @ */
    gp_annotation found;
    const char *reason;
} table[] = {
    {"@odata.type", true, GP_ANNOTATION_TYPE, NULL},
    {"@odata.id", true, GP_ANNOTATION_ID, NULL},
    {"@odata.context", true, GP_ANNOTATION_CONTEXT, NULL},
    {"@odata.removed", true, GP_ANNOTATION_REFUSED,
     "A deleted entity cannot be sent. Send DELETE to a position, null for a property, and a "
     "collection without the removed items."},
    {"@odata.bind", false, GP_ANNOTATION_REFUSED,
     HAS_NO_NAVIGATION ", so no property can be bound to an existing entity. Send the value of the "
                       "property itself."},
    {"@odata.delta", false, GP_ANNOTATION_REFUSED,
     "A collection is always replaced as a whole. Send the complete collection."},
};

static const char *last_at(const char *name, apr_size_t length)
{
    while (length > 0) {
        if (name[--length] == '@')
            return name + length;
    }
    return NULL;
}

/* Returns true if a text equals another, byte for byte. */
static bool is(const char *text, apr_size_t length, const char *one)
{
    return length == strlen(one) && memcmp(text, one, length) == 0;
}

gp_annotation gp_annotation_find(const char *name, apr_size_t length, const char **spelled,
                                 const char **reason)
{
    const char *at = last_at(name, length);
    apr_size_t i, rest;

    *spelled = NULL;
    if (at == NULL)
        return GP_ANNOTATION_NONE;
    rest = length - (apr_size_t)(at - name);
    for (i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *bare = table[i].name + strlen("@" PREFIX);

        if (table[i].is_of_object && at != name)
            continue;
        if (!is(at, rest, table[i].name) && !is(at + 1, rest - 1, bare))
            continue;
        *spelled = table[i].is_of_object ? table[i].name : NULL;
        *reason = table[i].reason;
        return table[i].found;
    }
    return GP_ANNOTATION_OTHER;
}

static bool starts_with(const char *text, apr_size_t length, const char *start)
{
    return length >= strlen(start) && strncasecmp(text, start, strlen(start)) == 0;
}

static bool ends_with(const char *text, apr_size_t length, const char *end)
{
    return length >= strlen(end) && is(text + length - strlen(end), strlen(end), end);
}

/* Returns true if a text is the URL of a $metadata: absolute, or relative to a context URL or a host. */
static bool is_metadata_url(const char *text, apr_size_t length)
{
    apr_size_t i;

    for (i = 0; i < length; i++) {
        if ((unsigned char)text[i] <= ' ' || text[i] == '#')
            return false;
    }
    if (is(text, length, "$metadata"))
        return true;
    return (starts_with(text, length, "http://") || starts_with(text, length, "https://")
            || starts_with(text, length, "/"))
           && (ends_with(text, length, "/$metadata") || ends_with(text, length, "/%24metadata"));
}

const char *gp_annotation_type(const gp_type *type, const char *text, apr_size_t length)
{
    const char *sharp = memchr(text, '#', length);
    const char *name = sharp ? sharp + 1 : text;
    apr_size_t before = (apr_size_t)(name - text);

    if (!gp_type_is_named(type, name, length - before)
        || (before > 1 && !is_metadata_url(text, before - 1)))
        return NULL;
    return is(text, length, type->odata_type + 1) ? type->odata_type + 1 : type->odata_type;
}

const char *gp_annotation_context(const char *text, apr_size_t length)
{
    /* OData JSON 4.0 section 10: the endings of a delta's context URL. */
    static const char *const ends[] = {"/$delta", "/$deletedEntity", "/$link", "/$deletedLink"};
    apr_size_t i;

    for (i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (ends_with(text, length, ends[i]))
            return "A delta cannot be sent. Send one position, or DELETE or PATCH an existing one.";
    }
    return NULL;
}
