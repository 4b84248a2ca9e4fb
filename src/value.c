/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document as a tree, and the canonical text of it. The tree is made by the reader (reader.c) or
 * by hand (position.c); it is never changed into anything the type does not allow.
 */
#include "value.h"

#include <apr_strings.h>

#include <string.h>

static gp_value *create(apr_pool_t *pool, gp_value_kind kind)
{
    gp_value *value = apr_pcalloc(pool, sizeof *value);

    value->kind = kind;
    return value;
}

gp_value *gp_value_null(apr_pool_t *pool)
{
    return create(pool, GP_VALUE_NULL);
}

gp_value *gp_value_boolean(apr_pool_t *pool, int boolean)
{
    gp_value *value = create(pool, GP_VALUE_BOOLEAN);

    value->as.boolean = boolean;
    return value;
}

gp_value *gp_value_text(apr_pool_t *pool, gp_value_kind kind, const char *bytes, apr_size_t length)
{
    gp_value *value = create(pool, kind);

    value->as.text.bytes = apr_pstrmemdup(pool, bytes, length);
    value->as.text.length = length;
    return value;
}

gp_value *gp_value_string(apr_pool_t *pool, const char *text)
{
    if (text == NULL)
        return gp_value_null(pool);
    return gp_value_text(pool, GP_VALUE_STRING, text, strlen(text));
}

gp_value *gp_value_collection(apr_pool_t *pool)
{
    return create(pool, GP_VALUE_COLLECTION);
}

gp_value *gp_value_object(apr_pool_t *pool, const gp_type *type)
{
    gp_value *value = create(pool, GP_VALUE_OBJECT);

    value->as.object.type = type;
    if (type != NULL)
        value->as.object.properties =
            apr_pcalloc(pool, (apr_size_t)gp_type_count(type) * sizeof(gp_value *));
    return value;
}

void gp_value_append(gp_value *collection, gp_value *item)
{
    if (collection->as.items.last == NULL)
        collection->as.items.first = item;
    else
        collection->as.items.last->next = item;
    collection->as.items.last = item;
}

void gp_value_add_member(apr_pool_t *pool, gp_value *object, const char *name, apr_size_t length,
                         gp_value *value)
{
    gp_member *member = apr_pcalloc(pool, sizeof *member);

    member->name = name;
    member->length = length;
    member->value = value;
    if (object->as.object.last == NULL)
        object->as.object.members = member;
    else
        object->as.object.last->next = member;
    object->as.object.last = member;
}

static void write_name(gp_buffer *buffer, const char *name, apr_size_t length, int *first)
{
    if (!*first)
        gp_buffer_add(buffer, ",", 1);
    *first = 0;
    gp_buffer_add_json(buffer, name, length);
    gp_buffer_add(buffer, ":", 1);
}

static void write_object(gp_buffer *buffer, const gp_value *object)
{
    const gp_type *type = object->as.object.type;
    const gp_member *member;
    int first = 1, count = type ? gp_type_count(type) : 0, place;

    gp_buffer_add(buffer, "{", 1);
    if (object->as.object.odata_type != NULL) {
        write_name(buffer, "@odata.type", strlen("@odata.type"), &first);
        gp_buffer_puts_json(buffer, object->as.object.odata_type);
    }
    for (place = 0; place < count; place++) {
        const gp_property *property = gp_type_property(type, place);
        const gp_value *value = object->as.object.properties[place];

        write_name(buffer, property->name, strlen(property->name), &first);
        if (value != NULL)
            gp_value_write(buffer, value);
        else
            gp_buffer_puts(buffer, property->flags & GP_COLLECTION ? "[]" : "null");
    }
    for (member = object->as.object.members; member != NULL; member = member->next) {
        write_name(buffer, member->name, member->length, &first);
        gp_value_write(buffer, member->value);
    }
    gp_buffer_add(buffer, "}", 1);
}

static void write_collection(gp_buffer *buffer, const gp_value *collection)
{
    const gp_value *item;

    gp_buffer_add(buffer, "[", 1);
    for (item = collection->as.items.first; item != NULL; item = item->next) {
        if (item != collection->as.items.first)
            gp_buffer_add(buffer, ",", 1);
        gp_value_write(buffer, item);
    }
    gp_buffer_add(buffer, "]", 1);
}

/* Recursion is bounded by the depth that the reader admits. */
void gp_value_write(gp_buffer *buffer, const gp_value *value)
{
    switch (value->kind) {
    case GP_VALUE_NULL:
        gp_buffer_puts(buffer, "null");
        break;
    case GP_VALUE_BOOLEAN:
        gp_buffer_puts(buffer, value->as.boolean ? "true" : "false");
        break;
    case GP_VALUE_NUMBER:
        gp_buffer_add(buffer, value->as.text.bytes, value->as.text.length);
        break;
    case GP_VALUE_STRING:
        gp_buffer_add_json(buffer, value->as.text.bytes, value->as.text.length);
        break;
    case GP_VALUE_COLLECTION:
        write_collection(buffer, value);
        break;
    case GP_VALUE_OBJECT:
        write_object(buffer, value);
        break;
    }
}
