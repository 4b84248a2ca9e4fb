/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several works as one statement: their parameters as arrays, and which rows are whose. That PostgreSQL reads these
 * arrays is tested with a database (tests/http/test_pipeline.py).
 */
#include "store/merge.h"
#include "unit.h"

#define WORKS 4

static gp_attempt attempts[GP_BATCH_MAX + 1];
static gp_work works[GP_BATCH_MAX + 1];
static gp_work *pointers[WORKS] = {&works[0], &works[1], &works[2], &works[3]};
static gp_merge merge;

/* Makes a work with parameters "<number>.<parameter>". */
static gp_work *make(int number, gp_sql sql)
{
    const gp_statement *statement = gp_statement_get(sql);
    const char **parameters = apr_palloc(pool, GP_MERGE_PARAMETERS * sizeof *parameters);
    int i;

    for (i = 0; i < statement->parameters; i++)
        parameters[i] = apr_psprintf(pool, "%d.%d", number, i);
    attempts[number] = (gp_attempt){.sql = sql, .parameters = parameters};
    works[number] = (gp_work){.attempt = &attempts[number], .statement = statement};
    return &works[number];
}

static gp_work *make_and_add(int number, gp_sql sql)
{
    gp_work *work = make(number, sql);

    ck_assert(gp_merge_add(&merge, work));
    return work;
}

static void begin(void)
{
    merge = (gp_merge){.count = 0};
}

/* A result with two columns: a value, and whose it is. */
static PGresult *result_of(int rows, const char *const *cells)
{
    char value[] = "value", key[] = "key";
    PGresAttDesc columns[] = {{.name = value, .typid = 25}, {.name = key, .typid = 25}};
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    int i;

    ck_assert(PQsetResultAttrs(result, 2, columns));
    for (i = 0; i < 2 * rows; i++) {
        char *cell = cells[i] != NULL ? apr_pstrdup(pool, cells[i]) : NULL;

        ck_assert(PQsetvalue(result, i / 2, i % 2, cell, cell != NULL ? (int)strlen(cell) : -1));
    }
    return result;
}

static void clear_rows(void)
{
    int i;

    for (i = 0; i < WORKS; i++) {
        PQclear(works[i].rows);
        works[i].rows = NULL;
    }
}

TEST(parameters_become_arrays)
{
    static const char expected[] =
        "\0\0\0\1\0\0\0\1\0\0\0\31\0\0\0\2\0\0\0\1" /* one dimension, nulls, text, two, from 1 */
        "\0\0\0\3"
        "0.0\377\377\377\377";
    gp_merge_parameters *to = apr_palloc(pool, sizeof *to);
    int i;

    begin();
    make_and_add(0, GP_SQL_ETAG);
    make_and_add(1, GP_SQL_ETAG);
    attempts[1].parameters[0] = NULL;
    gp_merge_write(&merge, to);
    ck_assert_int_eq(to->lengths[0], sizeof expected - 1);
    ck_assert_mem_eq(to->values[0], expected, sizeof expected - 1);
    ck_assert_mem_eq(to->values[1] + 24,
                     "0.1\0\0\0\3"
                     "1.1",
                     10);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(to->formats[i], 1);
}

TEST(works_of_one_statement_merge)
{
    begin();
    make_and_add(0, GP_SQL_ETAG);
    ck_assert(!gp_merge_add(&merge, make(1, GP_SQL_LIST)));
    make_and_add(2, GP_SQL_ETAG);
    ck_assert_int_eq(merge.count, 2);
}

TEST(what_takes_long_or_has_no_merged_text_does_not_merge)
{
    begin();
    ck_assert(!gp_merge_add(&merge, make(0, GP_SQL_LIST_ALL)));
    ck_assert(!gp_merge_add(&merge, make(0, GP_SQL_CREATE)));
    ck_assert(!gp_merge_add(&merge, make(0, GP_SQL_DELETE)));
    ck_assert_int_eq(merge.count, 0);
}

TEST(a_merge_is_bounded)
{
    int i;

    begin();
    for (i = 0; i < GP_BATCH_MAX; i++)
        make_and_add(i, GP_SQL_ETAG);
    ck_assert(!gp_merge_add(&merge, make(i, GP_SQL_ETAG)));
}

/* The arrays fill the memory to the last byte. */
TEST(the_bytes_of_a_merge_are_bounded)
{
    gp_merge_parameters *to = apr_palloc(pool, sizeof *to);
    apr_size_t left = GP_MERGE_BYTES_MAX - 2 * 5 * 4 - 2 * 4 - 3;
    char *text = apr_pcalloc(pool, left + 2);
    gp_work *work = make(0, GP_SQL_ETAG);

    begin();
    memset(text, 'x', left + 1);
    attempts[0].parameters[0] = text;
    ck_assert(!gp_merge_add(&merge, work));
    text[left] = '\0';
    ck_assert(gp_merge_add(&merge, work));
    gp_merge_write(&merge, to);
    ck_assert_ptr_eq(to->values[1] + to->lengths[1], to->bytes + GP_MERGE_BYTES_MAX);
    ck_assert(!gp_merge_add(&merge, make(1, GP_SQL_ETAG)));
}

/* Two changes of one row: the second one misses. */
TEST(inserts_for_one_owner_do_not_merge)
{
    static const gp_sql statements[] = {GP_SQL_CREATE_WITHIN, GP_SQL_REPLACE, GP_SQL_ETAG};
    int i;

    for (i = 0; i < 3; i++) {
        begin();
        make_and_add(0, statements[i]);
        make_and_add(1, statements[i]);
        make(2, statements[i]);
        attempts[2].parameters[0] = attempts[0].parameters[0];
        ck_assert_int_eq(gp_merge_add(&merge, &works[2]), statements[i] != GP_SQL_CREATE_WITHIN);
    }
}

TEST(reads_get_their_rows_by_place)
{
    static const char *const cells[] = {"a", "1", NULL, "3", "c", "3", "b", "1"};
    PGresult *all = result_of(4, cells);
    int i;

    for (i = 0; i < 3; i++)
        make(i, GP_SQL_LIST);
    ck_assert(gp_merge_share_out(pointers, 3, all));
    PQclear(all);
    ck_assert_int_eq(PQntuples(works[0].rows), 2);
    ck_assert_str_eq(PQgetvalue(works[0].rows, 0, 0), "a");
    ck_assert_str_eq(PQgetvalue(works[0].rows, 1, 0), "b");
    ck_assert_int_eq(PQntuples(works[1].rows), 0);
    ck_assert_int_eq(PQntuples(works[2].rows), 2);
    ck_assert(PQgetisnull(works[2].rows, 0, 0));
    ck_assert_int_eq(PQresultStatus(works[2].rows), PGRES_TUPLES_OK);
    clear_rows();
}

/* In any order; and a work without rows gets none. */
TEST(writes_get_their_rows_by_key)
{
    static const gp_sql writes[] = {GP_SQL_CREATE_WITHIN, GP_SQL_REPLACE};
    int i;

    for (i = 0; i < 2; i++) {
        int key = gp_statement_get(writes[i])->key, number;
        const char *cells[] = {"", apr_psprintf(pool, "3.%d", key), "",
                               apr_psprintf(pool, "1.%d", key)};
        PGresult *all = result_of(2, cells);

        for (number = 0; number < WORKS; number++)
            make(number, writes[i])->is_merged = true;
        ck_assert(gp_merge_share_out(pointers, WORKS, all));
        PQclear(all);
        for (number = 0; number < WORKS; number++) {
            ck_assert_int_eq(PQntuples(works[number].rows), number % 2);
            ck_assert_int_eq(gp_merge_leaves_out(&works[number]),
                             writes[i] == GP_SQL_REPLACE && number % 2 == 0);
            works[number].is_merged = false;
            ck_assert(!gp_merge_leaves_out(&works[number]));
        }
        clear_rows();
    }
}

TEST(a_row_of_nobody_is_an_error)
{
    static const char *const cells[][2] = {{"", "0"}, {"", "3"}, {"", ""}, {"", "-1"}};
    int i;

    for (i = 0; i < 8; i++) {
        PGresult *all = result_of(1, cells[i / 2]);

        make(0, i % 2 == 0 ? GP_SQL_ETAG : GP_SQL_REPLACE);
        make(1, i % 2 == 0 ? GP_SQL_ETAG : GP_SQL_REPLACE);
        ck_assert(!gp_merge_share_out(pointers, 2, all));
        PQclear(all);
        clear_rows();
    }
}

UNIT_MAIN("merge")
