/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a request becomes ours, by its path: before anything maps it to a file or a proxy.
 */
#include "claim.h"
#include "config.h"
#include "range.h"
#include "request.h"
#include "trace.h"

#include <apr_strings.h>
#include <http_request.h>

#include <string.h>

/* Lets httpd look up the configuration of r->uri again. @return whether this root still serves it */
static bool walk(request_rec *r, const char *root)
{
    const gp_config *config;

    r->per_dir_config = r->server->lookup_defaults;
    if (ap_location_walk(r) != OK)
        return false;
    config = gp_config_get(r);
    return config->enabled == 1 && config->root != NULL && strcmp(config->root, root) == 0;
}

/*
 * Whether httpd looks for an ErrorDocument. It does so in the name that came with the request that was
 * refused, and, where the location is the same, without asking whether that was so: nothing of anybody's
 * may be one.
 */
static bool is_error_document(const request_rec *r)
{
    for (; r != NULL; r = r->main ? r->main : r->prev) {
        if (r->prev != NULL && ap_is_HTTP_ERROR(r->prev->status))
            return true;
    }
    return false;
}

/* Whether a path has %2F in it as the client sent it, and no %252F: then httpd has kept the former. */
static bool keeps_slashes(request_rec *r)
{
    const char *sent = r->unparsed_uri ? r->unparsed_uri : "";
    char *path = apr_pstrmemdup(r->pool, sent, strcspn(sent, "?"));

    ap_str_tolower(path);
    return strstr(path, "%2f") != NULL && strstr(path, "%252f") == NULL;
}

/* With `AllowEncodedSlashes NoDecode` a slash within a key arrives as %2F; it belongs to the key. */
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
     * A path has many spellings (words in any case, users('x') for users/x), and <Location> knows one.
     * What stands in <Location "/beta/users"> holds for all of them, so the path becomes that one. It
     * may also be new to httpd: mod_rewrite may just have made it.
     */
    r->uri = apr_pstrcat(r->pool, root, gp_route_path(r->pool, &route), NULL);
    if (!walk(r, root)) {
        r->uri = uri;
        r->per_dir_config = config;
        return DECLINED;
    }
    gp_request_get(r)->route = route;
    gp_trace_note(r);
    gp_range_ignore(r);
    /* Neither a file nor a directory, for whoever looks; mod_dir leaves it alone for its handler. */
    r->filename = apr_pstrcat(r->pool, GP_HANDLER ":", r->uri, NULL);
    r->handler = GP_HANDLER;
    return OK;
}

int gp_claim_skip_file(request_rec *r)
{
    return gp_request_is_ours(r) ? OK : DECLINED;
}
