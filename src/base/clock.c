/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monotonic clock. Deadlines and waits use it, because an administrator may set the time of day
 * while they run.
 */
#include "clock.h"

#include <time.h>

apr_time_t gp_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return apr_time_from_sec(now.tv_sec) + now.tv_nsec / 1000;
}

bool gp_clock_cond_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    bool is_made;

    if (pthread_condattr_init(&attributes) != 0)
        return false;
    is_made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0
              && pthread_cond_init(condition, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return is_made;
}

void gp_clock_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, apr_time_t until)
{
    struct timespec at;

    at.tv_sec = (time_t)apr_time_sec(until);
    at.tv_nsec = (long)apr_time_usec(until) * 1000;
    pthread_cond_timedwait(condition, mutex, &at);
}
