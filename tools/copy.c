/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the binary format of COPY (PostgreSQL's documentation of COPY, "Binary Format"). Documents are sent
 * unchanged; the text format would double each backslash.
 */
#include "copy.h"

#include "base/datetime.h"
#include "base/text.h"

#include <string.h>

static void flush(gp_copy *copy)
{
    if (!copy->has_failed && copy->filled > 0
        && PQputCopyData(copy->session->pg, copy->buffer, (int)copy->filled) != 1) {
        gp_postgres_fail(copy->session, NULL);
        copy->has_failed = 1;
    }
    copy->filled = 0;
}

static void put(gp_copy *copy, const void *bytes, apr_size_t length)
{
    const char *from = bytes;

    while (length > 0) {
        apr_size_t room = sizeof copy->buffer - copy->filled, part = length < room ? length : room;

        memcpy(copy->buffer + copy->filled, from, part);
        copy->filled += part;
        from += part;
        length -= part;
        if (copy->filled == sizeof copy->buffer)
            flush(copy);
    }
}

/* Writes an integer of `bytes` bytes, the most significant first. */
static void put_integer(gp_copy *copy, apr_uint64_t value, int bytes)
{
    unsigned char out[8];
    int i;

    for (i = 0; i < 8; i++)
        out[i] = (unsigned char)(value >> (8 * (7 - i)));
    put(copy, out + 8 - bytes, (apr_size_t)bytes);
}

int gp_copy_open(gp_copy *copy, gp_postgres *session, const char *sql)
{
    static const char head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0"; /* the last NUL is part of it */

    copy->session = session;
    copy->filled = 0;
    copy->has_failed = !gp_postgres_run(session, sql);
    put(copy, head, sizeof head);
    return !copy->has_failed;
}

void gp_copy_row(gp_copy *copy, int fields)
{
    put_integer(copy, (apr_uint64_t)fields, 2);
}

void gp_copy_bytes(gp_copy *copy, const char *bytes, apr_size_t length)
{
    put_integer(copy, length, 4);
    put(copy, bytes, length);
}

void gp_copy_text(gp_copy *copy, const char *text)
{
    if (text == NULL)
        put_integer(copy, 0xffffffffu, 4);
    else
        gp_copy_bytes(copy, text, strlen(text));
}

void gp_copy_int8(gp_copy *copy, apr_int64_t value)
{
    put_integer(copy, 8, 4);
    put_integer(copy, (apr_uint64_t)value, 8);
}

void gp_copy_int2(gp_copy *copy, unsigned value)
{
    put_integer(copy, 2, 4);
    put_integer(copy, value, 2);
}

void gp_copy_time(gp_copy *copy, const char *text)
{
    gp_copy_int8(copy, gp_datetime_read(text) - GP_POSTGRES_EPOCH);
}

void gp_copy_uuid(gp_copy *copy, const char *text)
{
    unsigned char bytes[16];
    int i;

    for (i = 0; i < 16; i++) {
        text += *text == '-';
        bytes[i] = (unsigned char)(gp_hex_value((unsigned char)text[0]) << 4
                                   | gp_hex_value((unsigned char)text[1]));
        text += 2;
    }
    put_integer(copy, sizeof bytes, 4);
    put(copy, bytes, sizeof bytes);
}

int gp_copy_close(gp_copy *copy)
{
    PGconn *pg = copy->session->pg;
    PGresult *result;

    put_integer(copy, 0xffffu, 2);
    flush(copy);
    if (!copy->has_failed && PQputCopyEnd(pg, NULL) != 1) {
        gp_postgres_fail(copy->session, NULL);
        copy->has_failed = 1;
    }
    if (copy->has_failed)
        return 0;
    while ((result = PQgetResult(pg)) != NULL) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK) {
            gp_postgres_fail(copy->session, result);
            copy->has_failed = 1;
        }
        PQclear(result);
    }
    return !copy->has_failed;
}
