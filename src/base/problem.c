/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failure as a value: the table of errors, the list of problems of one request, and the error body.
 * This file does not know where a problem was found or how it is sent.
 */
#include "problem.h"
#include "limits.h"
#include "datetime.h"

#include <apr_strings.h>

/* In the order of gp_error. The codes are Graph's if Graph has one, otherwise the name of the HTTP
 * status. docs/errors.md explains each. */
static const gp_error_row rows[GP_ERROR_COUNT] = {
    {200, "OK", "OK"},
    {400, "BadRequest", "The request is malformed."},
    {400, "QueryTooComplex",
     "The query is too expensive. Request fewer positions or simplify the query options."},
    {401, "InvalidAuthenticationToken",
     "Access token is missing, expired or not valid for this service."},
    {403, "AccessDenied", "Insufficient privileges to complete the operation."},
    {403, "TooManyPositions",
     "The user has reached the maximum number of positions. Delete one before adding another."},
    {404, "ResourceNotFound", "The requested resource does not exist."},
    {405, "MethodNotAllowed", "The HTTP method is not allowed for the request target."},
    {406, "NotAcceptable",
     "The service cannot answer in any of the media types in the Accept header."},
    {408, "RequestTimeout", "The request did not arrive in time."},
    {409, "NameAlreadyExists", "A resource with this id already exists."},
    {411, "LengthRequired", "The request needs a Content-Length."},
    {412, "ResourceModified", "The resource has changed since it was read: its ETag differs."},
    {412, "IsolationNotSupported",
     "Snapshot isolation is not supported. Send the request without the header."},
    {413, "RequestEntityTooLarge", "The request body is too large."},
    {413, "PositionTooLarge", "The position would exceed the size that this service stores."},
    {414, "RequestUriTooLong", "The request URL is too long."},
    {415, "UnsupportedMediaType",
     "The request body must be JSON: set Content-Type to application/json."},
    {416, "InvalidRange", "The requested Range contains no part of the answer."},
    {417, "ExpectationFailed", "The Expect header cannot be met."},
    {424, "FailedDependency", "A request that this one depends on has failed."},
    {429, "TooManyRequests", "Too many requests. Please retry again later."},
    {431, "RequestHeaderFieldsTooLarge", "The request headers are too large."},
    {500, "InternalServerError", "The server failed to process the request."},
    {501, "NotImplemented", "The requested functionality is not implemented."},
    {502, "BadGateway", "The upstream server returned no valid answer."},
    {503, "ServiceNotAvailable", "The service is unavailable. Please retry later."},
    {504, "GatewayTimeout", "The request took too long. It may have been executed."},
    {507, "InsufficientStorage", "The storage behind the service is full."},
};

const gp_error_row *gp_error_get(gp_error error)
{
    return &rows[error];
}

const gp_error_row *gp_error_for_status(int status)
{
    int i;

    for (i = GP_BAD_REQUEST; i < GP_ERROR_COUNT; i++) {
        if (rows[i].status == status)
            return &rows[i];
    }
    return &rows[status < 500 ? GP_BAD_REQUEST : GP_INTERNAL_ERROR];
}

void gp_problem_open(gp_problem *problem, apr_pool_t *pool)
{
    static const gp_problem nothing;

    *problem = nothing;
    problem->pool = pool;
}

bool gp_problem_set(gp_problem *problem, gp_error error, const char *target, const char *format,
                    ...)
{
    problem->error = error;
    problem->target = target ? apr_pstrdup(problem->pool, target) : NULL;
    problem->message = NULL;
    problem->details = NULL;
    problem->count = 0;
    if (format != NULL) {
        va_list arguments;

        va_start(arguments, format);
        problem->message = apr_pvsprintf(problem->pool, format, arguments);
        va_end(arguments);
    }
    return false;
}

void gp_problem_add(gp_problem *problem, const char *code, const char *target, const char *message)
{
    gp_detail *detail;

    if (problem->count < GP_DETAILS_MAX) {
        target = apr_pstrdup(problem->pool, target);
        message = apr_pstrdup(problem->pool, message);
    }
    if (problem->details == NULL) {
        problem->error = GP_BAD_REQUEST;
        problem->message = message;
        problem->target = target;
        problem->details = apr_array_make(problem->pool, 4, sizeof(gp_detail));
    }
    if (problem->count++ >= GP_DETAILS_MAX)
        return;
    detail = apr_array_push(problem->details);
    detail->code = code;
    detail->message = message;
    detail->target = target;
}

static void write_member(gp_buffer *buffer, const char *name, const char *value, bool *first)
{
    if (value == NULL)
        return;
    gp_buffer_puts(buffer, *first ? "" : ",");
    *first = false;
    gp_buffer_puts_json(buffer, name);
    gp_buffer_puts(buffer, ":");
    gp_buffer_puts_json(buffer, value);
}

static void write_details(gp_buffer *buffer, const apr_array_header_t *details)
{
    int i;

    gp_buffer_puts(buffer, ",\"details\":[");
    for (i = 0; i < details->nelts; i++) {
        const gp_detail *detail = &((const gp_detail *)details->elts)[i];
        bool first = true;

        gp_buffer_puts(buffer, i > 0 ? ",{" : "{");
        write_member(buffer, "code", detail->code, &first);
        write_member(buffer, "message", detail->message, &first);
        write_member(buffer, "target", detail->target, &first);
        gp_buffer_puts(buffer, "}");
    }
    gp_buffer_puts(buffer, "]");
}

/* Returns the message of the answer: the first problem, and the number of further ones in
 * details. */
static const char *summary(gp_buffer *buffer, const gp_problem *problem)
{
    int more = problem->count - 1;

    if (more < 1)
        return problem->message;
    return apr_psprintf(buffer->pool, "%s (%d more problem%s in details.)", problem->message, more,
                        problem->count > GP_DETAILS_MAX ? "s, the first of them"
                        : more > 1                      ? "s"
                                                        : "");
}

void gp_problem_write(gp_buffer *buffer, const gp_error_row *row, const gp_problem *problem,
                      apr_time_t date, const char *request_id, const char *client_request_id)
{
    bool known = problem != NULL && problem->error != GP_OK, first = true;
    char now[GP_DATETIME_SIZE];

    gp_buffer_puts(buffer, "{\"error\":{");
    write_member(buffer, "code", row->code, &first);
    write_member(buffer, "message",
                 known && problem->message != NULL ? summary(buffer, problem) : row->message,
                 &first);
    if (known) {
        write_member(buffer, "target", problem->target, &first);
        if (problem->details != NULL)
            write_details(buffer, problem->details);
    }

    gp_datetime_format(now, date);
    now[sizeof "2017-01-01T00:00:00" - 1] = '\0';
    gp_buffer_puts(buffer, ",\"innerError\":{");
    first = true;
    write_member(buffer, "date", now, &first);
    write_member(buffer, "request-id", request_id, &first);
    write_member(buffer, "client-request-id", client_request_id, &first);
    gp_buffer_puts(buffer, "}}}");
}
