/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_RESULT_H
#define GP_RESULT_H

#include <apr_dbd.h>
#include <apr_pools.h>
#include <libpq-fe.h>

/** The rows of a statement, from apr_dbd or from libpq. The caller that needs the rows sets the pool; all else is zero
 *  until the statement has run. */
typedef struct {
    apr_pool_t *pool; /* lifetime of the rows */
    int rows;
    const apr_dbd_driver_t *driver;
    apr_dbd_results_t *results;
    PGresult *pg; /* set if the rows came from libpq, in a pipeline; otherwise NULL */
} gp_result;

/** Empty a result. It keeps its pool. */
void gp_result_reset(gp_result *result);

/** Store rows of apr_dbd. They must be in the result's pool. */
void gp_result_set(gp_result *result, const apr_dbd_driver_t *driver, apr_dbd_results_t *rows);

/** Store rows of libpq, and clear them with the result's pool. */
void gp_result_own(gp_result *result, PGresult *rows);

/**
 * @param row, column  from 0
 * @return the text, which lives as long as the rows; NULL for SQL's null, or if there is no such row
 */
const char *gp_result_text(const gp_result *result, int row, int column);

#endif
