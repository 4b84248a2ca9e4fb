/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_PRIMITIVE_H
#define GP_PRIMITIVE_H

#include "model.h"

/** The kinds of JSON values. */
typedef enum {
    GP_VALUE_NULL,
    GP_VALUE_BOOLEAN,
    GP_VALUE_NUMBER,
    GP_VALUE_STRING,
    GP_VALUE_COLLECTION,
    GP_VALUE_OBJECT
} gp_value_kind;

/** A value other than an object or array, as it arrived. */
typedef struct {
    gp_value_kind kind;
    bool boolean; /* GP_VALUE_BOOLEAN */
    /* GP_VALUE_STRING: decoded; GP_VALUE_NUMBER: as written; not NUL-terminated */
    const char *bytes;
    apr_size_t length;
} gp_scalar;

/** The result of comparing a scalar with a type. */
typedef enum {
    GP_FITS,
    GP_WRONG_KIND, /* another JSON type */
    GP_WRONG_VALUE /* the right JSON type, but not a value of the type */
} gp_fit;

/**
 * Compare a scalar that is not null with the primitive type of a property (OData JSON 4.0 section
 * 7.1), or, for a collection, with that of its items.
 * @param scalar  an enumeration value becomes canonical (gp_enum_parse), from the pool
 */
gp_fit gp_primitive_check(apr_pool_t *pool, const gp_property *property, gp_scalar *scalar);

/** @return true if the number fits into a double, and so into PostgreSQL's jsonb */
bool gp_primitive_number_is_valid(apr_pool_t *pool, const gp_scalar *scalar);

/** @return true if the scalar is a string equal to the text */
bool gp_scalar_is(const gp_scalar *scalar, const char *text);

#endif
