/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Headers in which proxies report the address of the original request: Forwarded (RFC 7239) and
 * X-Forwarded-*.
 */
#include "header_forwarded.h"
#include "header_field.h"
#include "base/text.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <arpa/inet.h>
#include <string.h>

/* X-Forwarded-Port follows X-Forwarded-Host, whose port it replaces. */
const gp_forwarded gp_forwarded_headers[] = {
    {"X-Forwarded-Proto", GP_FORWARDED_PROTO}, {"X-Forwarded-Host", GP_FORWARDED_HOST},
    {"X-Forwarded-Port", GP_FORWARDED_PORT},   {"X-Forwarded-Prefix", GP_FORWARDED_PREFIX},
    {"Forwarded", GP_FORWARDED_RFC7239},       {NULL, 0},
};

static bool read_scheme(gp_piece text, gp_address *origin)
{
    if (origin->scheme != NULL || (!gp_field_is(text, "https") && !gp_field_is(text, "http")))
        return false;
    origin->scheme = gp_field_is(text, "https") ? "https" : "http";
    return true;
}

static bool read_port(gp_piece text, gp_address *origin)
{
    origin->port = text.length <= 5 ? gp_field_count(text) : 0;
    return origin->port > 0 && origin->port <= 65535;
}

/* Returns true for an IPv6 address in brackets; zones and future addresses (IPvFuture) are refused. */
static bool is_ipv6(const char *text, apr_size_t length)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr unused;

    if (length < 2 || length - 2 >= sizeof address || *text != '[' || text[length - 1] != ']')
        return false;
    apr_cpystrn(address, text + 1, length - 1);
    return inet_pton(AF_INET6, address, &unused) == 1;
}

static bool read_host(apr_pool_t *pool, gp_piece text, gp_address *origin)
{
    char *host = apr_pstrmemdup(pool, text.start, text.length), *at;
    const char *port = host + strcspn(host, *host == '[' ? "]" : ":");
    apr_size_t length;

    if (*port == ']')
        port++;
    length = (apr_size_t)(port - host);
    if (origin->host != NULL || length == 0 || length > 253)
        return false;
    if (!is_ipv6(host, length) && gp_text_span(host, "-._") != length)
        return false;
    if (*port != '\0') {
        gp_piece digits = {port + 1, strlen(port + 1)};

        if (*port != ':' || !read_port(digits, origin))
            return false;
    }
    host[length] = '\0';
    for (at = host; *at != '\0'; at++)
        *at = (char)apr_tolower(*at);
    origin->host = host;
    return true;
}

/* Reads a path in RFC 3986 syntax, without escapes and without segments that change its meaning. */
static bool read_prefix(apr_pool_t *pool, const char *text, gp_address *origin)
{
    apr_size_t length = strlen(text);

    if (*text != '/' || gp_text_span(text, "/-._~!$&'()*+;=:@") != length
        || strstr(text, "//") != NULL || strstr(text, "/.") != NULL)
        return false;
    origin->prefix = apr_pstrmemdup(pool, text, text[length - 1] == '/' ? length - 1 : length);
    return true;
}

/* Reads one element: parameters separated by semicolons, each known one at most once. */
static bool read_rfc7239(apr_pool_t *pool, const char *at, gp_address *origin)
{
    for (;; at++) {
        gp_piece name, value;

        at = gp_field_skip(at);
        name = gp_field_token(&at);
        value = gp_field_value(&at);
        if (name.length == 0 || value.length == 0)
            return false;
        if (value.start[-1] == '"' && at[-1] != '"') /* an unclosed quotation */
            return false;
        if (gp_field_is(name, "proto") && !read_scheme(value, origin))
            return false;
        if (gp_field_is(name, "host") && !read_host(pool, value, origin))
            return false;
        at = gp_field_skip(at);
        if (*at != ';')
            return *at == '\0';
    }
}

bool gp_header_forwarded(apr_pool_t *pool, const gp_forwarded *header, const char *value,
                         gp_address *origin)
{
    gp_piece whole = {value, strlen(value)};

    switch (header->bit) {
    case GP_FORWARDED_PROTO:
        return read_scheme(whole, origin);
    case GP_FORWARDED_HOST:
        return read_host(pool, whole, origin);
    case GP_FORWARDED_PORT:
        return read_port(whole, origin);
    case GP_FORWARDED_PREFIX:
        return read_prefix(pool, value, origin);
    default:
        return read_rfc7239(pool, value, origin);
    }
}
