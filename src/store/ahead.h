/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_AHEAD_H
#define GP_AHEAD_H

#include "run.h"

/**
 * Submit the first attempt at a statement ahead of the call that needs its rows, so that a request may have several
 * attempts under way.
 * @param pool        receives the attempt and its result
 * @param parameters  must stay until the attempt is awaited, like the pool
 * @return the attempt. gp_ahead_run awaits it if the caller has set store->ahead to it.
 */
gp_attempt *gp_ahead_submit(gp_store *store, apr_pool_t *pool, gp_sql sql, bool unbatched,
                            const char **parameters);

/** Run an attempt, or await store->ahead if an attempt was submitted in its place. @return as gp_runner does */
gp_outcome gp_ahead_run(gp_store *store, gp_attempt *attempt);

#endif
