/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Applies the access rules of an owner's path to requests that name the owner by user principal name.
 * gp_claim_translate unifies spellings that differ in case, slashes and parentheses before httpd looks for
 * sections. It cannot unify a user principal name, because only the database knows its owner. So the rules
 * for the owner's id are looked up once the id is known.
 */
#include "rules.h"
#include "lookup.h"
#include "origin.h"
#include "base/uri.h"
#include "request.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include <string.h>

/* ---- deciding if a look-up is needed ---- */

/* Returns true if a section may apply to the paths of one user and not to those of another: a pattern, or
 * a path that continues after /users/. */
static bool can_single_out(const core_dir_config *section, const char *users)
{
    return section->r != NULL || section->d_is_fnmatch
           || strncmp(section->d, users, strlen(users)) == 0;
}

static bool has_rules_of_users(request_rec *r)
{
    const core_server_config *host = ap_get_core_module_config(r->server->module_config);
    const core_dir_config *here = ap_get_core_module_config(r->per_dir_config);
    const char *users = apr_pstrcat(r->pool, gp_config_get(r)->root, "/users/", NULL);
    int i;

    if (here->sec_if != NULL && here->sec_if->nelts > 0)
        return true;
    for (i = 0; i < host->sec_url->nelts; i++) {
        ap_conf_vector_t *section = APR_ARRAY_IDX(host->sec_url, i, ap_conf_vector_t *);

        if (can_single_out(ap_get_core_module_config(section), users))
            return true;
    }
    return false;
}

/* ---- the look-up ---- */

/* Returns the URL of the same resource with the owner's id. The id goes into the query string
 * (gp_route_resolve), because there every id can be encoded, even one with slashes or only dots. */
static const char *url_of(request_rec *r, const char *owner)
{
    gp_route route = gp_request_get(r)->route;
    gp_buffer url;

    route.user = NULL; /* the path after /me is the same after a user */
    gp_buffer_open(&url, r->pool, 128);
    gp_buffer_puts(&url, ap_os_escape_path(r->pool, gp_config_get(r)->root, 1));
    gp_buffer_puts(&url, "/users(@u)");
    gp_buffer_puts(&url,
                   ap_os_escape_path(r->pool, gp_route_path(r->pool, &route) + strlen("/me"), 1));
    gp_buffer_puts(&url, "?@u=");
    gp_uri_add_value(&url, owner);
    return gp_buffer_text(&url);
}

/* The request as it came: of one that a batch carries, the batch. Authentication modules keep what they know of the
 * caller with that one. */
static request_rec *initial(request_rec *r)
{
    while (r->main != NULL)
        r = r->main;
    return r;
}

static void add_headers(request_rec *r, apr_table_t *headers, const apr_table_t *others)
{
    apr_table_overlap(headers, apr_table_clone(r->pool, others), APR_OVERLAP_TABLES_SET);
}

int gp_rules_apply(request_rec *r, const char *owner, bool is_shown)
{
    request_rec *looked_up;
    int status;

    if (!has_rules_of_users(r))
        return DECLINED;
    looked_up = gp_lookup_make(initial(r), r->method, url_of(r, owner), r->headers_in);
    /* The request takes over data in the sub-request's pool, which is destroyed with the initial request's. */
    if (r->main == NULL) {
        apr_pool_join(r->pool, looked_up->pool);
    }
    status = gp_lookup_judge(r, looked_up);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "access rules of %s: %s", looked_up->uri,
                  status == OK ? "admitted" : "refused");
    if (status != OK && !is_shown)
        return status;
    if (status != OK) {
        add_headers(r, r->headers_out, looked_up->headers_out);
        add_headers(r, r->err_headers_out, looked_up->err_headers_out);
    }
    r->per_dir_config = looked_up->per_dir_config;
    gp_origin_announce(r); /* it was announced for the path as sent */
    return status;
}
