/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TYPE_H
#define GP_TYPE_H

#include "enumeration.h"

/** What a property holds: the EDM primitive types in use, and the two kinds of named types. */
typedef enum {
    GP_EDM_STRING,
    GP_EDM_BOOLEAN,
    GP_EDM_INT32,
    GP_EDM_DOUBLE,
    GP_EDM_DATE,
    GP_EDM_DATETIMEOFFSET,
    GP_EDM_ENUM,
    GP_EDM_COMPLEX
} gp_edm;

enum {
    GP_COLLECTION = 1,    /* a collection of the type; never null, never holds null */
    GP_COMPUTED = 2,      /* set by the server: a value that is sent is ignored, whatever it is */
    GP_IMMUTABLE = 4,     /* set at creation, by the server unless sent; later as if computed */
    GP_ACCEPTS_SINGLE = 8 /* a collection that also takes one bare item */
};

typedef struct gp_type gp_type;

typedef struct {
    const char *name;
    apr_size_t length;  /* of it */
    const char *member; /* as it stands in an object behind another, unset: ,"name":null */
    gp_edm edm;
    unsigned flags;
    const gp_type *complex;     /* where edm is GP_EDM_COMPLEX */
    const gp_enum *enumeration; /* where edm is GP_EDM_ENUM */
} gp_property;

/** A structured type: an entity type or a complex type. */
struct gp_type {
    const char *name;
    const char *odata_type; /* its @odata.type: # and the qualified name */
    const gp_type *base;
    bool is_entity;
    bool is_open;                  /* keeps members that are not declared */
    int inherited;                 /* properties of all bases together */
    int own;                       /* properties declared here */
    const gp_property *properties; /* these, in declared order */
};

/** @return how many properties the type has, inherited ones included */
int gp_type_count(const gp_type *type);

/** @return the property at an index from 0 to gp_type_count - 1: those of the base first, each in
 *  declared order, which is the order in which a document is written */
const gp_property *gp_type_property(const gp_type *type, int index);

/**
 * Find a property by its exact name.
 * @return its index, or -1
 */
int gp_type_find(const gp_type *type, const char *name, apr_size_t length);

/** @return true if a type is the other one, or derived from it. NULL, which stands for no structured type, is itself
 *  only */
bool gp_type_derives(const gp_type *type, const gp_type *base);

/** @return the name of the declared property that a name was probably meant to be (gp_nearest_open); or NULL */
const char *gp_type_nearest(const gp_type *type, const char *name, apr_size_t length);

/** @return a message: the type does not have the property; it suggests the nearest one that it has */
const char *gp_type_lacks(apr_pool_t *pool, const gp_type *type, const char *name,
                          apr_size_t length);

/** @return true if a name is the type's, qualified by the namespace or by its alias
 *  (microsoft.graph.workPosition, graph.workPosition) */
bool gp_type_is_named(const gp_type *type, const char *name, apr_size_t length);

/** @return how a message names the property's type, such as "an Edm.Date (YYYY-MM-DD)"; for a
 *  collection, that of one item */
const char *gp_property_describe(apr_pool_t *pool, const gp_property *property);

#endif
