/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_READER_PARTS_H
#define GP_READER_PARTS_H

/*
 * The state that the parts of the reader share. Only reader*.c include this file.
 *   reader.c         JSON events, objects and arrays
 *   reader_stack.c   where in the document the reader is; the tree grows there
 *   reader_member.c  names of members, checked against the type
 *   reader_scalar.c  values without members, checked against the property
 *   complaint.c      the wording of messages
 */
#include "complaint.h"
#include "json.h"
#include "reader.h"
#include "base/limits.h"
#include "base/names.h"

/* What the model expects of the value that comes next. */
typedef enum {
    EXPECT_DECLARED, /* the value, or one item, of a declared property */
    EXPECT_ANYTHING, /* anything; kept as it is */
    EXPECT_TYPE,     /* @odata.type of the object, or @type */
    EXPECT_CONTEXT,  /* @odata.context of the object, or @context */
    EXPECT_IGNORED   /* anything; dropped */
} expectation;

/* An object or array that has begun and not ended. */
typedef struct {
    gp_value *value;             /* the value to fill; NULL: the object or array is ignored */
    const gp_property *property; /* EXPECT_DECLARED: the member's, or that of the array's items */
    expectation expects;         /* of the member or item that comes next */
    bool is_array;
    int index;        /* arrays: of the current item; objects: of the current member, if declared */
    const char *name; /* objects: of the current member */
    apr_size_t length;
    apr_uint32_t declared_seen; /* objects: one bit for each declared property */
    bool type_seen;             /* objects: @odata.type was present */
    bool has_id,
        has_property; /* objects with a type: @odata.id, a property or an unknown name was present */
    gp_names *others_seen; /* objects: names that are not declared; NULL: none yet */
    int members;           /* objects: members that are not declared and kept */
} frame;

struct gp_reader {
    apr_pool_t *pool;
    gp_reading reading;
    gp_validation validation;
    gp_problem *problem;
    gp_json *json;    /* NULL: the document is part of another text */
    const char *path; /* of the document in its text */
    gp_property root; /* stands for the document as if it were a property */
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

/* The same where there is one: members begin, and objects end, only within an object. */
static inline frame *gp_reader_object(gp_reader *reader)
{
    return &reader->frames[reader->depth - 1];
}

/* Opens a frame for an object or array, which is ignored until the caller gives it a value to fill. Returns
 * NULL, with a problem, at the greatest depth. */
frame *gp_reader_push(gp_reader *reader, bool is_array);

/* A value begins: moves to the next item of an array. Inline, as gp_reader_put: both run for each value.
 * property: receives the declared property that the value or item belongs to */
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

/* Whether one more problem would exceed GP_DETAILS_MAX: then counts it, and the caller need not word it. */
bool gp_reader_only_counts(gp_reader *reader);

/* Adds a problem with the JSON path of the current value as its target. */
void gp_reader_complain(gp_reader *reader, const char *code, const char *message);

/* The same where the value has another JSON type than the property.
 * got: the type it has, as messages name it */
void gp_reader_complain_kind(gp_reader *reader, const gp_property *property, bool is_item,
                             const char *got);

/* The same where an annotation asks for something that this service does not do. */
void gp_reader_complain_annotation(gp_reader *reader, const char *message);

/* ---- reader_member.c ---- */

/* A member of the innermost object begins: decides what its value may be (frame.expects). Returns false if
 * the reading ends here. */
bool gp_reader_begin_member(gp_reader *reader, const char *name, apr_size_t length);

/* The innermost object ends. */
void gp_reader_end_object(gp_reader *reader);

/* ---- reader_scalar.c ---- */

/* Checks a scalar and puts it into the tree. */
void gp_reader_take(gp_reader *reader, gp_scalar *given);

#endif
