/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Searches without a database: a runner returns those of its positions that a list asks for.
 */
#include "operations/search.h"
#include "base/limits.h"
#include "odata/filter.h"
#include "unit.h"

#define ROWS 600

static gp_exchange x;
static gp_problem problem;
static gp_store store;

static struct {
    apr_size_t length; /* of each document */
    int given;         /* documents returned so far */
    int statements;
    int most;        /* positions that one of them may evaluate */
    bool is_changed; /* what the filter selected has changed before it is read again */
} world;

static void set(PGresult *rows, int row, int column, const char *text)
{
    ck_assert(PQsetvalue(rows, row, column, (char *)(uintptr_t)text, (int)strlen(text)));
}

static const char *id_of(int row)
{
    return apr_psprintf(pool, "0190f7a1-0000-7000-8000-%012d", row);
}

/* gp_pick_2: those ids; each other position is not current any more */
static gp_outcome pick(gp_attempt *attempt)
{
    static char names[3][9] = {"id", "etag", "document"};
    PGresAttDesc columns[3] = {{.name = names[0]}, {.name = names[1]}, {.name = names[2]}};
    PGresult *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    char *ids = apr_pstrdup(pool, attempt->parameters[0] + 1), *last, *id;
    int count = 0;

    ck_assert(PQsetResultAttrs(rows, 3, columns));
    for (id = apr_strtok(ids, ",}", &last); id != NULL; id = apr_strtok(NULL, ",}", &last)) {
        bool is_current = !world.is_changed || count % 2 == 0;

        set(rows, count, 0, id);
        set(rows, count, 1, "etag");
        set(rows, count++, 2, is_current ? "{\"isCurrent\":true}" : "{\"isCurrent\":false}");
    }
    gp_result_own(attempt->result, rows);
    return GP_OUTCOME_DONE;
}

/* gp_list_3: owner_id, first id, bytes, limit; gp_list_all_2, for further chunks: owner_id, first id, viewer, bytes, limit */
static gp_outcome run(gp_store *of, gp_attempt *attempt)
{
    static char names[3][9] = {"id", "etag", "document"};
    PGresAttDesc columns[3] = {{.name = names[0]}, {.name = names[1]}, {.name = names[2]}};
    PGresult *rows;
    int row, count = 0, limit, last = attempt->sql == GP_SQL_LIST_ALL ? 6 : 3;
    apr_size_t bytes, sum = 0;
    char *document = apr_palloc(pool, world.length + 1);

    (void)of;
    world.statements++;
    if (attempt->sql == GP_SQL_PICK)
        return pick(attempt);
    ck_assert_int_eq(attempt->sql, world.statements == 1 ? GP_SQL_LIST : GP_SQL_LIST_ALL);
    rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    limit = atoi(attempt->parameters[last]);
    bytes = (apr_size_t)atoi(attempt->parameters[last - 1]);
    world.most = limit - 1 > world.most ? limit - 1 : world.most;
    memset(document, ' ', world.length);
    memcpy(document, "{\"isCurrent\":true", 17);
    memcpy(document + world.length - 1, "}", 2);
    ck_assert(PQsetResultAttrs(rows, 3, columns));
    for (row = 0; row < ROWS && count < limit; row++) {
        if (strcmp(id_of(row), attempt->parameters[1]) < 0)
            continue;
        sum += world.length;
        set(rows, count, 0, id_of(row));
        set(rows, count, 1, "etag");
        if (count == 0 || sum <= bytes) {
            set(rows, count, 2, document);
            world.given++;
        } else {
            ck_assert(PQsetvalue(rows, count, 2, NULL, -1));
        }
        count++;
    }
    gp_result_own(attempt->result, rows);
    return GP_OUTCOME_DONE;
}

static void ask(const char *filter, apr_size_t length)
{
    world.length = length;
    world.given = world.statements = world.most = 0;
    world.is_changed = false;
    gp_problem_open(&problem, pool);
    memset(&x, 0, sizeof x);
    store = (gp_store){.run = run, .pool = pool, .budget.time = 10000000};
    x.pool = x.work = pool;
    x.store = &store;
    x.problem = &problem;
    x.owner = "alice";
    x.viewer.sees_all = 1;
    x.query.top = -1;
    x.query.filter = gp_filter_parse(pool, filter, gp_names_make(pool), &problem);
}

TEST(a_page_goes_over_chunks)
{
    gp_found found;

    ask("isCurrent", 64);
    x.query.offset = GP_QUERY_FIRST_MAX - 1;
    ck_assert(gp_search(&x, 3, &found));
    ck_assert_int_eq(found.count, 3);
    ck_assert_str_eq(found.positions[0].id, id_of(GP_QUERY_FIRST_MAX - 1));
    ck_assert_str_eq(found.positions[2].id, id_of(GP_QUERY_FIRST_MAX + 1));
    ck_assert_int_eq(world.statements, 2);
}

/* The first statement shares a connection with those of others, so it reads few positions. */
TEST(only_the_first_statement_is_cheap)
{
    gp_found found;

    ask("isCurrent", 64);
    ck_assert(gp_search(&x, GP_QUERY_FIRST_MAX, &found));
    ck_assert_int_eq(found.count, GP_QUERY_FIRST_MAX);
    ck_assert_int_eq(world.statements, 1);
    ck_assert_int_eq(world.most, GP_QUERY_FIRST_MAX);

    ask("isCurrent", 64);
    x.query.count = 1;
    ck_assert(gp_search(&x, 3, &found));
    ck_assert_str_eq(found.total, apr_itoa(pool, ROWS));
    ck_assert_int_eq(world.statements, 3);
    ck_assert_int_eq(world.most, GP_QUERY_CHUNK_MAX);
}

/* Later positions belong to the next page, so the search must not read them. */
TEST(a_page_that_is_full_by_its_bytes_ends_the_search)
{
    const apr_size_t length = GP_PAGE_BYTES_MAX / 4;
    gp_found found;

    ask("isCurrent", length);
    ck_assert(gp_search(&x, 101, &found));
    ck_assert_int_eq(found.count, 5);
    ck_assert_ptr_nonnull(found.positions[3].document);
    ck_assert_ptr_null(found.positions[4].document);
    ck_assert_int_le(world.given, 8);
}

TEST(a_page_that_is_full_by_its_bytes_is_counted_on)
{
    gp_found found;

    ask("isCurrent", GP_PAGE_BYTES_MAX / 8);
    x.query.count = 1;
    ck_assert(gp_search(&x, 101, &found));
    ck_assert_int_eq(found.count, 9);
    ck_assert_str_eq(found.total, apr_itoa(pool, ROWS));
}

static void put_in_order(const char *keys)
{
    static gp_order order;

    order = *gp_orderby_parse(pool, keys, gp_names_make(pool), &problem);
    x.query.order = &order;
}

TEST(what_changed_since_it_was_selected_is_not_shown)
{
    gp_found found;

    ask("isCurrent", 64);
    put_in_order("isCurrent");
    world.is_changed = true;
    ck_assert(gp_search(&x, 10, &found));
    ck_assert_int_eq(found.count, 5);
    ck_assert_str_eq(found.positions[1].id, id_of(2));
    ck_assert(found.has_more);
}

TEST(a_page_of_nothing_reads_nothing)
{
    static const char *const filters[] = {"isCurrent", NULL};
    gp_found found;
    int i;

    for (i = 0; i < 4; i++) {
        ask("isCurrent", 64);
        if (filters[i / 2] == NULL)
            x.query.filter = NULL;
        if (i % 2)
            put_in_order("isCurrent");
        x.query.top = 0;
        ck_assert(gp_search(&x, 0, &found));
        ck_assert_int_eq(found.count, 0);
        ck_assert_int_eq(world.statements, 0);
    }
}

TEST(an_order_over_chunks)
{
    gp_found found;

    ask("isCurrent", 64);
    put_in_order("id");
    x.query.top = 0;
    x.query.count = 1;
    ck_assert(gp_search(&x, 0, &found));
    ck_assert_int_eq(found.count, 0);
    ck_assert_str_eq(found.total, apr_itoa(pool, ROWS));
}

UNIT_MAIN("search")
