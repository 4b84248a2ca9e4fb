/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_METRICS_H
#define GP_METRICS_H

#include "graphprofile.h"

/** handler: `SetHandler graphprofile-metrics` answers the counters of all children, for Prometheus. */
int gp_metrics_handler(request_rec *r);

#endif
