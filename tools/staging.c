/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies a batch into PostgreSQL, first into temporary tables, and resolves the names of owners.
 */
#include "staging.h"
#include "copy.h"

#include "base/names.h"

#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>

static gp_import_row *row_at(const gp_chunk *chunk, int index)
{
    return &((gp_import_row *)chunk->rows->elts)[index];
}

int gp_staging_keys(gp_postgres *session, const gp_chunk *chunk)
{
    gp_copy *copy = apr_palloc(chunk->pool, sizeof *copy);
    int i;

    if (!gp_copy_open(copy, session, "COPY pg_temp.staged FROM STDIN (FORMAT binary)"))
        return 0;
    for (i = 0; i < chunk->rows->nelts; i++) {
        const gp_import_row *row = row_at(chunk, i);

        if (row->state == GP_ROW_REFUSED)
            continue;
        gp_copy_row(copy, 4);
        gp_copy_int8(copy, row->line);
        gp_copy_text(copy, row->owner);
        gp_copy_uuid(copy, row->id);
        gp_copy_text(copy, row->source);
    }
    return gp_copy_close(copy);
}

/* Compares two parts of a document: before the stamps and after them. */
int gp_staging_contents(gp_postgres *session, const gp_chunk *chunk, gp_row_state state)
{
    gp_copy *copy = apr_palloc(chunk->pool, sizeof *copy);
    int i;

    if (!gp_copy_open(copy, session, "COPY pg_temp.compared FROM STDIN (FORMAT binary)"))
        return 0;
    for (i = 0; i < chunk->rows->nelts; i++) {
        const gp_import_row *row = row_at(chunk, i);

        if (row->state != state)
            continue;
        gp_copy_row(copy, 5);
        gp_copy_int8(copy, row->line);
        gp_copy_text(copy, row->owner);
        gp_copy_uuid(copy, row->id);
        gp_copy_bytes(copy, row->document, row->stamps);
        gp_copy_bytes(copy, row->document + row->content, row->length - row->content);
    }
    return gp_copy_close(copy);
}

static void put_row(gp_copy *copy, const gp_import_row *row)
{
    gp_copy_row(copy, 10);
    gp_copy_text(copy, row->owner);
    gp_copy_uuid(copy, row->id);
    gp_copy_text(copy, row->etag);
    gp_copy_int2(copy, row->audiences);
    gp_copy_time(copy, row->created);
    gp_copy_time(copy, row->modified);
    gp_copy_text(copy, row->modified_by);
    gp_copy_bytes(copy, row->document, row->length);
    gp_copy_text(copy, row->source);
    gp_copy_text(copy, row->external_id);
}

/* The order of the primary key: by bytes, because the owner has the collation C. */
static int by_key(const void *left, const void *right)
{
    const gp_import_row *a = *(const gp_import_row *const *)left;
    const gp_import_row *b = *(const gp_import_row *const *)right;
    int order = strcmp(a->owner, b->owner);

    return order != 0 ? order : strcmp(a->id, b->id);
}

/* COPY inserts many rows in one step, where INSERT takes a step for each: COPY needs half of the CPU time. */
int gp_staging_rows(gp_postgres *session, const gp_chunk *chunk, gp_row_state state)
{
    static const char sql[] =
        "COPY graphprofile.position (owner_id, id, etag, audiences, created, modified, modified_by,"
        " document, source, external_id) FROM STDIN (FORMAT binary)";
    const gp_import_row **rows =
        apr_palloc(chunk->pool, (apr_size_t)chunk->rows->nelts * sizeof *rows);
    gp_copy *copy = apr_palloc(chunk->pool, sizeof *copy);
    int i, count = 0;

    for (i = 0; i < chunk->rows->nelts; i++) {
        if (row_at(chunk, i)->state == state)
            rows[count++] = row_at(chunk, i);
    }
    if (count == 0)
        return 1;
    qsort(rows, (size_t)count, sizeof *rows, by_key);
    if (!gp_copy_open(copy, session, sql))
        return 0;
    for (i = 0; i < count; i++)
        put_row(copy, rows[i]);
    return gp_copy_close(copy);
}

static int by_line(const void *key, const void *row)
{
    apr_int64_t line = *(const apr_int64_t *)key, other = ((const gp_import_row *)row)->line;

    return line < other ? -1 : line > other;
}

gp_import_row *gp_staging_row(const gp_chunk *chunk, const char *line)
{
    apr_int64_t wanted = apr_atoi64(line);
    gp_import_row *found = bsearch(&wanted, chunk->rows->elts, (size_t)chunk->rows->nelts,
                                   sizeof(gp_import_row), by_line);

    if (found == NULL)
        abort(); /* the database returned a line number that it was not sent */
    return found;
}

const char *gp_staging_lines(const gp_chunk *chunk, gp_row_state state)
{
    gp_buffer lines;
    int i;

    gp_buffer_open(&lines, chunk->pool, 4096);
    for (i = 0; i < chunk->rows->nelts; i++) {
        const gp_import_row *row = row_at(chunk, i);
        char number[24];

        if (row->state != state)
            continue;
        apr_snprintf(number, sizeof number, "%s%" APR_INT64_T_FMT, lines.length ? "," : "{",
                     row->line);
        gp_buffer_puts(&lines, number);
    }
    if (lines.length == 0)
        return NULL;
    gp_buffer_puts(&lines, "}");
    return gp_buffer_text(&lines);
}

/* ---- owners by name ---- */

/* Adds an element of an array in PostgreSQL's text form. */
static void add_element(gp_buffer *array, const char *text)
{
    gp_buffer_puts(array, array->length ? ",\"" : "{\"");
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            gp_buffer_puts(array, "\\");
        gp_buffer_add(array, text, 1);
    }
    gp_buffer_puts(array, "\"");
}

/* Returns each name of the batch's owners once. */
static const char *names_of(const gp_chunk *chunk)
{
    gp_names *names = gp_names_make(chunk->pool);
    gp_buffer array;
    int i;

    gp_buffer_open(&array, chunk->pool, 4096);
    for (i = 0; i < chunk->rows->nelts; i++) {
        const char *name = row_at(chunk, i)->owner;

        if (gp_names_add(names, name, strlen(name), chunk->pool) == NULL)
            add_element(&array, name);
    }
    gp_buffer_puts(&array, "}");
    return gp_buffer_text(&array);
}

int gp_staging_identify(gp_postgres *session, gp_chunk *chunk)
{
    static const char sql[] =
        "SELECT n.name, p.id FROM unnest($1::text[]) AS n (name) JOIN graphprofile.person AS p"
        " ON lower(p.user_principal_name) = lower(n.name)";
    const char *wanted[1];
    gp_names *ids = gp_names_make(chunk->pool);
    PGresult *result;
    int i;

    if (chunk->rows->nelts == 0)
        return 1;
    wanted[0] = names_of(chunk);
    result = gp_postgres_query(session, sql, 1, wanted);
    if (result == NULL)
        return 0;
    for (i = 0; i < PQntuples(result); i++) {
        const char *name = PQgetvalue(result, i, 0);

        gp_names_add(ids, apr_pstrdup(chunk->pool, name), strlen(name),
                     apr_pstrdup(chunk->pool, PQgetvalue(result, i, 1)));
    }
    PQclear(result);
    for (i = 0; i < chunk->rows->nelts; i++) {
        gp_import_row *row = row_at(chunk, i);
        const char *id = gp_names_get(ids, row->owner, strlen(row->owner));

        if (id != NULL)
            gp_import_row_identify(row, id);
        else
            gp_chunk_refuse_row(chunk, row, GP_NOT_FOUND, "$.owner",
                                "graphprofile.person has no such userPrincipalName.");
    }
    return 1;
}
