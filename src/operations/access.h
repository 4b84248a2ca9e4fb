/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ACCESS_H
#define GP_ACCESS_H

#include "exchange.h"

/*
 * These functions return false if the request must end: x->problem is then 400, 401, 403, 404 or a failure of the
 * database.
 */

/** Identify the caller. Without authentication, a request may only read the positions of a user that its path
 * names, or be a batch, whose requests are checked separately, and only if the settings allow it. */
bool gp_access_identify(gp_exchange *x, gp_access access);

/**
 * Reject a write by a page of another site that relies on credentials which the browser adds by itself, such as a
 * session's cookie (cross-site request forgery; Fetch Metadata, Sec-Fetch-Site).
 */
bool gp_access_check_origin(gp_exchange *x);

/**
 * Determine the owner of the positions that the path names (x->owner), check Graph's table of permissions, and
 * determine which of the positions the caller may see (x->viewer). A key with "@" that is not the caller's own is
 * a user principal name and needs the database.
 */
bool gp_access_permit(gp_exchange *x, gp_access access);

/** Do the same for a known owner, after the caller was identified again. */
bool gp_access_permit_again(gp_exchange *x, gp_access access);

/**
 * Check if the caller may learn whether an owner has a position with an id that the caller cannot see. Only a
 * caller who sees all positions of the owner may. All others get the same answer for a hidden id and an unused
 * one. Reading, changing and deleting ensure this because their statements use only visible rows. Creating
 * ensures it by ignoring the id that such a caller sends: otherwise 409 would reveal that the id is in use.
 */
bool gp_access_may_know_ids(const gp_viewer *viewer);

/** @return the caller as named in createdBy and lastModifiedBy */
gp_actor gp_access_actor(const gp_caller *caller);

#endif
