/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ROUTE_H
#define GP_ROUTE_H

#include <apr_pools.h>

/** What a path names. */
typedef enum {
    GP_RESOURCE_NONE,      /* nothing of ours: somebody else may serve it */
    GP_RESOURCE_UNKNOWN,   /* within our collection, yet nothing */
    GP_RESOURCE_SERVICE,   /* the service root */
    GP_RESOURCE_METADATA,  /* $metadata */
    GP_RESOURCE_OPENAPI,   /* openapi.json */
    GP_RESOURCE_BATCH,     /* $batch */
    GP_RESOURCE_POSITIONS, /* the collection */
    GP_RESOURCE_REF,       /* the collection's $ref: the specification's spelling of create */
    GP_RESOURCE_COUNT,     /* the collection's $count */
    GP_RESOURCE_POSITION,  /* one position */
    GP_RESOURCE_PROFILE    /* the profile that has the positions */
} gp_resource;

/** What a request does to a resource. */
typedef enum {
    GP_OPERATION_NONE, /* the method is not allowed */
    GP_OPERATION_SERVICE,
    GP_OPERATION_METADATA,
    GP_OPERATION_OPENAPI,
    GP_OPERATION_BATCH,
    GP_OPERATION_LIST,
    GP_OPERATION_COUNT,
    GP_OPERATION_CREATE,
    GP_OPERATION_READ,
    GP_OPERATION_UPDATE,
    GP_OPERATION_DELETE,
    GP_OPERATION_PROFILE, /* read it */
    GP_OPERATION_ERASE,   /* delete all positions of a profile */
    GP_OPERATION_OPTIONS
} gp_operation;

#define GP_OPERATIONS (GP_OPERATION_OPTIONS + 1) /* how many there are */

/** @return a set that holds one operation */
static inline unsigned gp_operation_bit(gp_operation operation)
{
    return 1u << operation;
}

typedef struct {
    gp_resource resource;
    const char *user;   /* the key behind /users; "": not a key, or not yet; NULL: /me */
    const char *alias;  /* "@name" in place of the key, which gp_route_resolve reads; NULL: none */
    const char *id;     /* the position's key, as it was sent; NULL: none */
    const char *reason; /* GP_RESOURCE_UNKNOWN: a message that says why; NULL: no more is known */
} gp_route;

/**
 * Read a path: the root itself, /$metadata, /openapi.json, /$batch, /me/profile, /users/{id}/profile, the positions in it
 * and what follows these, a key as a segment, as ('key') or as (id='key') with quotes doubled (OData URL
 * conventions 4.3), path words and `id` in any case (Graph), a trailing slash forgiven.
 * @param path  below the service root, percent-decoded, starting with / or empty
 */
gp_route gp_route_parse(apr_pool_t *pool, const char *path);

/**
 * Read the key of /users(@name) from the query string, ?@name='key': a parameter alias (OData URL
 * conventions 4.01 section 5.3). It is the one spelling in which a key may have a slash: httpd refuses
 * %2F in a path, and proxies merge and resolve segments there.
 * @param route  of gp_route_parse; without an alias it stays as it is, with one that is not given, or
 *               that is not a string, it becomes GP_RESOURCE_UNKNOWN
 * @param args   the query string; may be NULL
 */
void gp_route_resolve(apr_pool_t *pool, gp_route *route, const char *args);

/** @return the one spelling of what a route stands for: path words in lower case, keys as segments, a
 *  slash within one as %2F, a position's UUID in lower case. For what is unknown, only as far as it is
 *  known. From the pool. */
const char *gp_route_path(apr_pool_t *pool, const gp_route *route);

/** @return what a method (in capitals, as sent; HEAD is GET) does to a resource */
gp_operation gp_route_operation(gp_resource resource, const char *method);

/** @return its name, for the log and for mod_status: a word in lower case */
const char *gp_operation_name(gp_operation operation);

/**
 * @param disabled  the operations that the configuration does not allow, a set of gp_operation_bit
 * @return the value of an Allow header for a resource
 */
const char *gp_route_allow(apr_pool_t *pool, gp_resource resource, unsigned disabled);

#endif
