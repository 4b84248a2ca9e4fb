/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HEADER_CONTENT_TYPE_H
#define GP_HEADER_CONTENT_TYPE_H

#include <apr_pools.h>
#include <stdbool.h>

/** The result of checking a Content-Type for a JSON body. */
typedef enum {
    GP_MEDIA_JSON,         /* application/json, in UTF-8 or without a charset */
    GP_MEDIA_MISSING,      /* no header */
    GP_MEDIA_OTHER,        /* another type, or an invalid media type */
    GP_MEDIA_OTHER_CHARSET /* JSON in another charset */
} gp_media;

/** Check a Content-Type header (RFC 9110 section 8.3). @param value  NULL: none */
gp_media gp_header_content_type(const char *value);

/** @return true if a Content-Type has this type and subtype, in any case, with any parameters
 *  @param value  NULL: none */
bool gp_header_has_type(const char *value, const char *type, const char *subtype);

/** @return the boundary in the Content-Type of a multipart body (RFC 2046 section 5.1.1); NULL: it has none, or not
 *           exactly one that is valid, of at most GP_BOUNDARY_MAX characters */
const char *gp_header_boundary(apr_pool_t *pool, const char *value);

#endif
