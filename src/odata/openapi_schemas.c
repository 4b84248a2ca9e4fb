/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schemas of the OpenAPI document. Types and enumerations come from the model. Inherited properties
 * are repeated in the derived type, because client generators disagree about allOf.
 */
#include "openapi.h"
#include "base/problem.h"
#include "base/writer.h"
#include "document/model.h"
#include "profile.h"

#include <apr_strings.h>

#include <string.h>

#define NUMBER_WORDS "{\"type\":\"string\",\"enum\":[\"-INF\",\"INF\",\"NaN\"]}"

/* JSON of each primitive type, without its braces (gp_edm). */
static const char *const primitives[] = {
    [GP_EDM_STRING] = "\"string\"", [GP_EDM_BOOLEAN] = "\"boolean\"",
    [GP_EDM_INT32] = "\"integer\"", [GP_EDM_DOUBLE] = NULL,
    [GP_EDM_DATE] = "\"string\"",   [GP_EDM_DATETIMEOFFSET] = "\"string\"",
    [GP_EDM_ENUM] = "\"string\"",   [GP_EDM_COMPLEX] = "\"object\"",
};

static const char *const formats[] = {
    [GP_EDM_INT32] = "int32",
    [GP_EDM_DATE] = "date",
    [GP_EDM_DATETIMEOFFSET] = "date-time",
    [GP_EDM_COMPLEX] = NULL,
};

/* ---- properties ---- */

static const char *reference(apr_pool_t *pool, const char *name)
{
    return apr_pstrcat(pool, "{\"$ref\":\"" GP_OPENAPI_SCHEMA(GP_NAMESPACE "."), name, "\"}", NULL);
}

/* Returns a reference to the named type of a property; NULL: its type is primitive. */
static const char *named_type(apr_pool_t *pool, const gp_property *property)
{
    if (property->edm == GP_EDM_COMPLEX)
        return reference(pool, property->complex->name);
    if (property->edm == GP_EDM_ENUM)
        return reference(pool, property->enumeration->name);
    return NULL;
}

static void write_items(gp_buffer *buffer, const gp_property *property)
{
    const char *named = named_type(buffer->pool, property);

    gp_write_text(buffer, "type", "array");
    if (named != NULL) {
        gp_write_json(buffer, "items", named);
        return;
    }
    gp_write_object(buffer, "items");
    gp_write_json(buffer, "type", primitives[property->edm]);
    gp_write_object_end(buffer);
}

/* Writes a number, or one of the words for values that JSON cannot express. */
static void write_double(gp_buffer *buffer)
{
    gp_write_array(buffer, "oneOf");
    gp_write_json(buffer, NULL, "{\"type\":\"number\",\"format\":\"double\",\"nullable\":true}");
    gp_write_json(buffer, NULL, NUMBER_WORDS);
    gp_write_array_end(buffer);
}

static void write_single(gp_buffer *buffer, const gp_property *property, bool is_nullable)
{
    const char *named = named_type(buffer->pool, property);

    if (property->edm == GP_EDM_DOUBLE) {
        write_double(buffer);
        return;
    }
    gp_write_json(buffer, "type", primitives[property->edm]);
    if (formats[property->edm] != NULL)
        gp_write_text(buffer, "format", formats[property->edm]);
    if (is_nullable)
        gp_write_json(buffer, "nullable", "true");
    if (named == NULL)
        return;
    /* Members next to a $ref are ignored, so nullable needs a surrounding schema. */
    gp_write_array(buffer, "allOf");
    gp_write_json(buffer, NULL, named);
    gp_write_array_end(buffer);
}

static void write_property(gp_buffer *buffer, const gp_type *type, int index)
{
    const gp_property *property = gp_type_property(type, index);
    bool is_key = type->is_entity && index == GP_POSITION_ID;

    gp_write_object(buffer, property->name);
    if (property->flags & GP_COLLECTION)
        write_items(buffer, property);
    else
        write_single(buffer, property, !is_key);
    if (is_key || (property->flags & GP_COMPUTED))
        gp_write_json(buffer, "readOnly", "true");
    gp_write_object_end(buffer);
}

/* ---- types ---- */

/* Returns true if a property of a type, or of its nested properties, has another type. */
static bool leads_to(const gp_type *from, const void *type)
{
    int i;

    for (i = 0; i < gp_type_count(from); i++) {
        const gp_property *property = gp_type_property(from, i);

        if (property->complex != NULL
            && (property->complex == type || leads_to(property->complex, type)))
            return true;
        if (property->enumeration != NULL && property->enumeration == type)
            return true;
    }
    return false;
}

/* Control information, which clients may send back but need not. */
static void write_annotations(gp_buffer *buffer, const gp_type *type)
{
    static const char *const of_entities[] = {"@odata.context", "@odata.etag", "@odata.id",
                                              "@odata.editLink", NULL};
    int i;

    gp_write_json(buffer, "@odata.type", "{\"type\":\"string\"}");
    for (i = 0; type->is_entity && of_entities[i] != NULL; i++)
        gp_write_json(buffer, of_entities[i], "{\"type\":\"string\",\"readOnly\":true}");
}

static void write_type(gp_buffer *buffer, const gp_type *type)
{
    int i;

    gp_write_object(buffer, type->odata_type + 1);
    gp_write_text(buffer, "title", type->name);
    gp_write_text(buffer, "type", "object");
    gp_write_object(buffer, "properties");
    write_annotations(buffer, type);
    for (i = 0; i < gp_type_count(type); i++)
        write_property(buffer, type, i);
    gp_write_object_end(buffer);
    if (type->is_open)
        gp_write_json(buffer, "additionalProperties", "true");
    gp_write_object_end(buffer);
}

/* A sentinel is neither sent nor answered. */
static bool is_sentinel(const gp_enum *enumeration, int index)
{
    const char *name = enumeration->members[index].name;

    return gp_enum_is_sentinel(enumeration, name, strlen(name));
}

/* Flags are several names in one string, which an enum cannot express: a pattern. */
static void write_flags(gp_buffer *buffer, const gp_enum *enumeration)
{
    const char *names = "";
    int i;

    for (i = 0; i < enumeration->count; i++) {
        if (!is_sentinel(enumeration, i))
            names = apr_pstrcat(buffer->pool, names, *names ? "|" : "",
                                enumeration->members[i].name, NULL);
    }
    gp_write_text(buffer, "pattern",
                  apr_pstrcat(buffer->pool, "^(", names, ")(,(", names, "))*$", NULL));
    gp_write_text(buffer, "description", "One or more of these names, joined by commas.");
}

static void write_enum(gp_buffer *buffer, const gp_enum *enumeration)
{
    int i;

    gp_write_object(buffer, apr_pstrcat(buffer->pool, GP_NAMESPACE ".", enumeration->name, NULL));
    gp_write_text(buffer, "title", enumeration->name);
    gp_write_text(buffer, "type", "string");
    if (enumeration->is_flags) {
        write_flags(buffer, enumeration);
        gp_write_object_end(buffer);
        return;
    }
    gp_write_array(buffer, "enum");
    for (i = 0; i < enumeration->count; i++) {
        if (!is_sentinel(enumeration, i))
            gp_write_text(buffer, NULL, enumeration->members[i].name);
    }
    gp_write_array_end(buffer);
    gp_write_object_end(buffer);
}

/* ---- schemas without a type in the model ---- */

static const char collection[] =
    "{\"title\":\"Collection of workPosition\",\"type\":\"object\",\"properties\":{"
    "\"@odata.context\":{\"type\":\"string\"},"
    "\"@odata.count\":{\"type\":\"integer\",\"format\":\"int64\"},"
    "\"@odata.nextLink\":{\"type\":\"string\"},"
    "\"value\":{\"type\":\"array\",\"items\":{\"$ref\":\"" GP_OPENAPI_SCHEMA(
        GP_NAMESPACE ".workPosition") "\"}}},\"required\":[\"value\"]}";

static const char *const profile_annotations[][2] = {
    {"@odata.context", "{\"type\":\"string\",\"readOnly\":true}"},
    {"@odata.id", "{\"type\":\"string\",\"readOnly\":true}"},
    {"@odata.editLink", "{\"type\":\"string\",\"readOnly\":true}"},
    {"positions@odata.context", "{\"type\":\"string\",\"readOnly\":true}"},
    {"positions@odata.navigationLink", "{\"type\":\"string\",\"readOnly\":true}"},
    {"positions@odata.count", "{\"type\":\"integer\",\"format\":\"int64\",\"readOnly\":true}"},
    {"positions@odata.nextLink", "{\"type\":\"string\",\"readOnly\":true}"},
    {NULL, NULL},
};

/* The positions and their annotations. The other collections are empty or absent in answers. */
static void write_profile(gp_buffer *buffer)
{
    int i;

    gp_write_object(buffer, GP_OPENAPI_PROFILE);
    gp_write_text(buffer, "title", "profile");
    gp_write_text(buffer, "type", "object");
    gp_write_object(buffer, "properties");
    gp_write_json(buffer, "@odata.type", "{\"type\":\"string\"}");
    for (i = 0; profile_annotations[i][0] != NULL; i++)
        gp_write_json(buffer, profile_annotations[i][0], profile_annotations[i][1]);
    gp_write_json(buffer, "id", "{\"type\":\"string\",\"readOnly\":true}");
    gp_write_json(buffer, "positions",
                  "{\"type\":\"array\",\"items\":{\"$ref\":\"" GP_OPENAPI_SCHEMA(
                      GP_NAMESPACE ".workPosition") "\"}}");
    for (i = 0; gp_profile_collection(i) != NULL; i++)
        gp_write_json(buffer, gp_profile_collection(i),
                      "{\"type\":\"array\",\"maxItems\":0,\"items\":{\"type\":\"object\"}}");
    gp_write_object_end(buffer);
    gp_write_object_end(buffer);
}

static const char service[] =
    "{\"title\":\"service document\",\"type\":\"object\",\"properties\":{"
    "\"@odata.context\":{\"type\":\"string\"},"
    "\"value\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
    "\"name\":{\"type\":\"string\"},\"kind\":{\"type\":\"string\"},\"url\":{\"type\":\"string\"}},"
    "\"required\":[\"name\",\"kind\",\"url\"]}}},\"required\":[\"value\"]}";

static const char requests[] =
    "{\"title\":\"batch of requests\",\"type\":\"object\",\"properties\":{"
    "\"requests\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"object\","
    "\"properties\":{\"id\":{\"type\":\"string\"},\"method\":{\"type\":\"string\"},"
    "\"url\":{\"type\":\"string\",\"description\":\"Relative to the service root.\"},"
    "\"headers\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}},"
    "\"body\":{\"type\":\"object\",\"additionalProperties\":true},"
    "\"dependsOn\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}},"
    "\"required\":[\"id\",\"method\",\"url\"]}}},\"required\":[\"requests\"]}";

static const char responses[] =
    "{\"title\":\"answers to a batch of requests\",\"type\":\"object\",\"properties\":{"
    "\"responses\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
    "\"properties\":{\"id\":{\"type\":\"string\"},"
    "\"atomicityGroup\":{\"type\":\"string\"},"
    "\"status\":{\"type\":\"integer\",\"format\":\"int32\"},"
    "\"headers\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}},"
    "\"body\":{\"description\":\"JSON, or a string for other media types.\"}},"
    "\"required\":[\"id\",\"status\",\"headers\"]}}},\"required\":[\"responses\"]}";

#define ERRORS  GP_NAMESPACE ".ODataErrors."
#define REF(to) "{\"$ref\":\"" GP_OPENAPI_SCHEMA(to) "\"}"

static const struct {
    const char *name, *json;
} errors[] = {
    {GP_OPENAPI_ERROR, "{\"title\":\"ODataError\",\"type\":\"object\",\"properties\":{"
                       "\"error\":" REF(ERRORS "MainError") "},\"required\":[\"error\"]}"},
    {ERRORS "ErrorDetails",
     "{\"title\":\"ErrorDetails\",\"type\":\"object\",\"properties\":{"
     "\"code\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"},"
     "\"target\":{\"type\":\"string\"}},\"required\":[\"code\",\"message\"]}"},
    {ERRORS "InnerError",
     "{\"title\":\"InnerError\",\"type\":\"object\",\"properties\":{"
     "\"date\":{\"type\":\"string\",\"description\":\"The time of the error in UTC, without a "
     "zone.\",\"example\":\"2026-11-30T12:00:00\"},"
     "\"request-id\":{\"type\":\"string\"},\"client-request-id\":{\"type\":\"string\"}}}"},
};

/* "400 BadRequest, ..": the codes of the error table. */
static const char *error_codes(apr_pool_t *pool)
{
    const char *codes = "The status and the code of each error: ";
    int i;

    for (i = GP_OK + 1; i < GP_ERROR_COUNT; i++) {
        const gp_error_row *row = gp_error_get((gp_error)i);

        codes = apr_psprintf(pool, "%s%s%d %s", codes, i > GP_OK + 1 ? ", " : "", row->status,
                             row->code);
    }
    return apr_pstrcat(pool, codes,
                       ". Later versions may add codes; compare only those that you know.", NULL);
}

static void write_main_error(gp_buffer *buffer)
{
    gp_write_object(buffer, ERRORS "MainError");
    gp_write_text(buffer, "title", "MainError");
    gp_write_text(buffer, "type", "object");
    gp_write_object(buffer, "properties");
    gp_write_object(buffer, "code");
    gp_write_text(buffer, "type", "string");
    gp_write_text(buffer, "description", error_codes(buffer->pool));
    gp_write_object_end(buffer);
    gp_write_json(buffer, "message", "{\"type\":\"string\",\"x-ms-primary-error-message\":true}");
    gp_write_json(buffer, "target",
                  "{\"type\":\"string\",\"description\":\"The part of the request that is wrong: a "
                  "JSON path, a query option or a header.\"}");
    gp_write_json(buffer, "details",
                  "{\"type\":\"array\",\"items\":" REF(ERRORS "ErrorDetails") "}");
    gp_write_json(buffer, "innerError", REF(ERRORS "InnerError"));
    gp_write_object_end(buffer);
    gp_write_json(buffer, "required", "[\"code\",\"message\"]");
    gp_write_object_end(buffer);
}

void gp_openapi_write_schemas(gp_buffer *buffer)
{
    const gp_type *const *type;
    const gp_enum *const *enumeration;
    apr_size_t i;

    for (enumeration = gp_model_enums; *enumeration != NULL; enumeration++) {
        if (leads_to(&gp_work_position, *enumeration))
            write_enum(buffer, *enumeration);
    }
    for (type = gp_model_types; *type != NULL; type++) {
        if (*type == &gp_work_position || leads_to(&gp_work_position, *type))
            write_type(buffer, *type);
    }
    gp_write_json(buffer, GP_OPENAPI_COLLECTION, collection);
    write_profile(buffer);
    for (i = 0; i < sizeof errors / sizeof errors[0]; i++)
        gp_write_json(buffer, errors[i].name, errors[i].json);
    write_main_error(buffer);
    gp_write_json(buffer, GP_OPENAPI_SERVICE, service);
    gp_write_json(buffer, GP_OPENAPI_REQUESTS, requests);
    gp_write_json(buffer, GP_OPENAPI_RESPONSES, responses);
}
