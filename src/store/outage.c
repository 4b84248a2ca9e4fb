/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One word that processes share decides which of them logs an outage and its end: who changes it first. A process
 * that is killed leaves nothing behind that only it could undo.
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
