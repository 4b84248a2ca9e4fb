/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The type model: what a position is made of. The tables below are the only place that knows a
 * property's name; parsing, checking, writing, queries and metadata all walk them. They hold every
 * property of the oldest and the newest microsoft.graph schema (graph beta CSDL, 2019-11 to 2026).
 * To add a property, add its line.
 */
#include "model.h"
#include "base/limits.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

/* An Int64 has at most so many. */
#define INT64_DIGITS 19

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* The names of properties and types, with the forms of them that are written or compared all the time. */
#define NAME(text) text, sizeof(text) - 1, ",\"" text "\":null"
#define TYPE(text) text, "#" GP_NAMESPACE "." text

/* ---- enumerations ---- */

static const gp_enum_member allowed_audiences_members[] = {
    {"me", 0},           {"family", 1},
    {"contacts", 2},     {"groupMembers", 4},
    {"organization", 8}, {"federatedOrganizations", 16},
    {"everyone", 32},    {"unknownFutureValue", 64},
};

const gp_enum gp_allowed_audiences = {"allowedAudiences", 1, COUNT(allowed_audiences_members),
                                      allowed_audiences_members, "unknownFutureValue"};

static const gp_enum_member person_relationship_members[] = {
    {"manager", 0},   {"colleague", 1},         {"directReport", 2},     {"dotLineReport", 3},
    {"assistant", 4}, {"dotLineManager", 5},    {"alternateContact", 6}, {"friend", 7},
    {"spouse", 8},    {"sibling", 9},           {"child", 10},           {"parent", 11},
    {"sponsor", 12},  {"emergencyContact", 13}, {"other", 14},           {"unknownFutureValue", 15},
};

static const gp_enum person_relationship = {"personRelationship", 0,
                                            COUNT(person_relationship_members),
                                            person_relationship_members, "unknownFutureValue"};

static const gp_enum_member physical_address_type_members[] = {
    {"unknown", 0},
    {"home", 1},
    {"business", 2},
    {"other", 3},
};

static const gp_enum physical_address_type = {"physicalAddressType", 0,
                                              COUNT(physical_address_type_members),
                                              physical_address_type_members, NULL};

/* ---- complex types ---- */

static const gp_property identity_properties[] = {
    {NAME("id"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("displayName"), GP_EDM_STRING, 0, NULL, NULL},
};

static const gp_type identity = {TYPE("identity"),   NULL, 0, 1, 0, COUNT(identity_properties),
                                 identity_properties};

static const gp_property identity_set_properties[] = {
    {NAME("application"), GP_EDM_COMPLEX, 0, &identity, NULL},
    {NAME("device"), GP_EDM_COMPLEX, 0, &identity, NULL},
    {NAME("user"), GP_EDM_COMPLEX, 0, &identity, NULL},
};

static const gp_type identity_set = {
    TYPE("identitySet"), NULL, 0, 1, 0, COUNT(identity_set_properties), identity_set_properties};

static const gp_property inference_data_properties[] = {
    {NAME("confidenceScore"), GP_EDM_DOUBLE, 0, NULL, NULL},
    {NAME("userHasVerifiedAccuracy"), GP_EDM_BOOLEAN, 0, NULL, NULL},
};

static const gp_type inference_data = {
    TYPE("inferenceData"),    NULL, 0, 0, 0, COUNT(inference_data_properties),
    inference_data_properties};

/* What `source` was until 2020-10: still declared by Graph, no longer used by a position. */
static const gp_property person_data_source_properties[] = {
    {NAME("type"), GP_EDM_STRING, 0, NULL, NULL},
};

static const gp_type person_data_source = {
    TYPE("personDataSource"),     NULL, 0, 0, 0, COUNT(person_data_source_properties),
    person_data_source_properties};

static const gp_property person_data_sources_properties[] = {
    {NAME("type"), GP_EDM_STRING, GP_COLLECTION | GP_ACCEPTS_SINGLE, NULL, NULL},
};

static const gp_type person_data_sources = {
    TYPE("personDataSources"),     NULL, 0, 0, 0, COUNT(person_data_sources_properties),
    person_data_sources_properties};

static const gp_property profile_source_annotation_properties[] = {
    {NAME("isDefaultSource"), GP_EDM_BOOLEAN, 0, NULL, NULL},
    {NAME("properties"), GP_EDM_STRING, GP_COLLECTION, NULL, NULL},
    {NAME("sourceId"), GP_EDM_STRING, 0, NULL, NULL},
};

static const gp_type profile_source_annotation = {
    TYPE("profileSourceAnnotation"),     NULL, 0, 0, 0, COUNT(profile_source_annotation_properties),
    profile_source_annotation_properties};

static const gp_property physical_address_properties[] = {
    {NAME("type"), GP_EDM_ENUM, 0, NULL, &physical_address_type},
    {NAME("postOfficeBox"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("street"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("city"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("state"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("countryOrRegion"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("postalCode"), GP_EDM_STRING, 0, NULL, NULL},
};

static const gp_type physical_address = {
    TYPE("physicalAddress"),    NULL, 0, 0, 0, COUNT(physical_address_properties),
    physical_address_properties};

static const gp_property company_detail_properties[] = {
    {NAME("displayName"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("pronunciation"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("department"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("officeLocation"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("address"), GP_EDM_COMPLEX, 0, &physical_address, NULL},
    {NAME("webUrl"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("companyCode"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("costCenter"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("division"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("secondaryDepartment"), GP_EDM_STRING, 0, NULL, NULL},
};

static const gp_type company_detail = {
    TYPE("companyDetail"),    NULL, 0, 0, 0, COUNT(company_detail_properties),
    company_detail_properties};

static const gp_property position_detail_properties[] = {
    {NAME("company"), GP_EDM_COMPLEX, 0, &company_detail, NULL},
    {NAME("description"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("endMonthYear"), GP_EDM_DATE, 0, NULL, NULL},
    {NAME("jobTitle"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("role"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("startMonthYear"), GP_EDM_DATE, 0, NULL, NULL},
    {NAME("summary"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("employeeId"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("employeeType"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("layer"), GP_EDM_INT32, 0, NULL, NULL},
    {NAME("level"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("secondaryJobTitle"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("secondaryRole"), GP_EDM_STRING, 0, NULL, NULL},
};

static const gp_type position_detail = {
    TYPE("positionDetail"),    NULL, 0, 0, 0, COUNT(position_detail_properties),
    position_detail_properties};

static const gp_property related_person_properties[] = {
    {NAME("displayName"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("relationship"), GP_EDM_ENUM, 0, NULL, &person_relationship},
    {NAME("userPrincipalName"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("userId"), GP_EDM_STRING, 0, NULL, NULL},
};

static const gp_type related_person = {
    TYPE("relatedPerson"),    NULL, 0, 0, 0, COUNT(related_person_properties),
    related_person_properties};

/* ---- entity types ---- */

static const gp_property entity_properties[] = {
    {NAME("id"), GP_EDM_STRING, GP_IMMUTABLE, NULL, NULL},
};

static const gp_type entity = {TYPE("entity"),   NULL, 1, 0, 0, COUNT(entity_properties),
                               entity_properties};

static const gp_property item_facet_properties[] = {
    {NAME("allowedAudiences"), GP_EDM_ENUM, 0, NULL, &gp_allowed_audiences},
    {NAME("inference"), GP_EDM_COMPLEX, 0, &inference_data, NULL},
    {NAME("createdDateTime"), GP_EDM_DATETIMEOFFSET, GP_COMPUTED, NULL, NULL},
    {NAME("createdBy"), GP_EDM_COMPLEX, GP_IMMUTABLE, &identity_set, NULL},
    {NAME("lastModifiedDateTime"), GP_EDM_DATETIMEOFFSET, GP_COMPUTED, NULL, NULL},
    {NAME("lastModifiedBy"), GP_EDM_COMPLEX, GP_COMPUTED, &identity_set, NULL},
    {NAME("source"), GP_EDM_COMPLEX, 0, &person_data_sources, NULL},
    {NAME("sources"), GP_EDM_COMPLEX, GP_COLLECTION, &profile_source_annotation, NULL},
    {NAME("isSearchable"), GP_EDM_BOOLEAN, 0, NULL, NULL},
};

static const gp_type item_facet = {
    TYPE("itemFacet"),    &entity, 1, 0, COUNT(entity_properties), COUNT(item_facet_properties),
    item_facet_properties};

static const gp_property work_position_properties[] = {
    {NAME("categories"), GP_EDM_STRING, GP_COLLECTION, NULL, NULL},
    {NAME("detail"), GP_EDM_COMPLEX, 0, &position_detail, NULL},
    {NAME("manager"), GP_EDM_COMPLEX, 0, &related_person, NULL},
    {NAME("colleagues"), GP_EDM_COMPLEX, GP_COLLECTION, &related_person, NULL},
    {NAME("isCurrent"), GP_EDM_BOOLEAN, 0, NULL, NULL},
};

const gp_type gp_work_position = {TYPE("workPosition"),
                                  &item_facet,
                                  1,
                                  0,
                                  COUNT(entity_properties) + COUNT(item_facet_properties),
                                  COUNT(work_position_properties),
                                  work_position_properties};

/* ---- all of them ---- */

const gp_type *const gp_model_types[] = {
    &identity,
    &identity_set,
    &inference_data,
    &person_data_source,
    &person_data_sources,
    &profile_source_annotation,
    &physical_address,
    &company_detail,
    &position_detail,
    &related_person,
    &entity,
    &item_facet,
    &gp_work_position,
    NULL,
};

const gp_enum *const gp_model_enums[] = {&gp_allowed_audiences, &person_relationship,
                                         &physical_address_type, NULL};

/* ---- walking the tables ---- */

int gp_type_count(const gp_type *type)
{
    return type->inherited + type->own;
}

const gp_property *gp_type_property(const gp_type *type, int place)
{
    while (place < type->inherited)
        type = type->base;
    return &type->properties[place - type->inherited];
}

int gp_type_find(const gp_type *type, const char *name, apr_size_t length)
{
    for (; type != NULL; type = type->base) {
        int i;

        for (i = 0; i < type->own; i++) {
            const gp_property *declared = &type->properties[i];

            if (declared->length == length && memcmp(declared->name, name, length) == 0)
                return type->inherited + i;
        }
    }
    return -1;
}

const char *gp_type_find_similar(const gp_type *type, const char *name, apr_size_t length)
{
    for (; type != NULL; type = type->base) {
        int i;

        for (i = 0; i < type->own; i++) {
            const char *declared = type->properties[i].name;

            if (strlen(declared) == length && strncasecmp(declared, name, length) == 0)
                return declared;
        }
    }
    return NULL;
}

const char *gp_type_lacks(apr_pool_t *pool, const gp_type *type, const char *name,
                          apr_size_t length)
{
    const char *of = type->name, *what = "this property";
    const char *similar = gp_type_find_similar(type, name, length);

    if (length <= GP_NAME_MESSAGE_MAX)
        what = apr_pstrcat(pool, "the property '", apr_pstrmemdup(pool, name, length), "'", NULL);
    return apr_pstrcat(pool, "The type " GP_NAMESPACE ".", of, " does not have ", what, ".",
                       similar ? " It has '" : NULL, similar, "'.", NULL);
}

/* Whether a name is this one behind a namespace and a dot. */
static int is_qualified(const char *own, const char *name, apr_size_t length)
{
    static const char *const namespaces[] = {GP_NAMESPACE ".", GP_NAMESPACE_ALIAS "."};
    apr_size_t i;

    for (i = 0; i < sizeof namespaces / sizeof namespaces[0]; i++) {
        apr_size_t prefix = strlen(namespaces[i]);

        if (length == prefix + strlen(own) && memcmp(name, namespaces[i], prefix) == 0
            && memcmp(name + prefix, own, length - prefix) == 0)
            return 1;
    }
    return 0;
}

int gp_model_is_namespace(const char *text)
{
    return strcmp(text, GP_NAMESPACE ".") == 0 || strcmp(text, GP_NAMESPACE_ALIAS ".") == 0;
}

int gp_type_is_named(const gp_type *type, const char *name, apr_size_t length)
{
    return is_qualified(type->name, name, length);
}

int gp_enum_is_named(const gp_enum *enumeration, const char *name, apr_size_t length)
{
    return is_qualified(enumeration->name, name, length);
}

const char *gp_property_describe(apr_pool_t *pool, const gp_property *property)
{
    const gp_enum *enumeration = property->enumeration;
    const char *list = "";
    int i;

    switch (property->edm) {
    case GP_EDM_STRING:
        return "an Edm.String";
    case GP_EDM_BOOLEAN:
        return "an Edm.Boolean (true or false)";
    case GP_EDM_INT32:
        return "an Edm.Int32 (a whole number from -2147483648 to 2147483647)";
    case GP_EDM_DOUBLE:
        return "an Edm.Double (a number, or \"NaN\", \"INF\" or \"-INF\")";
    case GP_EDM_DATE:
        return "an Edm.Date (YYYY-MM-DD)";
    case GP_EDM_DATETIMEOFFSET:
        return "an Edm.DateTimeOffset (such as 2017-01-01T00:00:00Z)";
    case GP_EDM_COMPLEX:
        return apr_pstrcat(pool, "an object (" GP_NAMESPACE ".", property->complex->name, ")",
                           NULL);
    case GP_EDM_ENUM:
        break;
    }
    for (i = 0; i < enumeration->count; i++) {
        const char *name = enumeration->members[i].name;

        if (enumeration->sentinel == NULL || strcmp(name, enumeration->sentinel) != 0)
            list = apr_pstrcat(pool, list, *list ? ", " : "", name, NULL);
    }
    return apr_psprintf(pool, "a " GP_NAMESPACE ".%s (%s of %s)", enumeration->name,
                        enumeration->is_flags ? "one or more, comma-separated," : "one", list);
}

const char *gp_enum_none(const gp_enum *enumeration)
{
    int i;

    for (i = 0; i < enumeration->count; i++) {
        if (enumeration->members[i].value == 0)
            return enumeration->members[i].name;
    }
    return NULL;
}

/* ---- values of enumerations ---- */

/* The members of an enumeration as a set: the bit of a member is its place, since a member may have
 * the value 0. */
#define MEMBER(place) (1u << (place))

static int is_sentinel(const gp_enum *enumeration, int place)
{
    return enumeration->sentinel != NULL
           && strcmp(enumeration->members[place].name, enumeration->sentinel) == 0;
}

/* The member so named; 0 where there is none or it is the sentinel. */
static unsigned find_name(const gp_enum *enumeration, const char *name, apr_size_t length)
{
    int i;

    for (i = 0; i < enumeration->count; i++) {
        const char *member = enumeration->members[i].name;

        if (strncmp(member, name, length) == 0 && member[length] == '\0')
            return is_sentinel(enumeration, i) ? 0 : MEMBER(i);
    }
    return 0;
}

/* An Int64 that is not negative, of at most 19 digits, with a plus or without (OData ABNF int64Value). */
static int read_number(const char *text, apr_size_t length, apr_uint64_t *number)
{
    const char *end = text + length;

    if (length > 0 && *text == '+')
        text++;
    if (text == end || end - text > INT64_DIGITS)
        return 0;
    for (*number = 0; text < end; text++) {
        if (!apr_isdigit(*text))
            return 0;
        *number = *number * 10 + (apr_uint64_t)(*text - '0');
    }
    return 1;
}

/* The members that a number stands for; 0 where it, or a bit of it, is nobody's or the sentinel's. */
static unsigned find_number(const gp_enum *enumeration, const char *text, apr_size_t length)
{
    apr_uint64_t number, rest;
    unsigned found = 0;
    int i;

    if (!read_number(text, length, &number))
        return 0;
    rest = number;
    for (i = 0; i < enumeration->count; i++) {
        unsigned value = enumeration->members[i].value;

        if (is_sentinel(enumeration, i))
            continue;
        if (number == value)
            return MEMBER(i);
        if (enumeration->is_flags && value != 0 && (number & value) == value) {
            found |= MEMBER(i);
            rest &= ~(apr_uint64_t)value;
        }
    }
    return rest == 0 ? found : 0;
}

int gp_enum_is_sentinel(const gp_enum *enumeration, const char *text, apr_size_t length)
{
    apr_uint64_t number;
    int i;

    for (i = 0; i < enumeration->count; i++) {
        const char *name = enumeration->members[i].name;

        if (is_sentinel(enumeration, i))
            return (strncmp(name, text, length) == 0 && name[length] == '\0')
                   || (read_number(text, length, &number)
                       && number == enumeration->members[i].value);
    }
    return 0;
}

/* The members that a text names, one or several; 0 where a part of it names none. */
static unsigned find_members(const gp_enum *enumeration, const char *text, apr_size_t length)
{
    const char *end = text + length;
    unsigned named = 0;

    for (;;) {
        const char *comma =
            enumeration->is_flags ? memchr(text, ',', (apr_size_t)(end - text)) : NULL;
        const char *stop = comma ? comma : end;
        unsigned found;

        while (enumeration->is_flags && text < stop && *text == ' ')
            text++;
        while (enumeration->is_flags && stop > text && stop[-1] == ' ')
            stop--;
        found = find_name(enumeration, text, (apr_size_t)(stop - text));
        if (found == 0)
            found = find_number(enumeration, text, (apr_size_t)(stop - text));
        if (found == 0)
            return 0;
        named |= found;
        if (comma == NULL)
            return named;
        text = comma + 1;
    }
}

unsigned gp_enum_parse(apr_pool_t *pool, const gp_enum *enumeration, const char *text,
                       apr_size_t length, const char **canonical)
{
    unsigned named = find_members(enumeration, text, length), value = 0;
    const char *joined = NULL;
    int i;

    if (named == 0)
        return GP_ENUM_INVALID;
    for (i = 0; i < enumeration->count; i++) {
        const gp_enum_member *member = &enumeration->members[i];

        if ((named & MEMBER(i)) == 0)
            continue;
        value |= member->value;
        if (canonical != NULL)
            joined = joined ? apr_pstrcat(pool, joined, ",", member->name, NULL) : member->name;
    }
    if (canonical != NULL)
        *canonical = joined;
    return value;
}
