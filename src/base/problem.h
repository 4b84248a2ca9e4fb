/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_PROBLEM_H
#define GP_PROBLEM_H

#include "buffer.h"

#include <apr_tables.h>
#include <apr_time.h>
#include <stdbool.h>

/** What a request can fail with, one row of the error table each (gp_error_get). */
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

/** A row of the error table: the HTTP status, the code of the error body (stable: clients compare
 *  it) and the message where nothing more precise is known. */
typedef struct {
    int status;
    const char *code;
    const char *message;
} gp_error_row;

/** @return the row of an error */
const gp_error_row *gp_error_get(gp_error error);

/** @return the row for an HTTP status of 400 or more, whoever raised it; for a status without a row
 *  of its own, that of 400 or 500 */
const gp_error_row *gp_error_for_status(int status);

typedef struct {
    const char *code;
    const char *message;
    const char *target;
} gp_detail;

/** What is wrong with one request. Made where it is found, answered in one place. */
typedef struct {
    apr_pool_t *pool;
    gp_error error;              /* GP_OK: nothing is wrong */
    const char *message;         /* NULL: the row's */
    const char *target;          /* NULL: none */
    int count;                   /* details met, listed or not */
    apr_array_header_t *details; /* of gp_detail, GP_DETAILS_MAX at most */
    int retry_after;             /* Retry-After, seconds; 0: not said */
    const char *challenge;       /* WWW-Authenticate; NULL: not said */
} gp_problem;

/** Nothing is wrong yet. Messages and details are made in the pool. */
void gp_problem_open(gp_problem *problem, apr_pool_t *pool);

/**
 * The request fails as a whole.
 * @param target  what is wrong, as a JSON path or a header's name; copied; NULL: no one part of it
 * @param format  the message; NULL: the row's. It goes to the client, so it names nothing of the
 *                server's inside.
 * @return false, so that a check can end with `return gp_problem_set(..)`
 */
bool gp_problem_set(gp_problem *problem, gp_error error, const char *target, const char *format,
                    ...) __attribute__((format(printf, 4, 5)));

/**
 * One more thing is wrong with the body: 400, and the reading goes on to find the rest. The first
 * one also gives the answer its message and target.
 * @param code  of this detail, such as "UnknownProperty": a constant. The rest is copied. Once
 *              GP_DETAILS_MAX are listed, all three may be NULL.
 */
void gp_problem_add(gp_problem *problem, const char *code, const char *target, const char *message);

/**
 * Write the error body of Microsoft Graph (OData JSON 4.0 section 19):
 * {"error":{"code","message","target"?,"details"?,"innerError":{"date","request-id",...}}}
 * @param row      for the code, and the message where the problem has none
 * @param problem  may be NULL, or without an error: then the row alone speaks
 */
void gp_problem_write(gp_buffer *buffer, const gp_error_row *row, const gp_problem *problem,
                      apr_time_t date, const char *request_id, const char *client_request_id);

#endif
