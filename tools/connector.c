/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The format of Graph's connectors for people data: one item for each person. Its property with the label
 * personCurrentPosition is a string that holds the JSON of a workPosition. Every user of the tenant may read
 * such an item, so it contains only positions that the whole organization may see.
 */
#include "connector.h"

#include <string.h>

/* The audiences that include the organization: organization, federatedOrganizations, everyone. */
#define WHOLE_ORGANIZATION (8u | 16u | 32u)

static const gp_value *property(const gp_value *object, const char *name)
{
    int index;

    if (object == NULL || object->kind != GP_VALUE_OBJECT || object->as.object.type == NULL)
        return NULL;
    index = gp_type_find(object->as.object.type, name, strlen(name));
    return index < 0 ? NULL : object->as.object.properties[index];
}

int gp_connector_admits(const gp_value *position, unsigned audiences)
{
    const gp_value *current = property(position, "isCurrent");

    return (audiences & WHOLE_ORGANIZATION) != 0 && current != NULL
           && current->kind == GP_VALUE_BOOLEAN && current->as.boolean;
}

static const char *start_of(const gp_value *position)
{
    const gp_value *start = property(property(position, "detail"), "startMonthYear");

    return start != NULL && start->kind == GP_VALUE_STRING ? start->as.text.bytes : "";
}

int gp_connector_is_later(const gp_value *position, const gp_value *other)
{
    return strcmp(start_of(position), start_of(other)) > 0;
}

/* Returns non-zero if a value holds no information: null, an empty collection, or an object of such
 * values. */
static int is_empty(const gp_value *value)
{
    int index;

    if (value == NULL || value->kind == GP_VALUE_NULL)
        return 1;
    if (value->kind == GP_VALUE_COLLECTION)
        return value->as.items.first == NULL;
    if (value->kind != GP_VALUE_OBJECT || value->as.object.members != NULL)
        return 0;
    for (index = 0; value->as.object.type && index < gp_type_count(value->as.object.type);
         index++) {
        if (!is_empty(value->as.object.properties[index]))
            return 0;
    }
    return 1;
}

static void write_sparse(gp_buffer *out, const gp_value *value);

static void write_member(gp_buffer *out, const char *name, const gp_value *value, int *first)
{
    if (is_empty(value))
        return;
    gp_buffer_puts(out, *first ? "" : ",");
    *first = 0;
    gp_buffer_puts_json(out, name);
    gp_buffer_puts(out, ":");
    write_sparse(out, value);
}

/* Writes the declared properties that are set. */
static void write_sparse(gp_buffer *out, const gp_value *value)
{
    int first = 1, index;

    if (value->kind != GP_VALUE_OBJECT || value->as.object.type == NULL) {
        gp_value_write(out, value, NULL);
        return;
    }
    gp_buffer_puts(out, "{");
    for (index = 0; index < gp_type_count(value->as.object.type); index++)
        write_member(out, gp_type_property(value->as.object.type, index)->name,
                     value->as.object.properties[index], &first);
    gp_buffer_puts(out, "}");
}

/* Returns the workPosition of the item: the position without the properties that the server added. */
static const char *position_text(gp_buffer *text, const gp_value *position)
{
    int first = 1;

    gp_buffer_puts(text, "{");
    write_member(text, "detail", property(position, "detail"), &first);
    write_member(text, "isCurrent", property(position, "isCurrent"), &first);
    gp_buffer_puts(text, "}");
    return gp_buffer_text(text);
}

static const char *account_text(gp_buffer *text, const gp_person_item *item)
{
    gp_buffer_puts(text, item->name != NULL ? "{\"userPrincipalName\":"
                                            : "{\"externalDirectoryObjectId\":");
    gp_buffer_puts_json(text, item->name != NULL ? item->name : item->owner);
    gp_buffer_puts(text, "}");
    return gp_buffer_text(text);
}

void gp_connector_write(gp_buffer *out, const gp_person_item *item)
{
    gp_buffer account, position;

    gp_buffer_open(&account, out->pool, 128);
    gp_buffer_open(&position, out->pool, 1024);
    gp_buffer_puts(out, "{\"id\":");
    gp_buffer_puts_json(out, item->owner);
    gp_buffer_puts(out, ",\"acl\":[{\"type\":\"everyone\",\"value\":\"everyone\","
                        "\"accessType\":\"grant\"}],\"properties\":{\"account\":");
    gp_buffer_puts_json(out, account_text(&account, item));
    gp_buffer_puts(out, ",\"currentPosition\":");
    gp_buffer_puts_json(out, position_text(&position, item->position));
    gp_buffer_puts(out, "}}\n");
}
