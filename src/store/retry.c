/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attempts at one statement, until it has succeeded or another attempt cannot help.
 */
#include "retry.h"
#include "ahead.h"
#include "base/limits.h"
#include "counters.h"

/* Waits after a statement lost to another transaction, 1 to 5 ms, so that the two do not meet again. */
static void wait_apart(void)
{
    apr_sleep(1000 + apr_time_now() % 4000);
}

gp_outcome gp_retry(gp_store *store, gp_sql sql, bool unbatched, const char **parameters,
                    gp_result *result, bool *in_doubt)
{
    gp_attempt attempt = {
        .sql = sql, .unbatched = unbatched, .parameters = parameters, .result = result};
    int reconnects = 1, attempts = GP_STATEMENT_ATTEMPTS;

    if (in_doubt != NULL)
        *in_doubt = false;
    for (;;) {
        gp_outcome outcome = gp_ahead_run(store, &attempt);
        bool is_unknown = gp_outcome_effect(outcome) == GP_EFFECT_UNKNOWN;

        attempt.unbatched = true;
        if (is_unknown && !gp_statement_get(sql)->is_repeatable)
            return outcome;
        if ((outcome == GP_OUTCOME_BROKEN || outcome == GP_OUTCOME_LOST
             || outcome == GP_OUTCOME_READ_ONLY)
            && reconnects-- > 0) {
            if (in_doubt != NULL)
                *in_doubt |= is_unknown;
            gp_count(GP_COUNTER_RETRIES, 1);
            continue;
        }
        if (outcome != GP_OUTCOME_AGAIN || --attempts == 0)
            return in_doubt != NULL && *in_doubt ? gp_outcome_doubted(outcome) : outcome;
        gp_count(GP_COUNTER_RETRIES, 1);
        wait_apart();
    }
}

gp_outcome gp_retry_batched(gp_store *store, gp_sql sql, const char **parameters, gp_result *result,
                            bool *in_doubt)
{
    return gp_retry(store, sql, false, parameters, result, in_doubt);
}
