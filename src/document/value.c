/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document as a tree, and its canonical text. The reader (reader.c) or position.c makes the tree.
 * Every function here keeps the tree valid for its type.
 */
#include "value.h"
#include "base/names.h"

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

gp_value *gp_value_boolean(apr_pool_t *pool, bool boolean)
{
    gp_value *value = create(pool, GP_VALUE_BOOLEAN);

    value->as.boolean = boolean;
    return value;
}

gp_value *gp_value_text(apr_pool_t *pool, gp_value_kind kind, const char *bytes, apr_size_t length)
{
    gp_value *value = apr_palloc(pool, sizeof *value + length + 1);
    char *copy = (char *)(value + 1);

    memset(value, 0, sizeof *value);
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    value->kind = kind;
    value->as.text.bytes = copy;
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
    apr_size_t count = type ? (apr_size_t)gp_type_count(type) : 0;
    gp_value *value = apr_pcalloc(pool, sizeof *value + count * sizeof(gp_value *));

    value->kind = GP_VALUE_OBJECT;
    value->as.object.type = type;
    if (type != NULL)
        value->as.object.properties = (gp_value **)(value + 1);
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

/* ---- merging ---- */

/* Removes the members that have no value. */
static void sweep_members(gp_value *object)
{
    gp_member **link = &object->as.object.members;

    object->as.object.last = NULL;
    while (*link != NULL) {
        if ((*link)->value == NULL) {
            *link = (*link)->next;
            continue;
        }
        object->as.object.last = *link;
        link = &(*link)->next;
    }
}

/* Merges undeclared members: each replaces the one of the same name or is appended; null removes
 * it. */
static void merge_members(apr_pool_t *pool, gp_value *object, const gp_member *change)
{
    gp_names *members = gp_names_make(pool);
    gp_member *member;

    for (member = object->as.object.members; member != NULL; member = member->next)
        gp_names_add(members, member->name, member->length, member);
    for (; change != NULL; change = change->next) {
        gp_value *value = change->value->kind == GP_VALUE_NULL ? NULL : change->value;

        member = gp_names_get(members, change->name, change->length);
        if (member != NULL)
            member->value = value;
        else if (value != NULL)
            gp_value_add_member(pool, object, change->name, change->length, value);
    }
    sweep_members(object);
}

static bool is_typed_object(const gp_value *value)
{
    return value != NULL && value->kind == GP_VALUE_OBJECT && value->as.object.type != NULL;
}

/* Takes over an @odata.type. Returns false if the change has none or the same. */
static bool merge_type(gp_value *object, const gp_value *change)
{
    const char *before = object->as.object.odata_type, *after = change->as.object.odata_type;

    if (after == NULL || (before != NULL && strcmp(before, after) == 0))
        return false;
    object->as.object.odata_type = after;
    return true;
}

bool gp_value_merge(apr_pool_t *pool, gp_value *object, const gp_value *change)
{
    const gp_type *type = object->as.object.type;
    bool changed = merge_type(object, change);
    int index;

    for (index = 0; index < gp_type_count(type); index++) {
        gp_value **to = &object->as.object.properties[index];
        gp_value *from = change->as.object.properties[index];

        if (from == NULL || gp_type_property(type, index)->flags & (GP_COMPUTED | GP_IMMUTABLE))
            continue;
        if (is_typed_object(*to) && is_typed_object(from)) {
            changed |= gp_value_merge(pool, *to, from);
        } else {
            *to = from;
            changed = true;
        }
    }
    if (change->as.object.members != NULL) {
        merge_members(pool, object, change->as.object.members);
        changed = true;
    }
    return changed;
}

/* ---- writing ---- */

static void write_name(gp_buffer *buffer, const char *name, apr_size_t length, bool *first)
{
    if (!*first)
        gp_buffer_add(buffer, ",", 1);
    *first = false;
    gp_buffer_add_json(buffer, name, length);
    gp_buffer_add(buffer, ":", 1);
}

/* Returns the shape of a property; false if it is left out. */
static bool shape_property(const gp_shape *shape, int index, gp_shape *inner)
{
    const gp_selection *selection = shape->selection;

    inner->level = shape->level;
    inner->selection = NULL;
    if (selection == NULL || selection->is_whole)
        return true;
    inner->selection = selection->properties[index];
    return inner->selection != NULL;
}

/* Writes a declared property; an unset one is written as one prepared text. */
static void write_declared(gp_buffer *buffer, const gp_property *property, const gp_value *value,
                           const gp_shape *shape, bool first)
{
    apr_size_t comma = first ? 1 : 0; /* to skip */
    const char *member = property->member + comma;
    apr_size_t length = property->length + strlen(",\"\":") - comma;

    if (value == NULL && property->flags & GP_COLLECTION) {
        gp_buffer_add(buffer, member, length);
        gp_buffer_puts(buffer, "[]");
    } else if (value == NULL || value->kind == GP_VALUE_NULL) {
        gp_buffer_add(buffer, member, length + strlen("null"));
    } else {
        gp_buffer_add(buffer, member, length);
        gp_value_write(buffer, value, shape);
    }
}

static void write_object(gp_buffer *buffer, const gp_value *object, const gp_shape *shape)
{
    const gp_type *type = object->as.object.type;
    const gp_selection *selection = type ? shape->selection : NULL;
    const gp_member *member = object->as.object.members;
    bool first = true;
    int count = type ? gp_type_count(type) : 0, index;
    gp_shape inner = {shape->level, NULL, shape->ieee754};

    gp_buffer_add(buffer, "{", 1);
    if (object->as.object.odata_type != NULL && shape->level != GP_METADATA_NONE) {
        gp_buffer_puts(buffer, "\"@odata.type\":\"");
        gp_buffer_puts(buffer, object->as.object.odata_type);
        gp_buffer_puts(buffer, "\"");
        first = false;
    }
    for (index = 0; index < count; index++) {
        const gp_property *property = gp_type_property(type, index);
        const gp_value *value = object->as.object.properties[index];

        if (!shape_property(shape, index, &inner))
            continue;
        write_declared(buffer, property, value, &inner, first);
        first = false;
    }
    if (selection != NULL && !selection->is_whole && !selection->has_members)
        member = NULL;
    inner.selection = NULL;
    for (; member != NULL; member = member->next) {
        write_name(buffer, member->name, member->length, &first);
        gp_value_write(buffer, member->value, &inner);
    }
    gp_buffer_add(buffer, "}", 1);
}

static void write_collection(gp_buffer *buffer, const gp_value *collection, const gp_shape *shape)
{
    const gp_value *item;

    gp_buffer_add(buffer, "[", 1);
    for (item = collection->as.items.first; item != NULL; item = item->next) {
        if (item != collection->as.items.first)
            gp_buffer_add(buffer, ",", 1);
        gp_value_write(buffer, item, shape);
    }
    gp_buffer_add(buffer, "]", 1);
}

/* The reader limits the depth, and so the recursion. */
void gp_value_write(gp_buffer *buffer, const gp_value *value, const gp_shape *shape)
{
    static const gp_shape whole = {GP_METADATA_MINIMAL, NULL, false};

    if (shape == NULL)
        shape = &whole;
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
        write_collection(buffer, value, shape);
        break;
    case GP_VALUE_OBJECT:
        write_object(buffer, value, shape);
        break;
    }
}
