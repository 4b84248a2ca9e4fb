/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_LOOKUP_H
#define GP_LOOKUP_H

#include "graphprofile.h"

/**
 * Look up another path for a request, as httpd does for a request of its own: sections, access rules, and the hooks of
 * other modules. httpd sends nothing. This always checks the access rules. httpd itself skips them if the path has the
 * configuration of the request, although <Limit>, Require method and Require expr depend on the method and the path.
 * If the path has the configuration of the request, it also has the request's user: the caller is authenticated once.
 * @param r        the main request, not a sub-request
 * @param url      path and query string, percent-encoded
 * @param headers  of the other request; NULL: those of this one
 * @return a sub-request, for gp_lookup_judge
 */
request_rec *gp_lookup_make(request_rec *r, const char *method, const char *url,
                            apr_table_t *headers);

/**
 * Judge the outcome of a look-up.
 * @return OK, or the HTTP status of the refusal
 */
int gp_lookup_judge(request_rec *r, request_rec *looked_up);

/** check_user_id: a path with the configuration of the request has the request's user. */
int gp_lookup_authenticate(request_rec *r);

#endif
