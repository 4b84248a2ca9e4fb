/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claims requests for the module by their paths, before anything maps them to a file or a proxy.
 */
#include "claim.h"
#include "config.h"
#include "range.h"
#include "request.h"
#include "trace.h"

#include <apr_strings.h>
#include <http_request.h>

#include <string.h>

/* Lets httpd look up the configuration of r->uri again. Returns true if this root still serves the
 * path. */
static bool walk(request_rec *r, const char *root, gp_resource resource)
{
    const gp_config *config;

    r->per_dir_config = r->server->lookup_defaults;
    if (ap_location_walk(r) != OK)
        return false;
    config = gp_config_get(r);
    if (resource == GP_RESOURCE_BATCH && !gp_config_batch(config))
        return false;
    return config->enabled == 1 && config->root != NULL && strcmp(config->root, root) == 0;
}

/*
 * Returns true if httpd looks for an ErrorDocument. It requests the document under the name of the user
 * of the refused request, and, in the same location, without asking for authorization again. So no
 * position may be an ErrorDocument.
 */
static bool is_error_document(const request_rec *r)
{
    for (; r != NULL; r = r->main ? r->main : r->prev) {
        if (r->prev != NULL && ap_is_HTTP_ERROR(r->prev->status))
            return true;
    }
    return false;
}

/* Returns true if a path contains %2F as the client sent it, and no %252F: then httpd has kept the
 * %2F. */
static bool keeps_slashes(request_rec *r)
{
    const char *sent = r->unparsed_uri ? r->unparsed_uri : "";
    char *path = apr_pstrmemdup(r->pool, sent, strcspn(sent, "?"));

    ap_str_tolower(path);
    return strstr(path, "%2f") != NULL && strstr(path, "%252f") == NULL;
}

/* Decodes %2F. With `AllowEncodedSlashes NoDecode`, a slash within a key arrives as %2F; it belongs to
 * the key. */
static const char *with_slashes(request_rec *r, const char *key)
{
    char *decoded = apr_pstrdup(r->pool, key), *at = decoded;

    while ((at = strstr(at, "%2")) != NULL) {
        if (at[2] == 'F' || at[2] == 'f') {
            *at = '/';
            memmove(at + 1, at + 3, strlen(at + 3) + 1);
        }
        at++;
    }
    return decoded;
}

int gp_claim_translate(request_rec *r)
{
    const char *root = gp_config_find_root(r->server, r->uri);
    ap_conf_vector_t *config = r->per_dir_config;
    char *uri = r->uri;
    gp_route route;

    if (root == NULL || r->proxyreq != PROXYREQ_NONE || is_error_document(r))
        return DECLINED;
    route = gp_route_parse(r->pool, r->uri + strlen(root));
    if (route.resource == GP_RESOURCE_NONE)
        return DECLINED;
    gp_route_resolve(r->pool, &route, r->args);
    if (route.user != NULL && route.alias == NULL && keeps_slashes(r))
        route.user = with_slashes(r, route.user);
    /*
     * A path has many spellings (segments in any case, users('x') for users/x), but <Location> matches
     * one. To apply <Location "/beta/users"> to all of them, the path becomes the canonical one.
     * mod_rewrite may also just have made the path.
     */
    r->uri = apr_pstrcat(r->pool, root, gp_route_path(r->pool, &route), NULL);
    if (!walk(r, root, route.resource)) {
        r->uri = uri;
        r->per_dir_config = config;
        return DECLINED;
    }
    gp_request_get(r)->route = route;
    gp_trace_note(r);
    gp_range_ignore(r);
    /* Neither a file nor a directory, so other modules leave it alone; mod_dir does so because of the
     * handler. */
    r->filename = apr_pstrcat(r->pool, GP_HANDLER ":", r->uri, NULL);
    r->handler = GP_HANDLER;
    return OK;
}

int gp_claim_skip_file(request_rec *r)
{
    return gp_request_is_ours(r) ? OK : DECLINED;
}
