/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a document: JSON events become a value tree that follows the type model. The reader reports anything
 * that the model does not allow with its path, leaves it out, and continues, so that one answer lists every
 * problem. Only invalid JSON and exceeded limits (depth, objects, members) end it early.
 */
#include "reader_parts.h"

#include <apr_strings.h>

static int on_null(void *baton)
{
    gp_scalar given = {GP_VALUE_NULL, 0, NULL, 0};

    gp_reader_take(baton, &given);
    return 1;
}

static int on_boolean(void *baton, int value)
{
    gp_scalar given = {GP_VALUE_BOOLEAN, value, NULL, 0};

    gp_reader_take(baton, &given);
    return 1;
}

static int on_number(void *baton, const char *text, apr_size_t length)
{
    gp_scalar given = {GP_VALUE_NUMBER, 0, text, length};

    gp_reader_take(baton, &given);
    return 1;
}

static int on_string(void *baton, const char *text, apr_size_t length)
{
    gp_scalar given = {GP_VALUE_STRING, 0, text, length};

    gp_reader_take(baton, &given);
    return 1;
}

static int on_begin_object(void *baton)
{
    gp_reader *reader = baton;
    const gp_property *property;
    gp_value *object = NULL;
    bool is_item;
    expectation expected = gp_reader_next(reader, &property, &is_item);
    frame *at = gp_reader_top(reader);

    if (expected == EXPECT_DECLARED && is_item && at != NULL && at->index == GP_OBJECTS_MAX
        && reader->reading != GP_READING_STORED) {
        gp_reader_complain(
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
        gp_reader_complain_kind(reader, property, is_item, "an object");
    else if (expected == EXPECT_TYPE)
        gp_reader_complain(reader, "TypeMismatch", "Expected the name of a type, got an object.");
    if (object != NULL)
        gp_reader_put(reader, object);
    at = gp_reader_push(reader, false);
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
    bool is_item;
    expectation expected = gp_reader_next(reader, &property, &is_item);
    frame *at;

    if (expected == EXPECT_ANYTHING
        || (expected == EXPECT_DECLARED && property->flags & GP_COLLECTION && !is_item))
        collection = gp_value_collection(reader->pool);
    else if (expected == EXPECT_DECLARED)
        gp_reader_complain_kind(reader, property, is_item, "an array");
    else if (expected == EXPECT_TYPE)
        gp_reader_complain(reader, "TypeMismatch", "Expected the name of a type, got an array.");
    if (collection != NULL)
        gp_reader_put(reader, collection);
    at = gp_reader_push(reader, true);
    if (at == NULL)
        return 0;
    at->value = collection;
    if (collection != NULL) {
        at->expects = expected;
        at->property = property;
    }
    return 1;
}

static int on_name(void *baton, const char *text, apr_size_t length)
{
    gp_reader *reader = baton;

    /* The parser reports names only within objects. */
    return reader->depth > 0 && gp_reader_begin_member(reader, text, length);
}

static int on_end(void *baton)
{
    gp_reader *reader = baton;

    if (reader->depth == 0) /* the parser reports an end only after a beginning */
        return 0;
    gp_reader_end_object(reader);
    reader->depth--;
    return 1;
}

const gp_json_events gp_reader_events = {
    on_null,         on_boolean, on_number,      on_string, on_name,
    on_begin_object, on_end,     on_begin_array, on_end,
};

/* ---- the interface ---- */

gp_reader *gp_reader_open_part(apr_pool_t *pool, const gp_type *type, gp_reading reading,
                               gp_validation validation, const char *path, gp_problem *problem)
{
    gp_reader *reader = apr_pcalloc(pool, sizeof *reader);

    reader->pool = pool;
    reader->reading = reading;
    reader->validation = validation;
    reader->problem = problem;
    reader->path = path;
    reader->root.name = type->name;
    reader->root.edm = GP_EDM_COMPLEX;
    reader->root.complex = type;
    return reader;
}

gp_reader *gp_reader_open(apr_pool_t *pool, const gp_type *type, gp_reading reading,
                          gp_validation validation, gp_problem *problem)
{
    gp_reader *reader = gp_reader_open_part(pool, type, reading, validation, "$", problem);

    reader->json = gp_json_open(pool, &gp_reader_events, reader);
    return reader;
}

/* Invalid JSON comes first, before the problems of its values. */
static bool judge(gp_reader *reader, bool went_on)
{
    const char *error = gp_json_error(reader->json);

    if (error != NULL) {
        gp_problem_open(reader->problem, reader->problem->pool);
        gp_problem_add(reader->problem, "InvalidJson", "$", error);
    }
    return went_on;
}

bool gp_reader_feed(gp_reader *reader, const char *block, apr_size_t length)
{
    return judge(reader, gp_json_feed(reader->json, block, length));
}

gp_value *gp_reader_part(const gp_reader *reader)
{
    return reader->problem->error == GP_OK ? reader->value : NULL;
}

gp_value *gp_reader_finish(gp_reader *reader)
{
    return judge(reader, gp_json_finish(reader->json)) ? gp_reader_part(reader) : NULL;
}

bool gp_reader_is_reference(const gp_reader *reader)
{
    return reader->is_reference;
}
