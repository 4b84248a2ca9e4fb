/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of members: which of them the type declares, which are control information or other annotations, and
 * which are unknown or duplicate. The name decides which value is valid.
 */
#include "reader_parts.h"
#include "annotation.h"

#include <apr_strings.h>

#include <string.h>

static void complain_duplicate(gp_reader *reader)
{
    gp_reader_complain(reader, "DuplicateProperty", "The property occurs more than once.");
}

/* Returns true if an undeclared name occurred before in this object, and records it. */
static bool seen_before(gp_reader *reader, frame *at, const char *name, apr_size_t length)
{
    if (at->others_seen == NULL)
        at->others_seen = gp_names_make(reader->pool);
    return gp_names_add(at->others_seen, name, length, at) != NULL;
}

/* Keeps a member that the type does not declare. Returns false if the object has too many of them. */
static bool expect_member(gp_reader *reader, frame *at)
{
    at->expects = EXPECT_ANYTHING;
    if (++at->members <= GP_MEMBERS_MAX || reader->reading == GP_READING_STORED)
        return true;
    gp_reader_complain(
        reader, "TooMany",
        apr_psprintf(reader->pool,
                     "The object has more than %d members that its type does not declare.",
                     GP_MEMBERS_MAX));
    return false;
}

/* Returns true if the server sets a property itself: then the reader ignores the value that the client sent
 * (OData protocol 4.01 sections 11.4.2 and 11.4.3). In a stored document, the value came from the server. */
static bool is_set_by_server(const gp_reader *reader, const gp_property *property)
{
    unsigned flags =
        reader->reading == GP_READING_CHANGE ? GP_COMPUTED | GP_IMMUTABLE : GP_COMPUTED;

    return reader->reading != GP_READING_STORED && (property->flags & flags) != 0;
}

/* Handles a name that the type declares. */
static void meet_declared(gp_reader *reader, frame *at, const gp_type *type, int index)
{
    apr_uint32_t bit = (apr_uint32_t)1 << index;

    at->has_property = true;
    at->property = gp_type_property(type, index);
    at->index = index;
    at->name = at->property->name;
    if (at->declared_seen & bit) {
        complain_duplicate(reader);
        return;
    }
    at->declared_seen |= bit;
    if (!is_set_by_server(reader, at->property))
        at->expects = EXPECT_DECLARED;
}

/* Handles the annotation that states an object's type. */
static void meet_type(gp_reader *reader, frame *at)
{
    if (at->type_seen) {
        complain_duplicate(reader);
        return;
    }
    at->type_seen = true;
    at->expects = EXPECT_TYPE;
}

/* Handles a name in an object without a type: all its members are data. Returns false if the reading ends. */
static bool meet_dynamic(gp_reader *reader, frame *at)
{
    if (!seen_before(reader, at, at->name, at->length))
        return expect_member(reader, at);
    complain_duplicate(reader);
    return true;
}

/* Handles a name with an @ in an object with a type. The two spellings of the same control information count
 * as duplicates. */
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
        gp_reader_complain_annotation(reader, reason);
    else if (found == GP_ANNOTATION_CONTEXT)
        at->expects = EXPECT_CONTEXT;
    at->has_id |= found == GP_ANNOTATION_ID;
}

/* Handles another name that the type does not declare. Returns false if the reading ends. */
static bool meet_other(gp_reader *reader, frame *at, const gp_type *type)
{
    if (seen_before(reader, at, at->name, at->length)) {
        complain_duplicate(reader);
        return true;
    }
    at->has_property = true;
    if (type->is_open || reader->validation == GP_VALIDATION_RELAXED)
        return expect_member(reader, at);
    if (!gp_reader_only_counts(reader))
        gp_reader_complain(reader, "UnknownProperty",
                           gp_type_lacks(reader->pool, type, at->name, at->length));
    return true;
}

bool gp_reader_begin_member(gp_reader *reader, const char *text, apr_size_t length)
{
    frame *at = gp_reader_object(reader);
    const gp_type *type;
    const char *spelled = NULL, *reason = NULL;
    gp_annotation found;
    int index;

    at->expects = EXPECT_IGNORED;
    at->length = length;
    type = at->value ? at->value->as.object.type : NULL;
    index = type ? gp_type_find(type, text, length) : -1;
    if (index >= 0) {
        meet_declared(reader, at, type, index);
        return true;
    }
    at->name = apr_pstrmemdup(reader->pool, text, length);
    if (at->value == NULL)
        return true;
    if (type == NULL)
        return meet_dynamic(reader, at);
    found = gp_annotation_find(text, length, &spelled, &reason);
    if (found == GP_ANNOTATION_NONE)
        return meet_other(reader, at, type);
    meet_annotation(reader, at, found, spelled, reason);
    return true;
}

/* Handles the end of an object that has an @odata.id and no property of its type: it refers to an entity. */
static void meet_reference(gp_reader *reader, frame *at)
{
    if (reader->depth == 1) {
        reader->is_reference = true;
        return;
    }
    at->name = "@odata.id";
    at->length = strlen(at->name);
    gp_reader_complain_annotation(reader, gp_annotation_no_reference);
}

void gp_reader_end_object(gp_reader *reader)
{
    frame *at = gp_reader_object(reader);

    if (at->has_id && !at->has_property)
        meet_reference(reader, at);
}
