/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_REMOVAL_H
#define GP_REMOVAL_H

#include "merge.h"
#include "report.h"

/**
 * Delete the positions of the source that no line had (--replace), unless their share is too large. With
 * --dry-run they are only counted.
 * @return an exit status; for GP_EXIT_REFUSED and GP_EXIT_FAILED the error has been printed
 */
int gp_removal_run(gp_merge *merge, apr_pool_t *pool, gp_report *report);

#endif
