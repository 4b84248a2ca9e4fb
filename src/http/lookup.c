/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of another path than the request's: of the path with the id, for a request by user principal name
 * (rules.c), and of the path of each request in a batch (item.c).
 */
#include "lookup.h"
#include "request.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_request.h>

#include <string.h>

request_rec *gp_lookup_make(request_rec *r, const char *method, const char *url,
                            apr_table_t *headers)
{
    gp_request *request = gp_request_get(r);
    ap_conf_vector_t *config = r->per_dir_config;
    apr_table_t *headers_in = r->headers_in;
    char *the_request = r->the_request;
    request_rec *looked_up;

    /* A sub-request copies these members of its main request when httpd makes it. */
    request->own_config = config;
    r->per_dir_config = r->server->lookup_defaults;
    r->headers_in = headers != NULL ? headers : headers_in;
    r->the_request = apr_pstrcat(r->pool, method, " ", url, " ", r->protocol, NULL);
    looked_up = ap_sub_req_method_uri(method, url, r, NULL);
    r->the_request = the_request;
    r->headers_in = headers_in;
    r->per_dir_config = config;
    request->own_config = NULL;
    return looked_up;
}

int gp_lookup_authenticate(request_rec *r)
{
    const gp_request *request;

    if (r->main == NULL)
        return DECLINED;
    request = ap_get_module_config(r->main->request_config, &graphprofile_module);
    if (request == NULL || request->own_config != r->per_dir_config || r->main->user == NULL)
        return DECLINED;
    r->user = r->main->user;
    r->ap_auth_type = r->main->ap_auth_type;
    return OK;
}

/*
 * Returns true if the caller is authenticated for the path as a request for the path itself would be. In a sub-request,
 * mod_oauth2 and mod_auth_openidc reuse the user of the main request, even if another AuthType authenticated that
 * user. So if the path has another AuthType, the user is not authenticated for it.
 */
static bool is_authenticated_alike(request_rec *r, request_rec *looked_up)
{
    const char *here = ap_auth_type(r), *there = ap_auth_type(looked_up);

    return there == NULL || (here != NULL && strcasecmp(here, there) == 0);
}

int gp_lookup_judge(request_rec *r, request_rec *looked_up)
{
    /* A value that is no HTTP status, such as DONE, is a refusal, too. */
    if (looked_up->status != HTTP_OK)
        return ap_is_HTTP_ERROR(looked_up->status) || ap_is_HTTP_REDIRECT(looked_up->status)
                   ? looked_up->status
                   : HTTP_FORBIDDEN;
    if (!gp_request_is_answered_here(looked_up))
        return HTTP_NOT_FOUND;
    if (!is_authenticated_alike(r, looked_up)) {
        ap_log_rerror(
            APLOG_MARK, APLOG_INFO, 0, r,
            "refused: %s has another AuthType than this path; the client must request it by itself",
            looked_up->uri);
        return HTTP_FORBIDDEN;
    }
    return OK;
}
