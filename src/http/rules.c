/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Applies the access rules of an owner's path to requests that name the owner by user principal name.
 * gp_claim_translate unifies spellings that differ in case, slashes and parentheses before httpd looks for
 * sections. It cannot unify a user principal name, because only the database knows its owner. So the rules
 * for the owner's id are looked up once the id is known.
 */
#include "rules.h"
#include "origin.h"
#include "base/uri.h"
#include "request.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_request.h>

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

/*
 * Returns true if a look-up authenticated the caller as a request for the path itself would. In a
 * sub-request, mod_oauth2 and mod_auth_openidc reuse the user of the main request, whatever AuthType
 * authenticated that user. If the path has another AuthType, the user has not authenticated for it.
 */
static bool is_authenticated_alike(request_rec *r, request_rec *looked_up)
{
    const char *here = ap_auth_type(r), *there = ap_auth_type(looked_up);

    return there == NULL || (here != NULL && strcasecmp(here, there) == 0);
}

/* Returns the result of a look-up: OK, or the status of a refusal. A status outside of HTTP, such as DONE,
 * also refuses. */
static int judge(request_rec *r, request_rec *looked_up)
{
    if (looked_up->status != HTTP_OK)
        return ap_is_HTTP_ERROR(looked_up->status) || ap_is_HTTP_REDIRECT(looked_up->status)
                   ? looked_up->status
                   : HTTP_FORBIDDEN;
    if (!gp_request_is_ours(looked_up))
        return HTTP_NOT_FOUND;
    if (!is_authenticated_alike(r, looked_up)) {
        ap_log_rerror(
            APLOG_MARK, APLOG_INFO, 0, r,
            "refused: %s has another AuthType than this path; the client must use the user's id",
            looked_up->uri);
        return HTTP_FORBIDDEN;
    }
    return OK;
}

int gp_rules_apply(request_rec *r, const char *owner, bool is_shown)
{
    request_rec *looked_up;
    int status;

    if (!has_rules_of_users(r))
        return DECLINED;
    looked_up = ap_sub_req_method_uri(r->method, url_of(r, owner), r, NULL);
    /* The request keeps data from the sub-request's pool, which must live as long as its own. */
    apr_pool_join(r->pool, looked_up->pool);
    status = judge(r, looked_up);
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "access rules of %s: %s", looked_up->uri,
                  status == OK ? "admitted" : "refused");
    if (status != OK && !is_shown)
        return status;
    if (status != OK) {
        apr_table_overlap(r->headers_out, looked_up->headers_out, APR_OVERLAP_TABLES_SET);
        apr_table_overlap(r->err_headers_out, looked_up->err_headers_out, APR_OVERLAP_TABLES_SET);
    }
    r->per_dir_config = looked_up->per_dir_config;
    gp_origin_announce(r); /* it was announced for the path as sent */
    return status;
}
