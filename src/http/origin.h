/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ORIGIN_H
#define GP_ORIGIN_H

#include "graphprofile.h"

#include "odata/route.h"

/**
 * Let pages of the origins in GraphProfileAllowOrigin read an answer (Fetch standard, section 3.2,
 * CORS). Credentials that the browser adds by itself are never allowed.
 * @param headers  of the answer
 */
void gp_origin_share(request_rec *r, apr_table_t *headers);

/**
 * header_parser: do this for every answer to a claimed request, before any module can refuse it. Call it
 * again when the configuration of the request changes: the last call counts.
 */
int gp_origin_announce(request_rec *r);

/**
 * access_checker_ex: admit a preflight, by which a browser asks without credentials if a page may send a
 * request. Its answer reveals nothing about a user.
 */
int gp_origin_admit_preflight(request_rec *r);

/** @return whether the configuration of a request lets the page that it comes from read the answer */
bool gp_origin_may_read(const request_rec *r);

/**
 * Set the headers of the answer to a preflight; other requests stay unchanged. @param headers  of the
 * answer
 */
void gp_origin_preflight(request_rec *r, gp_resource resource, apr_table_t *headers);

#endif
