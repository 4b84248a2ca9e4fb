/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_LINE_H
#define GP_LINE_H

#include "document/reader.h"

/** A line of an import, as it was sent. Each text is NULL where it was not. */
typedef struct {
    const char *owner;
    const char *external_id;
    const char *source;
    /* A line that export has written has these, too: the columns of the row. */
    const char *id;
    const char *etag;
    const char *created;
    const char *modified;
    const char *modified_by;
    gp_value *position;
    int is_stored; /* it has an etag: the position was read as a stored one */
} gp_line;

/**
 * Read a line and check it. Nothing is known of a source or of the database.
 * @param pool     for all that the line holds
 * @param number   of the line, for messages
 * @param line     all zero; receives what was sent
 * @param problem  receives everything that is wrong, each with its JSON path in the line
 * @return non-zero where nothing is wrong
 */
int gp_line_read(apr_pool_t *pool, const char *text, apr_size_t length, apr_int64_t number,
                 gp_validation validation, gp_line *line, gp_problem *problem);

#endif
