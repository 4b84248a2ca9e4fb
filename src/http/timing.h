/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TIMING_H
#define GP_TIMING_H

#include "graphprofile.h"

/**
 * Add Server-Timing to an answer, where GraphProfileServerTiming is on and the caller is known: how long
 * the request waited for the database, how long its statements took, and how long all of it took so far.
 * An anonymous caller gets none: times of the database tell more than the answer does.
 */
void gp_timing_announce(request_rec *r, apr_table_t *headers);

#endif
