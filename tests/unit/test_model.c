/* SPDX-License-Identifier: Apache-2.0 */
#include "document/model.h"
#include "unit.h"

/* Returns the type of the property with that name. */
static const gp_type *type_of(const gp_type *type, const char *name)
{
    int place = gp_type_find(type, name, strlen(name));

    ck_assert_msg(place >= 0, "%s has no %s", type->name, name);
    return gp_type_property(type, place)->complex;
}

static const gp_enum *enum_of(const gp_type *type, const char *name)
{
    return gp_type_property(type, gp_type_find(type, name, strlen(name)))->enumeration;
}

/* The names of a type's properties in declared order. */
static const char *declared(const gp_type *type)
{
    const char *names = "";
    int i;

    for (i = 0; i < gp_type_count(type); i++)
        names = apr_pstrcat(pool, names, i > 0 ? " " : "", gp_type_property(type, i)->name, NULL);
    return names;
}

TEST(positions_are_declared_base_first)
{
    ck_assert_str_eq(gp_work_position.name, "workPosition");
    ck_assert_str_eq(declared(&gp_work_position),
                     "id "
                     "allowedAudiences inference createdDateTime createdBy lastModifiedDateTime "
                     "lastModifiedBy source sources isSearchable "
                     "categories detail manager colleagues isCurrent");
}

TEST(details_are_declared_in_order)
{
    const gp_type *detail = type_of(&gp_work_position, "detail");

    ck_assert_str_eq(detail->name, "positionDetail");
    ck_assert_str_eq(declared(detail),
                     "company description endMonthYear jobTitle role startMonthYear summary "
                     "employeeId employeeType layer level secondaryJobTitle secondaryRole");
}

TEST(companies_are_declared_in_order)
{
    const gp_type *company = type_of(type_of(&gp_work_position, "detail"), "company");

    ck_assert_str_eq(company->name, "companyDetail");
    ck_assert_str_eq(declared(company),
                     "displayName pronunciation department officeLocation address webUrl "
                     "companyCode costCenter division secondaryDepartment");
}

TEST(the_other_types_are_declared_in_order)
{
    const gp_type *company = type_of(type_of(&gp_work_position, "detail"), "company");
    const gp_type *set = type_of(&gp_work_position, "createdBy");

    ck_assert_str_eq(declared(type_of(company, "address")),
                     "type postOfficeBox street city state countryOrRegion postalCode");
    ck_assert_str_eq(declared(type_of(&gp_work_position, "inference")),
                     "confidenceScore userHasVerifiedAccuracy");
    ck_assert_str_eq(declared(set), "application device user");
    ck_assert_str_eq(declared(type_of(set, "user")), "id displayName");
    ck_assert_str_eq(declared(type_of(&gp_work_position, "manager")),
                     "displayName relationship userPrincipalName userId");
    ck_assert_str_eq(declared(type_of(&gp_work_position, "source")), "type");
    ck_assert_str_eq(declared(type_of(&gp_work_position, "sources")),
                     "isDefaultSource properties sourceId");
    ck_assert_ptr_eq(type_of(&gp_work_position, "manager"),
                     type_of(&gp_work_position, "colleagues"));
    ck_assert_ptr_eq(set, type_of(&gp_work_position, "lastModifiedBy"));
}

/* Walks a type and all types reachable from it; returns the number of properties. */
static int walk(const gp_type *type, int depth)
{
    int i, met = 0, inherited = 0;
    const gp_type *base;

    ck_assert_int_lt(depth, 6);
    ck_assert_ptr_nonnull(type->name);
    for (base = type->base; base != NULL; base = base->base)
        inherited += base->own;
    ck_assert_int_eq(type->inherited, inherited);
    ck_assert_int_eq(gp_type_count(type), type->inherited + type->own);
    /* The reader records the properties it has seen in 32 bits. */
    ck_assert_int_le(gp_type_count(type), 32);

    for (i = 0; i < gp_type_count(type); i++, met++) {
        const gp_property *property = gp_type_property(type, i);

        ck_assert_int_eq(gp_type_find(type, property->name, strlen(property->name)), i);
        ck_assert_ptr_null(strchr(property->name, '@'));
        ck_assert_int_eq(property->complex != NULL, property->edm == GP_EDM_COMPLEX);
        ck_assert_int_eq(property->enumeration != NULL, property->edm == GP_EDM_ENUM);
        /* gp_enum_parse records the named members in as many. */
        ck_assert(property->enumeration == NULL || property->enumeration->count <= 32);
        ck_assert(!(property->flags & GP_ACCEPTS_SINGLE) || property->flags & GP_COLLECTION);
        ck_assert_int_gt((int)strlen(gp_property_describe(pool, property)), 0);
        if (property->complex != NULL)
            met += walk(property->complex, depth + 1);
    }
    return met;
}

TEST(every_type_can_be_walked_from_the_position)
{
    /* 15 of the position; inference 2; two identity sets 2 x (3 + 3 x 2); source 1; sources 3;
     * detail 13, company 10, address 7; manager and colleagues 2 x 4. */
    ck_assert_int_eq(walk(&gp_work_position, 0), 15 + 2 + 2 * 9 + 1 + 3 + 13 + 10 + 7 + 2 * 4);
}

TEST(only_identities_are_open)
{
    const gp_type *set = type_of(&gp_work_position, "createdBy");

    ck_assert(set->is_open);
    ck_assert(type_of(set, "application")->is_open);
    ck_assert(type_of(set, "device")->is_open);
    ck_assert(type_of(set, "user")->is_open);
    ck_assert(!gp_work_position.is_open);
    ck_assert(!type_of(&gp_work_position, "inference")->is_open);
    ck_assert(!type_of(&gp_work_position, "source")->is_open);
    ck_assert(!type_of(&gp_work_position, "sources")->is_open);
    ck_assert(!type_of(&gp_work_position, "manager")->is_open);
    ck_assert(!type_of(&gp_work_position, "detail")->is_open);
    ck_assert(gp_work_position.is_entity);
    ck_assert(!set->is_entity);
}

static const char *name_at(const gp_type *type, int place)
{
    return gp_type_property(type, place)->name;
}

TEST(the_named_indexes_are_right)
{
    const gp_type *set = type_of(&gp_work_position, "createdBy");
    const gp_type *identity = type_of(set, "user");

    ck_assert_str_eq(name_at(&gp_work_position, GP_POSITION_ID), "id");
    ck_assert_str_eq(name_at(&gp_work_position, GP_POSITION_ALLOWED_AUDIENCES), "allowedAudiences");
    ck_assert_str_eq(name_at(&gp_work_position, GP_POSITION_INFERENCE), "inference");
    ck_assert_str_eq(name_at(&gp_work_position, GP_POSITION_CREATED_DATE_TIME), "createdDateTime");
    ck_assert_str_eq(name_at(&gp_work_position, GP_POSITION_CREATED_BY), "createdBy");
    ck_assert_str_eq(name_at(&gp_work_position, GP_POSITION_LAST_MODIFIED_DATE_TIME),
                     "lastModifiedDateTime");
    ck_assert_str_eq(name_at(&gp_work_position, GP_POSITION_LAST_MODIFIED_BY), "lastModifiedBy");
    ck_assert_str_eq(name_at(set, GP_IDENTITY_SET_APPLICATION), "application");
    ck_assert_str_eq(name_at(set, GP_IDENTITY_SET_DEVICE), "device");
    ck_assert_str_eq(name_at(set, GP_IDENTITY_SET_USER), "user");
    ck_assert_str_eq(name_at(identity, GP_IDENTITY_ID), "id");
    ck_assert_str_eq(name_at(identity, GP_IDENTITY_DISPLAY_NAME), "displayName");
}

TEST(the_server_decides_what_graph_calls_computed)
{
    int i;

    for (i = 0; i < gp_type_count(&gp_work_position); i++) {
        const gp_property *property = gp_type_property(&gp_work_position, i);
        int computed = i == GP_POSITION_CREATED_DATE_TIME
                       || i == GP_POSITION_LAST_MODIFIED_DATE_TIME
                       || i == GP_POSITION_LAST_MODIFIED_BY;
        int immutable = i == GP_POSITION_ID || i == GP_POSITION_CREATED_BY;

        ck_assert_msg(!!(property->flags & GP_COMPUTED) == computed, "%s", property->name);
        ck_assert_msg(!!(property->flags & GP_IMMUTABLE) == immutable, "%s", property->name);
    }
}

TEST(collections_are_those_of_the_schema)
{
    static const char *const collections[] = {"sources", "categories", "colleagues"};
    const gp_property *type = gp_type_property(type_of(&gp_work_position, "source"), 0);
    int i, found = 0;

    for (i = 0; i < gp_type_count(&gp_work_position); i++)
        found += !!(gp_type_property(&gp_work_position, i)->flags & GP_COLLECTION);
    ck_assert_int_eq(found, 3);
    for (i = 0; i < 3; i++) {
        int place = gp_type_find(&gp_work_position, collections[i], strlen(collections[i]));

        ck_assert(gp_type_property(&gp_work_position, place)->flags & GP_COLLECTION);
    }
    ck_assert_uint_eq(type->flags, GP_COLLECTION | GP_ACCEPTS_SINGLE);
}

static int find(const char *name)
{
    return gp_type_find(&gp_work_position, name, strlen(name));
}

TEST(properties_are_found_by_their_exact_name)
{
    ck_assert_int_eq(find("id"), 0);
    ck_assert_int_eq(find("allowedAudiences"), 1);
    ck_assert_int_eq(find("isCurrent"), 14);
    ck_assert_int_eq(find("Id"), -1);
    ck_assert_int_eq(find("isCurren"), -1);
    ck_assert_int_eq(find("isCurrents"), -1);
    ck_assert_int_eq(find("i"), -1);
    ck_assert_int_eq(find(" id"), -1);
    ck_assert_int_eq(find("id "), -1);
    ck_assert_int_eq(find(""), -1);
    ck_assert_int_eq(find("jobTitle"), -1);
    ck_assert_int_eq(find("@odata.type"), -1);
    ck_assert_int_eq(gp_type_find(&gp_work_position, "identity", 2), 0);
    ck_assert_int_eq(gp_type_find(&gp_work_position, "id", 0), -1);
    /* `source` is a prefix of `sources`. */
    ck_assert_int_eq(gp_type_find(&gp_work_position, "sources", 6), find("source"));
    ck_assert_int_eq(find("source") + 1, find("sources"));
}

static const char *nearest_property(const char *name)
{
    const char *nearest = gp_type_nearest(&gp_work_position, name, strlen(name));

    return nearest ? nearest : "-";
}

TEST(the_nearest_property_is_of_the_type_or_its_bases)
{
    ck_assert_str_eq(nearest_property("iscurrent"), "isCurrent");
    ck_assert_str_eq(nearest_property("is_current"), "isCurrent");
    ck_assert_str_eq(nearest_property("ID"), "id");
    ck_assert_str_eq(nearest_property("alowedAudiences"), "allowedAudiences");
    ck_assert_str_eq(nearest_property("lastModifedDateTime"), "lastModifiedDateTime");
    ck_assert_str_eq(nearest_property("sourc"), "source");
    ck_assert_str_eq(nearest_property(""), "-");
    /* A property of another type. */
    ck_assert_str_eq(nearest_property("jobtitle"), "-");
    ck_assert_str_eq(gp_type_nearest(&gp_work_position, "IDentity", 2), "id");
}

static const char *nearest_member(const gp_enum *enumeration, const char *text)
{
    const char *nearest = gp_enum_nearest(enumeration, text, strlen(text));

    return nearest ? nearest : "-";
}

TEST(the_nearest_member_is_for_the_invalid_part)
{
    const gp_enum *relationship = gp_model_enums[1], *audiences = &gp_allowed_audiences;

    ck_assert_str_eq(nearest_member(relationship, "Colleague"), "colleague");
    ck_assert_str_eq(nearest_member(relationship, "colleage"), "colleague");
    ck_assert_str_eq(nearest_member(relationship, "manger"), "manager");
    ck_assert_str_eq(nearest_member(relationship, "emergencycontakt"), "emergencyContact");
    ck_assert_str_eq(nearest_member(relationship, "enemy"), "-");
    ck_assert_str_eq(nearest_member(relationship, ""), "-");
    ck_assert_str_eq(nearest_member(relationship, "99"), "-");
    /* Without flags, a comma is part of the name. */
    ck_assert_str_eq(nearest_member(relationship, "friend,spose"), "-");
    ck_assert_str_eq(nearest_member(audiences, "organisation"), "organization");
    ck_assert_str_eq(nearest_member(audiences, "family, contcts"), "contacts");
    ck_assert_str_eq(nearest_member(audiences, "famly , contcts"), "family");
    ck_assert_str_eq(nearest_member(audiences, "1,evryone,8"), "everyone");
    ck_assert_str_eq(nearest_member(audiences, "family,"), "-");
    /* A valid value gets no suggestion, and the sentinel is never one. */
    ck_assert_str_eq(nearest_member(audiences, "family,contacts"), "-");
    ck_assert_str_eq(nearest_member(audiences, "unknownFutureValue"), "-");
    ck_assert_str_eq(nearest_member(audiences, "unknownFuturValue"), "-");
}

/* "value canonical", or "invalid". */
static const char *parse(const gp_enum *enumeration, const char *text)
{
    const char *canonical = "untouched";
    unsigned value = gp_enum_parse(pool, enumeration, text, strlen(text), &canonical);

    ck_assert_uint_eq(gp_enum_parse(pool, enumeration, text, strlen(text), NULL), value);
    if (value == GP_ENUM_INVALID) {
        ck_assert_str_eq(canonical, "untouched");
        return "invalid";
    }
    return apr_psprintf(pool, "%u %s", value, canonical);
}

static const char *audiences(const char *text)
{
    return parse(&gp_allowed_audiences, text);
}

TEST(single_audiences_have_the_values_of_graph)
{
    ck_assert_str_eq(audiences("me"), "0 me");
    ck_assert_str_eq(audiences("family"), "1 family");
    ck_assert_str_eq(audiences("contacts"), "2 contacts");
    ck_assert_str_eq(audiences("groupMembers"), "4 groupMembers");
    ck_assert_str_eq(audiences("organization"), "8 organization");
    ck_assert_str_eq(audiences("federatedOrganizations"), "16 federatedOrganizations");
    ck_assert_str_eq(audiences("everyone"), "32 everyone");
}

TEST(audiences_combine_into_one_form)
{
    ck_assert_str_eq(audiences("family,contacts"), "3 family,contacts");
    ck_assert_str_eq(audiences("contacts,family"), "3 family,contacts");
    ck_assert_str_eq(audiences("contacts, family"), "3 family,contacts");
    ck_assert_str_eq(audiences("  contacts ,  family "), "3 family,contacts");
    ck_assert_str_eq(audiences(" family"), "1 family");
    ck_assert_str_eq(audiences("family,family,family"), "1 family");
    ck_assert_str_eq(audiences("everyone,family,contacts,groupMembers,organization,"
                               "federatedOrganizations"),
                     "63 family,contacts,groupMembers,organization,federatedOrganizations,"
                     "everyone");
}

TEST(me_adds_no_audience)
{
    ck_assert_str_eq(audiences("me,me"), "0 me");
    ck_assert_str_eq(audiences("family,me"), "1 me,family");
}

TEST(wrong_audiences_are_invalid)
{
    static const char *const wrong[] = {
        "",
        " ",
        ",",
        "family,",
        ",family",
        "family,,contacts",
        "family contacts",
        "family;contacts",
        "Family",
        "famil",
        "familyy",
        "String",
        "family,nobody",
        "nobody,family",
        "unknownFutureValue",
        "family,unknownFutureValue",
        "unknownFutureValue,family",
        "unknownFutureValu",
        "\tfamily",
        "family\n",
        "family,\tcontacts",
        "fam\xc4\xb1ly",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(wrong); i++)
        ck_assert_msg(strcmp(audiences(wrong[i]), "invalid") == 0, "row %d: %s", (int)i, wrong[i]);
}

/* OData ABNF enumValue: each part may be a member's name or an Int64. */
TEST(audiences_may_be_numbers)
{
    ck_assert_str_eq(audiences("0"), "0 me");
    ck_assert_str_eq(audiences("1"), "1 family");
    ck_assert_str_eq(audiences("8"), "8 organization");
    ck_assert_str_eq(audiences("+8"), "8 organization");
    ck_assert_str_eq(audiences("0000000000000000008"), "8 organization");
    ck_assert_str_eq(audiences("9"), "9 family,organization");
    ck_assert_str_eq(audiences("63"),
                     "63 family,contacts,groupMembers,organization,federatedOrganizations,"
                     "everyone");
    ck_assert_str_eq(audiences("family,8"), "9 family,organization");
    ck_assert_str_eq(audiences("8,family"), "9 family,organization");
    ck_assert_str_eq(audiences(" 8 , 1,9 "), "9 family,organization");
    ck_assert_str_eq(audiences("family,0"), "1 me,family");
}

TEST(numbers_without_audiences_are_invalid)
{
    static const char *const wrong[] = {
        "64",
        "65",
        "127",
        "128",
        "-1",
        "-8",
        "+",
        "-",
        "++8",
        "+-8",
        "8.0",
        "8e0",
        "0x8",
        "8 1",
        "8,",
        ",8",
        "8,64",
        "family,-1",
        "4294967296", /* valid if truncated to 32 bits, like the next two */
        "4294967304",
        "18446744073709551624",
        "9223372036854775807",
        "9223372036854775808",
        "00000000000000000008", /* more than the 19 digits of an Int64 */
        "99999999999999999999999999999999",
        "\xd9\xa8",
    };
    apr_size_t i;

    for (i = 0; i < COUNT(wrong); i++)
        ck_assert_msg(strcmp(audiences(wrong[i]), "invalid") == 0, "row %d: %s", (int)i, wrong[i]);
}

TEST(the_sentinel_is_known_by_name_and_number)
{
    ck_assert(gp_enum_is_sentinel(&gp_allowed_audiences, "unknownFutureValue", 18));
    ck_assert(gp_enum_is_sentinel(&gp_allowed_audiences, "64", 2));
    ck_assert(!gp_enum_is_sentinel(&gp_allowed_audiences, "64", 1));
    ck_assert(!gp_enum_is_sentinel(&gp_allowed_audiences, "", 0));
    ck_assert(!gp_enum_is_sentinel(&gp_allowed_audiences, "8", 1));
    ck_assert(!gp_enum_is_sentinel(&gp_allowed_audiences, "unknownFutureValue,8", 20));
    ck_assert(!gp_enum_is_sentinel(
        enum_of(type_of(type_of(type_of(&gp_work_position, "detail"), "company"), "address"),
                "type"),
        "64", 2));
}

/* A name is qualified by the namespace or by the alias that $metadata declares. */
TEST(names_are_qualified_in_two_ways)
{
    const gp_type *type = &gp_work_position;

    ck_assert(gp_type_is_named(type, "microsoft.graph.workPosition", 28));
    ck_assert(gp_type_is_named(type, "graph.workPosition", 18));
    ck_assert(!gp_type_is_named(type, "graph.workPosition", 17));
    ck_assert(!gp_type_is_named(type, "graph.workPositions", 19));
    ck_assert(!gp_type_is_named(type, "workPosition", 12));
    ck_assert(!gp_type_is_named(type, ".workPosition", 13));
    ck_assert(!gp_type_is_named(type, "Graph.workPosition", 18));
    ck_assert(!gp_type_is_named(type, "graph.WorkPosition", 18));
    ck_assert(!gp_type_is_named(type, "microsoft.workPosition", 22));
    ck_assert(!gp_type_is_named(type, "graph.graph.workPosition", 24));
    ck_assert(!gp_type_is_named(type, "graph.entity", 12));
    ck_assert(!gp_type_is_named(type, "graph.", 6));
    ck_assert(gp_enum_is_named(&gp_allowed_audiences, "graph.allowedAudiences", 22));
    ck_assert(gp_enum_is_named(&gp_allowed_audiences, "microsoft.graph.allowedAudiences", 32));
    ck_assert(!gp_enum_is_named(&gp_allowed_audiences, "allowedAudiences", 16));
    ck_assert(!gp_enum_is_named(&gp_allowed_audiences, "graph.personRelationship", 24));
}

TEST(only_the_given_bytes_are_parsed)
{
    const char *canonical = NULL;

    ck_assert_uint_eq(gp_enum_parse(pool, &gp_allowed_audiences, "family,contacts", 6, &canonical),
                      1);
    ck_assert_str_eq(canonical, "family");
    ck_assert_uint_eq(gp_enum_parse(pool, &gp_allowed_audiences, "family,contacts", 7, NULL),
                      GP_ENUM_INVALID);
    ck_assert_uint_eq(gp_enum_parse(pool, &gp_allowed_audiences, "family,contacts", 9, NULL),
                      GP_ENUM_INVALID);
}

TEST(other_enumerations_have_exactly_one_member)
{
    const gp_enum *relationship = enum_of(type_of(&gp_work_position, "manager"), "relationship");
    const gp_enum *type = enum_of(
        type_of(type_of(type_of(&gp_work_position, "detail"), "company"), "address"), "type");

    ck_assert_str_eq(parse(relationship, "manager"), "0 manager");
    ck_assert_str_eq(parse(relationship, "other"), "14 other");
    ck_assert_str_eq(parse(relationship, "dotLineManager"), "5 dotLineManager");
    ck_assert_str_eq(parse(relationship, "unknownFutureValue"), "invalid");
    ck_assert_str_eq(parse(relationship, "manager,other"), "invalid");
    ck_assert_str_eq(parse(relationship, " manager"), "invalid");
    ck_assert_str_eq(parse(relationship, "manager "), "invalid");
    ck_assert_str_eq(parse(relationship, "Manager"), "invalid");
    ck_assert_str_eq(parse(relationship, ""), "invalid");
    ck_assert_str_eq(parse(relationship, "0"), "0 manager");
    ck_assert_str_eq(parse(relationship, "14"), "14 other");
    ck_assert_str_eq(parse(relationship, "15"), "invalid");
    ck_assert_str_eq(parse(relationship, "16"), "invalid");
    ck_assert_str_eq(parse(relationship, "-0"), "invalid");
    ck_assert_str_eq(parse(relationship, "1,2"), "invalid");
    ck_assert_str_eq(parse(relationship, " 1"), "invalid");
    ck_assert_str_eq(parse(type, "3"), "3 other");
    ck_assert_str_eq(parse(type, "4"), "invalid");
    ck_assert_str_eq(parse(type, "unknown"), "0 unknown");
    ck_assert_str_eq(parse(type, "home"), "1 home");
    ck_assert_str_eq(parse(type, "business"), "2 business");
    ck_assert_str_eq(parse(type, "other"), "3 other");
    ck_assert_str_eq(parse(type, "unknownFutureValue"), "invalid");
}

TEST(members_of_enumerations_are_numbered_as_in_the_schema)
{
    const gp_enum *relationship = enum_of(type_of(&gp_work_position, "manager"), "relationship");
    int i;

    ck_assert_int_eq(relationship->count, 16);
    for (i = 0; i < relationship->count; i++)
        ck_assert_uint_eq(relationship->members[i].value, (unsigned)i);
    ck_assert(!relationship->is_flags);
    ck_assert_int_eq(gp_allowed_audiences.count, 8);
    for (i = 1; i < gp_allowed_audiences.count; i++)
        ck_assert_uint_eq(gp_allowed_audiences.members[i].value, 1u << (i - 1));
    ck_assert(gp_allowed_audiences.is_flags);
}

static const char *describe(const gp_type *type, const char *name)
{
    return gp_property_describe(pool,
                                gp_type_property(type, gp_type_find(type, name, strlen(name))));
}

TEST(properties_describe_their_values)
{
    const gp_type *detail = type_of(&gp_work_position, "detail");

    ck_assert_str_eq(describe(detail, "jobTitle"), "an Edm.String");
    ck_assert_str_eq(describe(detail, "endMonthYear"), "an Edm.Date (YYYY-MM-DD)");
    ck_assert_str_eq(describe(&gp_work_position, "detail"),
                     "an object (microsoft.graph.positionDetail)");
    ck_assert_str_eq(describe(&gp_work_position, "allowedAudiences"),
                     "a microsoft.graph.allowedAudiences (one or more, comma-separated, of me, "
                     "family, contacts, groupMembers, organization, federatedOrganizations, "
                     "everyone)");
    ck_assert_str_eq(describe(type_of(type_of(detail, "company"), "address"), "type"),
                     "a microsoft.graph.physicalAddressType (one of unknown, home, business, "
                     "other)");
    ck_assert_ptr_null(strstr(describe(type_of(&gp_work_position, "manager"), "relationship"),
                              "unknownFutureValue"));
}

UNIT_MAIN("model")
