/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TIMING_H
#define GP_TIMING_H

#include "graphprofile.h"

/**
 * Add Server-Timing to an answer if GraphProfileServerTiming is on and the caller is authenticated: the
 * time that the request waited for the database, the time of its statements, and the total time so far.
 * Anonymous callers get none, because the database's times reveal more than the answer does.
 */
void gp_timing_announce(request_rec *r, apr_table_t *headers);

#endif
