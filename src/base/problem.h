/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_PROBLEM_H
#define GP_PROBLEM_H

#include "buffer.h"

#include <apr_tables.h>
#include <apr_time.h>
#include <stdbool.h>

/** The ways in which a request can fail. Each has a row in the error table (gp_error_get). */
typedef enum {
    GP_OK = 0,
    GP_BAD_REQUEST,
    GP_TOO_COMPLEX,
    GP_UNAUTHENTICATED,
    GP_FORBIDDEN,
    GP_TOO_MANY_POSITIONS,
    GP_NOT_FOUND,
    GP_METHOD_NOT_ALLOWED,
    GP_NOT_ACCEPTABLE,
    GP_REQUEST_TIMEOUT,
    GP_CONFLICT,
    GP_LENGTH_REQUIRED,
    GP_PRECONDITION_FAILED,
    GP_ISOLATION_UNSUPPORTED,
    GP_TOO_LARGE,
    GP_DOCUMENT_TOO_LARGE,
    GP_URI_TOO_LONG,
    GP_UNSUPPORTED_MEDIA_TYPE,
    GP_INVALID_RANGE,
    GP_EXPECTATION_FAILED,
    GP_FAILED_DEPENDENCY,
    GP_TOO_MANY_REQUESTS,
    GP_HEADERS_TOO_LARGE,
    GP_INTERNAL_ERROR,
    GP_NOT_IMPLEMENTED,
    GP_BAD_GATEWAY,
    GP_UNAVAILABLE,
    GP_GATEWAY_TIMEOUT,
    GP_INSUFFICIENT_STORAGE,
    GP_ERROR_COUNT
} gp_error;

/** A row of the error table: the HTTP status, the code of the error body (stable, because
 * clients compare it), and the message if no more precise one is known. */
typedef struct {
    int status;
    const char *code;
    const char *message;
} gp_error_row;

/** @return the row of an error */
const gp_error_row *gp_error_get(gp_error error);

/** @return the row for an HTTP status of 400 or more, whichever module raised it. A status
 *           without a row of its own gets that of 400 or 500. */
const gp_error_row *gp_error_for_status(int status);

typedef struct {
    const char *code;
    const char *message;
    const char *target;
} gp_detail;

/** The problems of one request. The code that finds them records them here; one place answers
 * them. */
typedef struct {
    apr_pool_t *pool;
    gp_error error;              /* GP_OK: no problem */
    const char *message;         /* NULL: the message of the row */
    const char *target;          /* NULL: none */
    int count;                   /* the number of details found, listed or not */
    apr_array_header_t *details; /* of gp_detail, at most GP_DETAILS_MAX */
    int retry_after;             /* Retry-After in seconds; 0: not sent */
    const char *challenge;       /* WWW-Authenticate; NULL: not sent */
} gp_problem;

/** Start without a problem. Messages and details are allocated from the pool. */
void gp_problem_open(gp_problem *problem, apr_pool_t *pool);

/**
 * Record that the request fails as a whole.
 * @param target  the wrong part as a JSON path or a header name; copied; NULL if no single part is
 *                wrong
 * @param format  the message; NULL: the message of the row. It goes to the client, so it must not
 *                reveal internals of the server.
 * @return false, so that a check can end with `return gp_problem_set(..)`
 */
bool gp_problem_set(gp_problem *problem, gp_error error, const char *target, const char *format,
                    ...) __attribute__((format(printf, 4, 5)));

/**
 * Record one more problem of the body (status 400). The reader continues, to find the others. The
 * first problem also provides the message and target of the answer.
 * @param code  of this detail, such as "UnknownProperty": a constant. The other arguments are
 *              copied. Once GP_DETAILS_MAX details are listed, all three may be NULL.
 */
void gp_problem_add(gp_problem *problem, const char *code, const char *target, const char *message);

/**
 * Write the error body of Microsoft Graph (OData JSON 4.0 section 19):
 * {"error":{"code","message","target"?,"details"?,"innerError":{"date","request-id",...}}}
 * @param row  for the code, and the message if the problem has none
 * @param problem  may be NULL or without an error: then only the row is used
 */
void gp_problem_write(gp_buffer *buffer, const gp_error_row *row, const gp_problem *problem,
                      apr_time_t date, const char *request_id, const char *client_request_id);

#endif
