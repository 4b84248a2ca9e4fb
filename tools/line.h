/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_LINE_H
#define GP_LINE_H

#include "document/reader.h"

/** A line of an import as it was sent. A text is NULL if the line lacks it. */
typedef struct {
    const char *owner;
    const char *external_id;
    const char *source;
    /* The columns that only an exported line has. */
    const char *id;
    const char *etag;
    const char *created;
    const char *modified;
    const char *modified_by;
    gp_value *position;
    int is_stored; /* the line has an etag: the position is read as a stored one */
} gp_line;

/**
 * Read a line and check it, without the terms of a source or the database.
 * @param pool  for everything in the line
 * @param number  of the line, for messages
 * @param line  all zero; receives the members
 * @param problem  receives every problem, each with its JSON path in the line
 * @return non-zero if there is no problem
 */
int gp_line_read(apr_pool_t *pool, const char *text, apr_size_t length, apr_int64_t number,
                 gp_validation validation, gp_line *line, gp_problem *problem);

#endif
