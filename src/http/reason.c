/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reason why mod_dbd could not connect. ap_dbd_open returns only failure. mod_dbd logs libpq's reason in a
 * line of its own, without the request and next to no line of this module. The hook for log lines runs in the
 * thread that writes the line, so this file keeps the reason there, for the module's own line.
 */
#include "reason.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include <string.h>

/* For a new connection, and for one that mod_dbd could not reset. */
static const char *const prefixes[] = {"Can't connect to pgsql: ", "DBD [pgsql] Error: "};

static __thread char reason[400];

/* Returns the text after a prefix in the line; NULL: no prefix. */
static const char *find(const char *line)
{
    apr_size_t i;

    for (i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        const char *at = strstr(line, prefixes[i]);

        if (at != NULL)
            return at + strlen(prefixes[i]);
    }
    return NULL;
}

static void keep(const ap_errorlog_info *info, const char *line)
{
    const char *at = info->level <= APLOG_ERR && line != NULL ? find(line) : NULL;

    if (at == NULL)
        return;
    apr_cpystrn(reason, at, sizeof reason);
    reason[strcspn(reason, "\r\n")] = '\0';
    if (strstr(reason, "\\n") != NULL) /* httpd has escaped the end of a line */
        *strstr(reason, "\\n") = '\0';
}

void gp_reason_register(void)
{
    ap_hook_error_log(keep, NULL, NULL, APR_HOOK_MIDDLE);
}

void gp_reason_clear(void)
{
    *reason = '\0';
}

const char *gp_reason_get(void)
{
    return *reason != '\0' ? reason : "mod_dbd logged no reason (LogLevel dbd:error)";
}
