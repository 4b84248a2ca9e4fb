/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TOTALS_H
#define GP_TOTALS_H

#include "graphprofile.h"
#include "odata/route.h"
#include "store/counters.h"

#include <ap_mpm.h>

/** Counted classes of HTTP status: 2xx is 0, 5xx is 3. */
#define GP_STATUS_CLASSES 4

/** Requests are counted in rows by duration: one for each of these bounds, and one for longer
 * ones. */
#define GP_DURATION_BOUNDS 13

/** @return the bound of a row, microseconds */
apr_interval_time_t gp_totals_bound(int row);

/** The counters of all children and all hosts, since the start of the server. */
typedef struct {
    int children;                      /* processes that serve requests */
    apr_int64_t database[GP_COUNTERS]; /* of the store; gauges only of the present children */
    apr_int64_t requests[GP_OPERATIONS][GP_STATUS_CLASSES];
    apr_int64_t durations[GP_OPERATIONS][GP_DURATION_BOUNDS + 1]; /* requests by duration */
    apr_int64_t duration_sums[GP_OPERATIONS];                     /* microseconds */
    apr_int64_t batch_sizes[GP_COUNTER_SIZES + 1];                /* batches by size */
} gp_totals;

/** Add up the counters of the children. */
void gp_totals_get(gp_totals *totals);

/** post_config: create the shared memory for the counters; it is kept over restarts. */
int gp_totals_create(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server);

/** child_init: take a slot for this child. */
void gp_totals_init(apr_pool_t *child, server_rec *server);

/** child_status: free the slot of a child that has ended, even after a crash. */
void gp_totals_child(server_rec *server, pid_t pid, ap_generation_t generation, int slot,
                     mpm_child_status state);

/** Count a request that was answered. @param duration  microseconds */
void gp_totals_count(gp_operation operation, int status, apr_interval_time_t duration);

/** log_transaction: count a claimed request, and set the notes for the access log. */
int gp_totals_log(request_rec *r);

#endif
