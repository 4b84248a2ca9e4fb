/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the module knows of a request besides httpd's own record, and how the request becomes ours.
 * Who asks about a request that is not ours gets an answer too: errors.c does.
 */
#include "request.h"
#include "range.h"
#include "trace.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>

#include <stdlib.h>
#include <string.h>

/* Bytes for several requests, since the call into the system costs more than they do. Each is given out
 * once: what a thread forks executes another program. */
static _Thread_local struct {
    unsigned char bytes[512];
    apr_size_t left;
} reserve;

void gp_request_random(request_rec *r, void *bytes, apr_size_t length)
{
    apr_status_t status = APR_SUCCESS;

    if (reserve.left < length) {
        status = apr_generate_random_bytes(reserve.bytes, sizeof reserve.bytes);
        reserve.left = sizeof reserve.bytes;
    }
    if (status != APR_SUCCESS) {
        ap_log_rerror(APLOG_MARK, APLOG_CRIT, status, r,
                      "the system has no random bytes: this process ends");
        abort();
    }
    reserve.left -= length;
    memcpy(bytes, reserve.bytes + reserve.left, length);
}

gp_request *gp_request_get(request_rec *r)
{
    gp_request *request = ap_get_module_config(r->request_config, &graphprofile_module);
    const char *sent;
    char *client_id;
    unsigned char random[16];

    if (request != NULL)
        return request;
    request = apr_pcalloc(r->pool, sizeof *request);
    gp_problem_open(&request->problem, r->pool);
    gp_request_random(r, random, sizeof random);
    gp_uuid_format_v4(request->request_id, random);
    request->client_request_id = request->request_id;
    sent = apr_table_get(r->headers_in, "client-request-id");
    client_id = apr_palloc(r->pool, GP_UUID_SIZE);
    if (sent != NULL && gp_uuid_parse(client_id, sent, strlen(sent)))
        request->client_request_id = client_id;
    ap_set_module_config(r->request_config, &graphprofile_module, request);
    return request;
}

const char *gp_request_caller(request_rec *r)
{
    return r->user != NULL && *r->user != '\0'
               ? apr_pstrcat(r->pool, "user ", r->user, NULL)
               : apr_pstrcat(r->pool, "address ", r->useragent_ip, NULL);
}

void gp_request_vary(request_rec *r, apr_table_t *headers, const char *name)
{
    const char *vary = apr_table_get(headers, "Vary");
    char *lower = apr_pstrdup(r->pool, name);

    ap_str_tolower(lower); /* ap_find_token would take Accept for Accept-Encoding */
    if (vary == NULL || !ap_find_list_item(r->pool, vary, lower))
        apr_table_mergen(headers, "Vary", name);
}

void gp_request_forbid_sniffing(apr_table_t *headers)
{
    apr_table_setn(headers, "X-Content-Type-Options", "nosniff");
}

/* ---- becoming ours ---- */

int gp_request_is_ours(const request_rec *r)
{
    const gp_request *request = ap_get_module_config(r->request_config, &graphprofile_module);

    return request != NULL && request->route.resource != GP_RESOURCE_NONE;
}

/* Has httpd look up the configuration of r->uri anew. @return whether this root serves it still */
static int walk(request_rec *r, const char *root)
{
    const gp_config *config;

    r->per_dir_config = r->server->lookup_defaults;
    if (ap_location_walk(r) != OK)
        return 0;
    config = gp_config_get(r);
    return config->enabled == 1 && config->root != NULL && strcmp(config->root, root) == 0;
}

/*
 * Whether httpd looks for an ErrorDocument. It does so in the name that came with the request that was
 * refused, and, where the location is the same, without asking whether that was so: nothing of anybody's
 * may be one.
 */
static int is_error_document(const request_rec *r)
{
    for (; r != NULL; r = r->main ? r->main : r->prev) {
        if (r->prev != NULL && ap_is_HTTP_ERROR(r->prev->status))
            return 1;
    }
    return 0;
}

/* Whether a path has %2F in it as the client sent it, and no %252F: then httpd has kept the former. */
static int keeps_slashes(request_rec *r)
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

int gp_request_translate(request_rec *r)
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

int gp_request_claimed(request_rec *r)
{
    return gp_request_is_ours(r) ? OK : DECLINED;
}

/* ---- URLs ---- */

/*
 * Whether the peer is a proxy that mod_remoteip trusts: then the client's address is not the peer's.
 * With the PROXY protocol that is so as well, but there the peer hands on what the client sent, and
 * these headers are the client's own. mod_remoteip keeps a note on a connection for that alone.
 */
static int is_trusted_proxy(const request_rec *r)
{
    const module *remoteip = ap_find_linked_module(GP_REMOTEIP);

    return remoteip != NULL && r->useragent_addr != r->connection->client_addr
           && ap_get_module_config(r->connection->conn_config, remoteip) == NULL;
}

/* What the headers tell that the location goes by; nothing at all where one of them is not right. */
static gp_address forwarded_origin(request_rec *r, int allowed)
{
    static const gp_address unknown;
    gp_address origin = unknown;
    const gp_forwarded *header;

    for (header = gp_forwarded_headers; header->name != NULL; header++) {
        const char *value =
            allowed & (int)header->bit ? apr_table_get(r->headers_in, header->name) : NULL;
        const char *reason = NULL;

        if (value == NULL)
            continue;
        if (!is_trusted_proxy(r))
            reason = "mod_remoteip does not trust who sent it";
        else if (!gp_header_forwarded(r->pool, header, value, &origin))
            reason = "it is malformed or a list";
        if (reason == NULL)
            continue;
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                      "forwarded headers do not count here: %s: %s: %.100s", header->name, reason,
                      value);
        return unknown;
    }
    return origin;
}

static const char *make_base_url(request_rec *r, const gp_config *config)
{
    const char *host = r->server->server_hostname;
    gp_address origin = forwarded_origin(r, gp_config_forwarded(config));

    /* A scheme or a host that was forwarded without a port means the scheme's own one. */
    if (origin.scheme == NULL && origin.host == NULL && origin.port == 0) {
        origin.port = r->server->port;
        if (origin.port == 0 && r->connection->local_addr != NULL)
            origin.port = r->connection->local_addr->port;
    }
    if (origin.scheme == NULL)
        origin.scheme = r->server->server_scheme ? r->server->server_scheme : ap_run_http_scheme(r);
    if (origin.host == NULL)
        origin.host = ap_strchr_c(host, ':') != NULL && *host != '['
                          ? apr_pstrcat(r->pool, "[", host, "]", NULL)
                          : host;
    if (origin.port != 0 && origin.port != apr_uri_port_of_scheme(origin.scheme))
        origin.host = apr_psprintf(r->pool, "%s:%d", origin.host, origin.port);
    return apr_pstrcat(r->pool, origin.scheme, "://", origin.host,
                       origin.prefix ? origin.prefix : "", config->root, NULL);
}

const char *gp_request_base_url(request_rec *r)
{
    const gp_config *config = gp_config_get(r);
    gp_request *request = gp_request_get(r);

    if (request->base_url == NULL)
        request->base_url = config->base_url ? config->base_url : make_base_url(r, config);
    return request->base_url;
}
