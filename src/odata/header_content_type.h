/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HEADER_CONTENT_TYPE_H
#define GP_HEADER_CONTENT_TYPE_H

/** How a Content-Type suits a JSON body. */
typedef enum {
    GP_MEDIA_JSON,         /* application/json, in UTF-8 as far as it says */
    GP_MEDIA_MISSING,      /* no header */
    GP_MEDIA_OTHER,        /* another type, or no media type at all */
    GP_MEDIA_OTHER_CHARSET /* JSON in another charset */
} gp_media;

/** Judge a Content-Type header (RFC 9110 section 8.3). @param value  NULL: there is none */
gp_media gp_header_content_type(const char *value);

#endif
