/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store without a server: a runner that follows a script replaces gp_database_run. Each test lists the statements
 * that it expects, and the outcome of each.
 */
#include "base/limits.h"
#include "store/counters.h"
#include "store/store.h"
#include "unit.h"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" /* steps omit rows and parameters */

#define OWNER "alice"
#define ID    "0190f7a1-0000-7000-8000-000000000001"
#define OURS  "aaaa"
#define OTHER "bbbb"
#define QUEUE 1000000 /* GraphProfileQueueTimeout, microseconds */
#define TIME  5000000 /* GraphProfileTimeout, microseconds */

/* One expected attempt of the script. */
typedef struct {
    gp_sql sql;
    bool unbatched;
    gp_outcome outcome;
    const char *rows; /* each ends in ';', its columns in ','; "~" is SQL's null; NULL: none */
    const char *parameters; /* each ends in ','; "~" is SQL's null; NULL: not checked */
} step;

static struct {
    const step *steps;
    int count, done;
    apr_time_t end; /* the deadline of the request; 0: no statement has run */
} script;

static gp_counters counters;
static gp_cost cost;
static gp_problem problem;

/* Fills a result as libpq does. */
static void fill(gp_result *result, const char *text)
{
    PGresult *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc columns[8] = {{.name = (char *)(uintptr_t)"column"}};
    int row = 0, column = 0, i;

    for (i = 0; i < 8; i++)
        columns[i].name = columns[0].name;
    ck_assert(PQsetResultAttrs(rows, 8, columns));
    for (; text != NULL && *text != '\0'; text += strcspn(text, ",;") + 1) {
        int length = (int)strcspn(text, ",;");

        ck_assert(PQsetvalue(rows, row, column++, (char *)(uintptr_t)text,
                             length == 1 && *text == '~' ? -1 : length));
        if (text[length] == ';') {
            row++;
            column = 0;
        }
    }
    gp_result_own(result, rows);
}

static const char *joined(const gp_attempt *attempt)
{
    const char *text = "";
    int i;

    for (i = 0; i < gp_statement_get(attempt->sql)->parameters; i++)
        text = apr_pstrcat(pool, text, attempt->parameters[i] ? attempt->parameters[i] : "~", ",",
                           NULL);
    return text;
}

static gp_outcome follow(gp_store *store, gp_attempt *attempt)
{
    const step *at = script.steps + script.done;
    apr_time_t end = gp_budget_end(&store->budget, gp_clock());

    ck_assert_ptr_eq(store->cost, &cost);
    ck_assert_msg(script.done < script.count, "statement %s is one too many",
                  gp_statement_get(attempt->sql)->label);
    script.done++;
    ck_assert_str_eq(gp_statement_get(attempt->sql)->label, gp_statement_get(at->sql)->label);
    ck_assert_msg(attempt->unbatched == at->unbatched, "attempt %d", script.done);
    if (at->parameters != NULL)
        ck_assert_str_eq(joined(attempt), at->parameters);
    /* All statements of a request and all of their attempts share one deadline. */
    ck_assert(script.end == 0 || script.end == end);
    script.end = end;
    ck_assert_int_le(end, gp_clock() + TIME);
    ck_assert_int_eq(store->budget.wait, QUEUE - script.done + 1);
    store->budget.wait--;
    gp_result_reset(attempt->result);
    if (at->outcome == GP_OUTCOME_DONE)
        fill(attempt->result, at->rows);
    return at->outcome;
}

static bool is_client_gone(const gp_store *store)
{
    (void)store;
    return false;
}

static gp_store *store_of(const step *steps, int count)
{
    gp_store *store = apr_pcalloc(pool, sizeof *store);

    script.steps = steps;
    script.count = count;
    script.done = 0;
    script.end = 0;
    store->run = follow;
    store->pool = pool;
    store->budget.wait = QUEUE;
    store->budget.time = TIME;
    store->caller = "user alice";
    store->cost = &cost;
    store->is_client_gone = is_client_gone;
    gp_counters_use(&counters, NULL, false);
    memset(&counters, 0, sizeof counters);
    gp_problem_open(&problem, pool);
    return store;
}

#define FOLLOW(...) store_of((const step[]){__VA_ARGS__}, (int)COUNT(((const step[]){__VA_ARGS__})))

/* Checks that all steps of the script were run. */
static void ends(void)
{
    ck_assert_int_eq(script.done, script.count);
}

static int retries(void)
{
    return (int)counters.values[GP_COUNTER_RETRIES];
}

static const gp_viewer self = {.sees_all = 1, .audiences = 8, .id = OWNER};
static const gp_viewer somebody = {.audiences = 56, .id = "bob"};

static gp_position made(int is_id_sent)
{
    gp_position position = {.id = ID,
                            .etag = OURS,
                            .audiences = 8,
                            .created = "created",
                            .modified = "modified",
                            .document = "{}",
                            .is_id_sent = is_id_sent};

    return position;
}

static bool create(gp_store *store, int is_id_sent, int most)
{
    gp_position position = made(is_id_sent);
    bool is_done = gp_store_create(store, pool, OWNER, "writer", &position, most, &problem);

    ends();
    return is_done;
}

static bool replace(gp_store *store, bool *replaced)
{
    gp_position position = made(0);
    bool is_done =
        gp_store_replace(store, pool, OWNER, ID, OTHER, "writer", &position, replaced, &problem);

    ends();
    return is_done;
}

static bool delete(gp_store *store, const char *if_match, const char **etag)
{
    gp_etags etags;
    bool is_done;

    ck_assert(gp_header_etags(pool, if_match, &etags));
    is_done = gp_store_delete(store, pool, OWNER, &somebody, ID, &etags, etag, &problem);
    ends();
    return is_done;
}

static bool read_one(gp_store *store, gp_position *position)
{
    bool is_done = gp_store_read(store, pool, OWNER, &somebody, ID, position, &problem);

    ends();
    return is_done;
}

/* ---- creating ---- */

TEST(a_create_is_one_statement)
{
    ck_assert(create(FOLLOW({GP_SQL_CREATE, false, GP_OUTCOME_DONE, "1;",
                             OWNER "," ID "," OURS ",8,created,modified,writer,{},"}),
                     0, 0));
    ck_assert(create(FOLLOW({GP_SQL_CREATE_WITHIN, false, GP_OUTCOME_DONE, "1;",
                             OWNER "," ID "," OURS ",8,created,modified,writer,{},7,"}),
                     0, 7));
    ck_assert_int_eq(retries(), 0);
}
END_TEST

TEST(an_id_that_the_client_chose_runs_unbatched)
{
    ck_assert(create(FOLLOW({GP_SQL_CREATE, true, GP_OUTCOME_DONE, "1;"}), 1, 0));
}
END_TEST

TEST(a_create_that_was_not_executed_runs_again)
{
    ck_assert(create(FOLLOW({GP_SQL_CREATE, false, GP_OUTCOME_BROKEN},
                            {GP_SQL_CREATE, true, GP_OUTCOME_DONE, "1;"}),
                     0, 0));
    ck_assert_int_eq(retries(), 1);
}
END_TEST

TEST(a_create_that_may_have_been_executed_does_not_run_again)
{
    ck_assert(create(FOLLOW({GP_SQL_CREATE, false, GP_OUTCOME_LOST},
                            {GP_SQL_ETAG, false, GP_OUTCOME_DONE, OURS ";", OWNER "," ID ","}),
                     0, 0));
    ck_assert_int_eq(retries(), 0);
}
END_TEST

TEST(the_row_of_a_lost_create_may_appear_late)
{
    ck_assert(
        create(FOLLOW({GP_SQL_CREATE, false, GP_OUTCOME_LOST},
                      {GP_SQL_ETAG, false, GP_OUTCOME_DONE}, {GP_SQL_ETAG, false, GP_OUTCOME_DONE},
                      {GP_SQL_ETAG, false, GP_OUTCOME_DONE, OURS ";"}),
               0, 0));
}
END_TEST

TEST(another_row_is_not_taken_for_the_lost_one)
{
    static const char *const rows[] = {OTHER ";", "~;", NULL};
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        const step look = {GP_SQL_ETAG, false, GP_OUTCOME_DONE, rows[i]};

        ck_assert(!create(FOLLOW({GP_SQL_CREATE, false, GP_OUTCOME_LOST}, look, look, look), 0, 0));
        ck_assert_int_eq(problem.error, GP_UNAVAILABLE);
    }
}
END_TEST

TEST(a_lost_create_that_cannot_be_looked_for_is_no_conflict)
{
    ck_assert(!create(FOLLOW({GP_SQL_CREATE, false, GP_OUTCOME_LOST},
                             {GP_SQL_ETAG, false, GP_OUTCOME_UNREACHABLE}),
                      0, 0));
    ck_assert_int_eq(problem.error, GP_UNAVAILABLE);
}
END_TEST

TEST(a_create_that_is_lost_after_a_retry_is_looked_for)
{
    ck_assert(create(FOLLOW({GP_SQL_CREATE, false, GP_OUTCOME_BROKEN},
                            {GP_SQL_CREATE, true, GP_OUTCOME_LOST},
                            {GP_SQL_ETAG, false, GP_OUTCOME_DONE, OURS ";"}),
                     0, 0));
}
END_TEST

TEST(a_late_create_is_not_looked_for)
{
    ck_assert(!create(FOLLOW({GP_SQL_CREATE, false, GP_OUTCOME_LATE}), 0, 0));
    ck_assert_int_eq(problem.error, GP_GATEWAY_TIMEOUT);
}
END_TEST

TEST(a_create_that_finds_its_own_row_is_stored)
{
    static const int limits[] = {0, 7};
    apr_size_t i;

    for (i = 0; i < COUNT(limits); i++)
        ck_assert(create(
            FOLLOW({limits[i] > 0 ? GP_SQL_CREATE_WITHIN : GP_SQL_CREATE, false, GP_OUTCOME_AGAIN},
                   {limits[i] > 0 ? GP_SQL_CREATE_WITHIN : GP_SQL_CREATE, true, GP_OUTCOME_DONE},
                   {GP_SQL_ETAG, false, GP_OUTCOME_DONE, OURS ";"}),
            0, limits[i]));
}
END_TEST

TEST(an_id_that_is_taken_is_a_conflict)
{
    ck_assert(!create(FOLLOW({GP_SQL_CREATE, true, GP_OUTCOME_DONE},
                             {GP_SQL_ETAG, false, GP_OUTCOME_DONE, OTHER ";"}),
                      1, 0));
    ck_assert_int_eq(problem.error, GP_CONFLICT);
    ck_assert(!create(FOLLOW({GP_SQL_CREATE_WITHIN, true, GP_OUTCOME_DONE},
                             {GP_SQL_ETAG, false, GP_OUTCOME_DONE, OTHER ";"}),
                      1, 7));
    ck_assert_int_eq(problem.error, GP_CONFLICT);
}
END_TEST

TEST(a_full_owner_is_no_conflict)
{
    ck_assert(!create(FOLLOW({GP_SQL_CREATE_WITHIN, false, GP_OUTCOME_DONE},
                             {GP_SQL_ETAG, false, GP_OUTCOME_DONE}),
                      0, 7));
    ck_assert_int_eq(problem.error, GP_TOO_MANY_POSITIONS);
    ck_assert(!create(FOLLOW({GP_SQL_CREATE_WITHIN, true, GP_OUTCOME_DONE},
                             {GP_SQL_ETAG, false, GP_OUTCOME_DONE}),
                      1, 7));
    ck_assert_int_eq(problem.error, GP_TOO_MANY_POSITIONS);
    ck_assert(!create(FOLLOW({GP_SQL_CREATE_WITHIN, true, GP_OUTCOME_DONE},
                             {GP_SQL_ETAG, false, GP_OUTCOME_FULL}),
                      1, 7));
    ck_assert_int_eq(problem.error, GP_UNAVAILABLE);
}
END_TEST

/* ---- retries ---- */

TEST(after_a_lost_connection_one_retry_follows)
{
    static const gp_outcome lost[] = {GP_OUTCOME_BROKEN, GP_OUTCOME_LOST, GP_OUTCOME_READ_ONLY};
    gp_position position;
    apr_size_t first, second;

    for (first = 0; first < COUNT(lost); first++) {
        ck_assert(read_one(FOLLOW({GP_SQL_READ, false, lost[first]},
                                  {GP_SQL_READ, true, GP_OUTCOME_DONE, OURS ",{};"}),
                           &position));
        ck_assert_int_eq(retries(), 1);
        for (second = 0; second < COUNT(lost); second++) {
            ck_assert(!read_one(
                FOLLOW({GP_SQL_READ, false, lost[first]}, {GP_SQL_READ, true, lost[second]}),
                &position));
            ck_assert_int_eq(problem.error, GP_UNAVAILABLE);
            ck_assert_int_eq(retries(), 1);
        }
    }
}
END_TEST

TEST(after_losing_to_a_transaction_a_few_retries_follow)
{
    step steps[GP_STATEMENT_ATTEMPTS + 1];
    gp_position position;
    int i;

    for (i = 0; i <= GP_STATEMENT_ATTEMPTS; i++)
        steps[i] = (step){GP_SQL_READ, i > 0, GP_OUTCOME_AGAIN};
    ck_assert(!read_one(store_of(steps, GP_STATEMENT_ATTEMPTS), &position));
    ck_assert_int_eq(problem.error, GP_UNAVAILABLE);
    ck_assert_int_eq(retries(), GP_STATEMENT_ATTEMPTS - 1);
    steps[GP_STATEMENT_ATTEMPTS - 1].outcome = GP_OUTCOME_DONE;
    steps[GP_STATEMENT_ATTEMPTS - 1].rows = OURS ",{};";
    ck_assert(read_one(store_of(steps, GP_STATEMENT_ATTEMPTS), &position));
    /* The retry after a lost connection is not one of these. */
    steps[GP_STATEMENT_ATTEMPTS - 1] = (step){GP_SQL_READ, true, GP_OUTCOME_LOST};
    steps[GP_STATEMENT_ATTEMPTS] = (step){GP_SQL_READ, true, GP_OUTCOME_DONE, OURS ",{};"};
    ck_assert(read_one(store_of(steps, GP_STATEMENT_ATTEMPTS + 1), &position));
    ck_assert_int_eq(retries(), GP_STATEMENT_ATTEMPTS);
}
END_TEST

/* A retry cannot change these outcomes. */
TEST(other_outcomes_are_not_retried)
{
    static const struct {
        gp_outcome outcome;
        gp_error error;
    } rows[] = {
        {GP_OUTCOME_UNREACHABLE, GP_UNAVAILABLE},
        {GP_OUTCOME_FULL, GP_UNAVAILABLE},
        {GP_OUTCOME_UNPREPARED, GP_UNAVAILABLE},
        {GP_OUTCOME_EXPIRED, GP_GATEWAY_TIMEOUT},
        {GP_OUTCOME_LATE, GP_GATEWAY_TIMEOUT},
        {GP_OUTCOME_UNFIT, GP_UNAVAILABLE},
        {GP_OUTCOME_DUPLICATE, GP_CONFLICT},
        {GP_OUTCOME_REFUSED, GP_BAD_REQUEST},
        {GP_OUTCOME_TOO_COMPLEX, GP_TOO_COMPLEX},
        {GP_OUTCOME_EXHAUSTED, GP_UNAVAILABLE},
        {GP_OUTCOME_DISK_FULL, GP_INSUFFICIENT_STORAGE},
        {GP_OUTCOME_FAILED, GP_INTERNAL_ERROR},
    };
    const char *etag;
    gp_position position;
    bool replaced;
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        ck_assert(!read_one(FOLLOW({GP_SQL_READ, false, rows[i].outcome}), &position));
        ck_assert_int_eq(problem.error, rows[i].error);
        ck_assert(!create(FOLLOW({GP_SQL_CREATE, false, rows[i].outcome}), 0, 0));
        ck_assert_int_eq(problem.error, rows[i].error);
        ck_assert(!replace(FOLLOW({GP_SQL_REPLACE, false, rows[i].outcome}), &replaced));
        ck_assert_int_eq(problem.error, rows[i].error);
        ck_assert(!replaced);
        ck_assert(!delete (FOLLOW({GP_SQL_DELETE, false, rows[i].outcome}), NULL, &etag));
        ck_assert_int_eq(problem.error, rows[i].error);
        ck_assert_int_eq(retries(), 0);
    }
}
END_TEST

/* ---- replacing ---- */

TEST(a_replacement)
{
    bool replaced;

    ck_assert(replace(FOLLOW({GP_SQL_REPLACE, false, GP_OUTCOME_DONE, "1;",
                              OURS ",8,modified,writer,{}," OWNER "," ID "," OTHER ","}),
                      &replaced));
    ck_assert(replaced);
    ck_assert(replace(FOLLOW({GP_SQL_REPLACE, false, GP_OUTCOME_LOST},
                             {GP_SQL_REPLACE, true, GP_OUTCOME_DONE, "1;"}),
                      &replaced));
    ck_assert(replaced);
}
END_TEST

TEST(without_doubt_another_etag_means_not_replaced)
{
    bool replaced;

    ck_assert(replace(FOLLOW({GP_SQL_REPLACE, false, GP_OUTCOME_DONE}), &replaced));
    ck_assert(!replaced);
    /* After an attempt that was not executed there is no doubt. */
    ck_assert(replace(
        FOLLOW({GP_SQL_REPLACE, false, GP_OUTCOME_BROKEN}, {GP_SQL_REPLACE, true, GP_OUTCOME_DONE}),
        &replaced));
    ck_assert(!replaced);
}
END_TEST

TEST(a_second_replacement_recognizes_the_first_by_its_etag)
{
    bool replaced;

    ck_assert(replace(FOLLOW({GP_SQL_REPLACE, false, GP_OUTCOME_LOST},
                             {GP_SQL_REPLACE, true, GP_OUTCOME_DONE},
                             {GP_SQL_ETAG, false, GP_OUTCOME_DONE, OURS ";", OWNER "," ID ","}),
                      &replaced));
    ck_assert(replaced);
    /* The doubt remains after further attempts. */
    ck_assert(replace(FOLLOW({GP_SQL_REPLACE, false, GP_OUTCOME_LOST},
                             {GP_SQL_REPLACE, true, GP_OUTCOME_AGAIN},
                             {GP_SQL_REPLACE, true, GP_OUTCOME_DONE},
                             {GP_SQL_ETAG, false, GP_OUTCOME_DONE, OURS ";"}),
                      &replaced));
    ck_assert(replaced);
}
END_TEST

TEST(a_replacement_that_another_write_hides_is_unknown)
{
    static const char *const rows[] = {OTHER ";", NULL};
    bool replaced;
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        ck_assert(!replace(FOLLOW({GP_SQL_REPLACE, false, GP_OUTCOME_LOST},
                                  {GP_SQL_REPLACE, true, GP_OUTCOME_DONE},
                                  {GP_SQL_ETAG, false, GP_OUTCOME_DONE, rows[i]}),
                           &replaced));
        ck_assert_int_eq(problem.error, GP_UNAVAILABLE);
        ck_assert(!replaced);
    }
    ck_assert(!replace(FOLLOW({GP_SQL_REPLACE, false, GP_OUTCOME_LOST},
                              {GP_SQL_REPLACE, true, GP_OUTCOME_DONE},
                              {GP_SQL_ETAG, false, GP_OUTCOME_DISK_FULL}),
                       &replaced));
    ck_assert_int_eq(problem.error, GP_INSUFFICIENT_STORAGE);
}
END_TEST

/* ---- deleting ---- */

TEST(a_position_is_deleted)
{
    const char *etag = NULL;

    ck_assert(delete (FOLLOW({GP_SQL_DELETE, false, GP_OUTCOME_DONE, OTHER ";",
                              OWNER "," ID ",false,56,bob,~,~,"}),
                      NULL, &etag));
    ck_assert_str_eq(etag, OTHER);
    ck_assert(delete (FOLLOW({GP_SQL_DELETE, false, GP_OUTCOME_DONE, OTHER ";",
                              OWNER "," ID ",false,56,bob,~,~,"}),
                      "*", &etag));
}
END_TEST

TEST(etags_of_if_match_are_an_array)
{
    const char *etag;

    ck_assert(delete (FOLLOW({GP_SQL_DELETE, false, GP_OUTCOME_DONE, OTHER ";",
                              OWNER "," ID ",false,56,bob,{aaaa,bbbb},{aaaa,bbbb},"}),
                      "\"aaaa\", W/\"bbbb\"", &etag));
    /* Texts that are no ETags of the module must not reach the array: a quote or a brace would change it. */
    ck_assert(delete (FOLLOW({GP_SQL_DELETE, false, GP_OUTCOME_DONE, OTHER ";",
                              OWNER "," ID ",false,56,bob,{bbbb},{bbbb},"}),
                      "\"\", \"a},{\", \"AAAA\", \"a\\b\", \"bbbb\"", &etag));
}
END_TEST

TEST(an_absent_position_is_not_found)
{
    const char *etag;

    ck_assert(!delete (FOLLOW({GP_SQL_DELETE, false, GP_OUTCOME_DONE}), NULL, &etag));
    ck_assert_int_eq(problem.error, GP_NOT_FOUND);
    ck_assert(!delete (
        FOLLOW({GP_SQL_DELETE, false, GP_OUTCOME_BROKEN}, {GP_SQL_DELETE, true, GP_OUTCOME_DONE}),
        NULL, &etag));
    ck_assert_int_eq(problem.error, GP_NOT_FOUND);
    ck_assert(!delete (
        FOLLOW({GP_SQL_DELETE, false, GP_OUTCOME_DONE}, {GP_SQL_READ, false, GP_OUTCOME_DONE}),
        "\"aaaa\"", &etag));
    ck_assert_int_eq(problem.error, GP_NOT_FOUND);
}
END_TEST

TEST(a_position_with_another_etag_is_not_deleted)
{
    const char *etag;

    ck_assert(!delete (FOLLOW({GP_SQL_DELETE, false, GP_OUTCOME_DONE},
                              {GP_SQL_READ, false, GP_OUTCOME_DONE, OTHER ",{};",
                               OWNER "," ID ",false,56,bob,2147483647,"}),
                       "\"aaaa\"", &etag));
    ck_assert_int_eq(problem.error, GP_PRECONDITION_FAILED);
    ck_assert(!delete (FOLLOW({GP_SQL_DELETE, false, GP_OUTCOME_DONE},
                              {GP_SQL_READ, false, GP_OUTCOME_UNREACHABLE}),
                       "\"aaaa\"", &etag));
    ck_assert_int_eq(problem.error, GP_UNAVAILABLE);
}
END_TEST

TEST(a_second_deletion_without_a_row_succeeds)
{
    const char *etag = NULL;

    ck_assert(delete (
        FOLLOW({GP_SQL_DELETE, false, GP_OUTCOME_LOST}, {GP_SQL_DELETE, true, GP_OUTCOME_DONE}),
        NULL, &etag));
    ck_assert_str_eq(etag, "unknown");
    ck_assert_int_eq(problem.error, GP_OK);
    ck_assert(delete (FOLLOW({GP_SQL_DELETE, false, GP_OUTCOME_LOST},
                             {GP_SQL_DELETE, true, GP_OUTCOME_DONE},
                             {GP_SQL_READ, false, GP_OUTCOME_DONE}),
                      "\"aaaa\"", &etag));
    ck_assert_str_eq(etag, "unknown");
    ck_assert_int_eq(problem.error, GP_OK);
}
END_TEST

/* ---- reading ---- */

TEST(a_position_is_read)
{
    gp_position position;

    ck_assert(read_one(FOLLOW({GP_SQL_READ, false, GP_OUTCOME_DONE, OURS ",{1};",
                               OWNER "," ID ",false,56,bob,2147483647,"}),
                       &position));
    ck_assert_str_eq(position.id, ID);
    ck_assert_str_eq(position.etag, OURS);
    ck_assert_str_eq(position.document, "{1}");
    ck_assert_uint_eq(position.length, 3);
    ck_assert(!read_one(FOLLOW({GP_SQL_READ, false, GP_OUTCOME_DONE}), &position));
    ck_assert_int_eq(problem.error, GP_NOT_FOUND);
}
END_TEST

/* Of what is read ahead, only small documents come at once. */
TEST(a_large_position_is_read_again)
{
    gp_position position;

    ck_assert(read_one(FOLLOW({GP_SQL_READ, false, GP_OUTCOME_DONE, OURS ",~;"},
                              {GP_SQL_READ, false, GP_OUTCOME_DONE, OURS ",{1};",
                               OWNER "," ID ",false,56,bob,2147483647,"}),
                       &position));
    ck_assert_str_eq(position.document, "{1}");
    ck_assert(!read_one(FOLLOW({GP_SQL_READ, false, GP_OUTCOME_DONE, OURS ",~;"},
                               {GP_SQL_READ, false, GP_OUTCOME_DONE}),
                        &position));
    ck_assert_int_eq(problem.error, GP_NOT_FOUND);
}
END_TEST

#define LOWEST "00000000-0000-0000-0000-000000000000"

static bool list(gp_store *store, const gp_viewer *viewer, const gp_page *page, gp_result *rows)
{
    bool is_done = gp_store_list(store, pool, OWNER, viewer, page, rows, &problem);

    ends();
    return is_done;
}

TEST(the_owner_lists_with_one_statement)
{
    const gp_page page = {.limit = 3, .bytes = 99};
    gp_result rows;
    gp_position position;

    ck_assert(list(FOLLOW({GP_SQL_LIST, false, GP_OUTCOME_DONE, "x,aaaa,{};y,bbbb,~;",
                           OWNER "," LOWEST ",99,3,"}),
                   &self, &page, &rows));
    ck_assert_int_eq(rows.rows, 2);
    position = gp_store_row(&rows, 1);
    ck_assert_str_eq(position.id, "y");
    ck_assert_ptr_null(position.document);
    ck_assert_uint_eq(position.length, 0);
}
END_TEST

TEST(a_viewer_reads_all_rows_only_if_there_are_many)
{
    const gp_page page = {.first = ID, .limit = 3, .bytes = 99};
    const char *parameters = OWNER "," ID ",false,56,bob,99,3,";
    gp_result rows;

    ck_assert(list(FOLLOW({GP_SQL_LIST_SEEN, false, GP_OUTCOME_DONE, NULL, parameters}), &somebody,
                   &page, &rows));
    ck_assert(list(FOLLOW({GP_SQL_LIST_SEEN, false, GP_OUTCOME_DONE, "x,aaaa,{};", parameters}),
                   &somebody, &page, &rows));
    ck_assert(
        list(FOLLOW({GP_SQL_LIST_SEEN, false, GP_OUTCOME_DONE, "x,aaaa,{};~,~,~;", parameters},
                    {GP_SQL_LIST_ALL, false, GP_OUTCOME_DONE, "x,aaaa,{};y,bbbb,{};", parameters}),
             &somebody, &page, &rows));
    ck_assert_int_eq(rows.rows, 2);
    ck_assert(
        !list(FOLLOW({GP_SQL_LIST_SEEN, false, GP_OUTCOME_DISK_FULL}), &somebody, &page, &rows));
    ck_assert_int_eq(problem.error, GP_INSUFFICIENT_STORAGE);
}
END_TEST

TEST(a_list_after_an_offset_is_one_statement)
{
    const gp_page passed = {.offset = 2, .limit = 3, .bytes = 99};
    gp_result rows;

    ck_assert(list(FOLLOW({GP_SQL_LIST_BEHIND, false, GP_OUTCOME_DONE, NULL,
                           OWNER "," LOWEST ",true,8," OWNER ",3,2,99,"}),
                   &self, &passed, &rows));
    ck_assert(list(FOLLOW({GP_SQL_LIST_BEHIND, false, GP_OUTCOME_DONE, NULL,
                           OWNER "," LOWEST ",false,56,bob,3,2,99,"}),
                   &somebody, &passed, &rows));
}
END_TEST

TEST(positions_are_picked_in_one_statement)
{
    const char *const ids[] = {"y", "x"};
    gp_result rows;

    ck_assert(gp_store_pick(FOLLOW({GP_SQL_PICK, false, GP_OUTCOME_DONE, "y,bbbb,{};x,aaaa,~;",
                                    "{y,x}," OWNER ",false,56,bob,99,"}),
                            pool, OWNER, &somebody, ids, 2, 99, &rows, &problem));
    ends();
    ck_assert_str_eq(gp_store_row(&rows, 0).id, "y");
    ck_assert_ptr_null(gp_store_row(&rows, 1).document);
    ck_assert(gp_store_pick(
        FOLLOW({GP_SQL_PICK, false, GP_OUTCOME_DONE, NULL, "{}," OWNER ",true,8," OWNER ",99,"}),
        pool, OWNER, &self, ids, 0, 99, &rows, &problem));
    ends();
    ck_assert(!gp_store_pick(FOLLOW({GP_SQL_PICK, false, GP_OUTCOME_LATE}), pool, OWNER, &self, ids,
                             1, 99, &rows, &problem));
    ends();
    ck_assert_ptr_nonnull(strstr(problem.message, "Request less"));
}
END_TEST

TEST(a_late_read_tells_the_client_to_request_less)
{
    static const gp_outcome late[] = {GP_OUTCOME_LATE, GP_OUTCOME_EXPIRED};
    const gp_page page = {.limit = 3, .bytes = 99};
    const char *number;
    gp_result rows;
    apr_size_t i;

    for (i = 0; i < COUNT(late); i++) {
        ck_assert(!list(FOLLOW({GP_SQL_LIST, false, late[i]}), &self, &page, &rows));
        ck_assert_int_eq(problem.error, GP_GATEWAY_TIMEOUT);
        ck_assert_ptr_nonnull(strstr(problem.message, "Request less"));
        ck_assert(!gp_store_count(FOLLOW({GP_SQL_COUNT, false, late[i]}), pool, OWNER, &self,
                                  &number, &problem));
        ck_assert_ptr_nonnull(strstr(problem.message, "Request less"));
    }
}
END_TEST

static const char *count(gp_store *store)
{
    const char *number = NULL;
    bool is_done = gp_store_count(store, pool, OWNER, &somebody, &number, &problem);

    ends();
    return is_done ? number : NULL;
}

TEST(a_count_reads_all_rows_only_if_there_are_many)
{
    ck_assert_str_eq(
        count(FOLLOW({GP_SQL_COUNT, false, GP_OUTCOME_DONE, "5,f;", "false,56,bob," OWNER ","})),
        "5");
    ck_assert_str_eq(
        count(FOLLOW({GP_SQL_COUNT, false, GP_OUTCOME_DONE, "5,t;"},
                     {GP_SQL_COUNT_ALL, false, GP_OUTCOME_DONE, "500;", OWNER ",false,56,bob,"})),
        "500");
}
END_TEST

static const char *find(gp_store *store)
{
    const char *owner = NULL;
    bool is_done = gp_store_find_person(store, pool, "b@example", &somebody, &owner, &problem);

    ends();
    return is_done ? owner : NULL;
}

TEST(a_person_is_found_by_name_then_by_id)
{
    const char *parameters = "b@example,false,56,bob,";

    ck_assert_str_eq(find(FOLLOW({GP_SQL_PERSON, false, GP_OUTCOME_DONE, "carol;", "b@example,"})),
                     "carol");
    ck_assert_str_eq(
        find(FOLLOW({GP_SQL_PERSON, false, GP_OUTCOME_DONE, NULL, "b@example,"},
                    {GP_SQL_OWNER, false, GP_OUTCOME_DONE, "b@example,f;", parameters})),
        "b@example");
    ck_assert_str_eq(
        find(FOLLOW({GP_SQL_PERSON, false, GP_OUTCOME_DONE},
                    {GP_SQL_OWNER, false, GP_OUTCOME_DONE, "~,t;", parameters},
                    {GP_SQL_OWNER_ALL, false, GP_OUTCOME_DONE, "b@example;", parameters})),
        "b@example");
    ck_assert_ptr_null(find(FOLLOW({GP_SQL_PERSON, false, GP_OUTCOME_DONE},
                                   {GP_SQL_OWNER, false, GP_OUTCOME_DONE, "~,f;"})));
    ck_assert_int_eq(problem.error, GP_NOT_FOUND);
    ck_assert_ptr_null(find(FOLLOW({GP_SQL_PERSON, false, GP_OUTCOME_UNREACHABLE})));
    ck_assert_int_eq(problem.error, GP_UNAVAILABLE);
    ck_assert_ptr_null(find(FOLLOW({GP_SQL_PERSON, false, GP_OUTCOME_DONE},
                                   {GP_SQL_OWNER, false, GP_OUTCOME_DISK_FULL})));
    ck_assert_int_eq(problem.error, GP_INSUFFICIENT_STORAGE);
}
END_TEST

/* ---- deleting all ---- */

#define ALL ",00000000-0000-0000-0000-000000000000,ffffffff-ffff-ffff-ffff-ffffffffffff,"

/* "id etag" of each deleted position, with commas; "-": the deletion failed. */
static const char *erased(gp_store *store)
{
    const apr_array_header_t *gone;
    const char *text = "";
    int i;

    if (!gp_store_erase(store, pool, OWNER, &gone, &problem))
        return "-";
    for (i = 0; i < gone->nelts; i++)
        text = apr_pstrcat(pool, text, APR_ARRAY_IDX(gone, i, gp_position).id, " ",
                           APR_ARRAY_IDX(gone, i, gp_position).etag, ",", NULL);
    ends();
    return text;
}

TEST(all_positions_of_an_owner_are_deleted)
{
    ck_assert_str_eq(erased(FOLLOW({GP_SQL_ERASABLE, false, GP_OUTCOME_DONE, "1,a;2,b;", OWNER ALL},
                                   {GP_SQL_ERASE, false, GP_OUTCOME_DONE, "2,b;3,c;", OWNER ALL})),
                     "2 b,3 c,");
    ck_assert_str_eq(erased(FOLLOW({GP_SQL_ERASABLE, false, GP_OUTCOME_DONE},
                                   {GP_SQL_ERASE, false, GP_OUTCOME_DONE})),
                     "");
}
END_TEST

TEST(after_a_lost_answer_earlier_positions_are_reported)
{
    /* The first attempt may have deleted 1 and 2. Another client has created 3 since. */
    ck_assert_str_eq(erased(FOLLOW({GP_SQL_ERASABLE, false, GP_OUTCOME_DONE, "1,a;2,b;"},
                                   {GP_SQL_ERASE, false, GP_OUTCOME_LOST},
                                   {GP_SQL_ERASE, true, GP_OUTCOME_DONE, "3,c;"})),
                     "3 c,1 unknown,2 unknown,");
    /* The first attempt did not delete them: each is reported once. */
    ck_assert_str_eq(erased(FOLLOW({GP_SQL_ERASABLE, false, GP_OUTCOME_DONE, "1,a;2,b;"},
                                   {GP_SQL_ERASE, false, GP_OUTCOME_LOST},
                                   {GP_SQL_ERASE, true, GP_OUTCOME_DONE, "1,a;2,x;"})),
                     "1 a,2 x,");
    /* An attempt that was not executed leaves no doubt: another client deleted 1. */
    ck_assert_str_eq(erased(FOLLOW({GP_SQL_ERASABLE, false, GP_OUTCOME_DONE, "1,a;2,b;"},
                                   {GP_SQL_ERASE, false, GP_OUTCOME_BROKEN},
                                   {GP_SQL_ERASE, true, GP_OUTCOME_DONE, "2,b;"})),
                     "2 b,");
}
END_TEST

TEST(after_a_failure_no_position_is_reported)
{
    static const struct {
        gp_outcome outcome;
        gp_error error;
    } rows[] = {{GP_OUTCOME_LATE, GP_GATEWAY_TIMEOUT},
                {GP_OUTCOME_UNFIT, GP_UNAVAILABLE},
                {GP_OUTCOME_EXHAUSTED, GP_UNAVAILABLE}};
    apr_size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        ck_assert_str_eq(erased(FOLLOW({GP_SQL_ERASABLE, false, GP_OUTCOME_DONE, "1,a;"},
                                       {GP_SQL_ERASE, false, rows[i].outcome})),
                         "-");
        ck_assert_int_eq(problem.error, rows[i].error);
        ck_assert_str_eq(erased(FOLLOW({GP_SQL_ERASABLE, false, rows[i].outcome})), "-");
    }
    ck_assert_str_eq(erased(FOLLOW({GP_SQL_ERASABLE, false, GP_OUTCOME_DONE, "1,a;"},
                                   {GP_SQL_ERASE, false, GP_OUTCOME_LOST},
                                   {GP_SQL_ERASE, true, GP_OUTCOME_LOST})),
                     "-");
}
END_TEST

/* ---- the deadline passes while the effect of an attempt is unknown ---- */

TEST(an_attempt_that_was_not_executed_does_not_decide_a_lost_one)
{
    const char *etag;
    bool replaced;

    ck_assert(!replace(FOLLOW({GP_SQL_REPLACE, false, GP_OUTCOME_EXPIRED}), &replaced));
    ck_assert_ptr_nonnull(strstr(problem.message, "has not been executed"));

    ck_assert(!replace(FOLLOW({GP_SQL_REPLACE, false, GP_OUTCOME_LOST},
                              {GP_SQL_REPLACE, true, GP_OUTCOME_EXPIRED}),
                       &replaced));
    ck_assert_int_eq(problem.error, GP_GATEWAY_TIMEOUT);
    ck_assert_ptr_null(problem.message); /* that of 504: the outcome is not known */
    ck_assert(!replace(FOLLOW({GP_SQL_REPLACE, false, GP_OUTCOME_LOST},
                              {GP_SQL_REPLACE, true, GP_OUTCOME_DONE},
                              {GP_SQL_ETAG, false, GP_OUTCOME_EXPIRED}),
                       &replaced));
    ck_assert_int_eq(problem.error, GP_GATEWAY_TIMEOUT);
    ck_assert_ptr_null(problem.message);

    ck_assert(!delete (
        FOLLOW({GP_SQL_DELETE, false, GP_OUTCOME_LOST}, {GP_SQL_DELETE, true, GP_OUTCOME_EXPIRED}),
        NULL, &etag));
    ck_assert_int_eq(problem.error, GP_GATEWAY_TIMEOUT);
    ck_assert_ptr_null(problem.message);
    ck_assert(!delete (FOLLOW({GP_SQL_DELETE, false, GP_OUTCOME_LOST},
                              {GP_SQL_DELETE, true, GP_OUTCOME_DONE},
                              {GP_SQL_READ, false, GP_OUTCOME_EXPIRED}),
                       "\"" OTHER "\"", &etag));
    ck_assert_int_eq(problem.error, GP_GATEWAY_TIMEOUT);
    ck_assert_ptr_null(problem.message);

    ck_assert_str_eq(erased(FOLLOW({GP_SQL_ERASABLE, false, GP_OUTCOME_DONE, "1,a;"},
                                   {GP_SQL_ERASE, false, GP_OUTCOME_LOST},
                                   {GP_SQL_ERASE, true, GP_OUTCOME_EXPIRED})),
                     "-");
    ck_assert_int_eq(problem.error, GP_GATEWAY_TIMEOUT);
    ck_assert_ptr_null(problem.message);
}
END_TEST

UNIT_MAIN("store")
