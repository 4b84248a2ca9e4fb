/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TOTALS_H
#define GP_TOTALS_H

#include "graphprofile.h"
#include "odata/route.h"
#include "store/counters.h"

#include <ap_mpm.h>

/** Classes of HTTP status that are counted: 2xx is 0, 5xx is 3. */
#define GP_STATUS_CLASSES 4

/** Requests are counted by duration, in rows: up to each of these bounds, and longer ones. */
#define GP_DURATION_BOUNDS 13

/** @return the bound of a row, microseconds */
apr_interval_time_t gp_totals_bound(int row);

/** What all children have counted, of all hosts. Counters go back to the start of the server. */
typedef struct {
    int children;                      /* processes that serve requests */
    apr_int64_t database[GP_COUNTERS]; /* of the store; gauges are of the present children */
    apr_int64_t requests[GP_OPERATIONS][GP_STATUS_CLASSES];
    apr_int64_t durations[GP_OPERATIONS][GP_DURATION_BOUNDS + 1]; /* requests by duration */
    apr_int64_t duration_sums[GP_OPERATIONS];                     /* microseconds */
    apr_int64_t batch_sizes[GP_COUNTER_SIZES + 1];                /* batches by size */
} gp_totals;

/** Add up what the children have counted. */
void gp_totals_get(gp_totals *totals);

/** post_config: the memory that children count in; kept over restarts. */
int gp_totals_create(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server);

/** child_init: take a part of it for this child. */
void gp_totals_init(apr_pool_t *child, server_rec *server);

/** child_status: a child has ended, however it did. */
void gp_totals_child(server_rec *server, pid_t pid, ap_generation_t generation, int slot,
                     mpm_child_status state);

/** log_transaction: count a request that was ours, and leave notes for the access log. */
int gp_totals_log(request_rec *r);

#endif
