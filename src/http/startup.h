/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_STARTUP_H
#define GP_STARTUP_H

#include "graphprofile.h"

/**
 * check_config: refuse to start with a configuration that could only fail later.
 * @return OK or an HTTP error, after a message in the log
 */
int gp_startup_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server);

/** Add the module's version to the startup line of the error log. The Server header contains it only with
 * `ServerTokens Full`. A hook of post_config, because httpd's core must have begun the line. */
int gp_startup_announce(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server);

#endif
