/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole way of a request, from URL to answer: the only file that knows it. Each operation reads
 * straight down; a step that fails has set the problem and ends it. Returning the problem's status
 * has httpd ask errors.c for the body, as for any other error.
 */
#include "handler.h"
#include "body.h"
#include "caller.h"
#include "header.h"
#include "reply.h"
#include "request.h"
#include "store.h"

#include <string.h>

/* Ends a request that failed; the one place where that is logged. */
static int fail(request_rec *r)
{
    const gp_request *request = gp_request_get(r);
    const gp_error_row *row = gp_error_get(request->problem.error);

    ap_log_rerror(APLOG_MARK, row->status == HTTP_INTERNAL_SERVER_ERROR ? APLOG_ERR : APLOG_INFO, 0,
                  r, "%d %s, %d details, request-id %s", row->status, row->code,
                  request->problem.count, request->request_id);
    return row->status;
}

static int check_media_type(const request_rec *r, gp_problem *problem)
{
    switch (gp_header_content_type(apr_table_get(r->headers_in, "Content-Type"))) {
    case GP_MEDIA_JSON:
        return 1;
    case GP_MEDIA_OTHER_CHARSET:
        return gp_problem_set(problem, GP_UNSUPPORTED_MEDIA_TYPE, "Content-Type",
                              "The request body must be JSON in UTF-8.");
    default:
        return gp_problem_set(problem, GP_UNSUPPORTED_MEDIA_TYPE, "Content-Type", NULL);
    }
}

/* POST .../positions and POST .../positions/$ref: body -> tree -> document -> row -> 201. */
static int create(request_rec *r, gp_request *request)
{
    const gp_config *config = gp_config_get(r);
    gp_validation validation = gp_config_validation(config);
    gp_problem *problem = &request->problem;
    gp_prefer prefer = gp_header_prefer(apr_table_get(r->headers_in, "Prefer"));
    gp_position_entropy entropy;
    gp_position position;
    gp_caller caller;
    gp_actor actor;
    gp_reader *reader;
    gp_value *value;
    const char *owner;
    int answer;

    if (!gp_caller_identify(r, &caller, problem)
        || !gp_caller_permit(r, &caller, GP_ACCESS_WRITE, &request->route, &owner, problem)
        || !check_media_type(r, problem))
        return fail(r);

    reader = gp_reader_open(r->pool, &gp_work_position, GP_READING_NEW, validation, problem);
    answer = gp_body_read(r, gp_config_max_body(config), reader, problem);
    if (answer != OK)
        return problem->error != GP_OK ? fail(r) : answer;
    value = gp_reader_finish(reader);
    if (value == NULL)
        return fail(r);
    if (request->route.resource == GP_RESOURCE_REF && gp_reader_is_reference(reader)) {
        gp_problem_set(problem, GP_BAD_REQUEST, "$['@odata.id']",
                       "Positions are contained in their user, so an existing one cannot be added "
                       "by reference. Send the workPosition itself.");
        return fail(r);
    }

    actor = gp_caller_actor(&caller);
    gp_request_random(r, &entropy, sizeof entropy);
    if (!gp_position_create(r->pool, value, &actor, apr_time_now(), &entropy,
                            gp_config_audience(config), validation, &position, problem)
        || !gp_store_create(r, owner, caller.id, &position, problem))
        return fail(r);
    return gp_reply_created(r, owner, &position, &prefer);
}

int gp_handler(request_rec *r)
{
    gp_request *request;
    gp_operation operation;

    if (r->handler == NULL || strcmp(r->handler, GP_HANDLER) != 0)
        return DECLINED;
    request = gp_request_get(r);
    if (request->route.resource == GP_RESOURCE_NONE)
        return DECLINED;
    operation = gp_route_operation(request->route.resource, r->method);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "%s under %s, request-id %s", r->method,
                  gp_config_get(r)->root, request->request_id);

    if (request->route.resource == GP_RESOURCE_UNKNOWN) {
        gp_problem_set(&request->problem, GP_NOT_FOUND, NULL, NULL);
        return fail(r);
    }
    switch (operation) {
    case GP_OPERATION_CREATE:
        return create(r, request);
    case GP_OPERATION_OPTIONS:
        return gp_reply_options(r, request->route.resource);
    case GP_OPERATION_NONE:
        break;
    }
    gp_problem_set(&request->problem, GP_METHOD_NOT_ALLOWED, NULL, NULL);
    return fail(r);
}
