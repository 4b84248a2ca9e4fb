/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_LOOKUP_H
#define GP_LOOKUP_H

#include "graphprofile.h"

/**
 * Look up another path for a request, as httpd would for a request of its own: sections, access rules, and what other
 * modules say of it. Nothing is sent. Access is always checked, also where the path has the configuration of the
 * request: httpd would not check it again then, whatever the method and the path are, although <Limit>, Require method
 * and Require expr tell them apart. The caller is authenticated once: by the request, if the path has the same
 * configuration.
 * @param r        the request as it came, no sub-request
 * @param url      path and query string, percent-encoded
 * @param headers  that the other request has; NULL: those of this one
 * @return a sub-request, which gp_lookup_judge judges
 */
request_rec *gp_lookup_make(request_rec *r, const char *method, const char *url,
                            apr_table_t *headers);

/**
 * Judge the outcome of a look-up.
 * @return OK; or the status with which the path refuses: one of HTTP
 */
int gp_lookup_judge(request_rec *r, request_rec *looked_up);

/** check_user_id: a path with the configuration of the request has the request's user. */
int gp_lookup_authenticate(request_rec *r);

#endif
