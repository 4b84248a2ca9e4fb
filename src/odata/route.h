/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ROUTE_H
#define GP_ROUTE_H

#include <apr_pools.h>

/** The resource that a path names. */
typedef enum {
    GP_RESOURCE_NONE,      /* not served by the module: another module may serve it */
    GP_RESOURCE_UNKNOWN,   /* below the collection, but does not exist */
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

/** The operation of a request on a resource. */
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

#define GP_OPERATIONS (GP_OPERATION_OPTIONS + 1) /* the number of operations */

/** @return a set that holds one operation */
static inline unsigned gp_operation_bit(gp_operation operation)
{
    return 1u << operation;
}

typedef struct {
    gp_resource resource;
    const char *user;   /* the key after /users; "": not a key, or not yet known; NULL: /me */
    const char *alias;  /* "@name" in place of the key, which gp_route_resolve reads; NULL: none */
    const char *id;     /* the position's key, as it was sent; NULL: none */
    const char *reason; /* GP_RESOURCE_UNKNOWN: the reason as a message; NULL: none */
} gp_route;

/**
 * Parse a path: the root itself, /$metadata, /$batch, /openapi.json, /me/profile, /users/{id}/profile, their
 * positions, and the paths below. A key is a segment, ('key') or (id='key') with quotes doubled (OData URL
 * conventions 4.3). Path segments and `id` may be in any case (Graph); a trailing slash is ignored.
 * @param path  below the service root, percent-decoded, starting with / or empty
 */
gp_route gp_route_parse(apr_pool_t *pool, const char *path);

/**
 * Read the key of /users(@name) from the query string, ?@name='key': a parameter alias (OData URL conventions 4.01
 * section 5.3). Only this spelling can hold a key with a slash: httpd refuses %2F in a path, and proxies merge and
 * resolve segments there.
 * @param route  of gp_route_parse. Without an alias it stays unchanged; if the alias is missing or is not a string,
 *               it becomes GP_RESOURCE_UNKNOWN.
 * @param args  the query string; may be NULL
 */
void gp_route_resolve(apr_pool_t *pool, gp_route *route, const char *args);

/** @return the canonical spelling of a route: fixed segments in lower case, keys as segments, a slash within a
 *           key as %2F, a position's UUID in lower case. For an unknown path, only the known part. From the
 *           pool. */
const char *gp_route_path(apr_pool_t *pool, const gp_route *route);

/** @return the operation of a method (in capitals, as sent; HEAD is GET) on a resource */
gp_operation gp_route_operation(gp_resource resource, const char *method);

/** @return its name for the log and for mod_status: a word in lower case */
const char *gp_operation_name(gp_operation operation);

/**
 * @param disabled  the operations that the configuration does not allow, a set of gp_operation_bit
 * @return the value of an Allow header for a resource
 */
const char *gp_route_allow(apr_pool_t *pool, gp_resource resource, unsigned disabled);

#endif
