/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HEADER_ACCEPT_H
#define GP_HEADER_ACCEPT_H

#include "document/value.h"

#include <stdbool.h>

/** The media types of answers; a set of them is a bit mask. */
typedef enum {
    GP_OFFER_XML = 1,
    GP_OFFER_JSON = 2,
    GP_OFFER_TEXT = 4,
    GP_OFFER_MULTIPART = 8 /* multipart/mixed */
} gp_offer;

/** The negotiated format of an answer. */
typedef struct {
    gp_offer media;
    gp_metadata_level level; /* of JSON */
    bool ieee754;            /* of JSON: IEEE754Compatible=true */
} gp_accepted;

/**
 * Choose the media type of an answer (RFC 9110 section 12.5.1, OData JSON 4.0 section 3): each type
 * has the weight of the most specific range that matches it. The highest weight wins; among equals,
 * the more specific range, then the earlier one. A range with an unknown parameter or value matches
 * nothing (OData protocol 4.01 section 8.2.1).
 * @param value  an Accept header; NULL: any type is acceptable
 * @param offered  the set of offered types; for a wildcard, the lowest bit wins
 * @param accepted  set only on success
 * @return false if the header accepts none of them (406)
 */
bool gp_header_accept(const char *value, unsigned offered, gp_accepted *accepted);

#endif
