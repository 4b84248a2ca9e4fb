/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structured types and their properties: lookups in the tables of the model (model.c).
 */
#include "type.h"
#include "namespace.h"
#include "base/limits.h"
#include "base/nearest.h"

#include <apr_strings.h>

#include <string.h>

int gp_type_count(const gp_type *type)
{
    return type->inherited + type->own;
}

const gp_property *gp_type_property(const gp_type *type, int index)
{
    while (index < type->inherited)
        type = type->base;
    return &type->properties[index - type->inherited];
}

bool gp_type_derives(const gp_type *type, const gp_type *base)
{
    while (type != NULL && type != base)
        type = type->base;
    return type == base;
}

int gp_type_find(const gp_type *type, const char *name, apr_size_t length)
{
    for (; type != NULL; type = type->base) {
        int i;

        for (i = 0; i < type->own; i++) {
            const gp_property *declared = &type->properties[i];

            if (declared->length == length && memcmp(declared->name, name, length) == 0)
                return type->inherited + i;
        }
    }
    return -1;
}

const char *gp_type_nearest(const gp_type *type, const char *name, apr_size_t length)
{
    gp_nearest nearest;
    int i;

    gp_nearest_open(&nearest, name, length);
    for (i = 0; i < gp_type_count(type); i++)
        gp_nearest_offer(&nearest, gp_type_property(type, i)->name);
    return nearest.name;
}

const char *gp_type_lacks(apr_pool_t *pool, const gp_type *type, const char *name,
                          apr_size_t length)
{
    const char *what = "this property", *nearest = gp_type_nearest(type, name, length);

    if (length <= GP_NAME_MESSAGE_MAX)
        what = apr_pstrcat(pool, "the property '", apr_pstrmemdup(pool, name, length), "'", NULL);
    return apr_pstrcat(pool, "The type " GP_NAMESPACE ".", type->name, " does not have ", what, ".",
                       nearest ? " Did you mean '" : NULL, nearest, "'?", NULL);
}

bool gp_type_is_named(const gp_type *type, const char *name, apr_size_t length)
{
    return gp_namespace_qualifies(type->name, name, length);
}

const char *gp_property_describe(apr_pool_t *pool, const gp_property *property)
{
    switch (property->edm) {
    case GP_EDM_STRING:
        return "an Edm.String";
    case GP_EDM_BOOLEAN:
        return "an Edm.Boolean (true or false)";
    case GP_EDM_INT32:
        return "an Edm.Int32 (a whole number from -2147483648 to 2147483647)";
    case GP_EDM_DOUBLE:
        return "an Edm.Double (a number, or \"NaN\", \"INF\" or \"-INF\")";
    case GP_EDM_DATE:
        return "an Edm.Date (YYYY-MM-DD)";
    case GP_EDM_DATETIMEOFFSET:
        return "an Edm.DateTimeOffset (such as 2017-01-01T00:00:00Z)";
    case GP_EDM_COMPLEX:
        return apr_pstrcat(pool, "an object (" GP_NAMESPACE ".", property->complex->name, ")",
                           NULL);
    case GP_EDM_ENUM:
        break;
    }
    return gp_enum_describe(pool, property->enumeration);
}
