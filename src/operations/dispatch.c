/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls the operation for the path and the method of a request. Each operation has its own file in this
 * folder, except the small ones that describe the service (service.c).
 */
#include "dispatch.h"
#include "answer.h"
#include "operations.h"

static const gp_operation_steps *const operations[GP_OPERATIONS] = {
    [GP_OPERATION_SERVICE] = &gp_operation_service,
    [GP_OPERATION_METADATA] = &gp_operation_metadata,
    [GP_OPERATION_OPENAPI] = &gp_operation_openapi,
    [GP_OPERATION_BATCH] = &gp_operation_batch,
    [GP_OPERATION_LIST] = &gp_operation_list,
    [GP_OPERATION_COUNT] = &gp_operation_count,
    [GP_OPERATION_CREATE] = &gp_operation_create,
    [GP_OPERATION_READ] = &gp_operation_read,
    [GP_OPERATION_UPDATE] = &gp_operation_update,
    [GP_OPERATION_DELETE] = &gp_operation_delete,
    [GP_OPERATION_PROFILE] = &gp_operation_profile,
    [GP_OPERATION_ERASE] = &gp_operation_erase,
    [GP_OPERATION_OPTIONS] = &gp_operation_options,
};

/* Finds the operation. Returns NULL if there is none; then the problem is set. */
static const gp_operation_steps *find(gp_exchange *x)
{
    const char *reason = x->route->reason;

    if (x->route->resource == GP_RESOURCE_UNKNOWN) {
        gp_problem_set(x->problem, GP_NOT_FOUND, NULL, reason ? "%s" : NULL, reason);
        return NULL;
    }
    x->operation = gp_route_operation(x->route->resource, x->method);
    if (operations[x->operation] != NULL
        && !(x->settings.disabled & gp_operation_bit(x->operation)))
        return operations[x->operation];
    gp_problem_set(x->problem, GP_METHOD_NOT_ALLOWED, NULL, NULL);
    return NULL;
}

/* Ends a request whose step failed. */
static bool judge(gp_exchange *x, bool succeeded)
{
    if (!succeeded)
        gp_answer_fail(x);
    return succeeded;
}

bool gp_dispatch_begin(gp_exchange *x)
{
    x->steps = find(x);
    return judge(x, x->steps != NULL && x->steps->begin(x));
}

bool gp_dispatch_begins_early(const gp_exchange *x)
{
    const gp_operation_steps *steps = operations[gp_route_operation(x->route->resource, x->method)];

    return steps == NULL || steps->submit != NULL || steps->run == NULL;
}

void gp_dispatch_submit(gp_exchange *x)
{
    if (x->steps->submit != NULL)
        x->steps->submit(x);
}

bool gp_dispatch_run(gp_exchange *x)
{
    x->store->ahead = x->ahead;
    return judge(x, x->steps->run == NULL || x->steps->run(x));
}

bool gp_dispatch_finish(gp_exchange *x)
{
    return judge(x, x->steps->finish(x));
}

void gp_dispatch(gp_exchange *x)
{
    if (gp_dispatch_begin(x) && gp_dispatch_run(x))
        gp_dispatch_finish(x);
}
