/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that first changes the shared word logs the outage, or its end. Any process may log the end, so an outage
 * ends in the log even if the process that logged its beginning was killed.
 */
#include "outage.h"
#include "base/clock.h"

bool gp_outage_begins(atomic_llong *outage, apr_time_t attempted)
{
    long long seen = atomic_load(outage);

    return seen <= 0 && -seen < attempted
           && atomic_compare_exchange_strong(outage, &seen, gp_clock());
}

bool gp_outage_ends(atomic_llong *outage)
{
    long long seen = atomic_load_explicit(outage, memory_order_relaxed);

    return seen > 0 && atomic_compare_exchange_strong(outage, &seen, -gp_clock());
}
