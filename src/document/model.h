/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_MODEL_H
#define GP_MODEL_H

#include <apr_pools.h>
#include <stdbool.h>

#define GP_NAMESPACE       "microsoft.graph"
#define GP_NAMESPACE_ALIAS "graph" /* as $metadata declares it */

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

typedef struct {
    const char *name;
    unsigned value;
} gp_enum_member;

/** An enumeration type. With is_flags members combine: "family,contacts". */
typedef struct {
    const char *name;
    int is_flags;
    int count;
    const gp_enum_member *members;
    const char *sentinel; /* the member that stands for later ones, never valid on input; or NULL */
} gp_enum;

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
    int is_entity;
    int is_open;                   /* keeps members that are not declared */
    int inherited;                 /* properties of all bases together */
    int own;                       /* properties declared here */
    const gp_property *properties; /* these, in declared order */
};

/** Every structured type but those two that only lead to positions (user, profile): bases before what
 *  is derived of them, complex types before what holds them. Ends with NULL. */
extern const gp_type *const gp_model_types[];

/** Every enumeration type. Ends with NULL. */
extern const gp_enum *const gp_model_enums[];

/** The type of a position, from which every other type in use can be reached. */
extern const gp_type gp_work_position;

/** The places of workPosition's properties that the server has a hand in (gp_type_property). */
enum {
    GP_POSITION_ID,
    GP_POSITION_ALLOWED_AUDIENCES,
    GP_POSITION_INFERENCE,
    GP_POSITION_CREATED_DATE_TIME,
    GP_POSITION_CREATED_BY,
    GP_POSITION_LAST_MODIFIED_DATE_TIME,
    GP_POSITION_LAST_MODIFIED_BY
};

/** The places of identitySet's properties. */
enum { GP_IDENTITY_SET_APPLICATION, GP_IDENTITY_SET_DEVICE, GP_IDENTITY_SET_USER };

/** The places of identity's properties. */
enum { GP_IDENTITY_ID, GP_IDENTITY_DISPLAY_NAME };

/** The audiences of a position, as flags (itemFacet.allowedAudiences). */
extern const gp_enum gp_allowed_audiences;

/** @return how many properties the type has, inherited ones included */
int gp_type_count(const gp_type *type);

/** @return the property at a place from 0 to gp_type_count - 1: those of the base first, each in
 *  declared order, which is the order in which a document is written */
const gp_property *gp_type_property(const gp_type *type, int place);

/**
 * Find a property by its exact name.
 * @return its place, or -1
 */
int gp_type_find(const gp_type *type, const char *name, apr_size_t length);

/** @return the name of the declared property that differs from this one only in case; or NULL */
const char *gp_type_find_similar(const gp_type *type, const char *name, apr_size_t length);

/** @return a message: the type does not have the property, though perhaps one that is written alike */
const char *gp_type_lacks(apr_pool_t *pool, const gp_type *type, const char *name,
                          apr_size_t length);

/** @return non-zero where a name is the type's, qualified by the namespace or by its alias
 *  (microsoft.graph.workPosition, graph.workPosition) */
int gp_type_is_named(const gp_type *type, const char *name, apr_size_t length);

/** @return non-zero where a name is the enumeration's, qualified in the same way */
int gp_enum_is_named(const gp_enum *enumeration, const char *name, apr_size_t length);

/** @return non-zero where a text is the namespace, or its alias, and a dot */
int gp_model_is_namespace(const char *text);

/** @return how a message names the property's type, such as "an Edm.Date (YYYY-MM-DD)"; for a
 *  collection, that of one item */
const char *gp_property_describe(apr_pool_t *pool, const gp_property *property);

/** @return the name of the member whose value is 0, which for flags means none of them; NULL: there is no
 *  such member */
const char *gp_enum_none(const gp_enum *enumeration);

/** The answer of gp_enum_parse where the text is no valid value. */
#define GP_ENUM_INVALID ((unsigned)-1)

/**
 * Read an enumeration value (OData ABNF enumValue): a member's name or number, or several joined by
 * commas where they are flags. A number of flags may stand for several members.
 * @param canonical  receives the value in the one form that is stored: flags in declared order, once
 *                   each, joined by "," without spaces; from the pool. May be NULL.
 * @return the numeric value; GP_ENUM_INVALID where a name or a bit is unknown or is the sentinel's
 */
unsigned gp_enum_parse(apr_pool_t *pool, const gp_enum *enumeration, const char *text,
                       apr_size_t length, const char **canonical);

/** @return non-zero where a text is the name or the number of the enumeration's sentinel */
int gp_enum_is_sentinel(const gp_enum *enumeration, const char *text, apr_size_t length);

#endif
