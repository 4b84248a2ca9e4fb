/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "base/problem.h"
#include "unit.h"

#define DATE APR_INT64_C(1594017252229486)

/* The end of every body. */
#define INNER                                                                                      \
    "\"innerError\":{\"date\":\"2020-07-06T06:34:12\",\"request-id\":\"r\","                       \
    "\"client-request-id\":\"c\"}}}"

static gp_problem problem;

static const char *body_of(const gp_error_row *row, const gp_problem *of)
{
    gp_buffer buffer;

    gp_buffer_open(&buffer, pool, 0);
    gp_problem_write(&buffer, row, of, DATE, "r", "c");
    return gp_buffer_text(&buffer);
}

static const char *body(void)
{
    return body_of(gp_error_get(problem.error), &problem);
}

/* The table in docs/errors.md. */
static const struct {
    gp_error error;
    int status;
    const char *code;
} table[] = {
    {GP_BAD_REQUEST, 400, "BadRequest"},
    {GP_TOO_COMPLEX, 400, "QueryTooComplex"},
    {GP_UNAUTHENTICATED, 401, "InvalidAuthenticationToken"},
    {GP_FORBIDDEN, 403, "AccessDenied"},
    {GP_TOO_MANY_POSITIONS, 403, "TooManyPositions"},
    {GP_NOT_FOUND, 404, "ResourceNotFound"},
    {GP_METHOD_NOT_ALLOWED, 405, "MethodNotAllowed"},
    {GP_NOT_ACCEPTABLE, 406, "NotAcceptable"},
    {GP_REQUEST_TIMEOUT, 408, "RequestTimeout"},
    {GP_CONFLICT, 409, "NameAlreadyExists"},
    {GP_LENGTH_REQUIRED, 411, "LengthRequired"},
    {GP_PRECONDITION_FAILED, 412, "ResourceModified"},
    {GP_ISOLATION_UNSUPPORTED, 412, "IsolationNotSupported"},
    {GP_TOO_LARGE, 413, "RequestEntityTooLarge"},
    {GP_DOCUMENT_TOO_LARGE, 413, "PositionTooLarge"},
    {GP_URI_TOO_LONG, 414, "RequestUriTooLong"},
    {GP_UNSUPPORTED_MEDIA_TYPE, 415, "UnsupportedMediaType"},
    {GP_INVALID_RANGE, 416, "InvalidRange"},
    {GP_EXPECTATION_FAILED, 417, "ExpectationFailed"},
    {GP_FAILED_DEPENDENCY, 424, "FailedDependency"},
    {GP_TOO_MANY_REQUESTS, 429, "TooManyRequests"},
    {GP_HEADERS_TOO_LARGE, 431, "RequestHeaderFieldsTooLarge"},
    {GP_INTERNAL_ERROR, 500, "InternalServerError"},
    {GP_NOT_IMPLEMENTED, 501, "NotImplemented"},
    {GP_BAD_GATEWAY, 502, "BadGateway"},
    {GP_UNAVAILABLE, 503, "ServiceNotAvailable"},
    {GP_GATEWAY_TIMEOUT, 504, "GatewayTimeout"},
    {GP_INSUFFICIENT_STORAGE, 507, "InsufficientStorage"},
};

TEST(every_error_has_its_status_code_and_message)
{
    apr_size_t i;

    ck_assert_int_eq(COUNT(table), GP_ERROR_COUNT - 1);
    for (i = 0; i < COUNT(table); i++) {
        const gp_error_row *row = gp_error_get(table[i].error);

        ck_assert_int_eq(row->status, table[i].status);
        ck_assert_str_eq(row->code, table[i].code);
        ck_assert_int_gt((int)strlen(row->message), 10);
        ck_assert_int_eq(row->message[strlen(row->message) - 1], '.');
        /* Of two errors with one status, the first is used for errors of other modules. */
        if (i == 0 || table[i - 1].status != table[i].status)
            ck_assert_ptr_eq(gp_error_for_status(table[i].status), row);
    }
}

TEST(other_statuses_have_the_row_of_their_class)
{
    static const int client[] = {402, 407, 410, 418, 421, 422, 423, 426, 428, 451, 499};
    static const int server[] = {505, 506, 508, 510, 511, 599, 600};
    apr_size_t i;

    for (i = 0; i < COUNT(client); i++)
        ck_assert_int_eq(gp_error_for_status(client[i])->status, 400);
    for (i = 0; i < COUNT(server); i++)
        ck_assert_int_eq(gp_error_for_status(server[i])->status, 500);
}

TEST(a_new_problem_has_no_error)
{
    memset(&problem, 'x', sizeof problem);
    gp_problem_open(&problem, pool);
    ck_assert_int_eq(problem.error, GP_OK);
    ck_assert_ptr_eq(problem.pool, pool);
    ck_assert_ptr_null(problem.message);
    ck_assert_ptr_null(problem.target);
    ck_assert_ptr_null(problem.details);
    ck_assert_ptr_null(problem.challenge);
    ck_assert_int_eq(problem.count, 0);
    ck_assert_int_eq(problem.retry_after, 0);
}

TEST(a_row_needs_no_problem)
{
    static const char expected[] = "{\"error\":{\"code\":\"ResourceNotFound\","
                                   "\"message\":\"The requested resource does not exist.\"," INNER;
    const gp_error_row *row = gp_error_get(GP_NOT_FOUND);

    gp_problem_open(&problem, pool);
    ck_assert_str_eq(body_of(row, NULL), expected);
    ck_assert_str_eq(body_of(row, &problem), expected);
    ck_assert_int_eq(gp_problem_set(&problem, GP_NOT_FOUND, NULL, NULL), 0);
    ck_assert_str_eq(body(), expected);
}

TEST(a_problem_has_its_own_message_and_target)
{
    char target[] = "Content-Type";

    gp_problem_open(&problem, pool);
    ck_assert_int_eq(
        gp_problem_set(&problem, GP_UNSUPPORTED_MEDIA_TYPE, target, "%d of %s.", 3, "four"), 0);
    target[0] = 'x';
    ck_assert_int_eq(problem.error, GP_UNSUPPORTED_MEDIA_TYPE);
    ck_assert_str_eq(body(), "{\"error\":{\"code\":\"UnsupportedMediaType\","
                             "\"message\":\"3 of four.\",\"target\":\"Content-Type\"," INNER);
    gp_problem_set(&problem, GP_UNSUPPORTED_MEDIA_TYPE, NULL, "No %s", "target");
    ck_assert_str_eq(body(), "{\"error\":{\"code\":\"UnsupportedMediaType\","
                             "\"message\":\"No target\"," INNER);
    gp_problem_set(&problem, GP_UNSUPPORTED_MEDIA_TYPE, "Content-Type", NULL);
    ck_assert_str_eq(body(), "{\"error\":{\"code\":\"UnsupportedMediaType\",\"message\":\"The "
                             "request body must be JSON: set Content-Type to application/json.\","
                             "\"target\":\"Content-Type\"," INNER);
}

TEST(the_code_is_that_of_the_row_given)
{
    gp_problem_open(&problem, pool);
    gp_problem_set(&problem, GP_FORBIDDEN, NULL, "No.");
    ck_assert_str_eq(body_of(gp_error_get(GP_NOT_FOUND), &problem),
                     "{\"error\":{\"code\":\"ResourceNotFound\",\"message\":\"No.\"," INNER);
}

TEST(one_detail_is_the_message)
{
    gp_problem_open(&problem, pool);
    gp_problem_add(&problem, "TypeMismatch", "$.isCurrent", "Expected that.");
    ck_assert_int_eq(problem.error, GP_BAD_REQUEST);
    ck_assert_int_eq(problem.count, 1);
    ck_assert_str_eq(body(), "{\"error\":{\"code\":\"BadRequest\",\"message\":\"Expected that.\","
                             "\"target\":\"$.isCurrent\",\"details\":[{\"code\":\"TypeMismatch\","
                             "\"message\":\"Expected that.\",\"target\":\"$.isCurrent\"}]," INNER);
}

TEST(several_details_are_counted_in_the_message)
{
    gp_problem_open(&problem, pool);
    gp_problem_add(&problem, "A", "$.a", "First.");
    gp_problem_add(&problem, "B", "$.b", "Second.");
    ck_assert_str_eq(body(),
                     "{\"error\":{\"code\":\"BadRequest\","
                     "\"message\":\"First. (1 more problem in details.)\",\"target\":\"$.a\","
                     "\"details\":[{\"code\":\"A\",\"message\":\"First.\",\"target\":\"$.a\"},"
                     "{\"code\":\"B\",\"message\":\"Second.\",\"target\":\"$.b\"}]," INNER);
    gp_problem_add(&problem, "C", "$.c", "Third.");
    ck_assert_str_eq(body(),
                     "{\"error\":{\"code\":\"BadRequest\","
                     "\"message\":\"First. (2 more problems in details.)\",\"target\":\"$.a\","
                     "\"details\":[{\"code\":\"A\",\"message\":\"First.\",\"target\":\"$.a\"},"
                     "{\"code\":\"B\",\"message\":\"Second.\",\"target\":\"$.b\"},"
                     "{\"code\":\"C\",\"message\":\"Third.\",\"target\":\"$.c\"}]," INNER);
}

TEST(a_detail_may_have_no_target)
{
    gp_problem_open(&problem, pool);
    gp_problem_add(&problem, "A", NULL, "First.");
    ck_assert_str_eq(body(), "{\"error\":{\"code\":\"BadRequest\",\"message\":\"First.\","
                             "\"details\":[{\"code\":\"A\",\"message\":\"First.\"}]," INNER);
}

/* Counts the occurrences of a part in a text. */
static int count(const char *text, const char *part)
{
    int found = 0;

    while ((text = strstr(text, part)) != NULL) {
        found++;
        text += strlen(part);
    }
    return found;
}

TEST(details_are_listed_up_to_a_limit)
{
    static const struct {
        int met, listed;
        const char *message;
    } rows[] = {
        {255, 255, "\"message\":\"One. (254 more problems in details.)\""},
        {256, 256, "\"message\":\"One. (255 more problems in details.)\""},
        {257, 256, "\"message\":\"One. (256 more problems, the first of them in details.)\""},
        {9999, 256, "\"message\":\"One. (9998 more problems, the first of them in details.)\""},
    };
    apr_size_t row;
    int i;

    ck_assert_int_eq(GP_DETAILS_MAX, 256);
    for (row = 0; row < COUNT(rows); row++) {
        gp_problem_open(&problem, pool);
        for (i = 0; i < rows[row].met; i++)
            gp_problem_add(&problem, "Code", "$", i == 0 ? "One." : "Another.");
        ck_assert_int_eq(problem.count, rows[row].met);
        ck_assert_int_eq(problem.details->nelts, rows[row].listed);
        ck_assert_int_eq(count(body(), "\"code\":\"Code\""), rows[row].listed);
        ck_assert_ptr_nonnull(strstr(body(), rows[row].message));
    }
}

TEST(everything_is_escaped)
{
    gp_buffer buffer;

    gp_problem_open(&problem, pool);
    gp_problem_add(&problem, "A", "$['\"\\\n']", "Say \"x\".\x01");
    gp_buffer_open(&buffer, pool, 0);
    gp_problem_write(&buffer, gp_error_get(GP_BAD_REQUEST), &problem, DATE, "r\"", "c\\");
    ck_assert_str_eq(gp_buffer_text(&buffer),
                     "{\"error\":{\"code\":\"BadRequest\",\"message\":\"Say \\\"x\\\".\\u0001\","
                     "\"target\":\"$['\\\"\\\\\\n']\",\"details\":[{\"code\":\"A\","
                     "\"message\":\"Say \\\"x\\\".\\u0001\",\"target\":\"$['\\\"\\\\\\n']\"}],"
                     "\"innerError\":{\"date\":\"2020-07-06T06:34:12\",\"request-id\":\"r\\\"\","
                     "\"client-request-id\":\"c\\\\\"}}}");
}

TEST(a_message_is_not_a_format)
{
    gp_problem_open(&problem, pool);
    gp_problem_add(&problem, "A", "$['%s%n']", "100%s %n%d");
    gp_problem_add(&problem, "B", "$", "%s");
    ck_assert_ptr_nonnull(strstr(body(), "\"100%s %n%d (1 more problem in details.)\""));
    ck_assert_ptr_nonnull(strstr(body(), "\"$['%s%n']\""));
}

TEST(missing_ids_are_left_out)
{
    gp_buffer buffer;

    gp_buffer_open(&buffer, pool, 0);
    gp_problem_write(&buffer, gp_error_get(GP_CONFLICT), NULL, 0, "r", NULL);
    ck_assert_str_eq(gp_buffer_text(&buffer),
                     "{\"error\":{\"code\":\"NameAlreadyExists\","
                     "\"message\":\"A resource with this id already exists.\","
                     "\"innerError\":{\"date\":\"1970-01-01T00:00:00\",\"request-id\":\"r\"}}}");
}

TEST(details_after_a_whole_failure_replace_it)
{
    gp_problem_open(&problem, pool);
    gp_problem_set(&problem, GP_NOT_FOUND, "x", "Gone.");
    gp_problem_add(&problem, "A", "$.a", "First.");
    ck_assert_int_eq(problem.error, GP_BAD_REQUEST);
    ck_assert_str_eq(problem.message, "First.");
    ck_assert_str_eq(problem.target, "$.a");
}

/* If a body grows too large after a problem was found in it, the answer is 413. */
TEST(a_whole_failure_drops_the_details)
{
    gp_problem_open(&problem, pool);
    gp_problem_add(&problem, "A", "$.a", "First.");
    gp_problem_add(&problem, "B", "$.b", "Second.");
    gp_problem_set(&problem, GP_TOO_LARGE, NULL, "Larger than %d bytes.", 5);
    ck_assert_int_eq(problem.error, GP_TOO_LARGE);
    ck_assert_str_eq(body(), "{\"error\":{\"code\":\"RequestEntityTooLarge\","
                             "\"message\":\"Larger than 5 bytes.\"," INNER);
}

UNIT_MAIN("problem")
