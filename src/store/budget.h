/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_BUDGET_H
#define GP_BUDGET_H

#include "base/clock.h"

#include <apr_time.h>

#include <stdbool.h>

/**
 * How long a request may take, from its first statement on: one deadline for all of its statements, their attempts,
 * and what it computes in between. Waiting has a limit of its own and moves the deadline. Only the request's thread
 * changes it, or a thread that the request waits for.
 */
typedef struct {
    apr_interval_time_t
        wait; /* GraphProfileQueueTimeout: left for all waits together, microseconds */
    apr_interval_time_t time; /* GraphProfileTimeout: for all else, microseconds */
    apr_time_t end;           /* the deadline, in gp_clock's time; 0: the time has not begun */
} gp_budget;

/** The deadline; the first call begins the time. @param now  gp_clock() */
static inline apr_time_t gp_budget_end(gp_budget *budget, apr_time_t now)
{
    if (budget->end == 0)
        budget->end = now + budget->time;
    return budget->end;
}

/** @return whether the deadline is over */
static inline bool gp_budget_is_over(gp_budget *budget)
{
    apr_time_t now = gp_clock();

    return now >= gp_budget_end(budget, now);
}

/** The request has done nothing for so long because it depended on its client. */
static inline void gp_budget_pause(gp_budget *budget, apr_interval_time_t paused)
{
    if (budget->end != 0)
        budget->end += paused;
}

/** The request has waited so long for a connection or for memory. */
static inline void gp_budget_wait(gp_budget *budget, apr_interval_time_t waited)
{
    budget->wait -= waited;
    gp_budget_pause(budget, waited);
}

#endif
