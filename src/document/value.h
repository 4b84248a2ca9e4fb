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

/** One value of a document, with all it holds; every part of it is in one pool. */
struct gp_value {
    gp_value_kind kind;
    union {
        bool boolean;
        struct {
            const char *bytes; /* GP_VALUE_STRING: decoded; GP_VALUE_NUMBER: as it was written */
            apr_size_t length; /* NUL-terminated besides */
        } text;
        struct {
            gp_value *first, *last;
        } items;
        struct {
            const gp_type *type;   /* NULL: an object within a dynamic member */
            gp_value **properties; /* by place in the type; NULL: unset */
            const char
                *odata_type; /* @odata.type as it was sent, which is the type's; NULL: none */
            gp_member *members, *last;
        } object;
    } as;
    gp_value *next; /* the following item of the collection that this one is in */
};

gp_value *gp_value_null(apr_pool_t *pool);
gp_value *gp_value_boolean(apr_pool_t *pool, bool boolean);

/** @param kind  GP_VALUE_STRING or GP_VALUE_NUMBER. The bytes are copied. */
gp_value *gp_value_text(apr_pool_t *pool, gp_value_kind kind, const char *bytes, apr_size_t length);

/** A string from NUL-terminated UTF-8, which is copied; the null value where text is NULL. */
gp_value *gp_value_string(apr_pool_t *pool, const char *text);

gp_value *gp_value_collection(apr_pool_t *pool);

/** An object with nothing set. @param type  NULL for one that declares nothing */
gp_value *gp_value_object(apr_pool_t *pool, const gp_type *type);

/** Append to a collection. The item is linked, not copied, so it is in one collection only. */
void gp_value_append(gp_value *collection, gp_value *item);

/** Append an undeclared member to an object. Name and value are linked, not copied. */
void gp_value_add_member(apr_pool_t *pool, gp_value *object, const char *name, apr_size_t length,
                         gp_value *value);

/**
 * Change a document as PATCH does (OData protocol 4.0 section 11.4.3): an object is merged member by
 * member, at every level; anything else replaces what is there; null clears; what is not named stays.
 * Computed and immutable properties stay whatever the change says.
 * @param object  GP_VALUE_OBJECT; changed in place
 * @param change  GP_VALUE_OBJECT of the same type; not changed, though values of it become values
 *                of the object, too
 * @return true if the change names anything that may be changed, at any level, or brings an
 *         @odata.type that is not there yet
 */
bool gp_value_merge(apr_pool_t *pool, gp_value *object, const gp_value *change);

/** How much of OData's control information a document is written with. */
typedef enum {
    GP_METADATA_MINIMAL,
    GP_METADATA_NONE, /* without @odata.type */
    GP_METADATA_FULL  /* written the same as minimal: the rest of full is added by the reply */
} gp_metadata_level;

/** How a document is written. */
typedef struct {
    gp_metadata_level level;
    const gp_selection *selection; /* NULL: everything */
    bool
        ieee754; /* 64-bit integers and decimals in quotes: no declared property is one, but counts are */
} gp_shape;

/**
 * Write the canonical document: @odata.type if there is one, then every declared property in
 * declared order (null, or [] for a collection, where it is unset), then undeclared members in the
 * order they came; no white space.
 * @param shape  leaves out @odata.type (GP_METADATA_NONE) and what is not selected; NULL: nothing
 */
void gp_value_write(gp_buffer *buffer, const gp_value *value, const gp_shape *shape);

#endif
