/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HEADER_CONTENT_TYPE_H
#define GP_HEADER_CONTENT_TYPE_H

/** The result of checking a Content-Type for a JSON body. */
typedef enum {
    GP_MEDIA_JSON,         /* application/json, in UTF-8 or without a charset */
    GP_MEDIA_MISSING,      /* no header */
    GP_MEDIA_OTHER,        /* another type, or an invalid media type */
    GP_MEDIA_OTHER_CHARSET /* JSON in another charset */
} gp_media;

/** Check a Content-Type header (RFC 9110 section 8.3). @param value  NULL: none */
gp_media gp_header_content_type(const char *value);

#endif
