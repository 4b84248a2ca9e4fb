/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ADMISSION_H
#define GP_ADMISSION_H

#include "connection.h"
#include "run.h"
#include "share.h"

/**
 * Check that the schema is not older than the statements need.
 * @param end  on gp_clock
 * @return if not GP_OUTCOME_DONE: the statement that was to follow has not been sent
 */
gp_outcome gp_admission_check(const gp_store *store, gp_connection *connection, apr_time_t end);

/**
 * Enter the gate of the request's pool, if there is a place, and open a connection.
 * @param share       of the caller, which holds the place; NULL: it counts for nobody
 * @param connection  NULL unless GP_OUTCOME_DONE. It and its place must be given back.
 * @return GP_OUTCOME_FULL: there is no place, or the database grants no further connection
 */
gp_outcome gp_admission_try(gp_store *store, gp_share *share, gp_connection **connection);

/** The same, but wait for a place. @param deadline  on gp_clock */
gp_outcome gp_admission_wait(gp_store *store, gp_share *share, apr_time_t deadline,
                             gp_connection **connection);

/** A gp_engine_opener. Its context is the gp_store of the request. */
gp_outcome gp_admission_open(void *context, apr_time_t until, gp_connection **connection);

#endif
