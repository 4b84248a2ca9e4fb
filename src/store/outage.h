/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_OUTAGE_H
#define GP_OUTAGE_H

#include <apr_time.h>

#include <stdatomic.h>
#include <stdbool.h>

/*
 * Outages of a database, so that each is logged once, not by each process. All processes share a word for each
 * database: the time of gp_clock when the present outage was seen; negative, when the last one ended; 0: there was none.
 */

/**
 * This process has found that it cannot reach the database.
 * @param attempted  when the attempt that failed began, on gp_clock
 * @return whether it is to log that: no other process has, and none has reached the database since then
 */
bool gp_outage_begins(atomic_llong *outage, apr_time_t attempted);

/** This process has connected to the database. @return whether it is to log that an outage has ended */
bool gp_outage_ends(atomic_llong *outage);

#endif
