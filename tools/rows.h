/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TOOLS_ROWS_H
#define GP_TOOLS_ROWS_H

#include "postgres.h"

/** The columns of a row that COPY .. TO STDOUT (FORMAT binary) sends, each of them as bytes. */
typedef struct {
    const char *bytes; /* not NUL-terminated; valid until the next row. NULL: the value is null */
    apr_size_t length;
} gp_field;

/** A stream of rows out of the database. */
typedef struct {
    gp_postgres *session;
    char *message; /* of libpq: the current row */
    int is_first;  /* the next message begins with the header of the format */
} gp_rows;

/** Start the stream. @param sql  the COPY statement. @return zero on failure */
int gp_rows_open(gp_rows *rows, gp_postgres *session, const char *sql);

/**
 * Read the next row.
 * @param fields  receives `count` fields; a row with another number of fields is an error
 * @return 1; 0 at the end; negative on failure: the session has the message
 */
int gp_rows_next(gp_rows *rows, gp_field *fields, int count);

/** @return the time of a timestamptz field, in microseconds since 1970, within the years 1 to 9999 */
apr_int64_t gp_field_time(const gp_field *field);

#endif
