/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a document: JSON events become a value tree as the type model allows. What the model does
 * not allow is noted with its path and left out, and the reading goes on, so that one answer tells
 * everything that is wrong. Only a broken text and too much depth end it early.
 */
#include "reader.h"
#include "annotation.h"
#include "complaint.h"
#include "json.h"
#include "base/limits.h"
#include "base/names.h"
#include "primitive.h"

#include <apr_strings.h>

#include <stdio.h>
#include <string.h>

/* What the model has in store for the value that comes next. */
typedef enum {
    EXPECT_DECLARED, /* the value, or one item, of a declared property */
    EXPECT_ANYTHING, /* anything; kept as it is */
    EXPECT_TYPE,     /* @odata.type of the object, or @type */
    EXPECT_CONTEXT,  /* @odata.context of the object, or @context */
    EXPECT_IGNORED   /* anything; dropped */
} expectation;

/* An object or array that has begun and not ended. */
typedef struct {
    gp_value *value;             /* what is filled; NULL: it is ignored */
    const gp_property *property; /* EXPECT_DECLARED: the member's, or that of the array's items */
    expectation expects;         /* of the member or item that comes next */
    int is_array;
    int index;        /* arrays: of the item being read */
    int place;        /* objects: of the member being read, where declared */
    const char *name; /* objects: of the member being read */
    apr_size_t length;
    apr_uint32_t declared_seen; /* objects: one bit a declared property */
    int type_seen;              /* objects: @odata.type was there */
    int has_id, has_property;   /* objects with a type: @odata.id was there; anything of the type */
    gp_names *others_seen;      /* objects: names that are not declared; NULL: none yet */
    int members;                /* objects: members that are not declared and kept */
} frame;

struct gp_reader {
    apr_pool_t *pool;
    gp_reading reading;
    gp_validation validation;
    gp_problem *problem;
    gp_json *json;
    gp_property root; /* stands for the document as if it were a property */
    gp_value *value;
    int is_reference;
    int depth;
    frame frames[GP_DEPTH_MAX];
};

/* ---- saying what is wrong, and where ---- */

/* The JSON path of the value being read. */
static const char *path(const gp_reader *reader)
{
    gp_buffer text;
    int i;

    gp_buffer_open(&text, reader->pool, 64);
    gp_buffer_puts(&text, "$");
    for (i = 0; i < reader->depth; i++) {
        const frame *at = &reader->frames[i];

        if (at->is_array)
            gp_buffer_puts(&text, apr_psprintf(reader->pool, "[%d]", at->index));
        else if (at->name != NULL)
            gp_complaint_add_name(&text, at->name, at->length);
    }
    return gp_buffer_text(&text);
}

/* Whether one more problem is only counted, so that it needs no words; then counts it. */
static int only_counted(gp_reader *reader)
{
    if (reader->problem->count < GP_DETAILS_MAX)
        return 0;
    gp_problem_add(reader->problem, NULL, NULL, NULL);
    return 1;
}

static void complain(gp_reader *reader, const char *code, const char *message)
{
    if (only_counted(reader))
        return;
    gp_problem_add(reader->problem, code, path(reader), message);
}

static void complain_kind(gp_reader *reader, const gp_property *property, int is_item,
                          const char *got)
{
    if (only_counted(reader))
        return;
    complain(reader, "TypeMismatch", gp_complaint_kind(reader->pool, property, is_item, got));
}

static void complain_value(gp_reader *reader, const gp_property *property, const gp_scalar *given)
{
    if (only_counted(reader))
        return;
    complain(reader, "InvalidValue", gp_complaint_value(reader->pool, property, given));
}

static void complain_duplicate(gp_reader *reader)
{
    complain(reader, "DuplicateProperty", "The property stands here more than once.");
}

/* An annotation asks for what this service does not do. */
static void complain_annotation(gp_reader *reader, const char *message)
{
    complain(reader, "UnsupportedAnnotation", message);
}

/* ---- placing values ---- */

static frame *top(gp_reader *reader)
{
    return reader->depth > 0 ? &reader->frames[reader->depth - 1] : NULL;
}

/* A value begins: moves on to the next item of an array and tells what is expected. */
static expectation next_value(gp_reader *reader, const gp_property **property, int *is_item)
{
    frame *at = top(reader);

    *is_item = 0;
    if (at == NULL) {
        *property = &reader->root;
        return EXPECT_DECLARED;
    }
    if (at->is_array) {
        at->index++;
        *is_item = 1;
    }
    *property = at->property;
    return at->expects;
}

/* Puts a value where the innermost object or array wants it. */
static void put(gp_reader *reader, gp_value *value)
{
    frame *at = top(reader);

    if (at == NULL)
        reader->value = value;
    else if (at->is_array)
        gp_value_append(at->value, value);
    else if (at->expects == EXPECT_DECLARED)
        at->value->as.object.properties[at->place] = value;
    else
        gp_value_add_member(reader->pool, at->value, at->name, at->length, value);
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

/* ---- taking scalars ---- */

/* A scalar for a declared place that takes primitive values. Returns NULL where it is refused. */
static gp_value *take_primitive(gp_reader *reader, const gp_property *property, int is_item,
                                gp_scalar *given)
{
    gp_fit found = gp_primitive_check(reader->pool, property, given);

    if (found == GP_FITS)
        return keep(reader, given);
    if (reader->validation == GP_VALIDATION_RELAXED
        && (given->kind != GP_VALUE_NUMBER || gp_primitive_number_is_valid(reader->pool, given)))
        return keep(reader, given);
    if (found == GP_WRONG_KIND)
        complain_kind(reader, property, is_item, gp_complaint_scalar(given->kind));
    else
        complain_value(reader, property, given);
    return NULL;
}

/* Whether a value is "", which some Graph SDKs write for flags that are not set or that they could not
 * read. */
static int is_empty_flags(const gp_property *property, const gp_scalar *given)
{
    return property->edm == GP_EDM_ENUM && property->enumeration->is_flags
           && given->kind == GP_VALUE_STRING && given->length == 0;
}

/*
 * Whether a value in a change leaves the property as it is. A client that could not read flags sends ""
 * back without having edited them. A client that was answered the sentinel in place of a member that it
 * does not know sends the sentinel back (Graph's guideline on evolvable enumerations).
 */
static int says_nothing(const gp_reader *reader, const gp_property *property,
                        const gp_scalar *given)
{
    if (reader->reading != GP_READING_CHANGE || property->edm != GP_EDM_ENUM
        || given->kind != GP_VALUE_STRING)
        return 0;
    return is_empty_flags(property, given)
           || gp_enum_is_sentinel(property->enumeration, given->bytes, given->length);
}

static void take_declared(gp_reader *reader, const gp_property *property, int is_item,
                          gp_scalar *given)
{
    int wants_array = property->flags & GP_COLLECTION && !is_item;
    gp_value *value = NULL;

    if (given->kind == GP_VALUE_NULL) {
        if (property == &reader->root)
            complain_kind(reader, property, is_item, "null");
        else if (is_item)
            complain(reader, "TypeMismatch", "A collection cannot hold null.");
        else if (wants_array)
            put(reader, gp_value_collection(reader->pool));
        else
            put(reader, gp_value_null(reader->pool));
        return;
    }
    if (says_nothing(reader, property, given))
        return;
    if (is_empty_flags(property, given) && reader->reading == GP_READING_NEW) {
        put(reader, gp_value_null(reader->pool));
        return;
    }
    if (property->edm == GP_EDM_COMPLEX
        || (wants_array && !(property->flags & GP_ACCEPTS_SINGLE))) {
        complain_kind(reader, property, is_item, gp_complaint_scalar(given->kind));
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
    put(reader, value);
}

/* @odata.type must name the type that the place has anyway. */
static void take_type(gp_reader *reader, const gp_scalar *given)
{
    gp_value *object = top(reader)->value;
    const gp_type *type = object->as.object.type;
    const char *taken = given->kind == GP_VALUE_STRING
                            ? gp_annotation_type(type, given->bytes, given->length)
                            : NULL;

    if (taken != NULL)
        object->as.object.odata_type = taken;
    else
        complain(reader, "TypeMismatch",
                 apr_psprintf(reader->pool, "The type here can only be %s.", type->odata_type));
}

static void take_context(gp_reader *reader, const gp_scalar *given)
{
    const char *refusal =
        given->kind == GP_VALUE_STRING ? gp_annotation_context(given->bytes, given->length) : NULL;

    if (refusal != NULL)
        complain_annotation(reader, refusal);
}

static int take(gp_reader *reader, gp_scalar *given)
{
    const gp_property *property;
    int is_item;

    switch (next_value(reader, &property, &is_item)) {
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
            complain(reader, "InvalidValue", "The number is beyond the range of an Edm.Double.");
        else
            put(reader, keep(reader, given));
        break;
    case EXPECT_IGNORED:
        break;
    }
    return 1;
}

/* ---- events ---- */

static int on_null(void *baton)
{
    gp_scalar given = {GP_VALUE_NULL, 0, NULL, 0};
    return take(baton, &given);
}

static int on_boolean(void *baton, int value)
{
    gp_scalar given = {GP_VALUE_BOOLEAN, value, NULL, 0};
    return take(baton, &given);
}

static int on_number(void *baton, const char *text, apr_size_t length)
{
    gp_scalar given = {GP_VALUE_NUMBER, 0, text, length};
    return take(baton, &given);
}

static int on_string(void *baton, const char *text, apr_size_t length)
{
    gp_scalar given = {GP_VALUE_STRING, 0, text, length};
    return take(baton, &given);
}

/* Opens a frame for an object or array, ignored unless the caller gives it a value to fill. */
static frame *push(gp_reader *reader, int is_array)
{
    frame *at;

    if (reader->depth == GP_DEPTH_MAX) {
        complain(reader, "TooDeep",
                 apr_psprintf(reader->pool, "Objects and arrays are nested more than %d deep.",
                              GP_DEPTH_MAX));
        return NULL;
    }
    at = &reader->frames[reader->depth++];
    memset(at, 0, sizeof *at);
    at->expects = EXPECT_IGNORED;
    at->is_array = is_array;
    at->index = -1;
    return at;
}

static int on_begin_object(void *baton)
{
    gp_reader *reader = baton;
    const gp_property *property;
    gp_value *object = NULL;
    int is_item;
    expectation expected = next_value(reader, &property, &is_item);
    frame *at = top(reader);

    if (expected == EXPECT_DECLARED && is_item && at != NULL && at->index == GP_OBJECTS_MAX
        && reader->reading != GP_READING_STORED) {
        complain(
            reader, "TooMany",
            apr_psprintf(reader->pool, "The collection has more than %d objects.", GP_OBJECTS_MAX));
        return 0;
    }
    if (expected == EXPECT_ANYTHING)
        object = gp_value_object(reader->pool, NULL);
    else if (expected == EXPECT_DECLARED && property->edm == GP_EDM_COMPLEX
             && (is_item || !(property->flags & GP_COLLECTION)))
        object = gp_value_object(reader->pool, property->complex);
    else if (expected == EXPECT_DECLARED)
        complain_kind(reader, property, is_item, "an object");
    else if (expected == EXPECT_TYPE)
        complain(reader, "TypeMismatch", "Expected the name of a type, got an object.");
    if (object != NULL)
        put(reader, object);
    at = push(reader, 0);
    if (at == NULL)
        return 0;
    at->value = object;
    return 1;
}

static int on_begin_array(void *baton)
{
    gp_reader *reader = baton;
    const gp_property *property;
    gp_value *collection = NULL;
    int is_item;
    expectation expected = next_value(reader, &property, &is_item);
    frame *at;

    if (expected == EXPECT_ANYTHING
        || (expected == EXPECT_DECLARED && property->flags & GP_COLLECTION && !is_item))
        collection = gp_value_collection(reader->pool);
    else if (expected == EXPECT_DECLARED)
        complain_kind(reader, property, is_item, "an array");
    else if (expected == EXPECT_TYPE)
        complain(reader, "TypeMismatch", "Expected the name of a type, got an array.");
    if (collection != NULL)
        put(reader, collection);
    at = push(reader, 1);
    if (at == NULL)
        return 0;
    at->value = collection;
    if (collection != NULL) {
        at->expects = expected;
        at->property = property;
    }
    return 1;
}

/* An object of a type ends that has an @odata.id and nothing of the type: it refers to an entity. */
static void meet_reference(gp_reader *reader, frame *at)
{
    if (reader->depth == 1) {
        reader->is_reference = 1;
        return;
    }
    at->name = "@odata.id";
    at->length = strlen(at->name);
    complain_annotation(reader, gp_annotation_no_reference);
}

static int on_end(void *baton)
{
    gp_reader *reader = baton;
    frame *at = top(reader);

    if (at == NULL) /* what ends has begun */
        return 0;
    if (at->has_id && !at->has_property)
        meet_reference(reader, at);
    reader->depth--;
    return 1;
}

/* Whether an undeclared name was met before in this object; from now on it was. */
static int seen_before(gp_reader *reader, frame *at, const char *name, apr_size_t length)
{
    if (at->others_seen == NULL)
        at->others_seen = gp_names_make(reader->pool);
    return gp_names_add(at->others_seen, name, length, at) != NULL;
}

/* A member that the type does not declare is kept. Zero where the object has too many of them. */
static int expect_member(gp_reader *reader, frame *at)
{
    at->expects = EXPECT_ANYTHING;
    if (++at->members <= GP_MEMBERS_MAX || reader->reading == GP_READING_STORED)
        return 1;
    complain(reader, "TooMany",
             apr_psprintf(reader->pool,
                          "The object has more than %d members that its type does not declare.",
                          GP_MEMBERS_MAX));
    return 0;
}

/* Whether the server sets a property whatever is sent: then what is sent is not looked at (OData protocol
 * 4.01 sections 11.4.2 and 11.4.3). What is stored was set by the server. */
static int is_set_by_server(const gp_reader *reader, const gp_property *property)
{
    unsigned flags =
        reader->reading == GP_READING_CHANGE ? GP_COMPUTED | GP_IMMUTABLE : GP_COMPUTED;

    return reader->reading != GP_READING_STORED && (property->flags & flags) != 0;
}

/* A name that the type declares. */
static void meet_declared(gp_reader *reader, frame *at, const gp_type *type, int place)
{
    apr_uint32_t bit = (apr_uint32_t)1 << place;

    at->has_property = 1;
    at->property = gp_type_property(type, place);
    at->place = place;
    at->name = at->property->name;
    if (at->declared_seen & bit) {
        complain_duplicate(reader);
        return;
    }
    at->declared_seen |= bit;
    if (!is_set_by_server(reader, at->property))
        at->expects = EXPECT_DECLARED;
}

/* The name of the annotation that tells an object's type. */
static void meet_type(gp_reader *reader, frame *at)
{
    if (at->type_seen) {
        complain_duplicate(reader);
        return;
    }
    at->type_seen = 1;
    at->expects = EXPECT_TYPE;
}

/* A name in an object without a type: all of it is data. Zero where the reading ends. */
static int meet_dynamic(gp_reader *reader, frame *at)
{
    if (!seen_before(reader, at, at->name, at->length))
        return expect_member(reader, at);
    complain_duplicate(reader);
    return 1;
}

/* A name with an @ in an object with a type. Control information that has two spellings stands once. */
static void meet_annotation(gp_reader *reader, frame *at, gp_annotation found, const char *spelled,
                            const char *reason)
{
    if (found == GP_ANNOTATION_TYPE) {
        meet_type(reader, at);
        return;
    }
    if (seen_before(reader, at, spelled ? spelled : at->name,
                    spelled ? strlen(spelled) : at->length)) {
        complain_duplicate(reader);
        return;
    }
    if (found == GP_ANNOTATION_REFUSED)
        complain_annotation(reader, reason);
    else if (found == GP_ANNOTATION_CONTEXT)
        at->expects = EXPECT_CONTEXT;
    at->has_id |= found == GP_ANNOTATION_ID;
}

/* Another name that the type does not declare. Zero where the reading ends. */
static int meet_other(gp_reader *reader, frame *at, const gp_type *type)
{
    if (seen_before(reader, at, at->name, at->length)) {
        complain_duplicate(reader);
        return 1;
    }
    at->has_property = 1;
    if (type->is_open || reader->validation == GP_VALIDATION_RELAXED)
        return expect_member(reader, at);
    if (!only_counted(reader))
        complain(reader, "UnknownProperty",
                 gp_type_lacks(reader->pool, type, at->name, at->length));
    return 1;
}

static int on_name(void *baton, const char *text, apr_size_t length)
{
    gp_reader *reader = baton;
    frame *at = top(reader);
    const gp_type *type;
    const char *spelled = NULL, *reason = NULL;
    gp_annotation found;
    int place;

    if (at == NULL) /* names stand in objects alone */
        return 0;
    at->expects = EXPECT_IGNORED;
    at->length = length;
    type = at->value ? at->value->as.object.type : NULL;
    place = type ? gp_type_find(type, text, length) : -1;
    if (place >= 0) {
        meet_declared(reader, at, type, place);
        return 1;
    }
    at->name = apr_pstrmemdup(reader->pool, text, length);
    if (at->value == NULL)
        return 1;
    if (type == NULL)
        return meet_dynamic(reader, at);
    found = gp_annotation_find(text, length, &spelled, &reason);
    if (found == GP_ANNOTATION_NONE)
        return meet_other(reader, at, type);
    meet_annotation(reader, at, found, spelled, reason);
    return 1;
}

static const gp_json_events events = {
    on_null,         on_boolean, on_number,      on_string, on_name,
    on_begin_object, on_end,     on_begin_array, on_end,
};

/* ---- doors ---- */

gp_reader *gp_reader_open(apr_pool_t *pool, const gp_type *type, gp_reading reading,
                          gp_validation validation, gp_problem *problem)
{
    gp_reader *reader = apr_pcalloc(pool, sizeof *reader);

    reader->pool = pool;
    reader->reading = reading;
    reader->validation = validation;
    reader->problem = problem;
    reader->root.name = type->name;
    reader->root.edm = GP_EDM_COMPLEX;
    reader->root.complex = type;
    reader->json = gp_json_open(pool, &events, reader);
    return reader;
}

/* The text itself may be wrong: then that comes first, before what was wrong with its values. */
static int judge(gp_reader *reader, int went_on)
{
    const char *error = gp_json_error(reader->json);

    if (error != NULL) {
        gp_problem_open(reader->problem, reader->problem->pool);
        gp_problem_add(reader->problem, "InvalidJson", "$", error);
    }
    return went_on;
}

int gp_reader_feed(gp_reader *reader, const char *block, apr_size_t length)
{
    return judge(reader, gp_json_feed(reader->json, block, length));
}

gp_value *gp_reader_finish(gp_reader *reader)
{
    if (!judge(reader, gp_json_finish(reader->json)) || reader->problem->error != GP_OK)
        return NULL;
    return reader->value;
}

int gp_reader_is_reference(const gp_reader *reader)
{
    return reader->is_reference;
}
