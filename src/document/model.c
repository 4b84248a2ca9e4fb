/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The type model: the properties of a position. The tables below are the only place that names a
 * property; parsing, checking, writing, queries and metadata all read them. They hold every
 * property of the oldest and the newest microsoft.graph schema (graph beta CSDL, 2019-11 to 2026).
 * To add a property, add its line.
 */
#include "model.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* The names of properties and types, with the derived forms that are often written or compared. */
#define NAME(text) text, sizeof(text) - 1, ",\"" text "\":null"
#define TYPE(text) text, "#" GP_NAMESPACE "." text

/* Complex types have no base; an entity type inherits the properties of its base. */
#define COMPLEX(text, is_open, properties)                                                         \
    {TYPE(text), NULL, false, is_open, 0, COUNT(properties), properties}
#define ENTITY(text, base, inherited, properties)                                                  \
    {TYPE(text), base, true, false, inherited, COUNT(properties), properties}

/* ---- enumerations ---- */

static const gp_enum_member allowed_audiences_members[] = {
    {"me", GP_AUDIENCE_ME},
    {"family", GP_AUDIENCE_FAMILY},
    {"contacts", GP_AUDIENCE_CONTACTS},
    {"groupMembers", GP_AUDIENCE_GROUP_MEMBERS},
    {"organization", GP_AUDIENCE_ORGANIZATION},
    {"federatedOrganizations", GP_AUDIENCE_FEDERATED_ORGANIZATIONS},
    {"everyone", GP_AUDIENCE_EVERYONE},
    {"unknownFutureValue", GP_AUDIENCE_UNKNOWN_FUTURE_VALUE},
};

const gp_enum gp_allowed_audiences = {"allowedAudiences", true, COUNT(allowed_audiences_members),
                                      allowed_audiences_members, "unknownFutureValue"};

static const gp_enum_member person_relationship_members[] = {
    {"manager", 0},   {"colleague", 1},         {"directReport", 2},     {"dotLineReport", 3},
    {"assistant", 4}, {"dotLineManager", 5},    {"alternateContact", 6}, {"friend", 7},
    {"spouse", 8},    {"sibling", 9},           {"child", 10},           {"parent", 11},
    {"sponsor", 12},  {"emergencyContact", 13}, {"other", 14},           {"unknownFutureValue", 15},
};

static const gp_enum person_relationship = {"personRelationship", false,
                                            COUNT(person_relationship_members),
                                            person_relationship_members, "unknownFutureValue"};

static const gp_enum_member physical_address_type_members[] = {
    {"unknown", 0},
    {"home", 1},
    {"business", 2},
    {"other", 3},
};

static const gp_enum physical_address_type = {"physicalAddressType", false,
                                              COUNT(physical_address_type_members),
                                              physical_address_type_members, NULL};

/* ---- complex types ---- */

static const gp_property identity_properties[] = {
    [GP_IDENTITY_ID] = {NAME("id"), GP_EDM_STRING, 0, NULL, NULL},
    [GP_IDENTITY_DISPLAY_NAME] = {NAME("displayName"), GP_EDM_STRING, 0, NULL, NULL},
};

static const gp_type identity = COMPLEX("identity", true, identity_properties);

static const gp_property identity_set_properties[] = {
    [GP_IDENTITY_SET_APPLICATION] = {NAME("application"), GP_EDM_COMPLEX, 0, &identity, NULL},
    [GP_IDENTITY_SET_DEVICE] = {NAME("device"), GP_EDM_COMPLEX, 0, &identity, NULL},
    [GP_IDENTITY_SET_USER] = {NAME("user"), GP_EDM_COMPLEX, 0, &identity, NULL},
};

static const gp_type identity_set = COMPLEX("identitySet", true, identity_set_properties);

static const gp_property inference_data_properties[] = {
    {NAME("confidenceScore"), GP_EDM_DOUBLE, 0, NULL, NULL},
    {NAME("userHasVerifiedAccuracy"), GP_EDM_BOOLEAN, 0, NULL, NULL},
};

static const gp_type inference_data = COMPLEX("inferenceData", false, inference_data_properties);

/* The type of `source` until 2020-10: Graph still declares it, but a position no longer uses it. */
static const gp_property person_data_source_properties[] = {
    {NAME("type"), GP_EDM_STRING, 0, NULL, NULL},
};

static const gp_type person_data_source =
    COMPLEX("personDataSource", false, person_data_source_properties);

static const gp_property person_data_sources_properties[] = {
    {NAME("type"), GP_EDM_STRING, GP_COLLECTION | GP_ACCEPTS_SINGLE, NULL, NULL},
};

static const gp_type person_data_sources =
    COMPLEX("personDataSources", false, person_data_sources_properties);

static const gp_property profile_source_annotation_properties[] = {
    {NAME("isDefaultSource"), GP_EDM_BOOLEAN, 0, NULL, NULL},
    {NAME("properties"), GP_EDM_STRING, GP_COLLECTION, NULL, NULL},
    {NAME("sourceId"), GP_EDM_STRING, 0, NULL, NULL},
};

static const gp_type profile_source_annotation =
    COMPLEX("profileSourceAnnotation", false, profile_source_annotation_properties);

static const gp_property physical_address_properties[] = {
    {NAME("type"), GP_EDM_ENUM, 0, NULL, &physical_address_type},
    {NAME("postOfficeBox"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("street"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("city"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("state"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("countryOrRegion"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("postalCode"), GP_EDM_STRING, 0, NULL, NULL},
};

static const gp_type physical_address =
    COMPLEX("physicalAddress", false, physical_address_properties);

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

static const gp_type company_detail = COMPLEX("companyDetail", false, company_detail_properties);

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

static const gp_type position_detail = COMPLEX("positionDetail", false, position_detail_properties);

static const gp_property related_person_properties[] = {
    {NAME("displayName"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("relationship"), GP_EDM_ENUM, 0, NULL, &person_relationship},
    {NAME("userPrincipalName"), GP_EDM_STRING, 0, NULL, NULL},
    {NAME("userId"), GP_EDM_STRING, 0, NULL, NULL},
};

static const gp_type related_person = COMPLEX("relatedPerson", false, related_person_properties);

/* ---- entity types ---- */

static const gp_property entity_properties[] = {
    [GP_POSITION_ID] = {NAME("id"), GP_EDM_STRING, GP_IMMUTABLE, NULL, NULL},
};

static const gp_type entity = ENTITY("entity", NULL, 0, entity_properties);

/* The indexes of model.h count the properties of the base first. */
#define OF_FACET(index) ((index) - COUNT(entity_properties))

static const gp_property item_facet_properties[] = {
    [OF_FACET(GP_POSITION_ALLOWED_AUDIENCES)] = {NAME("allowedAudiences"), GP_EDM_ENUM, 0, NULL,
                                                 &gp_allowed_audiences},
    [OF_FACET(GP_POSITION_INFERENCE)] = {NAME("inference"), GP_EDM_COMPLEX, 0, &inference_data,
                                         NULL},
    [OF_FACET(GP_POSITION_CREATED_DATE_TIME)] = {NAME("createdDateTime"), GP_EDM_DATETIMEOFFSET,
                                                 GP_COMPUTED, NULL, NULL},
    [OF_FACET(GP_POSITION_CREATED_BY)] = {NAME("createdBy"), GP_EDM_COMPLEX, GP_IMMUTABLE,
                                          &identity_set, NULL},
    [OF_FACET(GP_POSITION_LAST_MODIFIED_DATE_TIME)] = {NAME("lastModifiedDateTime"),
                                                       GP_EDM_DATETIMEOFFSET, GP_COMPUTED, NULL,
                                                       NULL},
    [OF_FACET(GP_POSITION_LAST_MODIFIED_BY)] = {NAME("lastModifiedBy"), GP_EDM_COMPLEX, GP_COMPUTED,
                                                &identity_set, NULL},
    {NAME("source"), GP_EDM_COMPLEX, 0, &person_data_sources, NULL},
    {NAME("sources"), GP_EDM_COMPLEX, GP_COLLECTION, &profile_source_annotation, NULL},
    {NAME("isSearchable"), GP_EDM_BOOLEAN, 0, NULL, NULL},
};

/* An index without a property would leave a gap, an entry without a name. */
_Static_assert(COUNT(entity_properties) == 1 && COUNT(item_facet_properties) == 9
                   && COUNT(identity_set_properties) == 3 && COUNT(identity_properties) == 2,
               "model.h has the indexes of these types");

static const gp_type item_facet =
    ENTITY("itemFacet", &entity, COUNT(entity_properties), item_facet_properties);

static const gp_property work_position_properties[] = {
    {NAME("categories"), GP_EDM_STRING, GP_COLLECTION, NULL, NULL},
    {NAME("detail"), GP_EDM_COMPLEX, 0, &position_detail, NULL},
    {NAME("manager"), GP_EDM_COMPLEX, 0, &related_person, NULL},
    {NAME("colleagues"), GP_EDM_COMPLEX, GP_COLLECTION, &related_person, NULL},
    {NAME("isCurrent"), GP_EDM_BOOLEAN, 0, NULL, NULL},
};

const gp_type gp_work_position =
    ENTITY("workPosition", &item_facet, COUNT(entity_properties) + COUNT(item_facet_properties),
           work_position_properties);

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
