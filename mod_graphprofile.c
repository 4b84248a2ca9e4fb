/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mod_graphprofile: an Apache httpd module that serves the Microsoft Graph positions resource from PostgreSQL.
 *
 * This file holds the module record that httpd loads and registers every hook, with the reason for its order.
 * gp_claim_translate claims a request, and gp_handler answers it. README.md, "The source tree", follows a POST and
 * a GET through the sources.
 */
#define GRAPHPROFILE_FACE
#include "http/graphprofile.h"
#include "http/answer.h"
#include "http/claim.h"
#include "http/config.h"
#include "http/dbd.h"
#include "http/errors.h"
#include "http/handler.h"
#include "http/lookup.h"
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

/* Hooks of the server: startup, and the start of each child. */
static void register_process_hooks(void)
{
    /* Startup checks: `apachectl configtest` runs check_config but not post_config. */
    ap_hook_check_config(gp_startup_check, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(gp_startup_announce, NULL, NULL, APR_HOOK_MIDDLE);

    /* The shared memory for the counters is created before the first child starts. Each child takes its slot before
     * its other hooks count anything. The parent frees the slot when the child ends, even after a crash. */
    ap_hook_post_config(gp_totals_create, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(gp_totals_init, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_child_status(gp_totals_child, NULL, NULL, APR_HOOK_MIDDLE);
    gp_status_page_register();

    /* Created in each child, because threads and connections do not survive a fork. mod_dbd reports why a
     * connection failed only in its own log lines, which gp_reason_register reads. */
    gp_dbd_register();
    gp_reason_register();
    ap_hook_child_init(gp_dbd_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(gp_answer_init, NULL, NULL, APR_HOOK_MIDDLE);
}

/* Hooks of a request, from URL translation to logging. */
static void register_request_hooks(void)
{
    static const char *const after_rewriting[] = {"mod_rewrite.c", NULL};
    static const char *const before_mapping[] = {"mod_proxy.c", "mod_alias.c", NULL};

    /* Claim a path after mod_rewrite, which may still redirect, and before `ProxyPass /` or an Alias takes it. A
     * claimed request has no file: otherwise the directory walk would look for one, and `<Directory />` would
     * forbid it. map_to_storage runs last, so that core answers TRACE. */
    ap_hook_translate_name(gp_claim_translate, after_rewriting, before_mapping, APR_HOOK_FIRST);
    ap_hook_map_to_storage(gp_claim_skip_file, NULL, NULL, APR_HOOK_LAST);
    ap_hook_type_checker(gp_claim_skip_file, NULL, NULL, APR_HOOK_FIRST);

    /* CORS headers are set before authentication, so that a 401 response carries them too. Preflights carry no
     * credentials and bypass authentication. */
    ap_hook_header_parser(gp_origin_announce, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_access_ex(gp_origin_admit_preflight, NULL, NULL, APR_HOOK_FIRST,
                            AP_AUTH_INTERNAL_PER_CONF);

    /* The requests of a batch have the caller that httpd authenticated for the batch. This hook runs before any
     * module that would authenticate them again. */
    ap_hook_check_authn(gp_lookup_authenticate, NULL, NULL, APR_HOOK_REALLY_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);

    /* Each handler answers only requests with its own handler name, so their order does not matter. */
    ap_hook_handler(gp_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(gp_ready_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(gp_metrics_handler, NULL, NULL, APR_HOOK_MIDDLE);

    /* Error responses under a service root, also those of other modules. The filters must be registered by name
     * before a request adds them. */
    gp_errors_register();
    gp_range_register();
    ap_hook_insert_error_filter(gp_errors_insert_filter, NULL, NULL, APR_HOOK_MIDDLE);

    /* Run before mod_log_config, which writes the notes that these two hooks set. */
    ap_hook_log_transaction(gp_trace_log, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_log_transaction(gp_totals_log, NULL, NULL, APR_HOOK_FIRST);
}

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    register_process_hooks();
    register_request_hooks();
}

/* Every virtual host gets a configuration of its own. httpd before 2.4.30 has no such flag: there, hosts without a
 * directive of this module share the struct of the main server, which is harmless because nothing in it changes
 * after startup. */
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
