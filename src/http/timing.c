/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-Timing (W3C): the database's share of an answer's time, for developers. Pages of other origins do
 * not see it: it is not among the headers exposed to them, and Timing-Allow-Origin is the administrator's.
 */
#include "timing.h"
#include "config.h"
#include "request.h"

#include <apr_strings.h>

/* Milliseconds, as the header has them. */
static double milliseconds(apr_interval_time_t time)
{
    return (double)time / 1000;
}

void gp_timing_announce(request_rec *r, apr_table_t *headers)
{
    const gp_request *request = gp_request_get(r);

    if (gp_config_get(r)->server_timing != 1 || !request->is_caller_known)
        return;
    apr_table_setn(headers, "Server-Timing",
                   apr_psprintf(r->pool, "db;dur=%.3f, db-wait;dur=%.3f, total;dur=%.3f",
                                milliseconds(request->cost.time), milliseconds(request->cost.wait),
                                milliseconds(apr_time_now() - r->request_time)));
}
