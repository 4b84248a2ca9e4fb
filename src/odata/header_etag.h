/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HEADER_ETAG_H
#define GP_HEADER_ETAG_H

#include "document/value.h"

#include <apr_tables.h>
#include <stdbool.h>

/** An entity tag from a client. */
typedef struct {
    const char *sent;     /* the whole tag, with quotes */
    const char *token;    /* of the representation: between the quotes, without that suffix */
    const char *position; /* of the position, whatever the representation */
    bool is_coded;        /* it has a suffix of compression */
} gp_etag;

/** Entity tags of an If-Match or If-None-Match header. */
typedef struct {
    bool is_sent;
    bool any;                 /* "*" */
    apr_array_header_t *tags; /* of gp_etag */
} gp_etags;

/**
 * Read a list of entity tags (RFC 9110 section 8.8.3). OData compares them weakly (OData protocol
 * 4.0 section 8.2.4), so W/ does not matter, nor does the suffix that mod_deflate and mod_brotli
 * add to the tag when they compress ("-gzip", "-br", "-zstd").
 * @param value  NULL: none
 * @return false if the header is malformed
 */
bool gp_header_etags(apr_pool_t *pool, const char *value, gp_etags *etags);

/** @return true if one of the tags belongs to the position with this ETag */
bool gp_etags_match(const gp_etags *etags, const char *etag);

/**
 * Find the tag of one representation of the position that has this ETag.
 * @return the tag as it was sent, so that a cache recognizes it; NULL if it is not in the list
 */
const gp_etag *gp_etags_find(apr_pool_t *pool, const gp_etags *etags, const char *etag,
                             gp_metadata_level level);

/** @return the tag of a representation, with its quotes */
const char *gp_etag_quote(apr_pool_t *pool, const char *etag, gp_metadata_level level);

#endif
