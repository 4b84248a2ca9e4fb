/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_STAGING_H
#define GP_STAGING_H

#include "merge.h"

/** Copy the keys of all rows but the refused ones into the temporary table `staged`. @return zero on failure */
int gp_staging_keys(gp_postgres *session, const gp_chunk *chunk);

/** Copy the content of the rows in one state into the temporary table `compared`. @return zero on failure */
int gp_staging_contents(gp_postgres *session, const gp_chunk *chunk, gp_row_state state);

/** Copy the rows in one state into graphprofile.position, in the order of the key. @return zero on failure */
int gp_staging_rows(gp_postgres *session, const gp_chunk *chunk, gp_row_state state);

/** @return the row of a line of the batch; the line must be in the batch */
gp_import_row *gp_staging_row(const gp_chunk *chunk, const char *line);

/** @return the lines of all rows in one state, as a PostgreSQL array; NULL if there are none */
const char *gp_staging_lines(const gp_chunk *chunk, gp_row_state state);

/**
 * Replace user principal names with ids from graphprofile.person. Rows of unknown names are refused.
 * @return zero on failure
 */
int gp_staging_identify(gp_postgres *session, gp_chunk *chunk);

#endif
