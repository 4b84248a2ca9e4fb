/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service as OpenAPI 3.0.3, from which others generate clients. Paths and methods come from the table
 * of routes, permissions from Graph's table; the rows below add descriptions for readers.
 *
 * Not 3.1: generators and gateways do not support it yet. Generators expect one server, and one schema for
 * each success. Errors are the default response: from 4XX, some generators make code that does not
 * compile. operationIds are Graph's.
 */
#include "openapi.h"
#include "base/version.h"
#include "base/writer.h"
#include "permission.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

/* ---- operations ---- */

/* The answer of a successful operation. */
typedef struct {
    const char *status, *response; /* a component of `responses`; NULL: the row is not used */
} success;

#define SUCCESSES 2

static const struct {
    const char *id; /* after "me.profile." or "users.profile.", or the whole id */
    const char *summary;
    gp_access access;
    const char *body;     /* a component of `requestBodies`; NULL: none */
    const char *pageable; /* x-ms-pageable */
    success successes[SUCCESSES];
} operations[GP_OPERATIONS] = {
    [GP_OPERATION_SERVICE] = {.id = "service.Get",
                              .summary = "Read the service document",
                              .successes = {{"200", "service"}}},
    [GP_OPERATION_METADATA] = {.id = "metadata.Get",
                               .summary = "Read the types as OData CSDL",
                               .successes = {{"200", "metadata"}}},
    [GP_OPERATION_OPENAPI] = {.id = "openapi.Get",
                              .summary = "Read this document",
                              .successes = {{"200", "openapi"}, {"304", "notModified"}}},
    [GP_OPERATION_BATCH] = {.id = "batch.Post",
                            .summary = "Carry out several requests",
                            .body = "batch",
                            .successes = {{"200", "batch"}}},
    [GP_OPERATION_LIST] = {.id = "ListPositions",
                           .summary = "List positions",
                           .access = GP_ACCESS_READ,
                           .pageable = "{\"nextLinkName\":\"@odata.nextLink\",\"operationName\":"
                                       "\"listMore\",\"itemName\":\"value\"}",
                           .successes = {{"200", "positions"}}},
    [GP_OPERATION_COUNT] = {.id = "positions.GetCount",
                            .summary = "Count positions",
                            .access = GP_ACCESS_READ,
                            .successes = {{"200", "count"}}},
    [GP_OPERATION_CREATE] = {.id = "CreatePositions",
                             .summary = "Create a position",
                             .access = GP_ACCESS_WRITE,
                             .body = "position",
                             .successes = {{"201", "created"}, {"204", "noContent"}}},
    [GP_OPERATION_READ] = {.id = "GetPositions",
                           .summary = "Read a position",
                           .access = GP_ACCESS_READ,
                           .successes = {{"200", "position"}, {"304", "notModified"}}},
    [GP_OPERATION_UPDATE] = {.id = "UpdatePositions",
                             .summary = "Change a position",
                             .access = GP_ACCESS_WRITE,
                             .body = "position",
                             .successes = {{"200", "position"}, {"204", "noContent"}}},
    [GP_OPERATION_DELETE] = {.id = "DeletePositions",
                             .summary = "Delete a position",
                             .access = GP_ACCESS_WRITE,
                             .successes = {{"204", "noContent"}}},
    [GP_OPERATION_PROFILE] = {.id = "GetProfile",
                              .summary = "Read a profile with its positions",
                              .access = GP_ACCESS_READ,
                              .successes = {{"200", "profile"}, {"304", "notModified"}}},
    [GP_OPERATION_ERASE] = {.id = "DeleteProfile",
                            .summary = "Delete all positions of a profile",
                            .access = GP_ACCESS_WRITE,
                            .successes = {{"204", "noContent"}}},
};

/* ---- components ---- */

#define SCHEMA(name)  "{\"$ref\":\"" GP_OPENAPI_SCHEMA(name) "\"}"
#define CONTENT(type) "\"content\":{\"" type "\":{\"schema\":"
#define MULTIPART     "\"multipart/mixed\":{\"schema\":{\"type\":\"string\"}}"
#define POSITION      SCHEMA("microsoft.graph.workPosition")
#define ETAG          "\"ETag\":{\"$ref\":\"#/components/headers/ETag\"}"

static const struct {
    const char *name, *json;
} responses[] = {
    {"error",
     "{\"description\":\"error\"," CONTENT("application/json") SCHEMA(GP_OPENAPI_ERROR) "}}}"},
    {"noContent", "{\"description\":\"Success, without a body.\"}"},
    {"notModified", "{\"description\":\"What the client has is the same still.\"}"},
    {"position", "{\"description\":\"The position.\",\"headers\":{" ETAG
                 "}," CONTENT("application/json") POSITION "}}}"},
    {"created", "{\"description\":\"The new position.\",\"headers\":{" ETAG
                ",\"Location\":{\"$ref\":\"#/components/headers/Location\"}}," CONTENT(
                    "application/json") POSITION "}}}"},
    {"positions", "{\"description\":\"A page of positions.\"," CONTENT("application/json")
                      SCHEMA(GP_OPENAPI_COLLECTION) "}}}"},
    {"profile", "{\"description\":\"The profile.\",\"headers\":{" ETAG
                "}," CONTENT("application/json") SCHEMA(GP_OPENAPI_PROFILE) "}}}"},
    {"count", "{\"description\":\"The number of positions.\"," CONTENT(
                  "text/plain") "{\"type\":\"integer\",\"format\":\"int32\"}}}}"},
    {"service", "{\"description\":\"The service document.\"," CONTENT("application/json")
                    SCHEMA(GP_OPENAPI_SERVICE) "}}}"},
    {"batch", "{\"description\":\"The answer to each request.\"," CONTENT("application/json")
                  SCHEMA(GP_OPENAPI_RESPONSES) "}," MULTIPART "}}"},
    {"metadata",
     "{\"description\":\"CSDL as XML or JSON.\",\"content\":{"
     "\"application/xml\":{\"schema\":{\"type\":\"string\"}},"
     "\"application/json\":{\"schema\":{\"type\":\"object\",\"additionalProperties\":true}}}}"},
    {"openapi", "{\"description\":\"This document.\",\"headers\":{" ETAG "}," CONTENT(
                    "application/json") "{\"type\":\"object\",\"additionalProperties\":true}}}}"},
};

#define RESPONSES (sizeof responses / sizeof responses[0])

static const char headers[] =
    "{\"ETag\":{\"description\":\"The entity tag, for If-Match and If-None-Match.\","
    "\"schema\":{\"type\":\"string\"}},"
    "\"Location\":{\"description\":\"The URL of the new position.\","
    "\"schema\":{\"type\":\"string\"}}}";

static const char body_json[] =
    "{\"position\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":" POSITION ","
    "\"example\":{\"detail\":{\"jobTitle\":\"Product Manager\",\"startMonthYear\":\"2020-07-01\","
    "\"company\":{\"displayName\":\"Contoso\",\"address\":{\"type\":\"business\",\"city\":"
    "\"Bern\"}}},\"categories\":[\"products\"],\"allowedAudiences\":\"organization\","
    "\"isCurrent\":true}}}},"
    "\"batch\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":" SCHEMA(
        GP_OPENAPI_REQUESTS) ",\"example\":{\"requests\":[{\"id\":\"1\",\"method\":\"GET\","
                             "\"url\":\"/me/profile/positions\"}]}}," MULTIPART "}}}";

static void write_components(gp_buffer *buffer, const gp_openapi_terms *terms)
{
    apr_size_t i;

    gp_write_object(buffer, "components");
    gp_write_json(buffer, "securitySchemes",
                  "{\"bearerAuth\":{\"type\":\"http\",\"scheme\":\"bearer\"}}");
    gp_write_object(buffer, "parameters");
    gp_openapi_write_parameters(buffer, terms);
    gp_write_object_end(buffer);
    gp_write_json(buffer, "headers", headers);
    gp_write_json(buffer, "requestBodies", body_json);
    gp_write_object(buffer, "responses");
    for (i = 0; i < RESPONSES; i++)
        gp_write_json(buffer, responses[i].name, responses[i].json);
    gp_write_object_end(buffer);
    gp_write_object(buffer, "schemas");
    gp_openapi_write_schemas(buffer);
    gp_write_object_end(buffer);
    gp_write_object_end(buffer);
}

/* ---- paths ---- */

/* The owners that a path can name. */
typedef struct {
    const char *path, *tag, *about; /* of the tag */
    gp_reach reach;
    const char *key; /* a component of `parameters`; NULL: none */
} owner;

static const owner owners[] = {
    {"/me", "me.profile", "The positions of the caller.", GP_REACH_OWN, NULL},
    {"/users/{user-id}", "users.profile", "The positions of a user.", GP_REACH_OTHER, "user-id"},
};

static const owner nobody = {"", "service", "The description of the service.", GP_REACH_OWN, NULL};

#define OWNERS (sizeof owners / sizeof owners[0])

static const struct {
    gp_resource resource;
    const char *path; /* after that of the owner, if there is one */
    const char *key;  /* a component of `parameters`; NULL: none */
} paths[] = {
    {GP_RESOURCE_SERVICE, "/", NULL},
    {GP_RESOURCE_METADATA, "/$metadata", NULL},
    {GP_RESOURCE_OPENAPI, "/openapi.json", NULL},
    {GP_RESOURCE_BATCH, "/$batch", NULL},
    {GP_RESOURCE_PROFILE, "/profile", NULL},
    {GP_RESOURCE_POSITIONS, "/profile/positions", NULL},
    {GP_RESOURCE_REF, "/profile/positions/$ref", NULL},
    {GP_RESOURCE_COUNT, "/profile/positions/$count", NULL},
    {GP_RESOURCE_POSITION, "/profile/positions/{workPosition-id}", "workPosition-id"},
};

#define PATHS (sizeof paths / sizeof paths[0])

/* HEAD and OPTIONS are left out: no generator makes useful code from them. */
static const char *const methods[] = {"GET", "POST", "PATCH", "DELETE"};

#define METHODS (sizeof methods / sizeof methods[0])

static void write_reference(gp_buffer *buffer, const char *name, const char *kind,
                            const char *component)
{
    gp_write_object(buffer, name);
    gp_write_text(buffer, "$ref",
                  apr_pstrcat(buffer->pool, "#/components/", kind, "/", component, NULL));
    gp_write_object_end(buffer);
}

static const char *operation_id(apr_pool_t *pool, const owner *of, gp_resource resource,
                                gp_operation operation)
{
    const char *id = operations[operation].id;

    if (of == &nobody)
        return id;
    if (resource == GP_RESOURCE_PROFILE) /* it is a property of the user: me.GetProfile */
        return apr_pstrcat(pool, apr_pstrmemdup(pool, of->tag, strcspn(of->tag, ".")), ".", id,
                           NULL);
    return apr_pstrcat(pool, of->tag, ".", resource == GP_RESOURCE_REF ? "positions.Ref" : "", id,
                       NULL);
}

/* "Permissions, any one of them: .." */
static const char *permissions(apr_pool_t *pool, const owner *of, gp_access access)
{
    const char *delegated = gp_permission_wanted(access, of->reach);

    if (of->reach == GP_REACH_OWN)
        return apr_pstrcat(pool, "Any one of the delegated permissions: ", delegated, ".", NULL);
    return apr_pstrcat(pool, "Any one of the delegated permissions: ", delegated,
                       ". Applications: ", gp_permission_wanted(access, GP_REACH_APPLICATION), ".",
                       NULL);
}

static void write_responses(gp_buffer *buffer, gp_operation operation)
{
    int i;

    gp_write_object(buffer, "responses");
    for (i = 0; i < SUCCESSES && operations[operation].successes[i].status != NULL; i++)
        write_reference(buffer, operations[operation].successes[i].status, "responses",
                        operations[operation].successes[i].response);
    write_reference(buffer, "401", "responses", "error");
    write_reference(buffer, "default", "responses", "error");
    gp_write_object_end(buffer);
}

static void write_operation(gp_buffer *buffer, const owner *of, gp_resource resource,
                            const char *method, gp_operation operation)
{
    char *name = apr_pstrdup(buffer->pool, method), *at;

    for (at = name; *at != '\0'; at++)
        *at = (char)apr_tolower(*at);
    gp_write_object(buffer, name);
    gp_write_array(buffer, "tags");
    gp_write_text(buffer, NULL, of->tag);
    gp_write_array_end(buffer);
    gp_write_text(buffer, "summary", operations[operation].summary);
    if (of != &nobody)
        gp_write_text(buffer, "description",
                      permissions(buffer->pool, of, operations[operation].access));
    gp_write_text(buffer, "operationId", operation_id(buffer->pool, of, resource, operation));
    gp_write_array(buffer, "parameters");
    gp_openapi_write_parameters_of(buffer, operation);
    gp_write_array_end(buffer);
    if (operations[operation].body != NULL)
        write_reference(buffer, "requestBody", "requestBodies", operations[operation].body);
    write_responses(buffer, operation);
    if (operations[operation].pageable != NULL)
        gp_write_json(buffer, "x-ms-pageable", operations[operation].pageable);
    gp_write_object_end(buffer);
}

static void write_path(gp_buffer *buffer, const owner *of, apr_size_t index,
                       const gp_openapi_terms *terms)
{
    gp_resource resource = paths[index].resource;
    apr_size_t i;

    gp_write_object(buffer, apr_pstrcat(buffer->pool, of->path, paths[index].path, NULL));
    gp_write_array(buffer, "parameters");
    if (of->key != NULL)
        write_reference(buffer, NULL, "parameters", of->key);
    if (paths[index].key != NULL)
        write_reference(buffer, NULL, "parameters", paths[index].key);
    gp_write_array_end(buffer);
    for (i = 0; i < METHODS; i++) {
        gp_operation operation = gp_route_operation(resource, methods[i]);

        if (operation != GP_OPERATION_NONE && !(terms->disabled & gp_operation_bit(operation)))
            write_operation(buffer, of, resource, methods[i], operation);
    }
    gp_write_object_end(buffer);
}

static void write_paths(gp_buffer *buffer, const gp_openapi_terms *terms)
{
    apr_size_t i, k;

    gp_write_object(buffer, "paths");
    for (i = 0; i < PATHS; i++) {
        if (paths[i].resource == GP_RESOURCE_BATCH && !terms->has_batch)
            continue;
        if (paths[i].resource < GP_RESOURCE_POSITIONS) {
            write_path(buffer, &nobody, i, terms);
            continue;
        }
        for (k = 0; k < OWNERS; k++)
            write_path(buffer, &owners[k], i, terms);
    }
    gp_write_object_end(buffer);
}

/* ---- the document ---- */

static void write_tag(gp_buffer *buffer, const owner *of)
{
    gp_write_object(buffer, NULL);
    gp_write_text(buffer, "name", of->tag);
    gp_write_text(buffer, "description", of->about);
    gp_write_object_end(buffer);
}

static void write_head(gp_buffer *buffer, const gp_openapi_terms *terms)
{
    apr_size_t i;

    gp_write_text(buffer, "openapi", "3.0.3");
    gp_write_json(buffer, "info",
                  "{\"title\":\"Microsoft Graph positions\",\"version\":\"" GP_VERSION "\","
                  "\"description\":\"The positions of users' profiles, as Microsoft Graph has "
                  "them.\",\"license\":{\"name\":\"Apache-2.0\",\"url\":"
                  "\"https://www.apache.org/licenses/LICENSE-2.0\"}}");
    gp_write_array(buffer, "servers");
    gp_write_object(buffer, NULL);
    gp_write_text(buffer, "url", terms->base_url);
    gp_write_object_end(buffer);
    gp_write_array_end(buffer);
    gp_write_json(buffer, "security", "[{\"bearerAuth\":[]}]");
    gp_write_array(buffer, "tags");
    for (i = 0; i < OWNERS; i++)
        write_tag(buffer, &owners[i]);
    write_tag(buffer, &nobody);
    gp_write_array_end(buffer);
}

void gp_openapi_write(gp_buffer *buffer, const gp_openapi_terms *terms)
{
    gp_write_object(buffer, NULL);
    write_head(buffer, terms);
    write_paths(buffer, terms);
    write_components(buffer, terms);
    gp_write_object_end(buffer);
}
