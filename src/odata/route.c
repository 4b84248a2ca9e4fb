/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps a path and a method to a resource, its keys and an operation. This file decides which paths the module
 * serves: a path with GP_RESOURCE_NONE is left to the rest of the server.
 */
#include "route.h"
#include "query.h"
#include "base/text.h"
#include "base/uuid.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* ---- methods ---- */

static const struct {
    const char *method;
    gp_resource resource;
    gp_operation operation;
} operations[] = {
    {"GET", GP_RESOURCE_SERVICE, GP_OPERATION_SERVICE},
    {"HEAD", GP_RESOURCE_SERVICE, GP_OPERATION_SERVICE},
    {"OPTIONS", GP_RESOURCE_SERVICE, GP_OPERATION_OPTIONS},

    {"GET", GP_RESOURCE_METADATA, GP_OPERATION_METADATA},
    {"HEAD", GP_RESOURCE_METADATA, GP_OPERATION_METADATA},
    {"OPTIONS", GP_RESOURCE_METADATA, GP_OPERATION_OPTIONS},

    {"GET", GP_RESOURCE_OPENAPI, GP_OPERATION_OPENAPI},
    {"HEAD", GP_RESOURCE_OPENAPI, GP_OPERATION_OPENAPI},
    {"OPTIONS", GP_RESOURCE_OPENAPI, GP_OPERATION_OPTIONS},

    {"POST", GP_RESOURCE_BATCH, GP_OPERATION_BATCH},
    {"OPTIONS", GP_RESOURCE_BATCH, GP_OPERATION_OPTIONS},

    {"GET", GP_RESOURCE_POSITIONS, GP_OPERATION_LIST},
    {"HEAD", GP_RESOURCE_POSITIONS, GP_OPERATION_LIST},
    {"POST", GP_RESOURCE_POSITIONS, GP_OPERATION_CREATE},
    {"OPTIONS", GP_RESOURCE_POSITIONS, GP_OPERATION_OPTIONS},

    {"POST", GP_RESOURCE_REF, GP_OPERATION_CREATE},
    {"OPTIONS", GP_RESOURCE_REF, GP_OPERATION_OPTIONS},

    {"GET", GP_RESOURCE_COUNT, GP_OPERATION_COUNT},
    {"HEAD", GP_RESOURCE_COUNT, GP_OPERATION_COUNT},
    {"OPTIONS", GP_RESOURCE_COUNT, GP_OPERATION_OPTIONS},

    {"GET", GP_RESOURCE_POSITION, GP_OPERATION_READ},
    {"HEAD", GP_RESOURCE_POSITION, GP_OPERATION_READ},
    {"PATCH", GP_RESOURCE_POSITION, GP_OPERATION_UPDATE},
    {"DELETE", GP_RESOURCE_POSITION, GP_OPERATION_DELETE},
    {"OPTIONS", GP_RESOURCE_POSITION, GP_OPERATION_OPTIONS},

    {"GET", GP_RESOURCE_PROFILE, GP_OPERATION_PROFILE},
    {"HEAD", GP_RESOURCE_PROFILE, GP_OPERATION_PROFILE},
    {"DELETE", GP_RESOURCE_PROFILE, GP_OPERATION_ERASE},
    {"OPTIONS", GP_RESOURCE_PROFILE, GP_OPERATION_OPTIONS},
};

#define OPERATIONS (sizeof operations / sizeof operations[0])

gp_operation gp_route_operation(gp_resource resource, const char *method)
{
    apr_size_t i;

    for (i = 0; i < OPERATIONS; i++) {
        if (operations[i].resource == resource && strcmp(operations[i].method, method) == 0)
            return operations[i].operation;
    }
    return GP_OPERATION_NONE;
}

const char *gp_operation_name(gp_operation operation)
{
    static const char *const names[GP_OPERATIONS] = {
        [GP_OPERATION_NONE] = "none",         [GP_OPERATION_SERVICE] = "service",
        [GP_OPERATION_METADATA] = "metadata", [GP_OPERATION_OPENAPI] = "openapi",
        [GP_OPERATION_LIST] = "list",         [GP_OPERATION_COUNT] = "count",
        [GP_OPERATION_CREATE] = "create",     [GP_OPERATION_READ] = "read",
        [GP_OPERATION_UPDATE] = "update",     [GP_OPERATION_DELETE] = "delete",
        [GP_OPERATION_PROFILE] = "profile",   [GP_OPERATION_ERASE] = "erase",
        [GP_OPERATION_OPTIONS] = "options",   [GP_OPERATION_BATCH] = "batch",
    };

    return names[operation];
}

const char *gp_route_allow(apr_pool_t *pool, gp_resource resource, unsigned disabled)
{
    const char *allow = "";
    apr_size_t i;

    for (i = 0; i < OPERATIONS; i++) {
        if (operations[i].resource == resource
            && !(disabled & gp_operation_bit(operations[i].operation)))
            allow = apr_pstrcat(pool, allow, *allow ? ", " : "", operations[i].method, NULL);
    }
    return allow;
}

/* ---- paths ---- */

#define KEY_NAME "id" /* of users and of positions */

#define NO_KEY(name)                                                                               \
    "The parentheses after " name " must contain its key, a string: " name "('..') or " name       \
    "(" KEY_NAME "='..')."

/* Takes the next segment from a path, without its slash; NULL at the end of it. */
static const char *next_segment(apr_pool_t *pool, const char **path)
{
    const char *start = *path, *end;

    if (*start == '/')
        start++;
    if (*start == '\0')
        return NULL;
    end = strchr(start, '/');
    if (end == NULL)
        end = start + strlen(start);
    *path = end;
    return apr_pstrmemdup(pool, start, (apr_size_t)(end - start));
}

/* Returns non-zero if a segment is an entity set with parentheses, whatever they contain. */
static int has_parentheses(const char *segment, const char *name)
{
    apr_size_t prefix = strlen(name), length = strlen(segment);

    return length > prefix + 1 && strncasecmp(segment, name, prefix) == 0 && segment[prefix] == '('
           && segment[length - 1] == ')';
}

/* Returns the text of a string literal that ends at `end`, with quotes undoubled; NULL: it is not one. */
static const char *unquote(apr_pool_t *pool, const char *at, const char *end)
{
    char *key, *out;

    if (end - at < (ptrdiff_t)strlen("'k'") || *at != '\'' || end[-1] != '\'')
        return NULL;
    end--;
    key = out = apr_palloc(pool, (apr_size_t)(end - at));
    for (at++; at < end; at++) {
        if (*at == '\'' && (++at >= end || *at != '\''))
            return NULL;
        *out++ = *at;
    }
    *out = '\0';
    return key;
}

/* Returns the text in the parentheses of a segment, without the name of the key. */
static const char *in_parentheses(const char *segment, const char *name)
{
    const char *at = segment + strlen(name) + 1;

    return strncasecmp(at, KEY_NAME "=", strlen(KEY_NAME "=")) == 0 ? at + strlen(KEY_NAME "=")
                                                                    : at;
}

/* Returns the key of "name('key')" or "name(id='key')"; NULL for any other content. */
static const char *parenthesised_key(apr_pool_t *pool, const char *segment, const char *name)
{
    if (!has_parentheses(segment, name))
        return NULL;
    return unquote(pool, in_parentheses(segment, name), segment + strlen(segment) - 1);
}

/* Returns the alias of "name(@alias)" or "name(id=@alias)", with its @; NULL for any other content. */
static const char *parenthesised_alias(apr_pool_t *pool, const char *segment, const char *name)
{
    const char *at = in_parentheses(segment, name);
    apr_size_t length = *at == '@' ? gp_text_span(at + 1, "_") : 0;

    return length > 0 && strcmp(at + 1 + length, ")") == 0 ? apr_pstrmemdup(pool, at, length + 1)
                                                           : NULL;
}

/* Reads /me or /users/{key}; returns zero if the path starts with neither. The key is empty if the parentheses
 * contain none. */
static int read_user(apr_pool_t *pool, const char **path, gp_route *route)
{
    const char *segment = next_segment(pool, path);

    if (segment == NULL)
        return 0;
    if (strcasecmp(segment, "me") == 0)
        return 1;
    if (strcasecmp(segment, "users") == 0) {
        route->user = next_segment(pool, path);
        return route->user != NULL && *route->user != '\0';
    }
    if (!has_parentheses(segment, "users"))
        return 0;
    route->alias = parenthesised_alias(pool, segment, "users");
    if (route->alias == NULL) /* otherwise it is resolved later */
        route->user = parenthesised_key(pool, segment, "users");
    if (route->user == NULL)
        route->user = "";
    return 1;
}

/* Reads the rest after the collection's segment: nothing, one of its $ names, or a key. */
static void read_behind_collection(apr_pool_t *pool, const char **path, gp_route *route)
{
    const char *segment = next_segment(pool, path);

    if (segment == NULL)
        route->resource = GP_RESOURCE_POSITIONS;
    else if (strcasecmp(segment, "$ref") == 0)
        route->resource = GP_RESOURCE_REF;
    else if (strcasecmp(segment, "$count") == 0)
        route->resource = GP_RESOURCE_COUNT;
    else if (*segment == '$' || *segment == '\0')
        route->resource = GP_RESOURCE_UNKNOWN;
    else {
        route->resource = GP_RESOURCE_POSITION;
        route->id = segment;
    }
}

/* Reads the rest after the profile's segment: nothing, or positions. Returns zero for any other path, which the
 * module does not serve. */
static int read_in_profile(apr_pool_t *pool, const char **path, gp_route *route)
{
    const char *segment = next_segment(pool, path);

    if (segment == NULL) {
        route->resource = GP_RESOURCE_PROFILE;
        return 1;
    }
    if (strcasecmp(segment, "positions") == 0) {
        read_behind_collection(pool, path, route);
        return 1;
    }
    if (strncasecmp(segment, "positions(", strlen("positions(")) != 0)
        return 0;
    route->id = parenthesised_key(pool, segment, "positions");
    route->resource = route->id ? GP_RESOURCE_POSITION : GP_RESOURCE_UNKNOWN;
    if (route->id == NULL && has_parentheses(segment, "positions"))
        route->reason = NO_KEY("positions");
    return 1;
}

/* The resources that describe the service. */
static const struct {
    const char *path;
    gp_resource resource;
} described[] = {
    {"/", GP_RESOURCE_SERVICE},
    {"/$metadata", GP_RESOURCE_METADATA},
    {"/openapi.json", GP_RESOURCE_OPENAPI},
    {"/$batch", GP_RESOURCE_BATCH},
};

#define DESCRIBED (sizeof described / sizeof described[0])

/* Finds the resource of a path, with an optional trailing slash; otherwise GP_RESOURCE_NONE. */
static gp_resource find_described(const char *path)
{
    apr_size_t i;

    for (i = 0; i < DESCRIBED; i++) {
        apr_size_t length = strlen(described[i].path);

        if (strncasecmp(path, described[i].path, length) == 0
            && (path[length] == '\0' || (length > 1 && strcmp(path + length, "/") == 0)))
            return described[i].resource;
    }
    return *path == '\0' ? GP_RESOURCE_SERVICE : GP_RESOURCE_NONE;
}

/* Returns the path of one of them; NULL for other resources. */
static const char *path_of_described(gp_resource resource)
{
    apr_size_t i;

    for (i = 0; i < DESCRIBED; i++) {
        if (described[i].resource == resource)
            return described[i].path;
    }
    return NULL;
}

gp_route gp_route_parse(apr_pool_t *pool, const char *path)
{
    gp_route route = {find_described(path), NULL, NULL, NULL, NULL};
    const char *segment;

    if (route.resource != GP_RESOURCE_NONE)
        return route;
    if (!read_user(pool, &path, &route) || (segment = next_segment(pool, &path)) == NULL
        || strcasecmp(segment, "profile") != 0 || !read_in_profile(pool, &path, &route))
        return route;
    if (next_segment(pool, &path) != NULL)
        route.resource = GP_RESOURCE_UNKNOWN;
    if (route.user != NULL && *route.user == '\0' && route.alias == NULL) {
        route.resource = GP_RESOURCE_UNKNOWN;
        route.reason = NO_KEY("users");
    }
    return route;
}

void gp_route_resolve(apr_pool_t *pool, gp_route *route, const char *args)
{
    const char *literal;

    if (route->alias == NULL)
        return;
    literal = gp_query_find(pool, args, route->alias);
    if (literal != NULL)
        literal = unquote(pool, literal, literal + strlen(literal));
    if (literal != NULL) {
        route->user = literal;
    } else {
        route->resource = GP_RESOURCE_UNKNOWN;
        route->reason = NO_KEY(
            "users") " The alias in users(@name) must be a string in the query string: @name='..'.";
    }
}

/* Returns a key as one segment, whatever it contains. */
static const char *segment_of(apr_pool_t *pool, const char *key)
{
    gp_buffer segment;

    if (strchr(key, '/') == NULL)
        return key;
    gp_buffer_open(&segment, pool, strlen(key) + 16);
    for (; *key != '\0'; key++)
        gp_buffer_add(&segment, *key == '/' ? "%2F" : key, *key == '/' ? 3 : 1);
    return gp_buffer_text(&segment);
}

/* Returns the position's key, a UUID in lower case. @param id  memory for it */
static const char *canonical_id(const gp_route *route, char id[GP_UUID_SIZE])
{
    if (route->id == NULL)
        return "";
    return gp_uuid_parse(id, route->id, strlen(route->id)) ? id : route->id;
}

const char *gp_route_path(apr_pool_t *pool, const gp_route *route)
{
    static const char *const behind[] = {
        [GP_RESOURCE_POSITIONS] = "/positions",
        [GP_RESOURCE_REF] = "/positions/$ref",
        [GP_RESOURCE_COUNT] = "/positions/$count",
        [GP_RESOURCE_POSITION] = "/positions/",
        [GP_RESOURCE_PROFILE] = "",
    };
    char id[GP_UUID_SIZE];

    if (path_of_described(route->resource) != NULL)
        return path_of_described(route->resource);
    return apr_pstrcat(pool, route->user ? "/users/" : "/me",
                       route->user ? segment_of(pool, route->user) : "", "/profile",
                       route->resource < GP_RESOURCE_POSITIONS ? "/positions/"
                                                               : behind[route->resource],
                       canonical_id(route, id), NULL);
}
