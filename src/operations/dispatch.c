/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls the operation that a request names by its path and its method. Each operation is one file of this
 * folder. It reads straight down; a step that fails has set the problem and ends it.
 */
#include "dispatch.h"
#include "exchange.h"
#include "operations.h"

#include <string.h>

int gp_handler(request_rec *r)
{
    gp_request *request;
    gp_resource resource;

    if (r->handler == NULL || strcmp(r->handler, GP_HANDLER) != 0)
        return DECLINED;
    request = gp_request_get(r);
    resource = request->route.resource;
    if (resource == GP_RESOURCE_NONE)
        return DECLINED;
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "%s under %s, request-id %s", r->method,
                  gp_config_get(r)->root, request->request_id);

    if (resource == GP_RESOURCE_UNKNOWN) {
        gp_problem_set(&request->problem, GP_NOT_FOUND, NULL, request->route.reason ? "%s" : NULL,
                       request->route.reason);
        return gp_exchange_fail(r, NULL);
    }
    switch (gp_route_operation(resource, r->method)) {
    case GP_OPERATION_SERVICE:
        return gp_operation_service(r);
    case GP_OPERATION_METADATA:
        return gp_operation_metadata(r);
    case GP_OPERATION_LIST:
        return gp_operation_list(r);
    case GP_OPERATION_COUNT:
        return gp_operation_count(r);
    case GP_OPERATION_CREATE:
        return gp_operation_create(r);
    case GP_OPERATION_READ:
        return gp_operation_read(r);
    case GP_OPERATION_UPDATE:
        return gp_operation_update(r);
    case GP_OPERATION_DELETE:
        return gp_operation_delete(r);
    case GP_OPERATION_OPTIONS:
        return gp_reply_options(r, resource);
    case GP_OPERATION_NONE:
        break;
    }
    gp_problem_set(&request->problem, GP_METHOD_NOT_ALLOWED, NULL, NULL);
    return gp_exchange_fail(r, NULL);
}
