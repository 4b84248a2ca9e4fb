/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_PROBE_H
#define GP_PROBE_H

#include "base/log.h"
#include "gate.h"

#include <apr_pools.h>

#include <stdatomic.h>
#include <stdbool.h>

/**
 * child_init: prepare for probes. @return false: the system has no mutex left, so only requests find out that a
 * database can be reached again
 */
bool gp_probe_init(apr_pool_t *child);

/**
 * child_init: while the breaker of a gate is open, try to connect every `interval` microseconds, and close the breaker
 * after a success. So no request has to wait for an attempt.
 * @param child   lifetime of the gate
 * @param params  connection string of libpq; must live as long as the process
 * @param outage  shared word of the database (outage.h)
 * @param log     where to log the end of an outage; copied
 */
void gp_probe_watch(apr_pool_t *child, gp_gate *gate, const char *params,
                    apr_interval_time_t interval, atomic_llong *outage, const gp_log *log);

/** A breaker has opened: start to probe. Any thread may call it. */
void gp_probe_wake(void);

/** Log that the database can be reached, if an outage was logged and no process has logged its end. */
void gp_probe_tell_end(atomic_llong *outage, const gp_log *log);

#endif
