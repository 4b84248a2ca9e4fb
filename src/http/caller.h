/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CALLER_H
#define GP_CALLER_H

#include "graphprofile.h"

#include "odata/permission.h"
#include "document/position.h"
#include "odata/route.h"
#include "store/store.h"

/** Who calls, as authentication left it: r->user and the environment, never a request header. */
typedef struct {
    const char *id;          /* the authenticated principal; NULL: nobody */
    const char *name;        /* NULL: not known */
    const char *application; /* NULL: not known */
    int is_application;      /* calls on its own behalf, not for a user */
    const char *permissions; /* of the token; NULL: the administrator does not check them here */
} gp_caller;

/**
 * Find out who calls, by the GraphProfileUser .. GraphProfileRoles directives. Nobody may, where
 * GraphProfileAnonymous lets them, read a user's positions.
 * @return non-zero; zero where somebody must be authenticated and is not (401), or the principal
 *         cannot be kept (403)
 */
int gp_caller_identify(request_rec *r, gp_access access, const gp_route *route, gp_caller *caller,
                       gp_problem *problem);

/**
 * Decide whether the caller may do something to the positions that a route names, by Graph's table
 * of permissions; whose they are; and what of them the caller may see. A key with "@" that is not
 * the caller's own is a user principal name and asks the database.
 * @param owner   receives the owner's key
 * @param viewer  receives what the caller may see
 * @return non-zero where it may; zero with 400, 403 or 404, or a failure of the database, as the
 *         problem
 */
int gp_caller_permit(request_rec *r, const gp_caller *caller, gp_access access,
                     const gp_route *route, const char **owner, gp_viewer *viewer,
                     gp_problem *problem);

/**
 * The same for an owner who is known: after the configuration of the request has become another one
 * (rules.h) and the caller was identified by it.
 */
int gp_caller_permit_again(request_rec *r, const gp_caller *caller, gp_access access,
                           const char *owner, gp_viewer *viewer, gp_problem *problem);

/**
 * Whether a caller may be told that an owner has, or does not have, a position of an id that the caller
 * does not see. Only a caller who sees all the owner's positions may. All others get the same answer for
 * an id that is hidden from them as for an id that is absent. Reading, changing and deleting do so since
 * their statements look at visible rows only. Creating does so since it does not use such a caller's id:
 * with it, 409 would tell that the id is taken.
 */
int gp_caller_may_know_ids(const gp_viewer *viewer);

/** @return how the caller is named in createdBy and lastModifiedBy */
gp_actor gp_caller_actor(const gp_caller *caller);

#endif
