/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-Timing (W3C): the time of the database within the time of an answer, for developers. Pages of
 * other origins cannot see it: the module does not expose it to them, and only the administrator sets
 * Timing-Allow-Origin.
 */
#include "timing.h"
#include "config.h"
#include "request.h"

#include <apr_strings.h>

/* Converts to milliseconds, the unit of the header. */
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
