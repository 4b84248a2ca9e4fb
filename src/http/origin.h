/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ORIGIN_H
#define GP_ORIGIN_H

#include "graphprofile.h"

#include "odata/route.h"

/**
 * Lets pages of the origins that GraphProfileAllowOrigin names read an answer (Fetch standard,
 * section 3.2, CORS). Credentials that the browser adds by itself are never allowed.
 * @param headers  of the answer
 */
void gp_origin_share(request_rec *r, apr_table_t *headers);

/**
 * header_parser: the same for whatever will answer a request that is ours, before anybody refuses it. To be
 * called again when the configuration of the request changes: the last call counts.
 */
int gp_origin_announce(request_rec *r);

/**
 * access_checker_ex: a browser asks, without credentials, whether a page may make a request (a
 * preflight). That says nothing of anybody's, so it is let through to the handler.
 */
int gp_origin_admit_preflight(request_rec *r);

/** Answers a preflight, where a request is one. @param headers  of the answer */
void gp_origin_preflight(request_rec *r, gp_resource resource, apr_table_t *headers);

#endif
