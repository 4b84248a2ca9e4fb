/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scalar values (strings, numbers, booleans and null), checked against their property.
 */
#include "reader_parts.h"
#include "annotation.h"
#include "primitive.h"

#include <apr_strings.h>

static void complain_value(gp_reader *reader, const gp_property *property, const gp_scalar *given)
{
    if (gp_reader_only_counts(reader))
        return;
    gp_reader_complain(reader, "InvalidValue", gp_complaint_value(reader->pool, property, given));
}

static gp_value *keep(gp_reader *reader, const gp_scalar *given)
{
    switch (given->kind) {
    case GP_VALUE_NULL:
        return gp_value_null(reader->pool);
    case GP_VALUE_BOOLEAN:
        return gp_value_boolean(reader->pool, given->boolean);
    default:
        return gp_value_text(reader->pool, given->kind, given->bytes, given->length);
    }
}

/* Reads a scalar for a declared property of a primitive type. Returns NULL if the scalar is invalid. */
static gp_value *take_primitive(gp_reader *reader, const gp_property *property, bool is_item,
                                gp_scalar *given)
{
    gp_fit found = gp_primitive_check(reader->pool, property, given);

    if (found == GP_FITS)
        return keep(reader, given);
    if (reader->validation == GP_VALIDATION_RELAXED
        && (given->kind != GP_VALUE_NUMBER || gp_primitive_number_is_valid(reader->pool, given)))
        return keep(reader, given);
    if (found == GP_WRONG_KIND)
        gp_reader_complain_kind(reader, property, is_item, gp_complaint_scalar(given->kind));
    else
        complain_value(reader, property, given);
    return NULL;
}

/* Returns true if a value is "", which some Graph SDKs write for flags that are unset or that they could
 * not read. */
static bool is_empty_flags(const gp_property *property, const gp_scalar *given)
{
    return property->edm == GP_EDM_ENUM && property->enumeration->is_flags
           && given->kind == GP_VALUE_STRING && given->length == 0;
}

/*
 * Returns true if a value in a change leaves the property unchanged. A client that could not read flags
 * sends back "" without having edited them. A client that received the sentinel in place of a member that
 * it does not know sends back the sentinel (Graph's guideline on evolvable enumerations).
 */
static bool says_nothing(const gp_reader *reader, const gp_property *property,
                         const gp_scalar *given)
{
    if (reader->reading != GP_READING_CHANGE || property->edm != GP_EDM_ENUM
        || given->kind != GP_VALUE_STRING)
        return false;
    return is_empty_flags(property, given)
           || gp_enum_is_sentinel(property->enumeration, given->bytes, given->length);
}

static void take_declared(gp_reader *reader, const gp_property *property, bool is_item,
                          gp_scalar *given)
{
    bool wants_array = property->flags & GP_COLLECTION && !is_item;
    gp_value *value = NULL;

    if (given->kind == GP_VALUE_NULL) {
        if (property == &reader->root)
            gp_reader_complain_kind(reader, property, is_item, "null");
        else if (is_item)
            gp_reader_complain(reader, "TypeMismatch", "A collection cannot hold null.");
        else if (wants_array)
            gp_reader_put(reader, gp_value_collection(reader->pool));
        else
            gp_reader_put(reader, gp_value_null(reader->pool));
        return;
    }
    if (says_nothing(reader, property, given))
        return;
    if (is_empty_flags(property, given) && reader->reading == GP_READING_NEW) {
        gp_reader_put(reader, gp_value_null(reader->pool));
        return;
    }
    if (property->edm == GP_EDM_COMPLEX
        || (wants_array && !(property->flags & GP_ACCEPTS_SINGLE))) {
        gp_reader_complain_kind(reader, property, is_item, gp_complaint_scalar(given->kind));
        return;
    }
    value = take_primitive(reader, property, is_item, given);
    if (value == NULL)
        return;
    if (wants_array) {
        gp_value *collection = gp_value_collection(reader->pool);

        gp_value_append(collection, value);
        value = collection;
    }
    gp_reader_put(reader, value);
}

/* Checks that @odata.type names the type that the model declares here. */
static void take_type(gp_reader *reader, const gp_scalar *given)
{
    gp_value *object = gp_reader_object(reader)->value;
    const gp_type *type = object->as.object.type;
    const char *taken = given->kind == GP_VALUE_STRING
                            ? gp_annotation_type(type, given->bytes, given->length)
                            : NULL;

    if (taken != NULL)
        object->as.object.odata_type = taken;
    else
        gp_reader_complain(reader, "TypeMismatch",
                           apr_psprintf(reader->pool, "The type must be %s.", type->odata_type));
}

static void take_context(gp_reader *reader, const gp_scalar *given)
{
    const char *refusal =
        given->kind == GP_VALUE_STRING ? gp_annotation_context(given->bytes, given->length) : NULL;

    if (refusal != NULL)
        gp_reader_complain_annotation(reader, refusal);
}

void gp_reader_take(gp_reader *reader, gp_scalar *given)
{
    const gp_property *property;
    bool is_item;

    switch (gp_reader_next(reader, &property, &is_item)) {
    case EXPECT_DECLARED:
        take_declared(reader, property, is_item, given);
        break;
    case EXPECT_TYPE:
        take_type(reader, given);
        break;
    case EXPECT_CONTEXT:
        take_context(reader, given);
        break;
    case EXPECT_ANYTHING:
        if (given->kind == GP_VALUE_NUMBER && !gp_primitive_number_is_valid(reader->pool, given))
            gp_reader_complain(reader, "InvalidValue",
                               "The number is beyond the range of an Edm.Double.");
        else
            gp_reader_put(reader, keep(reader, given));
        break;
    case EXPECT_IGNORED:
        break;
    }
}
