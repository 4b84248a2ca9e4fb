/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_COPY_H
#define GP_COPY_H

#include "postgres.h"

/** A stream of rows into a table: COPY .. FROM STDIN (FORMAT binary). */
typedef struct {
    gp_postgres *session;
    apr_size_t filled;
    int has_failed;
    char buffer[65536];
} gp_copy;

/** Start the stream. @param sql  the COPY statement. @return zero on failure */
int gp_copy_open(gp_copy *copy, gp_postgres *session, const char *sql);

/** Begin a row. Write each of its fields with one of the functions below. */
void gp_copy_row(gp_copy *copy, int fields);

/** @param text  NULL: null */
void gp_copy_text(gp_copy *copy, const char *text);
void gp_copy_bytes(gp_copy *copy, const char *bytes, apr_size_t length);
void gp_copy_int8(gp_copy *copy, apr_int64_t value);
void gp_copy_int2(gp_copy *copy, unsigned value);

/** @param text  as gp_datetime_format writes it */
void gp_copy_time(gp_copy *copy, const char *text);

/** @param text  as gp_uuid_parse writes it */
void gp_copy_uuid(gp_copy *copy, const char *text);

/** End the stream. @return zero if any call failed */
int gp_copy_close(gp_copy *copy);

#endif
