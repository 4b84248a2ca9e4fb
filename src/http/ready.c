/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The readiness of a host, for load balancers: true if a GET of positions would succeed now. The
 * handler reads the positions of a nonexistent user, in the same way and with the same limits as a
 * request. It answers only yes or no, because anyone whom the administrator admits may ask.
 */
#include "ready.h"
#include "config.h"
#include "dbd.h"
#include "headers.h"
#include "store/store.h"

#include <apr_strings.h>
#include <http_protocol.h>

#define HANDLER "graphprofile-ready"

static bool is_ready(request_rec *r, gp_problem *problem)
{
    static const gp_page one = {.limit = 1};
    static const gp_viewer nobody = {0, 0, NULL};
    gp_result rows;

    gp_problem_open(problem, r->pool);
    return gp_store_list(gp_dbd_store(r), r->pool, "", &nobody, &one, &rows, problem);
}

int gp_ready_handler(request_rec *r)
{
    gp_problem problem;
    int status = gp_headers_open_page(r, HANDLER);

    if (status != OK)
        return status;
    if (!gp_config_has_roots(gp_config_get_server(r->server))) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      HANDLER ": this host has no location with GraphProfile On");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    ap_set_content_type(r, "text/plain");
    if (is_ready(r, &problem)) {
        ap_rputs("ok\n", r);
        return OK;
    }
    r->status = HTTP_SERVICE_UNAVAILABLE;
    apr_table_setn(r->headers_out, "Retry-After",
                   apr_itoa(r->pool, problem.retry_after > 0 ? problem.retry_after : 1));
    ap_rputs("unavailable\n", r);
    return OK;
}
