/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TOOLS_SOURCE_H
#define GP_TOOLS_SOURCE_H

#include "load.h"
#include "options.h"
#include "report.h"

/**
 * Open the input of check or import with the settings of the command line.
 * @return zero if it cannot be opened; the error has been printed
 */
int gp_source_open(apr_pool_t *pool, const gp_options *options, gp_import_terms *terms,
                   gp_load *load, gp_report *report);

/** Report how the reading ended. @return non-zero if it reached the end of the input */
int gp_source_close(const gp_load *load, gp_report *report);

#endif
