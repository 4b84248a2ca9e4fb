/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metadata of the service: the types of the model in CSDL, and the path to positions (users and
 * me, each with a profile). All types come from the model.
 */
#include "metadata.h"
#include "document/model.h"

#include <apr_strings.h>

#include <string.h>

#define CONTAINER "GraphService"
#define USER      GP_NAMESPACE ".user"

/* Digits of a second, as gp_datetime_format writes them. Without the facet there would be none. */
#define DATETIME_PRECISION 7

/* The vocabulary of the annotations, and its address. */
#define CORE         "Org.OData.Core.V1"
#define CAPABILITIES "Org.OData.Capabilities.V1"
#define VOCABULARIES "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/"

static const char *const edm_names[] = {
    "Edm.String", "Edm.Boolean",        "Edm.Int32", "Edm.Double",
    "Edm.Date",   "Edm.DateTimeOffset", NULL,        NULL,
};

/* Returns the qualified name of a property's type, or of its items' type. */
static const char *type_name(apr_pool_t *pool, const gp_property *property)
{
    if (property->edm == GP_EDM_COMPLEX)
        return property->complex->odata_type + 1;
    if (property->edm == GP_EDM_ENUM)
        return apr_pstrcat(pool, GP_NAMESPACE ".", property->enumeration->name, NULL);
    return edm_names[property->edm];
}

/* Returns the key of every entity type, which "entity" declares. */
static const gp_property *key(void)
{
    return gp_type_property(&gp_work_position, GP_POSITION_ID);
}

/* The key and collections are never null. */
static int is_nullable(const gp_property *property)
{
    return !(property->flags & GP_COLLECTION) && property != key();
}

static int is_abstract(const gp_type *type)
{
    return type->is_entity && type != &gp_work_position;
}

/* If types do not derive, no type refers to the abstract ones. */
static int is_declared(const gp_type *type, gp_inheritance inheritance)
{
    return inheritance == GP_INHERITANCE_DERIVED || !is_abstract(type);
}

/* Returns the base type to name; NULL: none, because the type itself declares inherited
 * properties. */
static const gp_type *base_of(const gp_type *type, gp_inheritance inheritance)
{
    return inheritance == GP_INHERITANCE_DERIVED ? type->base : NULL;
}

static void add(gp_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(gp_buffer *buffer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    gp_buffer_puts(buffer, apr_pvsprintf(buffer->pool, format, arguments));
    va_end(arguments);
}

/* ---- XML ---- */

static void xml_term(gp_buffer *buffer, const char *term)
{
    add(buffer, "<Annotation Term=\"%s.%s\" Bool=\"true\"/>", CORE, term);
}

static void xml_property(gp_buffer *buffer, const gp_property *property)
{
    const char *name = type_name(buffer->pool, property);

    add(buffer, "<Property Name=\"%s\" Type=\"", property->name);
    add(buffer, property->flags & GP_COLLECTION ? "Collection(%s)\"" : "%s\"", name);
    if (!is_nullable(property))
        gp_buffer_puts(buffer, " Nullable=\"false\"");
    if (property->edm == GP_EDM_DATETIMEOFFSET)
        add(buffer, " Precision=\"%d\"", DATETIME_PRECISION);
    if (!(property->flags & (GP_COMPUTED | GP_IMMUTABLE))) {
        gp_buffer_puts(buffer, "/>");
        return;
    }
    gp_buffer_puts(buffer, ">");
    if (property->flags & GP_COMPUTED)
        xml_term(buffer, "Computed");
    if (property->flags & GP_IMMUTABLE) {
        xml_term(buffer, "Immutable");
        xml_term(buffer, "ComputedDefaultValue");
    }
    gp_buffer_puts(buffer, "</Property>");
}

static const char xml_key[] = "<Key><PropertyRef Name=\"id\"/></Key>";

static void xml_type(gp_buffer *buffer, const gp_type *type, gp_inheritance inheritance)
{
    const char *kind = type->is_entity ? "EntityType" : "ComplexType";
    const gp_type *base = base_of(type, inheritance);
    int i;

    add(buffer, "<%s Name=\"%s\"", kind, type->name);
    if (base != NULL)
        add(buffer, " BaseType=\"" GP_NAMESPACE ".%s\"", base->name);
    if (is_abstract(type))
        gp_buffer_puts(buffer, " Abstract=\"true\"");
    if (type->is_open)
        gp_buffer_puts(buffer, " OpenType=\"true\"");
    gp_buffer_puts(buffer, ">");
    if (type->is_entity && base == NULL)
        gp_buffer_puts(buffer, xml_key);
    for (i = base != NULL ? type->inherited : 0; i < gp_type_count(type); i++)
        xml_property(buffer, gp_type_property(type, i));
    add(buffer, "</%s>", kind);
}

static void xml_enum(gp_buffer *buffer, const gp_enum *enumeration)
{
    int i;

    add(buffer, "<EnumType Name=\"%s\"%s>", enumeration->name,
        enumeration->is_flags ? " IsFlags=\"true\"" : "");
    for (i = 0; i < enumeration->count; i++)
        add(buffer, "<Member Name=\"%s\" Value=\"%u\"/>", enumeration->members[i].name,
            enumeration->members[i].value);
    gp_buffer_puts(buffer, "</EnumType>");
}

static void xml_reference(gp_buffer *buffer, const char *vocabulary)
{
    add(buffer,
        "<edmx:Reference Uri=\"%s%s.xml\"><edmx:Include Namespace=\"%s\"/></edmx:Reference>",
        VOCABULARIES, vocabulary, vocabulary);
}

/* The capabilities of $batch: members of Capabilities.BatchSupportType. */
static const struct {
    const char *name;
    bool is_supported;
} batch_support[] = {
    {"ContinueOnErrorSupported", true},
    {"ReferencesInRequestBodiesSupported", false},
    {"ReferencesAcrossChangeSetsSupported", false},
    {"EtagReferencesSupported", false},
    {"RequestDependencyConditionsSupported", false},
};

#define BATCH_SUPPORT (sizeof batch_support / sizeof batch_support[0])

static const char *truth(bool holds)
{
    return holds ? "true" : "false";
}

static void xml_batch(gp_buffer *buffer, bool has_batch)
{
    apr_size_t i;

    add(buffer,
        "<Annotation Term=\"" CAPABILITIES ".BatchSupport\"><Record>"
        "<PropertyValue Property=\"Supported\" Bool=\"%s\"/>",
        truth(has_batch));
    for (i = 0; has_batch && i < BATCH_SUPPORT; i++)
        add(buffer, "<PropertyValue Property=\"%s\" Bool=\"%s\"/>", batch_support[i].name,
            truth(batch_support[i].is_supported));
    if (has_batch)
        gp_buffer_puts(buffer, "<PropertyValue Property=\"SupportedFormats\"><Collection>"
                               "<String>application/json</String>"
                               "<String>multipart/mixed</String></Collection></PropertyValue>");
    gp_buffer_puts(buffer, "</Record></Annotation>");
}

/* Writes the roots of the paths to positions; neither users nor me can be read itself. */
static void xml_container(gp_buffer *buffer, bool has_batch)
{
    static const char unreadable[] =
        "<Annotation Term=\"" CAPABILITIES ".ReadRestrictions\"><Record>"
        "<PropertyValue Property=\"Readable\" Bool=\"false\"/></Record></Annotation>";

    add(buffer,
        "<EntityContainer Name=\"%s\">"
        "<EntitySet Name=\"users\" EntityType=\"%s\">%s</EntitySet>"
        "<Singleton Name=\"me\" Type=\"%s\">%s</Singleton>",
        CONTAINER, USER, unreadable, USER, unreadable);
    xml_batch(buffer, has_batch);
    gp_buffer_puts(buffer, "</EntityContainer>");
}

/* Writes a type on the path to positions, with only its key and the next step. */
static void xml_step(gp_buffer *buffer, const char *name, const char *next, const char *type,
                     gp_inheritance inheritance)
{
    add(buffer, "<EntityType Name=\"%s\"", name);
    if (inheritance == GP_INHERITANCE_DERIVED) {
        gp_buffer_puts(buffer, " BaseType=\"" GP_NAMESPACE ".entity\">");
    } else {
        add(buffer, ">%s", xml_key);
        xml_property(buffer, key());
    }
    add(buffer,
        "<NavigationProperty Name=\"%s\" Type=\"%s\" ContainsTarget=\"true\"/></EntityType>", next,
        type);
}

void gp_metadata_write_xml(gp_buffer *buffer, gp_inheritance inheritance, bool has_batch)
{
    const gp_type *const *type;
    const gp_enum *const *enumeration;

    gp_buffer_puts(
        buffer,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
        "<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">");
    xml_reference(buffer, CORE);
    xml_reference(buffer, CAPABILITIES);
    gp_buffer_puts(buffer, "<edmx:DataServices><Schema Namespace=\"" GP_NAMESPACE
                           "\" Alias=\"" GP_NAMESPACE_ALIAS "\""
                           " xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">");
    for (enumeration = gp_model_enums; *enumeration != NULL; enumeration++)
        xml_enum(buffer, *enumeration);
    for (type = gp_model_types; *type != NULL; type++) {
        if (is_declared(*type, inheritance))
            xml_type(buffer, *type, inheritance);
    }
    xml_step(buffer, "profile", "positions", "Collection(" GP_NAMESPACE ".workPosition)",
             inheritance);
    xml_step(buffer, "user", "profile", GP_NAMESPACE ".profile", inheritance);
    xml_container(buffer, has_batch);
    gp_buffer_puts(buffer, "</Schema></edmx:DataServices></edmx:Edmx>");
}

/* ---- JSON ---- */

static void json_property(gp_buffer *buffer, const gp_property *property)
{
    const char *separator = "";

    add(buffer, ",\"%s\":{", property->name);
    if (property->flags & GP_COLLECTION) {
        gp_buffer_puts(buffer, "\"$Collection\":true");
        separator = ",";
    }
    if (property->edm != GP_EDM_STRING) { /* the default */
        add(buffer, "%s\"$Type\":\"%s\"", separator, type_name(buffer->pool, property));
        separator = ",";
    }
    if (property->edm == GP_EDM_DATETIMEOFFSET)
        add(buffer, ",\"$Precision\":%d", DATETIME_PRECISION);
    if (is_nullable(property)) {
        add(buffer, "%s\"$Nullable\":true", separator);
        separator = ",";
    }
    if (property->flags & GP_COMPUTED)
        add(buffer, "%s\"@%s.Computed\":true", separator, CORE);
    if (property->flags & GP_IMMUTABLE)
        add(buffer, "%s\"@%s.Immutable\":true,\"@%s.ComputedDefaultValue\":true", separator, CORE,
            CORE);
    gp_buffer_puts(buffer, "}");
}

static const char json_key[] = ",\"$Key\":[\"id\"]";

static void json_type(gp_buffer *buffer, const gp_type *type, gp_inheritance inheritance)
{
    const gp_type *base = base_of(type, inheritance);
    int i;

    add(buffer, ",\"%s\":{\"$Kind\":\"%s\"", type->name,
        type->is_entity ? "EntityType" : "ComplexType");
    if (base != NULL)
        add(buffer, ",\"$BaseType\":\"" GP_NAMESPACE ".%s\"", base->name);
    if (is_abstract(type))
        gp_buffer_puts(buffer, ",\"$Abstract\":true");
    if (type->is_open)
        gp_buffer_puts(buffer, ",\"$OpenType\":true");
    if (type->is_entity && base == NULL)
        gp_buffer_puts(buffer, json_key);
    for (i = base != NULL ? type->inherited : 0; i < gp_type_count(type); i++)
        json_property(buffer, gp_type_property(type, i));
    gp_buffer_puts(buffer, "}");
}

static void json_enum(gp_buffer *buffer, const gp_enum *enumeration)
{
    int i;

    add(buffer, ",\"%s\":{\"$Kind\":\"EnumType\"%s", enumeration->name,
        enumeration->is_flags ? ",\"$IsFlags\":true" : "");
    for (i = 0; i < enumeration->count; i++)
        add(buffer, ",\"%s\":%u", enumeration->members[i].name, enumeration->members[i].value);
    gp_buffer_puts(buffer, "}");
}

static void json_reference(gp_buffer *buffer, const char *vocabulary)
{
    add(buffer, "\"%s%s.json\":{\"$Include\":[{\"$Namespace\":\"%s\"}]}", VOCABULARIES, vocabulary,
        vocabulary);
}

static void json_batch(gp_buffer *buffer, bool has_batch)
{
    apr_size_t i;

    add(buffer, ",\"@" CAPABILITIES ".BatchSupport\":{\"Supported\":%s", truth(has_batch));
    for (i = 0; has_batch && i < BATCH_SUPPORT; i++)
        add(buffer, ",\"%s\":%s", batch_support[i].name, truth(batch_support[i].is_supported));
    if (has_batch)
        gp_buffer_puts(buffer, ",\"SupportedFormats\":[\"application/json\",\"multipart/mixed\"]");
    gp_buffer_puts(buffer, "}");
}

static void json_container(gp_buffer *buffer, bool has_batch)
{
    static const char unreadable[] = "\"@" CAPABILITIES ".ReadRestrictions\":{\"Readable\":false}";

    add(buffer,
        ",\"%s\":{\"$Kind\":\"EntityContainer\","
        "\"users\":{\"$Collection\":true,\"$Type\":\"%s\",%s},"
        "\"me\":{\"$Type\":\"%s\",%s}",
        CONTAINER, USER, unreadable, USER, unreadable);
    json_batch(buffer, has_batch);
    gp_buffer_puts(buffer, "}");
}

static void json_step(gp_buffer *buffer, const char *name, const char *next, const char *rest,
                      gp_inheritance inheritance)
{
    add(buffer, ",\"%s\":{\"$Kind\":\"EntityType\"", name);
    if (inheritance == GP_INHERITANCE_DERIVED) {
        gp_buffer_puts(buffer, ",\"$BaseType\":\"" GP_NAMESPACE ".entity\"");
    } else {
        gp_buffer_puts(buffer, json_key);
        json_property(buffer, key());
    }
    add(buffer, ",\"%s\":{\"$Kind\":\"NavigationProperty\",%s,\"$ContainsTarget\":true}}", next,
        rest);
}

void gp_metadata_write_json(gp_buffer *buffer, gp_inheritance inheritance, bool has_batch)
{
    const gp_type *const *type;
    const gp_enum *const *enumeration;

    gp_buffer_puts(buffer, "{\"$Version\":\"4.01\",\"$EntityContainer\":\"" GP_NAMESPACE
                           "." CONTAINER "\",\"$Reference\":{");
    json_reference(buffer, CORE);
    gp_buffer_puts(buffer, ",");
    json_reference(buffer, CAPABILITIES);
    gp_buffer_puts(buffer, "},\"" GP_NAMESPACE "\":{\"$Alias\":\"" GP_NAMESPACE_ALIAS "\"");
    for (enumeration = gp_model_enums; *enumeration != NULL; enumeration++)
        json_enum(buffer, *enumeration);
    for (type = gp_model_types; *type != NULL; type++) {
        if (is_declared(*type, inheritance))
            json_type(buffer, *type, inheritance);
    }
    json_step(buffer, "profile", "positions",
              "\"$Collection\":true,\"$Type\":\"" GP_NAMESPACE ".workPosition\"", inheritance);
    json_step(buffer, "user", "profile",
              "\"$Type\":\"" GP_NAMESPACE ".profile\",\"$Nullable\":true", inheritance);
    json_container(buffer, has_batch);
    gp_buffer_puts(buffer, "}}");
}

/* ---- the service document ---- */

void gp_metadata_write_service(gp_buffer *buffer, const char *base_url)
{
    gp_buffer_puts(buffer, "{");
    if (base_url != NULL) {
        gp_buffer_puts(buffer, "\"@odata.context\":");
        gp_buffer_puts_json(buffer, apr_pstrcat(buffer->pool, base_url, "/$metadata", NULL));
        gp_buffer_puts(buffer, ",");
    }
    gp_buffer_puts(buffer, "\"value\":["
                           "{\"name\":\"users\",\"kind\":\"EntitySet\",\"url\":\"users\"},"
                           "{\"name\":\"me\",\"kind\":\"Singleton\",\"url\":\"me\"}]}");
}
