/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CLOCK_H
#define GP_CLOCK_H

#include <apr_time.h>

#include <pthread.h>
#include <stdbool.h>

/** @return microseconds on the monotonic clock. All processes of the machine share it. Only differences
 *           between two values are meaningful. */
apr_time_t gp_clock(void);

/**
 * Create a condition variable whose waits use gp_clock (APR's use the time of day). @return false on
 * failure
 */
bool gp_clock_cond_init(pthread_cond_t *condition);

/** Wait for a condition variable until a time of gp_clock at the latest. */
void gp_clock_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, apr_time_t until);

#endif
