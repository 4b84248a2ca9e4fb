/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_MERGE_H
#define GP_MERGE_H

#include "base/limits.h"
#include "work.h"

/* No statement has more parameters. */
#define GP_MERGE_PARAMETERS 16

/** Works of one statement that run as one (gp_statement_merged), so that PostgreSQL begins, checks and ends it once. */
typedef struct {
    gp_work *works[GP_BATCH_MAX];
    int count;
    apr_size_t bytes; /* of the arrays */
} gp_merge;

/** The parameters of a merged statement, for PQsendQueryPrepared: arrays of text in binary form. */
typedef struct {
    const char *values[GP_MERGE_PARAMETERS];
    int lengths[GP_MERGE_PARAMETERS];
    int formats[GP_MERGE_PARAMETERS];
    char bytes[GP_MERGE_BYTES_MAX];
} gp_merge_parameters;

/**
 * Add a work. The first one decides which statement it is.
 * @return false: it is of another statement, there is no room for it, or it inserts a row for an owner for whom another
 *         one does. (Neither would see the row of the other: the owner could have too many.)
 */
bool gp_merge_add(gp_merge *merge, gp_work *work);

/** Write the parameters of the works as arrays. @param to  of no use before; a merge always has room in it */
void gp_merge_write(const gp_merge *merge, gp_merge_parameters *to);

/**
 * Give each work its rows, maybe none: sets its `rows`.
 * @param works  in the order in which they were added
 * @param all    the rows of the merged statement; still the caller's
 * @return false: libpq has no memory left, or a row belongs to no work. Some may have rows
 */
bool gp_merge_share_out(gp_work *const *works, int count, const PGresult *all);

/** @return whether a work that was merged has found no row, maybe because others have locked it: so it must run alone */
bool gp_merge_leaves_out(const gp_work *work);

#endif
