/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the binary format of COPY. Documents arrive unchanged, and one row is in memory at a time.
 */
#include "rows.h"

#include "base/datetime.h"

#include <stdio.h>
#include <string.h>

#define HEADER 19 /* bytes: the signature, the flags, the length of an extension */

int gp_rows_open(gp_rows *rows, gp_postgres *session, const char *sql)
{
    rows->session = session;
    rows->message = NULL;
    rows->is_first = 1;
    return gp_postgres_run(session, sql);
}

/* Reads an integer of `count` bytes, the most significant first. */
static apr_uint64_t integer(const char *bytes, int count)
{
    apr_uint64_t value = 0;

    while (count-- > 0)
        value = value << 8 | (unsigned char)*bytes++;
    return value;
}

static int fail(gp_rows *rows, const char *message)
{
    snprintf(rows->session->message, sizeof rows->session->message, "%s", message);
    return -1;
}

/* Ends the stream after the last row. Returns 0, or a negative number if the server ended the rows
 * with an error. */
static int finish(gp_rows *rows)
{
    PGresult *result;
    int status = 0;

    while ((result = PQgetResult(rows->session->pg)) != NULL) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK) {
            gp_postgres_fail(rows->session, result);
            status = -1;
        }
        PQclear(result);
    }
    return status;
}

/* Splits a message into fields. The last message has -1 in place of the number of fields. */
static int split(gp_rows *rows, const char *at, const char *end, gp_field *fields, int count)
{
    int i;

    if (end - at >= 2 && integer(at, 2) == 0xffff)
        return 0;
    if (end - at < 2 || integer(at, 2) != (apr_uint64_t)count)
        return fail(rows, "a row has unexpected columns");
    at += 2;
    for (i = 0; i < count; i++) {
        apr_size_t length = end - at >= 4 ? (apr_size_t)integer(at, 4) : 0;

        at += 4;
        fields[i].bytes = length == 0xffffffffu ? NULL : at;
        fields[i].length = length == 0xffffffffu ? 0 : length;
        if (at > end || (apr_size_t)(end - at) < fields[i].length)
            return fail(rows, "a row is truncated");
        at += fields[i].length;
    }
    return 1;
}

int gp_rows_next(gp_rows *rows, gp_field *fields, int count)
{
    for (;;) {
        int length, skipped = rows->is_first ? HEADER : 0, status;

        PQfreemem(rows->message);
        rows->message = NULL;
        length = PQgetCopyData(rows->session->pg, &rows->message, 0);
        if (length == -1)
            return finish(rows);
        if (length < 0) {
            gp_postgres_fail(rows->session, NULL);
            return -1;
        }
        if (length < skipped)
            return fail(rows, "the rows have no header");
        rows->is_first = 0;
        if (length == skipped)
            continue;
        status = split(rows, rows->message + skipped, rows->message + length, fields, count);
        if (status != 0)
            return status;
    }
}

apr_int64_t gp_field_time(const gp_field *field)
{
    /* -infinity and infinity are the limits of int64. They become the first and the last time that
     * JSON can express. */
    const apr_int64_t first = gp_datetime_read("0001-01-01T00:00:00.0000000Z");
    const apr_int64_t last = gp_datetime_read("9999-12-31T23:59:59.9999990Z");
    apr_int64_t time = (apr_int64_t)integer(field->bytes, 8);

    if (time < first - GP_POSTGRES_EPOCH)
        return first;
    return time > last - GP_POSTGRES_EPOCH ? last : time + GP_POSTGRES_EPOCH;
}
