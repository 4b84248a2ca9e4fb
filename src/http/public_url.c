/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The URL at which clients reach the service root, possibly through a proxy.
 */
#include "public_url.h"
#include "config.h"
#include "odata/header_forwarded.h"
#include "request.h"

#include <apr_strings.h>
#include <apr_uri.h>
#include <http_core.h>
#include <http_protocol.h>

#include <string.h>

/*
 * Returns true if the peer is a proxy that mod_remoteip trusts: then the client's address differs
 * from the peer's. It also differs with the PROXY protocol, but such a peer passes on the client's
 * own headers. Only for that protocol, mod_remoteip attaches a note to the connection.
 */
static bool is_trusted_proxy(const request_rec *r)
{
    const module *remoteip = ap_find_linked_module(GP_REMOTEIP);

    return remoteip != NULL && r->useragent_addr != r->connection->client_addr
           && ap_get_module_config(r->connection->conn_config, remoteip) == NULL;
}

/* Reads the address from the allowed headers. One bad header makes the whole address unknown. */
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
            reason = "mod_remoteip does not trust the sender";
        else if (!gp_header_forwarded(r->pool, header, value, &origin))
            reason = "it is malformed or a list of several";
        if (reason == NULL)
            continue;
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, "ignored the forwarded headers: %s: %s: %.100s",
                      header->name, reason, value);
        return unknown;
    }
    return origin;
}

static const char *make_base_url(request_rec *r, const gp_config *config)
{
    const char *host = r->server->server_hostname;
    gp_address origin = forwarded_origin(r, gp_config_forwarded(config));

    /* A forwarded scheme or host without a port means the default port of the scheme. */
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

const char *gp_public_url(request_rec *r)
{
    const gp_config *config = gp_config_get(r);
    gp_request *request = gp_request_get(r);

    if (request->base_url == NULL)
        request->base_url = config->base_url ? config->base_url : make_base_url(r, config);
    return request->base_url;
}
