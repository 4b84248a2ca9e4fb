/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_VALUE_H
#define GP_VALUE_H

#include "base/buffer.h"
#include "primitive.h"
#include "selection.h"

typedef struct gp_value gp_value;

/** A member that the type does not declare: dynamic, or kept by relaxed validation. */
typedef struct gp_member {
    const char *name;
    apr_size_t length;
    gp_value *value;
    struct gp_member *next;
} gp_member;

/** One value of a document with everything inside it. All parts are in one pool. */
struct gp_value {
    gp_value_kind kind;
    union {
        bool boolean;
        struct {
            const char *bytes; /* GP_VALUE_STRING: decoded; GP_VALUE_NUMBER: as written */
            apr_size_t length; /* without the terminating NUL */
        } text;
        struct {
            gp_value *first, *last;
        } items;
        struct {
            const gp_type *type;    /* NULL: an object within a dynamic member */
            gp_value **properties;  /* by index in the type; NULL: unset */
            const char *odata_type; /* @odata.type as it was sent; it names the type; NULL: none */
            gp_member *members, *last;
        } object;
    } as;
    gp_value *next; /* the next item of the same collection */
};

gp_value *gp_value_null(apr_pool_t *pool);
gp_value *gp_value_boolean(apr_pool_t *pool, bool boolean);

/** @param kind  GP_VALUE_STRING or GP_VALUE_NUMBER. The bytes are copied. */
gp_value *gp_value_text(apr_pool_t *pool, gp_value_kind kind, const char *bytes, apr_size_t length);

/** Make a string from NUL-terminated UTF-8, which is copied; if text is NULL, make null. */
gp_value *gp_value_string(apr_pool_t *pool, const char *text);

gp_value *gp_value_collection(apr_pool_t *pool);

/** Make an object with no member set. @param type  NULL for an object that declares nothing */
gp_value *gp_value_object(apr_pool_t *pool, const gp_type *type);

/** Append to a collection. The item is linked, not copied, so it can be in one collection only. */
void gp_value_append(gp_value *collection, gp_value *item);

/** Append an undeclared member to an object. Name and value are linked, not copied. */
void gp_value_add_member(apr_pool_t *pool, gp_value *object, const char *name, apr_size_t length,
                         gp_value *value);

/**
 * Change a document as PATCH does (OData protocol 4.0 section 11.4.3). An object is merged member by
 * member, at every level; any other value replaces the old one; null clears; members that the change
 * does not name stay. Computed and immutable properties never change.
 * @param object  GP_VALUE_OBJECT; changed in place
 * @param change  GP_VALUE_OBJECT of the same type; not changed, but the object then shares its values
 * @return true if the change names anything that may be changed, at any level, or adds an @odata.type
 *         that was missing
 */
bool gp_value_merge(apr_pool_t *pool, gp_value *object, const gp_value *change);

/** The level of OData control information in a written document. */
typedef enum {
    GP_METADATA_MINIMAL,
    GP_METADATA_NONE, /* without @odata.type */
    GP_METADATA_FULL  /* written like minimal: the answer adds the rest of full */
} gp_metadata_level;

/** The form in which to write a document. */
typedef struct {
    gp_metadata_level level;
    const gp_selection *selection; /* NULL: everything */
    bool ieee754; /* 64-bit integers and decimals in quotes: only counts are such */
} gp_shape;

/**
 * Write the canonical document without white space: @odata.type if set, then every declared property
 * in declared order (null if unset, [] for a collection), then undeclared members in their original
 * order.
 * @param shape  leaves out @odata.type (GP_METADATA_NONE) and unselected properties; NULL: writes all
 */
void gp_value_write(gp_buffer *buffer, const gp_value *value, const gp_shape *shape);

#endif
