/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evaluates paths: reads a part of a stored text as a value of its declared type.
 */
#include "evaluate_parts.h"
#include "number.h"

#include <string.h>

/* Returns a string as text. The copy of an escaped string takes memory of the evaluated item. */
static gp_datum decode(gp_evaluator *e, gp_span value)
{
    apr_size_t length = (apr_size_t)(value.end - value.start);
    gp_datum text = gp_datum_string(NULL, 0);
    apr_pool_t *pool = NULL;

    if (length < 2)
        return gp_datum_null;
    if (memchr(value.start, '\\', length) != NULL) {
        pool = gp_evaluation_pool(e, length);
        if (pool == NULL)
            return gp_datum_null;
    }
    text.as.text.bytes = gp_scan_string(pool, value, &text.as.text.length);
    return text;
}

/* Returns the string of a path, which is decoded once for an item, however often an expression names it. */
static gp_datum decode_once(gp_evaluator *e, const gp_expression *path, gp_span value)
{
    gp_datum *text = &e->scopes[path->scope].texts[path->slot];
    int outside = e->depth;

    if (text->kind == GP_KIND_STRING)
        return *text;
    e->depth = path->scope;
    *text = decode(e, value);
    e->depth = outside;
    return *text;
}

/* Counts the steps of reading a text as another kind. */
static bool spend_spelling(gp_evaluator *e, const gp_expression *path, const gp_datum *text)
{
    return path->kind == GP_KIND_STRING || path->kind == GP_KIND_ANY
           || gp_evaluation_spend_reading(e, text->as.text.length);
}

/* Reads a string as its declared type. If relaxed validation stored another value, it stays a string, which
 * equals no value of the type; an unknown enumeration member becomes null. */
static gp_datum read_text(gp_evaluator *e, const gp_expression *path, gp_datum text)
{
    gp_datum read;

    if (text.kind == GP_KIND_NULL || !spend_spelling(e, path, &text))
        return gp_datum_null;
    switch (path->kind) {
    case GP_KIND_DATE:
    case GP_KIND_DATETIME:
    case GP_KIND_ENUM:
        if (gp_datum_spell(&read, path->kind, path->enumeration, text.as.text.bytes,
                           text.as.text.length))
            return read;
        return path->kind == GP_KIND_ENUM ? gp_datum_null : text;
    case GP_KIND_DOUBLE:
        if (text.as.text.length > 0 && strchr("IN-", *text.as.text.bytes) != NULL
            && gp_number_read(&read, text.as.text.bytes, text.as.text.length)
            && read.kind == GP_KIND_DOUBLE)
            return read;
        return text;
    default:
        return text;
    }
}

static gp_datum read_number(gp_evaluator *e, const gp_expression *path, gp_span value)
{
    apr_size_t length = (apr_size_t)(value.end - value.start);
    gp_datum number;

    if (path->kind == GP_KIND_ENUM || !gp_evaluation_spend_reading(e, length)
        || !gp_number_read(&number, value.start, length))
        return gp_datum_null;
    return path->kind == GP_KIND_DOUBLE ? gp_datum_double(gp_number_double(&number)) : number;
}

/* Reads a value other than a string. */
static gp_datum read_other(gp_evaluator *e, const gp_expression *of, gp_span value)
{
    gp_datum made = {.kind = GP_KIND_COMPLEX,
                     .as.text = {value.start, (apr_size_t)(value.end - value.start)}};

    switch (gp_span_type(value)) {
    case 't':
    case 'f':
        return gp_datum_boolean(*value.start == 't');
    case '[':
        made.is_collection = true;
        return made;
    case '{':
        return made;
    case '\0':
    case 'n':
        return gp_datum_null;
    default:
        return read_number(e, of, value);
    }
}

gp_datum gp_evaluate_item(gp_evaluator *e, const gp_expression *of, gp_span value)
{
    return gp_span_type(value) == '"' ? read_text(e, of, decode(e, value))
                                      : read_other(e, of, value);
}

gp_datum gp_evaluate_path(gp_evaluator *e, const gp_expression *path)
{
    gp_span value = e->scopes[path->scope].slots[path->slot];

    return gp_span_type(value) == '"' ? read_text(e, path, decode_once(e, path, value))
                                      : read_other(e, path, value);
}
