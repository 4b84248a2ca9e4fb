/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The current position in the document: the objects and arrays that have begun, the place in the tree for the
 * next value, and the JSON path for problems.
 */
#include "reader_parts.h"

#include <apr_strings.h>

#include <string.h>

/* Returns the JSON path of the current value. */
static const char *path(const gp_reader *reader)
{
    gp_buffer text;
    int i;

    gp_buffer_open(&text, reader->pool, 64);
    gp_buffer_puts(&text, reader->path);
    for (i = 0; i < reader->depth; i++) {
        const frame *at = &reader->frames[i];

        if (at->is_array)
            gp_buffer_puts(&text, apr_psprintf(reader->pool, "[%d]", at->index));
        else if (at->name != NULL)
            gp_complaint_add_name(&text, at->name, at->length);
    }
    return gp_buffer_text(&text);
}

bool gp_reader_only_counts(gp_reader *reader)
{
    if (reader->problem->count < GP_DETAILS_MAX)
        return false;
    gp_problem_add(reader->problem, NULL, NULL, NULL);
    return true;
}

void gp_reader_complain(gp_reader *reader, const char *code, const char *message)
{
    if (gp_reader_only_counts(reader))
        return;
    gp_problem_add(reader->problem, code, path(reader), message);
}

void gp_reader_complain_kind(gp_reader *reader, const gp_property *property, bool is_item,
                             const char *got)
{
    if (gp_reader_only_counts(reader))
        return;
    gp_reader_complain(reader, "TypeMismatch",
                       gp_complaint_kind(reader->pool, property, is_item, got));
}

void gp_reader_complain_annotation(gp_reader *reader, const char *message)
{
    gp_reader_complain(reader, "UnsupportedAnnotation", message);
}

/* ---- the tree ---- */

frame *gp_reader_push(gp_reader *reader, bool is_array)
{
    frame *at;

    if (reader->depth == GP_DEPTH_MAX) {
        gp_reader_complain(reader, "TooDeep",
                           apr_psprintf(reader->pool,
                                        "Objects and arrays are nested more than %d deep.",
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
