/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HEADER_FORWARDED_H
#define GP_HEADER_FORWARDED_H

#include <apr_pools.h>
#include <stdbool.h>

/** A header by which a proxy can tell how it was addressed itself. */
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

/** All of them, in the order in which they are to be read; the last one has no name. */
extern const gp_forwarded gp_forwarded_headers[];

/** Where a service is to be found from outside, as far as that is known. */
typedef struct {
    const char *scheme; /* "http" or "https"; NULL: not known */
    const char *host;   /* in lower case, an IPv6 address in brackets; NULL: not known */
    int port;           /* 0: not known */
    const char
        *prefix; /* of paths there: "" or "/path", without a trailing slash; NULL: not known */
} gp_address;

/**
 * Add what a forwarded header tells. Each must hold one value: a list shows that another proxy, or
 * the client, has said something too. A host is a name of letters, digits, ".", "-" and "_", or an
 * address (RFC 3986 section 3.2.2, less what no name has); Forwarded is RFC 7239's.
 * @param header  of gp_forwarded_headers
 * @return false if the header is malformed: then the caller must not use anything of origin
 */
bool gp_header_forwarded(apr_pool_t *pool, const gp_forwarded *header, const char *value,
                         gp_address *origin);

#endif
