/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CLOCK_H
#define GP_CLOCK_H

#include <apr_time.h>

#include <pthread.h>
#include <stdbool.h>

/** @return microseconds on the monotonic clock, the same in all processes of the machine; only differences
 *          have a meaning */
apr_time_t gp_clock(void);

/** Make a condition whose waits use gp_clock (APR's use the time of day). @return false: it failed */
bool gp_clock_cond_init(pthread_cond_t *condition);

/** Wait for a condition, but no longer than until a time of gp_clock. */
void gp_clock_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, apr_time_t until);

#endif
