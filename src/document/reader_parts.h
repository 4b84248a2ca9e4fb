/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_READER_PARTS_H
#define GP_READER_PARTS_H

/*
 * The state that the parts of the reader share. Only reader*.c include this file.
 *   reader.c         JSON events, objects and arrays
 *   reader_stack.c   the current position in the document; builds the tree
 *   reader_member.c  names of members, checked against the type
 *   reader_scalar.c  scalar values, checked against the property
 *   complaint.c      the wording of messages
 */
#include "complaint.h"
#include "json.h"
#include "reader.h"
#include "base/limits.h"
#include "base/names.h"

/* What the model expects of the next value. */
typedef enum {
    EXPECT_DECLARED, /* the value, or one item, of a declared property */
    EXPECT_ANYTHING, /* any value; kept unchanged */
    EXPECT_TYPE,     /* @odata.type of the object, or @type */
    EXPECT_CONTEXT,  /* @odata.context of the object, or @context */
    EXPECT_IGNORED   /* any value; dropped */
} expectation;

/* An object or array that has begun but not ended. */
typedef struct {
    gp_value *value;             /* the value to fill; NULL: the object or array is ignored */
    const gp_property *property; /* EXPECT_DECLARED: of the member, or of the array's items */
    expectation expects;         /* of the next member or item */
    bool is_array;
    int index;        /* arrays: of the current item; objects: of the current member, if declared */
    const char *name; /* objects: of the current member */
    apr_size_t length;
    apr_uint32_t declared_seen; /* objects: one bit for each declared property */
    bool type_seen;             /* objects: @odata.type was present */
    bool has_id, has_property;  /* objects with a type: @odata.id; a property or an unknown name */
    gp_names *others_seen;      /* objects: undeclared names; NULL: none yet */
    int members;                /* objects: undeclared members that are kept */
} frame;

struct gp_reader {
    apr_pool_t *pool;
    gp_reading reading;
    gp_validation validation;
    gp_problem *problem;
    gp_json *json;    /* NULL: the document is part of another text */
    const char *path; /* of the document in its text */
    gp_property root; /* represents the document as if it were a property */
    gp_value *value;  /* the document */
    bool is_reference;
    int depth;
    frame frames[GP_DEPTH_MAX];
};

/* ---- reader_stack.c ---- */

/* The innermost object or array; NULL outside of the document. */
static inline frame *gp_reader_top(gp_reader *reader)
{
    return reader->depth > 0 ? &reader->frames[reader->depth - 1] : NULL;
}

/* The innermost object. Call it only within one: members begin and objects end only there. */
static inline frame *gp_reader_object(gp_reader *reader)
{
    return &reader->frames[reader->depth - 1];
}

/* Opens a frame for an object or array. It is ignored until the caller gives it a value to fill. Returns
 * NULL, with a problem, beyond the greatest depth. */
frame *gp_reader_push(gp_reader *reader, bool is_array);

/* Handles the beginning of a value: moves to the next item of an array. Inline, like gp_reader_put, because
 * both run for each value.
 * property: receives the declared property of the value or item */
static inline expectation gp_reader_next(gp_reader *reader, const gp_property **property,
                                         bool *is_item)
{
    frame *at = gp_reader_top(reader);

    *is_item = false;
    if (at == NULL) {
        *property = &reader->root;
        return EXPECT_DECLARED;
    }
    if (at->is_array) {
        at->index++;
        *is_item = true;
    }
    *property = at->property;
    return at->expects;
}

/* Puts a value into the innermost object or array. */
static inline void gp_reader_put(gp_reader *reader, gp_value *value)
{
    frame *at = gp_reader_top(reader);

    if (at == NULL)
        reader->value = value;
    else if (at->is_array)
        gp_value_append(at->value, value);
    else if (at->expects == EXPECT_DECLARED)
        at->value->as.object.properties[at->index] = value;
    else
        gp_value_add_member(reader->pool, at->value, at->name, at->length, value);
}

/* Returns true if one more problem would exceed GP_DETAILS_MAX. Then it counts the problem, and the caller
 * can skip the wording. */
bool gp_reader_only_counts(gp_reader *reader);

/* Adds a problem with the JSON path of the current value as its target. */
void gp_reader_complain(gp_reader *reader, const char *code, const char *message);

/* Adds a problem for a value whose JSON type differs from the property's.
 * got: the type of the value, as messages name it */
void gp_reader_complain_kind(gp_reader *reader, const gp_property *property, bool is_item,
                             const char *got);

/* Adds a problem for an annotation that asks for something this service does not support. */
void gp_reader_complain_annotation(gp_reader *reader, const char *message);

/* ---- reader_member.c ---- */

/* Handles the beginning of a member of the innermost object: sets the expected value (frame.expects).
 * Returns false if the reading ends. */
bool gp_reader_begin_member(gp_reader *reader, const char *name, apr_size_t length);

/* Handles the end of the innermost object. */
void gp_reader_end_object(gp_reader *reader);

/* ---- reader_scalar.c ---- */

/* Checks a scalar and puts it into the tree. */
void gp_reader_take(gp_reader *reader, gp_scalar *given);

#endif
