/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Helpers for tests of waiting threads. Waits that must end by themselves are short; waits that another
 * thread must end are PATIENCE long, which no test reaches unless a wake-up was lost. No test requires
 * an upper bound that a busy machine could miss, except bounds well below PATIENCE.
 */
#ifndef THREADS_H
#define THREADS_H

#include "unit.h"

#include <apr_atomic.h>
#include <apr_thread_proc.h>
#include <apr_time.h>

#define MILLISECOND APR_INT64_C(1000)
#define PATIENCE    (30000 * MILLISECOND)
#define AT_ONCE     (1500 * MILLISECOND)

/* A waiting thread; embed it in the argument of its main function. */
typedef struct {
    apr_thread_t *thread;
    volatile apr_uint32_t started;
    apr_interval_time_t waited;
} waiting_thread;

/* Starts one. Its main function sets `started` before it waits, and `waited` after it. */
static inline void start_thread(waiting_thread *self, apr_thread_start_t main_, void *data)
{
    ck_assert_int_eq(apr_thread_create(&self->thread, NULL, main_, data, pool), APR_SUCCESS);
}

/* Waits until it has begun. It may not be waiting yet. */
static inline void let_begin(waiting_thread *self)
{
    while (!apr_atomic_read32(&self->started))
        apr_sleep(MILLISECOND);
}

static inline void end_thread(waiting_thread *self)
{
    apr_status_t status;

    ck_assert_int_eq(apr_thread_join(&status, self->thread), APR_SUCCESS);
    ck_assert_int_lt(self->waited, AT_ONCE);
}

static inline unsigned dice(unsigned *seed, unsigned sides)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % sides;
}

#endif
