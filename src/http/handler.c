/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receives the requests of the module: makes an exchange of httpd's request (receiver.c), calls its operation
 * (src/operations/dispatch.c), and sends the answer.
 */
#include "handler.h"
#include "answer.h"
#include "config.h"
#include "operations/dispatch.h"
#include "origin.h"
#include "receiver.h"
#include "request.h"

#include <string.h>

int gp_handler(request_rec *r)
{
    gp_exchange x;

    if (!gp_request_is_answered_here(r))
        return DECLINED;
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "%s under %s, request-id %s", r->method,
                  gp_config_get(r)->root, gp_request_get(r)->request_id);
    gp_receiver_open(&x, r->pool, NULL);
    gp_receiver_take(&x, r);
    gp_dispatch(&x);
    if (x.operation == GP_OPERATION_OPTIONS)
        gp_origin_preflight(r, x.route->resource, x.answer.headers);
    apr_pool_destroy(x.work); /* free it now: a client may read the answer slowly */
    return gp_answer_send(r, &x.answer);
}
