/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HEADER_H
#define GP_HEADER_H

#include "document/value.h"

#include <apr_tables.h>

/** What a Prefer header asks for, of what this service knows (RFC 7240). */
typedef struct {
    enum { GP_RETURN_UNSAID, GP_RETURN_MINIMAL, GP_RETURN_REPRESENTATION } returns;
    const char *page_preference; /* the name of the preference that counts; NULL: none */
    int page_size;               /* its value; 0: none */
} gp_prefer;

/**
 * Read a Prefer header: preferences are separated by commas, names in any case, a value may be
 * quoted; of a preference that stands twice the first counts; unknown ones and their parameters are
 * skipped (RFC 7240 section 2). Of maxpagesize and odata.maxpagesize the former counts (OData protocol
 * 4.01 section 8.2.8.5).
 * @param value  NULL: there is none
 */
gp_prefer gp_header_prefer(const char *value);

/** An entity tag as a client sends it back. */
typedef struct {
    const char *sent; /* all of it, quotes too */
    const char
        *token; /* of the representation: between the quotes, without what compression adds */
    const char *position; /* of the position, whatever its representation */
    int is_coded;         /* compression had added to it */
} gp_etag;

/** Entity tags of an If-Match or If-None-Match header. */
typedef struct {
    int is_sent;
    int any;                  /* "*" */
    apr_array_header_t *tags; /* of gp_etag */
} gp_etags;

/**
 * Read a list of entity tags (RFC 9110 section 8.8.3). OData compares them weakly (OData protocol
 * 4.0 section 8.2.4), so W/ does not count; nor does the suffix that mod_deflate and mod_brotli put
 * into a tag as they compress ("-gzip", "-br", "-zstd").
 * @param value  NULL: there is none
 * @return non-zero; zero where the header is malformed
 */
int gp_header_etags(apr_pool_t *pool, const char *value, gp_etags *etags);

/** @return non-zero where a tag of the position that has this ETag is among them */
int gp_etags_match(const gp_etags *etags, const char *etag);

/**
 * Find the tag of one representation of the position that has this ETag.
 * @return it as it was sent, so that a cache knows it again; NULL: it is not among them
 */
const gp_etag *gp_etags_find(apr_pool_t *pool, const gp_etags *etags, const char *etag,
                             gp_metadata_level level);

/** @return the tag of a representation, with its quotes */
const char *gp_etag_quote(apr_pool_t *pool, const char *etag, gp_metadata_level level);

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
 * @return non-zero; zero where the header is malformed: then nothing of origin is to be used
 */
int gp_header_forwarded(apr_pool_t *pool, const gp_forwarded *header, const char *value,
                        gp_address *origin);

#endif
