/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_RULES_H
#define GP_RULES_H

#include "graphprofile.h"

/**
 * Hold a request that names the owner by a user principal name to what the configuration says of the
 * owner's id: <Location "/beta/users/{id}">, <LocationMatch> and <If>. httpd looks the id's path up in a
 * sub-request, with the method of this request; nothing of it is sent. Where no section can tell one
 * user's path from another's, there is no look-up.
 * @param owner     the owner's id; not the key in the path
 * @param is_shown  whether the client is answered a refusal; if not, one leaves the request as it was
 * @return DECLINED: no look-up was needed; OK: the path admits the request, and its configuration now is
 *         the request's, so that what was taken from the configuration before must be taken again;
 *         otherwise the HTTP status with which the path refuses. If that is shown, the headers of the
 *         refusal and the path's configuration, such as its ErrorDocument, are set.
 */
int gp_rules_apply(request_rec *r, const char *owner, bool is_shown);

#endif
