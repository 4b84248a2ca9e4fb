/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_OUTAGE_H
#define GP_OUTAGE_H

#include <apr_time.h>

#include <stdatomic.h>
#include <stdbool.h>

/*
 * Outages of a database. One process logs each outage, not all of them. All processes share a word for each database:
 * the time on gp_clock when the present outage began; negative: when the last one ended; 0: there was none.
 */

/**
 * This process cannot reach the database.
 * @param attempted  when the failed attempt began, on gp_clock
 * @return whether this process must log the outage: no other has logged it, or reached the database since then
 */
bool gp_outage_begins(atomic_llong *outage, apr_time_t attempted);

/** This process has connected to the database. @return whether it must log the end of an outage */
bool gp_outage_ends(atomic_llong *outage);

#endif
