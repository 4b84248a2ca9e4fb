/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several works of one statement as one: their parameters become arrays, and its rows are shared out to them.
 */
#include "merge.h"

#include <arpa/inet.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define OID_TEXT 25

/* An array in binary form (PostgreSQL: array_recv): dimensions, whether it has nulls, type, length, first index. */
#define HEADER_WORDS 5
#define WORD         sizeof(uint32_t)

static int parameters_of(const gp_merge *merge)
{
    return merge->works[0]->statement->parameters;
}

static const char *parameter(const gp_work *work, int number)
{
    return work->attempt->parameters[number];
}

static apr_size_t length_of(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

/* ---- adding ---- */

static apr_size_t bytes_of(const gp_work *work)
{
    apr_size_t bytes = 0;
    int i;

    for (i = 0; i < work->statement->parameters; i++)
        bytes += WORD + length_of(parameter(work, i));
    return bytes;
}

/* Whether the work inserts a row for an owner for whom another one does. The owner is the first parameter. */
static bool meets_another(const gp_merge *merge, const gp_work *work)
{
    int i;

    for (i = 0; i < merge->count && !work->statement->is_repeatable; i++) {
        if (strcmp(parameter(merge->works[i], 0), parameter(work, 0)) == 0)
            return true;
    }
    return false;
}

bool gp_merge_add(gp_merge *merge, gp_work *work)
{
    const gp_statement *statement = work->statement;
    apr_size_t bytes;

    if (merge->count == GP_BATCH_MAX || !gp_statement_is_mergeable(statement)
        || (merge->count > 0 && merge->works[0]->statement != statement)
        || meets_another(merge, work))
        return false;
    bytes =
        merge->count == 0 ? (apr_size_t)statement->parameters * HEADER_WORDS * WORD : merge->bytes;
    bytes += bytes_of(work);
    if (bytes > GP_MERGE_BYTES_MAX)
        return false;
    merge->bytes = bytes;
    merge->works[merge->count++] = work;
    return true;
}

/* ---- writing ---- */

static char *put_word(char *at, uint32_t word)
{
    word = htonl(word);
    memcpy(at, &word, WORD);
    return at + WORD;
}

static char *put_text(char *at, const char *text)
{
    apr_size_t length = length_of(text);

    at = put_word(at, text != NULL ? (uint32_t)length : UINT32_MAX); /* -1 is null */
    if (length > 0)
        memcpy(at, text, length);
    return at + length;
}

static char *put_array(char *at, const gp_merge *merge, int number)
{
    int i;

    at = put_word(at, 1);
    at = put_word(at, 1);
    at = put_word(at, OID_TEXT);
    at = put_word(at, (uint32_t)merge->count);
    at = put_word(at, 1);
    for (i = 0; i < merge->count; i++)
        at = put_text(at, parameter(merge->works[i], number));
    return at;
}

void gp_merge_write(const gp_merge *merge, gp_merge_parameters *to)
{
    char *at = to->bytes;
    int i;

    for (i = 0; i < parameters_of(merge); i++) {
        char *end = put_array(at, merge, i);

        to->values[i] = at;
        to->lengths[i] = (int)(end - at);
        to->formats[i] = 1;
        at = end;
    }
}

/* ---- sharing out ---- */

/* The number of the work that a row belongs to. Rows come in the order of the works, but PostgreSQL does not promise that.
 * @param from  to be looked at first */
static int find_work(gp_work *const *works, int from, int count, const char *key)
{
    const gp_statement *statement = works[0]->statement;
    int i;

    if (statement->merged == NULL)
        return (int)strtol(key, NULL, 10) - 1;
    for (i = 0; i < count; i++) {
        int at = (from + i) % count;

        if (strcmp(parameter(works[at], statement->key), key) == 0)
            return at;
    }
    return -1;
}

static bool copy_row(PGresult *to, const PGresult *from, int row)
{
    int column, columns = PQnfields(from), at = PQntuples(to);

    for (column = 0; column < columns; column++) {
        int length = PQgetisnull(from, row, column) ? -1 : PQgetlength(from, row, column);

        if (!PQsetvalue(to, at, column, PQgetvalue(from, row, column), length))
            return false;
    }
    return true;
}

bool gp_merge_share_out(gp_work *const *works, int count, const PGresult *all)
{
    int i, work = 0, row, rows = PQntuples(all), key = PQnfields(all) - 1;

    for (i = 0; i < count; i++) {
        works[i]->rows = PQcopyResult(all, PG_COPYRES_ATTRS);
        if (works[i]->rows == NULL)
            return false;
    }
    for (row = 0; row < rows; row++) {
        work = find_work(works, work, count, PQgetvalue(all, row, key));
        if (work < 0 || work >= count || !copy_row(works[work]->rows, all, row))
            return false;
    }
    return true;
}

bool gp_merge_leaves_out(const gp_work *work)
{
    return work->is_merged && !work->statement->can_share && PQntuples(work->rows) == 0;
}
