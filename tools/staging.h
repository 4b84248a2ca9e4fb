/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_STAGING_H
#define GP_STAGING_H

#include "merge.h"

/** Copy the keys of the rows that are not refused into the temporary table `staged`. @return zero on failure */
int gp_staging_keys(gp_postgres *session, const gp_chunk *chunk);

/** Copy the content of the rows of a state into the temporary table `compared`. @return zero on failure */
int gp_staging_contents(gp_postgres *session, const gp_chunk *chunk, gp_row_state state);

/** Copy the rows of a state into graphprofile.position, in the order of the key. @return zero on failure */
int gp_staging_rows(gp_postgres *session, const gp_chunk *chunk, gp_row_state state);

/** @return the row of a line of the chunk: one must be there */
gp_import_row *gp_staging_row(const gp_chunk *chunk, const char *line);

/** @return the lines of all rows of a state, as a PostgreSQL array; NULL: there is none */
const char *gp_staging_lines(const gp_chunk *chunk, gp_row_state state);

/** Replace user principal names by the ids of graphprofile.person; rows of unknown ones are refused.
 *  @return zero on failure */
int gp_staging_identify(gp_postgres *session, gp_chunk *chunk);

#endif
