/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_RESULT_H
#define GP_RESULT_H

#include <apr_dbd.h>
#include <apr_pools.h>
#include <libpq-fe.h>

/** The rows of a statement, as apr_dbd or as libpq gave them. Without rows only the pool is set: whoever
 *  asks for rows says where they are to be. */
typedef struct {
    apr_pool_t *pool; /* of the rows: they are freed with it */
    int rows;
    const apr_dbd_driver_t *driver;
    apr_dbd_results_t *results;
    PGresult *pg; /* where it ran in a batch; else NULL */
} gp_result;

/** Empty a result, which keeps its pool. */
void gp_result_reset(gp_result *result);

/** Hold rows of apr_dbd, which were made in the result's pool. */
void gp_result_set(gp_result *result, const apr_dbd_driver_t *driver, apr_dbd_results_t *rows);

/** Hold rows of libpq, which are cleared with the result's pool. */
void gp_result_own(gp_result *result, PGresult *rows);

/**
 * @param row, column  from 0
 * @return the text, which lives as long as the rows; NULL for SQL's null, or where there is no such row
 */
const char *gp_result_text(const gp_result *result, int row, int column);

#endif
