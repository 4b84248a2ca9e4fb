/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_STARTUP_H
#define GP_STARTUP_H

#include "graphprofile.h"

/**
 * check_config: refuses to start what could only fail later.
 * @return OK or an HTTP error, after a message in the log
 */
int gp_startup_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server);

#endif
