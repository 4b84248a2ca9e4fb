/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HEADER_FORWARDED_H
#define GP_HEADER_FORWARDED_H

#include <apr_pools.h>
#include <stdbool.h>

/** A header in which a proxy reports the address of the original request. */
typedef struct {
    const char *name;
    enum {
        GP_FORWARDED_PROTO = 1,
        GP_FORWARDED_HOST = 2,
        GP_FORWARDED_PORT = 4,
        GP_FORWARDED_PREFIX = 8,
        GP_FORWARDED_RFC7239 = 16
    } bit; /* a set of headers is a bit mask */
} gp_forwarded;

/** All of them, in the order of reading; the last one has no name. */
extern const gp_forwarded gp_forwarded_headers[];

/** The public address of a service, as far as it is known. */
typedef struct {
    const char *scheme; /* "http" or "https"; NULL: unknown */
    const char *host;   /* in lower case, an IPv6 address in brackets; NULL: unknown */
    int port;           /* 0: unknown */
    const char
        *prefix; /* of public paths: "" or "/path", without a trailing slash; NULL: unknown */
} gp_address;

/**
 * Add the content of a forwarded header. Each header must hold one value: a list shows that another
 * proxy, or the client, has added one. A host is a name of letters, digits, ".", "-" and "_", or an
 * address (RFC 3986 section 3.2.2, without characters that names lack). Forwarded has the syntax of
 * RFC 7239.
 * @param header  of gp_forwarded_headers
 * @return false if the header is malformed: then the caller must not use any part of origin
 */
bool gp_header_forwarded(apr_pool_t *pool, const gp_forwarded *header, const char *value,
                         gp_address *origin);

#endif
