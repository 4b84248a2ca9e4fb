/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_RETRY_H
#define GP_RETRY_H

#include "run.h"

/**
 * Run a statement, and retry it while a retry may succeed: once after a lost connection or on a read-only server, a
 * few times after it lost to another transaction. A statement that must not run twice (gp_statement.is_repeatable) does
 * not run again after an attempt that may have been executed. Retries run unbatched, because any statement of a batch
 * may have made it fail. All attempts share the request's time.
 * @param unbatched  the first attempt is unbatched, too
 * @param in_doubt   receives whether an earlier attempt may have been executed; may be NULL
 */
gp_outcome gp_retry(gp_store *store, gp_sql sql, bool unbatched, const char **parameters,
                    gp_result *result, bool *in_doubt);

/** The same for a statement whose first attempt may run in a batch. */
gp_outcome gp_retry_batched(gp_store *store, gp_sql sql, const char **parameters, gp_result *result,
                            bool *in_doubt);

#endif
