/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HEADER_H
#define GP_HEADER_H

#include <apr_pools.h>

/** How a Content-Type suits a JSON body. */
typedef enum {
    GP_MEDIA_JSON,         /* application/json, in UTF-8 as far as it says */
    GP_MEDIA_MISSING,      /* no header */
    GP_MEDIA_OTHER,        /* another type, or no media type at all */
    GP_MEDIA_OTHER_CHARSET /* JSON in another charset */
} gp_media;

/** Judge a Content-Type header (RFC 9110 section 8.3). @param value  NULL: there is none */
gp_media gp_header_content_type(const char *value);

/** What a Prefer header asks for, of what this service knows (RFC 7240). */
typedef struct {
    enum { GP_RETURN_UNSAID, GP_RETURN_MINIMAL, GP_RETURN_REPRESENTATION } returns;
} gp_prefer;

/**
 * Read a Prefer header: preferences are separated by commas, names in any case, a value may be
 * quoted; of a preference that stands twice the first counts; unknown ones and their parameters are
 * skipped (RFC 7240 section 2).
 * @param value  NULL: there is none
 */
gp_prefer gp_header_prefer(const char *value);

#endif
