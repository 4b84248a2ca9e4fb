/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of a statement, from apr_dbd or from libpq.
 */
#include "result.h"

void gp_result_reset(gp_result *result)
{
    *result = (gp_result){.pool = result->pool};
}

void gp_result_set(gp_result *result, const apr_dbd_driver_t *driver, apr_dbd_results_t *rows)
{
    result->driver = driver;
    result->results = rows;
    result->rows = apr_dbd_num_tuples(driver, rows);
}

static apr_status_t clear(void *rows)
{
    PQclear(rows);
    return APR_SUCCESS;
}

void gp_result_own(gp_result *result, PGresult *rows)
{
    apr_pool_cleanup_register(result->pool, rows, clear, apr_pool_cleanup_null);
    result->pg = rows;
    result->rows = PQntuples(rows);
}

const char *gp_result_text(const gp_result *result, int row, int column)
{
    apr_dbd_row_t *at = NULL;
    const char *text = NULL;

    if (row >= result->rows)
        return NULL;
    if (result->pg != NULL)
        return PQgetisnull(result->pg, row, column) ? NULL : PQgetvalue(result->pg, row, column);
    /* apr_dbd counts rows from 1. It frees the result if a caller asks for a row after the last. */
    if (apr_dbd_get_row(result->driver, result->pool, result->results, &at, row + 1) != 0
        || apr_dbd_datum_get(result->driver, at, column, APR_DBD_TYPE_STRING, &text) != APR_SUCCESS)
        return NULL;
    return text;
}
