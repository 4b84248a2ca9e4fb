/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_STARTUP_H
#define GP_STARTUP_H

#include "graphprofile.h"

/**
 * check_config: refuses to start what could only fail later.
 * @return OK or an HTTP error, after a message in the log
 */
int gp_startup_check(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server);

/** Add the module's version to the line of the error log that tells of a start. It is in the Server header only
 *  with `ServerTokens Full`. After httpd's core has begun that line, so a hook of post_config. */
int gp_startup_announce(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server);

#endif
