/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_RULES_H
#define GP_RULES_H

#include "graphprofile.h"

/**
 * Apply the configuration of the owner's id to a request that names the owner by a user principal name:
 * <Location "/beta/users/{id}">, <LocationMatch> and <If>. httpd looks up the id's path in a sub-request
 * with the method of this request, and sends nothing of it. If no section can distinguish the paths of
 * users, there is no look-up.
 * @param owner  the owner's id; not the key in the path
 * @param is_shown  true if the client gets a refusal as the answer; if false, a refusal leaves the
 *                  request unchanged
 * @return DECLINED: no look-up was needed; OK: the path admits the request, and its configuration is now
 *         that of the request, so read values from the configuration again; otherwise the HTTP status of
 *         the refusal. If is_shown is true, the headers of the refusal and the path's configuration,
 *         such as its ErrorDocument, are then set.
 */
int gp_rules_apply(request_rec *r, const char *owner, bool is_shown);

#endif
