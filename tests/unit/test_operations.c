/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations without a server: a receiver made of values replaces src/http/handler.c, and a runner that gives
 * every statement the same answer replaces the database.
 */
#include "operations/dispatch.h"
#include "operations/operations.h"
#include "unit.h"

#define ID       "0190f7a1-0000-7000-8000-000000000001"
#define ETAG     "3f4f47322af867efdaccc9bff2ceae75"
#define DOCUMENT "{\"@odata.type\":\"#microsoft.graph.workPosition\",\"id\":\"" ID "\"}"
#define POSITION "/me/profile/positions/" ID

static gp_exchange x;
static gp_route route;
static gp_problem problem;
static gp_store store;
static gp_cost cost;

/* The behaviour of the receiver and the database, and a record of the calls. */
static struct {
    const char *caller; /* NULL: the caller is anonymous */
    const char *body;
    int refusal; /* the status of a failed read of the body */
    bool is_full;
    gp_outcome outcome;
    const char *row[2]; /* the result of every statement; NULL: no row */
    int statements, audits;
    apr_size_t reserved;
} world;

/* ---- the database ---- */

static gp_outcome run(gp_store *of, gp_attempt *attempt)
{
    PGresult *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc columns[2] = {{.name = (char *)(uintptr_t)"etag"},
                               {.name = (char *)(uintptr_t)"document"}};
    int i;

    (void)of;
    world.statements++;
    ck_assert(PQsetResultAttrs(rows, 2, columns));
    for (i = 0; i < 2 && world.row[i] != NULL; i++)
        ck_assert(
            PQsetvalue(rows, 0, i, (char *)(uintptr_t)world.row[i], (int)strlen(world.row[i])));
    gp_result_own(attempt->result, rows);
    return world.outcome;
}

static bool wants(void *context, gp_log_level level)
{
    (void)context;
    (void)level;
    return false;
}

/* ---- the receiver ---- */

static bool identify(gp_exchange *of)
{
    of->caller = (gp_caller){.id = world.caller};
    return true;
}

static bool read_body(gp_exchange *of, apr_pool_t *scratch)
{
    (void)scratch;
    of->refusal = world.refusal;
    gp_reader_feed(of->reader, world.body, strlen(world.body));
    return world.refusal == 0;
}

static bool reserve(gp_exchange *of, apr_size_t size)
{
    world.reserved = size;
    return !world.is_full || gp_problem_set(of->problem, GP_UNAVAILABLE, NULL, NULL);
}

static const char *base_url(gp_exchange *of)
{
    (void)of;
    return "https://example.com/beta";
}

static void make_random(gp_exchange *of, void *bytes, apr_size_t length)
{
    (void)of;
    memset(bytes, 0xab, length);
}

static void audit(gp_exchange *of, const char *id, const char *before, const char *after)
{
    (void)of;
    ck_assert(id != NULL && (before != NULL || after != NULL));
    world.audits++;
}

static const gp_receiver receiver = {.identify = identify,
                                     .read_body = read_body,
                                     .reserve = reserve,
                                     .base_url = base_url,
                                     .random = make_random,
                                     .audit = audit};

/* ---- requests ---- */

static void receive(const char *method, const char *path)
{
    memset(&world, 0, sizeof world);
    world.caller = "alice";
    world.body = "{}";
    world.outcome = GP_OUTCOME_DONE;
    world.row[0] = ETAG;
    world.row[1] = DOCUMENT;
    route = gp_route_parse(pool, path);
    gp_problem_open(&problem, pool);
    store = (gp_store){
        .run = run, .pool = pool, .caller = "alice", .cost = &cost, .log = {.wants = wants}};
    memset(&x, 0, sizeof x);
    x.pool = pool;
    apr_pool_create(&x.work, pool);
    x.receiver = &receiver;
    x.method = method;
    x.route = &route;
    x.headers = apr_table_make(pool, 4);
    x.settings = (gp_settings){.max_document = 16384,
                               .page_size = 10,
                               .default_audience = "organization",
                               .keeps_created_by = true};
    x.problem = &problem;
    x.store = &store;
    x.answer.headers = apr_table_make(pool, 4);
}

static void send_header(const char *name, const char *value)
{
    apr_table_setn((apr_table_t *)(uintptr_t)x.headers, name, value);
}

/* The answer must outlive the data from which it was made. */
static void answer(void)
{
    gp_dispatch(&x);
    apr_pool_destroy(x.work);
}

static void is_problem(gp_error error)
{
    ck_assert_int_eq(x.answer.kind, GP_ANSWER_PROBLEM);
    ck_assert_int_eq(problem.error, error);
    ck_assert_int_eq(x.answer.status, gp_error_get(error)->status);
    ck_assert_ptr_eq(x.answer.content_type, NULL);
}

static void is_success(int status)
{
    ck_assert_msg(x.answer.kind == GP_ANSWER_SUCCESS, "%d: %s", x.answer.status,
                  problem.message ? problem.message : "");
    ck_assert_int_eq(x.answer.status, status);
}

static void has_header(const char *name, const char *value)
{
    const char *sent = apr_table_get(x.answer.headers, name);

    ck_assert_msg(sent != NULL && strcmp(sent, value) == 0, "%s: %s", name, sent ? sent : "none");
}

TEST(a_position_is_answered_as_it_is_stored)
{
    receive("GET", POSITION);
    answer();
    is_success(200);
    has_header("ETag", "\"" ETAG "\"");
    ck_assert_str_eq(x.answer.content_type,
                     "application/json;odata.metadata=minimal;odata.streaming=true;"
                     "IEEE754Compatible=false;charset=utf-8");
    ck_assert_str_eq(
        gp_buffer_text(&x.answer.body),
        "{\"@odata.context\":\"https://example.com/beta/$metadata#users('alice')/profile/positions/"
        "$entity\",\"@odata.type\":\"#microsoft.graph.workPosition\",\"@odata.etag\":\"\\\"" ETAG
        "\\\"\",\"id\":\"" ID "\"}");
    ck_assert_uint_ge(world.reserved, x.answer.body.length);
}

TEST(full_metadata_fits_what_was_reserved)
{
    receive("GET", POSITION);
    send_header("Accept", "application/json;odata.metadata=full");
    answer();
    is_success(200);
    ck_assert_ptr_ne(strstr(gp_buffer_text(&x.answer.body),
                            "\"@odata.editLink\":\"users('alice')/profile/positions('" ID "')\","),
                     NULL);
    ck_assert_uint_ge(world.reserved, x.answer.body.length);
}

TEST(the_first_statement_runs_between_the_halves)
{
    const gp_operation_steps *const all[] = {&gp_operation_read, &gp_operation_update,
                                             &gp_operation_delete};
    const char *const methods[] = {"GET", "PATCH", "DELETE"};
    int i;

    for (i = 0; i < 3; i++) {
        receive(methods[i], POSITION);
        send_header("Content-Type", "application/json");
        x.operation = gp_route_operation(route.resource, methods[i]);
        ck_assert(all[i]->begin(&x));
        ck_assert_int_eq(world.statements, 0);
        ck_assert(all[i]->run(&x));
        ck_assert_int_eq(world.statements, 1);
        ck_assert(all[i]->finish(&x));
        ck_assert_int_eq(world.statements, 1); /* {} changes nothing */
    }
}

TEST(a_position_that_the_client_already_has)
{
    receive("GET", POSITION);
    send_header("If-None-Match", "\"" ETAG "-gzip\"");
    answer();
    is_success(304);
    has_header("ETag", "\"" ETAG "-gzip\"");
    ck_assert_str_eq(x.answer.vary, "Accept-Encoding");
    ck_assert_ptr_eq(x.answer.content_type, NULL);
}

TEST(a_position_that_does_not_exist)
{
    receive("GET", POSITION);
    world.row[0] = NULL;
    answer();
    is_problem(GP_NOT_FOUND);
}

TEST(a_created_position_is_audited_and_answered)
{
    receive("POST", "/me/profile/positions");
    send_header("Content-Type", "application/json");
    send_header("Prefer", "return=minimal");
    answer();
    is_success(204);
    ck_assert_int_eq(world.audits, 1);
    has_header("Preference-Applied", "return=minimal");
    has_header("ETag", "\"abababababababababababababababab\"");
    ck_assert_str_eq(apr_table_get(x.answer.headers, "Location"),
                     apr_table_get(x.answer.headers, "OData-EntityId"));
}

TEST(no_write_without_memory_for_its_answer)
{
    const char *const methods[] = {"POST", "PATCH"};
    int i;

    for (i = 0; i < 2; i++) {
        receive(methods[i], i == 0 ? "/me/profile/positions" : POSITION);
        send_header("Content-Type", "application/json");
        world.body = "{\"isCurrent\":true}";
        world.is_full = true;
        answer();
        is_problem(GP_UNAVAILABLE);
        ck_assert_int_eq(world.statements, i); /* PATCH has read the position */
        ck_assert_int_eq(world.audits, 0);
    }
}

TEST(a_body_that_the_receiver_cannot_read)
{
    receive("POST", "/me/profile/positions");
    send_header("Content-Type", "application/json");
    world.refusal = 408;
    answer();
    ck_assert_int_eq(x.answer.kind, GP_ANSWER_REFUSED);
    ck_assert_int_eq(x.answer.status, 408);
    ck_assert_int_eq(world.statements, 0);
}

TEST(a_body_of_another_type)
{
    receive("POST", "/me/profile/positions");
    send_header("Content-Type", "text/plain");
    answer();
    is_problem(GP_UNSUPPORTED_MEDIA_TYPE);
    has_header("Accept-Post", "application/json");
}

TEST(an_anonymous_caller_reads_visible_positions_only)
{
    receive("POST", "/users/alice/profile/positions");
    world.caller = NULL;
    x.settings.allows_anonymous = true;
    answer();
    is_problem(GP_UNAUTHENTICATED);
    has_header("WWW-Authenticate", "Bearer");

    receive("GET", "/users/alice/profile/positions/" ID);
    world.caller = NULL;
    answer();
    is_problem(GP_UNAUTHENTICATED);

    receive("GET", "/users/alice/profile/positions/" ID);
    world.caller = NULL;
    x.settings.allows_anonymous = true;
    answer();
    is_success(200);
}

TEST(a_page_of_another_site_does_not_write)
{
    receive("DELETE", POSITION);
    send_header("Sec-Fetch-Site", "cross-site");
    answer();
    is_problem(GP_FORBIDDEN);
    ck_assert_int_eq(world.statements, 0);

    receive("DELETE", POSITION);
    send_header("Sec-Fetch-Site", "cross-site");
    send_header("Authorization", "Bearer token");
    answer();
    is_success(204);
}

TEST(an_unreachable_database)
{
    receive("GET", POSITION);
    world.outcome = GP_OUTCOME_UNREACHABLE;
    answer();
    is_problem(GP_UNAVAILABLE);
    ck_assert_ptr_ne(apr_table_get(x.answer.headers, "Retry-After"), NULL);
}

TEST(a_request_without_an_operation)
{
    receive("PUT", POSITION);
    answer();
    is_problem(GP_METHOD_NOT_ALLOWED);
    has_header("Allow", gp_route_allow(pool, GP_RESOURCE_POSITION, 0));

    receive("GET", "/me/profile/positions/a/b");
    answer();
    is_problem(GP_NOT_FOUND);

    receive("OPTIONS", "/me/profile/positions");
    answer();
    is_success(204);
    has_header("Allow", gp_route_allow(pool, GP_RESOURCE_POSITIONS, 0));
    has_header("Accept-Post", "application/json");
}

UNIT_MAIN("operations")
