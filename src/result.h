/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_RESULT_H
#define GP_RESULT_H

#include <apr_dbd.h>
#include <apr_pools.h>
#include <libpq-fe.h>

/** The rows of a statement, as apr_dbd or as libpq gave them. Zero it: there are none. */
typedef struct {
    int rows;
    apr_pool_t *pool; /* where they are */
    const apr_dbd_driver_t *driver;
    apr_dbd_results_t *results;
    PGresult *pg; /* where it ran in a batch; else NULL */
} gp_result;

/** Hold rows of apr_dbd, which are in a pool. */
void gp_result_set(gp_result *result, apr_pool_t *pool, const apr_dbd_driver_t *driver,
                   apr_dbd_results_t *rows);

/** Hold rows of libpq, which are cleared with a pool. */
void gp_result_own(gp_result *result, apr_pool_t *pool, PGresult *rows);

/**
 * @param row, column  from 0
 * @return the text, which lives as long as the rows; NULL for SQL's null, or where there is no such row
 */
const char *gp_result_text(const gp_result *result, int row, int column);

#endif
