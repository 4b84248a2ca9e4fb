/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ACCEPT_H
#define GP_ACCEPT_H

#include "document/value.h"

/** How a Content-Type suits a JSON body. */
typedef enum {
    GP_MEDIA_JSON,         /* application/json, in UTF-8 as far as it says */
    GP_MEDIA_MISSING,      /* no header */
    GP_MEDIA_OTHER,        /* another type, or no media type at all */
    GP_MEDIA_OTHER_CHARSET /* JSON in another charset */
} gp_media;

/** Judge a Content-Type header (RFC 9110 section 8.3). @param value  NULL: there is none */
gp_media gp_header_content_type(const char *value);

/** The media types that answers come in; a set of them is a bit mask. */
typedef enum { GP_OFFER_XML = 1, GP_OFFER_JSON = 2, GP_OFFER_TEXT = 4 } gp_offer;

/** What was agreed on for an answer. */
typedef struct {
    gp_offer media;
    gp_metadata_level level; /* of JSON */
    int ieee754;             /* of JSON: IEEE754Compatible=true */
} gp_accepted;

/**
 * Choose the media type of an answer (RFC 9110 section 12.5.1, OData JSON 4.0 section 3): each has
 * the weight of the most specific range that matches it, and the highest weight wins, among equals
 * the more specific range, then the earlier one. A range with a parameter or a value that is unknown
 * matches nothing (OData protocol 4.01 section 8.2.1).
 * @param value     an Accept header; NULL: anything will do
 * @param offered   the set of what there is; of what one wildcard stands for the lowest bit wins
 * @param accepted  is set only where there is something to agree on
 * @return non-zero; zero where the header admits nothing of it (406)
 */
int gp_header_accept(const char *value, unsigned offered, gp_accepted *accepted);

/**
 * Read a version of OData (OData-Version, OData-MaxVersion): 1*DIGIT [ "." 1*DIGIT ].
 * @return hundredths, so that they compare: 400 for "4.0", 401 for "4.01"; -1 where it is malformed
 */
int gp_header_version(const char *value);

#endif
