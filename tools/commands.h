/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_COMMANDS_H
#define GP_COMMANDS_H

#include "options.h"

/** The commands. @return the exit status (report.h) */
int gp_check(apr_pool_t *pool, const gp_options *options);
int gp_import(apr_pool_t *pool, const gp_options *options);
int gp_export(apr_pool_t *pool, const gp_options *options);
int gp_forget(apr_pool_t *pool, const gp_options *options);

#endif
