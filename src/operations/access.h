/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ACCESS_H
#define GP_ACCESS_H

#include "exchange.h"

/*
 * These return false where the request must end: with 400, 401, 403 or 404, or with a failure of the database, as
 * the problem.
 */

/** Identify the caller. Without authentication a request is admitted only to read the positions of a user that
 *  its path names, and only if the settings allow it. */
bool gp_access_identify(gp_exchange *x, gp_access access);

/**
 * Reject a write by a page of another site that uses credentials that the browser adds by itself, such as a
 * session's cookie (cross-site request forgery; Fetch Metadata, Sec-Fetch-Site).
 */
bool gp_access_check_origin(gp_exchange *x);

/**
 * Decide by Graph's table of permissions whether the caller may do something to the positions that the path
 * names; who owns them (x->owner); and what of them the caller sees (x->viewer). A key with "@" that is not
 * the caller's own is a user principal name and asks the database.
 */
bool gp_access_permit(gp_exchange *x, gp_access access);

/** The same for an owner who is known, after the caller was identified anew. */
bool gp_access_permit_again(gp_exchange *x, gp_access access);

/**
 * Whether the caller may be told that an owner has, or does not have, a position of an id that the caller
 * does not see. Only a caller who sees all the owner's positions may. All others get the same answer for
 * an id that is hidden from them as for an id that is absent. Reading, changing and deleting do so since
 * their statements look at visible rows only. Creating does so since it does not use such a caller's id:
 * with it, 409 would tell that the id is taken.
 */
bool gp_access_may_know_ids(const gp_viewer *viewer);

/** @return how the caller is named in createdBy and lastModifiedBy */
gp_actor gp_access_actor(const gp_caller *caller);

#endif
