/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TYPE_H
#define GP_TYPE_H

#include "enumeration.h"

/** The type of a property: the EDM primitive types in use, and the two kinds of named types. */
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
    GP_COLLECTION = 1, /* a collection of the type; never null, never contains null */
    GP_COMPUTED =
        2, /* set by the server: a value from the client is ignored, even an invalid one */
    GP_IMMUTABLE =
        4, /* set at creation, by the server unless the client sends it; later like GP_COMPUTED */
    GP_ACCEPTS_SINGLE = 8 /* a collection that also accepts a single item */
};

typedef struct gp_type gp_type;

typedef struct {
    const char *name;
    apr_size_t length;  /* of it */
    const char *member; /* as an unset member after another one: ,"name":null */
    gp_edm edm;
    unsigned flags;
    const gp_type *complex;     /* if edm is GP_EDM_COMPLEX */
    const gp_enum *enumeration; /* if edm is GP_EDM_ENUM */
} gp_property;

/** A structured type: an entity type or a complex type. */
struct gp_type {
    const char *name;
    const char *odata_type; /* its @odata.type: # and the qualified name */
    const gp_type *base;
    bool is_entity;
    bool is_open;                  /* keeps undeclared members */
    int inherited;                 /* the number of properties of all bases */
    int own;                       /* the number of properties declared here */
    const gp_property *properties; /* those declared here, in order */
};

/** @return the number of properties of the type, inherited ones included */
int gp_type_count(const gp_type *type);

/** @return the property at an index from 0 to gp_type_count - 1: first those of the base, each in declared
 *           order, which is also the order of a written document */
const gp_property *gp_type_property(const gp_type *type, int index);

/**
 * Find a property by its exact name.
 * @return its index, or -1
 */
int gp_type_find(const gp_type *type, const char *name, apr_size_t length);

/** @return true if a type equals the base or derives from it. NULL (no structured type) derives only from NULL. */
bool gp_type_derives(const gp_type *type, const gp_type *base);

/** @return the declared property that a name was probably meant to be (gp_nearest_open); NULL if none is near */
const char *gp_type_nearest(const gp_type *type, const char *name, apr_size_t length);

/** @return the message that the type lacks the property; it suggests the nearest property */
const char *gp_type_lacks(apr_pool_t *pool, const gp_type *type, const char *name,
                          apr_size_t length);

/** @return true if a name is that of the type, qualified by the namespace or by its alias
 *           (microsoft.graph.workPosition, graph.workPosition) */
bool gp_type_is_named(const gp_type *type, const char *name, apr_size_t length);

/** @return the description of the property's type for messages, such as "an Edm.Date (YYYY-MM-DD)"; for a
 *           collection, that of one item */
const char *gp_property_describe(apr_pool_t *pool, const gp_property *property);

#endif
