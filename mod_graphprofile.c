/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_graphprofile: a server of the Microsoft Graph positions resource in httpd, kept in PostgreSQL.
 *
 * This is the module's face: the record that httpd loads, and every hook with the reason for its
 * order. The way of a request starts in src/http/handler.c.
 */
#define GRAPHPROFILE_FACE
#include "http/graphprofile.h"
#include "http/answer.h"
#include "http/claim.h"
#include "http/config.h"
#include "http/dbd.h"
#include "http/errors.h"
#include "http/handler.h"
#include "http/metrics.h"
#include "http/origin.h"
#include "http/range.h"
#include "http/ready.h"
#include "http/reason.h"
#include "http/startup.h"
#include "http/status_page.h"
#include "http/totals.h"
#include "http/trace.h"

#include <http_protocol.h>
#include <http_request.h>

static void register_hooks(apr_pool_t *pool)
{
    static const char *const after_rewriting[] = {"mod_rewrite.c", NULL};
    static const char *const before_mapping[] = {"mod_proxy.c", "mod_alias.c", NULL};

    (void)pool;

    /* Startup: also for `apachectl configtest`, which never gets to post_config. */
    ap_hook_check_config(gp_startup_check, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(gp_startup_announce, NULL, NULL, APR_HOOK_MIDDLE);

    /* The memory that children count in: made before the first of them, and told when one ends. */
    ap_hook_post_config(gp_totals_create, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(gp_totals_init, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_child_status(gp_totals_child, NULL, NULL, APR_HOOK_MIDDLE);
    gp_status_page_register();

    /* Each child makes its own: threads and connections do not survive a fork. */
    gp_dbd_register();
    gp_reason_register(); /* why mod_dbd cannot connect is told by its log lines alone */
    ap_hook_child_init(gp_dbd_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(gp_answer_init, NULL, NULL, APR_HOOK_MIDDLE);

    /* Claiming: a rewrite may still redirect, then we take what is ours before `ProxyPass /` or an
     * Alias does, and tell the directory walk that there is no file, so that <Directory> does not
     * forbid it. map_to_storage comes last, to leave TRACE to core. */
    ap_hook_translate_name(gp_claim_translate, after_rewriting, before_mapping, APR_HOOK_FIRST);
    ap_hook_map_to_storage(gp_claim_skip_file, NULL, NULL, APR_HOOK_LAST);
    ap_hook_type_checker(gp_claim_skip_file, NULL, NULL, APR_HOOK_FIRST);

    /* Browsers: what tells them that a page may read the answer stands there before authentication
     * refuses the request, which it shall not do at all where they only ask beforehand. */
    ap_hook_header_parser(gp_origin_announce, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_access_ex(gp_origin_admit_preflight, NULL, NULL, APR_HOOK_FIRST,
                            AP_AUTH_INTERNAL_PER_CONF);

    ap_hook_handler(gp_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(gp_ready_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(gp_metrics_handler, NULL, NULL, APR_HOOK_MIDDLE);

    /* Errors of every module under a service root, ours included. */
    gp_errors_register();
    gp_range_register();
    ap_hook_insert_error_filter(gp_errors_insert_filter, NULL, NULL, APR_HOOK_MIDDLE);

    /* Before mod_log_config, which writes down the notes that these make. */
    ap_hook_log_transaction(gp_trace_log, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_log_transaction(gp_totals_log, NULL, NULL, APR_HOOK_FIRST);
}

/* httpd before 2.4.30 has no flags, and lets hosts without a directive of ours share the struct of the main
 * server. That is harmless, since nothing in it changes after the start. */
#ifdef AP_MODULE_FLAG_ALWAYS_MERGE
#define FLAGS AP_MODULE_FLAG_ALWAYS_MERGE,
#else
#define FLAGS
#endif

#pragma GCC visibility push(default)
AP_DECLARE_MODULE(graphprofile) = {
    STANDARD20_MODULE_STUFF, gp_config_create,     gp_config_merge, gp_config_create_server,
    gp_config_merge_server,  gp_config_directives, register_hooks,  FLAGS};
#pragma GCC visibility pop
