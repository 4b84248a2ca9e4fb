/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of the OpenAPI document: keys in the path, query options and headers. The table of
 * query.c decides the query options of an operation.
 */
#include "openapi.h"
#include "base/writer.h"
#include "document/model.h"
#include "profile.h"

#include <apr_strings.h>

#define ON(operation) (1u << (operation))

typedef enum { IN_PATH, IN_QUERY, IN_HEADER } place;

static const char *const place_names[] = {"path", "query", "header"};

/* Every parameter. A key belongs to a path, not to an operation. */
static const struct {
    const char *component, *name;
    place place;
    /* Of a header. Those of a query option are by gp_query_applies; 0: all of them, else these only. */
    unsigned operations;
    const char *schema; /* NULL: an array of texts */
    const char *description;
} parameters[] = {
    {"user-id", "user-id", IN_PATH, 0, "{\"type\":\"string\"}",
     "The id or the userPrincipalName of a user."},
    {"workPosition-id", "workPosition-id", IN_PATH, 0, "{\"type\":\"string\"}",
     "The id of a position."},
    {"select", "$select", IN_QUERY, ~ON(GP_OPERATION_PROFILE), NULL,
     "The properties of the answer."},
    {"profileSelect", "$select", IN_QUERY, ON(GP_OPERATION_PROFILE), NULL,
     "The properties of the profile."},
    {"expand", "$expand", IN_QUERY, ON(GP_OPERATION_PROFILE), NULL,
     "The collections of the profile, each with options in parentheses: "
     "positions($top=5;$count=true)."},
    {"filter", "$filter", IN_QUERY, 0, "{\"type\":\"string\"}",
     "A condition, such as isCurrent eq true."},
    {"orderby", "$orderby", IN_QUERY, 0, NULL,
     "Properties or functions, each with asc or desc. The default is the order of creation."},
    {"top", "$top", IN_QUERY, 0, "{\"type\":\"integer\",\"format\":\"int32\",\"minimum\":0}", NULL},
    {"skip", "$skip", IN_QUERY, 0, "{\"type\":\"integer\",\"format\":\"int32\",\"minimum\":0}",
     "The number of positions to skip."},
    {"count", "$count", IN_QUERY, 0, "{\"type\":\"boolean\"}",
     "Whether the answer has @odata.count, the number of positions on all pages."},
    {"skiptoken", "$skiptoken", IN_QUERY, 0, "{\"type\":\"string\"}",
     "The start of a page, from @odata.nextLink."},
    {"maxpagesize", "Prefer", IN_HEADER, ON(GP_OPERATION_LIST) | ON(GP_OPERATION_PROFILE),
     "{\"type\":\"string\"}", "odata.maxpagesize=n limits the size of a page."},
    {"return", "Prefer", IN_HEADER, ON(GP_OPERATION_CREATE) | ON(GP_OPERATION_UPDATE),
     "{\"type\":\"string\",\"enum\":[\"return=minimal\",\"return=representation\"]}",
     "return=minimal: the answer is 204, without the position."},
    {"ifMatch", "If-Match", IN_HEADER, ON(GP_OPERATION_UPDATE) | ON(GP_OPERATION_DELETE),
     "{\"type\":\"string\"}",
     "The ETag of the position to change; 412 if the position has another ETag."},
    {"ifNoneMatch", "If-None-Match", IN_HEADER,
     ON(GP_OPERATION_READ) | ON(GP_OPERATION_OPENAPI) | ON(GP_OPERATION_PROFILE),
     "{\"type\":\"string\"}", "The ETag of the client's copy; 304 if the copy is current."},
};

#define PARAMETERS ((int)(sizeof parameters / sizeof parameters[0]))

static const char *const top_descriptions[] = {
    "The maximum number of positions on all pages.",
    "The maximum number of positions on a page.",
};

/* Writes every path of properties that $select accepts, without undeclared members. */
static void write_paths(gp_buffer *buffer, const gp_type *type, const char *before)
{
    int i;

    for (i = 0; i < gp_type_count(type); i++) {
        const gp_property *property = gp_type_property(type, i);
        const char *path = apr_pstrcat(buffer->pool, before, property->name, NULL);

        gp_write_text(buffer, NULL, path);
        if (property->complex != NULL)
            write_paths(buffer, property->complex, apr_pstrcat(buffer->pool, path, "/", NULL));
    }
}

static void write_profile_names(gp_buffer *buffer)
{
    int i;

    gp_write_text(buffer, NULL, "id");
    gp_write_text(buffer, NULL, "positions");
    for (i = 0; gp_profile_collection(i) != NULL; i++)
        gp_write_text(buffer, NULL, gp_profile_collection(i));
}

/* Writes an array of texts, joined by commas in the query string. */
static void write_list(gp_buffer *buffer, const char *component)
{
    bool is_of_profile = strcmp(component, "profileSelect") == 0;

    gp_write_json(buffer, "style", "\"form\"");
    gp_write_json(buffer, "explode", "false");
    gp_write_object(buffer, "schema");
    gp_write_text(buffer, "type", "array");
    gp_write_object(buffer, "items");
    gp_write_text(buffer, "type", "string");
    if (is_of_profile || strcmp(component, "select") == 0) {
        gp_write_array(buffer, "enum");
        gp_write_text(buffer, NULL, "*");
        if (is_of_profile)
            write_profile_names(buffer);
        else
            write_paths(buffer, &gp_work_position, "");
        gp_write_array_end(buffer);
    }
    gp_write_object_end(buffer);
    gp_write_object_end(buffer);
}

void gp_openapi_write_parameters(gp_buffer *buffer, const gp_openapi_terms *terms)
{
    int i;

    for (i = 0; i < PARAMETERS; i++) {
        const char *description = parameters[i].description;

        gp_write_object(buffer, parameters[i].component);
        gp_write_text(buffer, "name", parameters[i].name);
        gp_write_text(buffer, "in", place_names[parameters[i].place]);
        gp_write_text(buffer, "description",
                      description ? description : top_descriptions[terms->top_is_page]);
        if (parameters[i].place == IN_PATH)
            gp_write_json(buffer, "required", "true");
        if (parameters[i].schema != NULL)
            gp_write_json(buffer, "schema", parameters[i].schema);
        else
            write_list(buffer, parameters[i].component);
        gp_write_object_end(buffer);
    }
}

static bool applies(int index, gp_operation operation)
{
    if (parameters[index].place == IN_QUERY && !gp_query_applies(parameters[index].name, operation))
        return false;
    if (parameters[index].place == IN_QUERY && parameters[index].operations == 0)
        return true;
    return (parameters[index].operations & ON(operation)) != 0;
}

void gp_openapi_write_parameters_of(gp_buffer *buffer, gp_operation operation)
{
    int i;

    for (i = 0; i < PARAMETERS; i++) {
        if (!applies(i, operation))
            continue;
        gp_write_object(buffer, NULL);
        gp_write_text(
            buffer, "$ref",
            apr_pstrcat(buffer->pool, GP_OPENAPI_PARAMETER(""), parameters[i].component, NULL));
        gp_write_object_end(buffer);
    }
}
