/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_PROBE_H
#define GP_PROBE_H

#include "base/log.h"
#include "gate.h"

#include <apr_pools.h>

#include <stdatomic.h>
#include <stdbool.h>

/**
 * child_init: prepare to look for databases that cannot be reached. @return false: the system has no mutex left, so
 * that only requests find that a database is back
 */
bool gp_probe_init(apr_pool_t *child);

/**
 * child_init: while the breaker of a gate is open, try to connect once in `interval` microseconds, and close the
 * breaker when that succeeds, so that none of it takes a request.
 * @param child   lifetime of the gate
 * @param params  how to connect, as libpq has it; as long as the process
 * @param outage  shared word of the database (outage.h)
 * @param log     where it is told that the database is reached again; copied
 */
void gp_probe_watch(apr_pool_t *child, gp_gate *gate, const char *params,
                    apr_interval_time_t interval, atomic_llong *outage, const gp_log *log);

/** A breaker has opened. Any thread may call it. */
void gp_probe_wake(void);

/** Log that the database can be reached, if an outage was logged that no process has seen the end of. */
void gp_probe_tell_end(atomic_llong *outage, const gp_log *log);

#endif
