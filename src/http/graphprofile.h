/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GRAPHPROFILE_H
#define GRAPHPROFILE_H

/* The header that every file of src/http shares: httpd, and the module's name for the log and the
 * configuration. The folders below src/http never include it. */
#include <httpd.h>
#include <http_config.h>
#include <http_log.h>

#include <stdbool.h>

extern module AP_MODULE_DECLARE_DATA graphprofile_module;

#ifndef GRAPHPROFILE_FACE /* AP_DECLARE_MODULE in that file defines it */
APLOG_USE_MODULE(graphprofile);
#endif

#endif
