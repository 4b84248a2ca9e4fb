/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access control: the owner of the positions that the request names, whether the caller may perform the operation,
 * and which positions the caller may see. A wrong result here is a breach, so every return except the last one
 * refuses.
 */
#include "access.h"
#include "base/limits.h"
#include "base/text.h"

#include <apr_strings.h>

#include <string.h>

/* Returns true if a key can be the id of an owner. */
static bool is_storable(const char *key)
{
    apr_size_t length = strlen(key);

    return length >= 1 && length <= GP_OWNER_MAX && gp_text_is_plain(key);
}

/* ---- the caller ---- */

bool gp_access_identify(gp_exchange *x, gp_access access)
{
    if (!x->receiver->identify(x))
        return false;
    if (x->caller.id == NULL) {
        if (x->settings.allows_anonymous && access == GP_ACCESS_READ
            && (x->route->user != NULL || x->route->resource == GP_RESOURCE_BATCH))
            return true;
        x->problem->challenge = "Bearer";
        return gp_problem_set(x->problem, GP_UNAUTHENTICATED, NULL, NULL);
    }
    if (!is_storable(x->caller.id))
        return gp_problem_set(x->problem, GP_FORBIDDEN, NULL,
                              "The id of the authenticated user cannot be stored: it must be UTF-8 "
                              "without control characters, at most %d bytes long.",
                              GP_OWNER_MAX);
    return true;
}

/* Returns true if the client itself put its credentials into the request: a browser never adds a token by
 * itself. */
static bool has_token(const gp_exchange *x)
{
    static const char *const schemes[] = {"Bearer ", "DPoP "};
    const char *authorization = gp_exchange_header(x, "Authorization");
    apr_size_t i;

    for (i = 0; authorization != NULL && i < sizeof schemes / sizeof schemes[0]; i++) {
        if (strncasecmp(authorization, schemes[i], strlen(schemes[i])) == 0)
            return true;
    }
    return false;
}

bool gp_access_check_origin(gp_exchange *x)
{
    const char *site = gp_exchange_header(x, "Sec-Fetch-Site");

    if (site == NULL || strcasecmp(site, "cross-site") != 0 || has_token(x))
        return true;
    return gp_problem_set(x->problem, GP_FORBIDDEN, "Sec-Fetch-Site",
                          "A page of another site cannot write with the browser's own credentials. "
                          "Send a bearer token.");
}

bool gp_access_may_know_ids(const gp_viewer *viewer)
{
    return viewer->sees_all;
}

gp_actor gp_access_actor(const gp_caller *caller)
{
    gp_actor actor = {caller->id, caller->name, caller->application};

    if (caller->is_application) {
        actor.application_id = caller->application ? caller->application : caller->id;
        actor.user_id = NULL;
        actor.user_name = NULL;
    }
    return actor;
}

/* ---- permission ---- */

static bool refuse(gp_exchange *x, const char *wanted)
{
    if (x->caller.permissions == NULL)
        return gp_problem_set(x->problem, GP_FORBIDDEN, NULL,
                              "Only their owner may change positions.");
    x->problem->challenge =
        apr_psprintf(x->pool, "Bearer error=\"insufficient_scope\", scope=\"%s\"", wanted);
    return gp_problem_set(
        x->problem, GP_FORBIDDEN, NULL,
        "Insufficient privileges to complete the operation. It requires one of: %s.", wanted);
}

/* The flags of allowedAudiences that include everyone, and those that include every authenticated caller. */
#define AUDIENCES_OF_ANYBODY ((unsigned)GP_AUDIENCE_EVERYONE)
#define AUDIENCES_OF_CALLERS                                                                       \
    (GP_AUDIENCE_ORGANIZATION | GP_AUDIENCE_FEDERATED_ORGANIZATIONS | AUDIENCES_OF_ANYBODY)

/* Finds the owner that a key names: by id, or, if it contains "@", by user principal name. */
static bool find_owner(gp_exchange *x, const char *key)
{
    x->owner = key;
    if (strchr(key, '@') == NULL || (x->caller.id != NULL && strcmp(key, x->caller.id) == 0))
        return true;
    return gp_store_find_person(x->store, x->pool, key, &x->viewer, &x->owner, x->problem);
}

/* Returns the view of a caller on an owner's positions before the owner is known. */
static gp_viewer view_of(const gp_caller *caller)
{
    gp_viewer viewer = {caller->is_application,
                        caller->id ? AUDIENCES_OF_CALLERS : AUDIENCES_OF_ANYBODY, caller->id};

    return viewer;
}

/* Looks up the table of permissions, and lets owners see all their positions. @param owner  NULL: there is none */
static bool judge(gp_exchange *x, gp_access access, const char *owner)
{
    bool own = owner != NULL && strcmp(owner, x->caller.id) == 0;
    gp_reach how_far = x->caller.is_application ? GP_REACH_APPLICATION
                       : own                    ? GP_REACH_OWN
                                                : GP_REACH_OTHER;

    if (!gp_permission_suffices(x->caller.permissions, access, how_far))
        return refuse(x, gp_permission_wanted(access, how_far));
    if (own)
        x->viewer.sees_all = 1;
    return true;
}

bool gp_access_permit(gp_exchange *x, gp_access access)
{
    const gp_caller *caller = &x->caller;
    const char *key = x->route->user ? x->route->user : caller->id;
    bool found;

    if (caller->is_application && x->route->user == NULL)
        return gp_problem_set(x->problem, GP_BAD_REQUEST, NULL,
                              "/me request is only valid with delegated authentication flow.");
    if (!is_storable(key))
        return gp_problem_set(x->problem, GP_NOT_FOUND, NULL, "No user can have this id.");
    x->viewer = view_of(caller);
    found = find_owner(x, key);
    if (!found && x->problem->error != GP_NOT_FOUND)
        return false;
    if (caller->id == NULL) {
        /* Anonymous callers must not learn which users exist: an unknown user looks like one without visible
         * positions. */
        gp_problem_open(x->problem, x->pool);
        return true;
    }
    /* Check the permission before existence, so that a caller without it does not learn which users exist. */
    if (!judge(x, access, found ? x->owner : NULL))
        return false;
    return found;
}

bool gp_access_permit_again(gp_exchange *x, gp_access access)
{
    x->viewer = view_of(&x->caller);
    return x->caller.id == NULL || judge(x, access, x->owner);
}
