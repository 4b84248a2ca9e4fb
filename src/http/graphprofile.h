/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GRAPHPROFILE_H
#define GRAPHPROFILE_H

/* What every file of the glue shares: httpd, and the module's name for the log and for its
 * configuration. The folders below src/http never include this. */
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>

#include <stdbool.h>

extern module AP_MODULE_DECLARE_DATA graphprofile_module;

#ifndef GRAPHPROFILE_FACE /* the file with AP_DECLARE_MODULE says it by that */
APLOG_USE_MODULE(graphprofile);
#endif

#endif
