/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements that are submitted ahead of time. An HTTP batch submits the statements of all its requests before it
 * awaits the first, so that they may share a transaction.
 */
#include "ahead.h"

gp_attempt *gp_ahead_submit(gp_store *store, apr_pool_t *pool, gp_sql sql, bool unbatched,
                            const char **parameters)
{
    gp_attempt *attempt = apr_pcalloc(pool, sizeof *attempt);

    attempt->sql = sql;
    attempt->unbatched = unbatched;
    attempt->parameters = parameters;
    attempt->result = apr_pcalloc(pool, sizeof *attempt->result);
    attempt->result->pool = pool;
    store->submit(store, attempt);
    return attempt;
}

gp_outcome gp_ahead_run(gp_store *store, gp_attempt *attempt)
{
    gp_attempt *ahead = store->ahead;
    gp_outcome outcome;

    if (ahead == NULL)
        return store->run(store, attempt);
    store->ahead = NULL;
    outcome = store->await(store, ahead);
    *attempt->result = *ahead->result;
    return outcome;
}
