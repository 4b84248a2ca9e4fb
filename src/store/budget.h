/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_BUDGET_H
#define GP_BUDGET_H

#include "base/clock.h"

#include <apr_time.h>

#include <stdbool.h>

/**
 * How long a request may take, from its first statement on: one deadline for all of its statements, their attempts,
 * and the evaluation in between. Waiting has a limit of its own and moves the deadline. Only the request's thread
 * changes the budget, or a thread that the request waits for.
 */
typedef struct {
    apr_interval_time_t
        wait; /* the rest of GraphProfileQueueTimeout, for all waits, microseconds */
    apr_interval_time_t time; /* GraphProfileTimeout, microseconds */
    apr_time_t end;           /* the deadline, on gp_clock; 0: no statement has begun */
} gp_budget;

/** @return the deadline; the first call sets it. @param now  gp_clock() */
static inline apr_time_t gp_budget_end(gp_budget *budget, apr_time_t now)
{
    if (budget->end == 0)
        budget->end = now + budget->time;
    return budget->end;
}

/** @return whether the deadline has passed */
static inline bool gp_budget_is_over(gp_budget *budget)
{
    apr_time_t now = gp_clock();

    return now >= gp_budget_end(budget, now);
}

/** Move the deadline by the time in which the request waited for its client. */
static inline void gp_budget_pause(gp_budget *budget, apr_interval_time_t paused)
{
    if (budget->end != 0)
        budget->end += paused;
}

/** Charge a wait for a connection or for memory, and move the deadline by it. */
static inline void gp_budget_wait(gp_budget *budget, apr_interval_time_t waited)
{
    budget->wait -= waited;
    gp_budget_pause(budget, waited);
}

#endif
