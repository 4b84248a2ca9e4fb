/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who calls and what they may do. Authentication is httpd's; this room maps what it left to a
 * principal and reads one table of permissions. A wrong answer here is a breach, so every way out
 * that is not the last one refuses.
 */
#include "caller.h"
#include "config.h"
#include "store.h"
#include "text.h"

#include <apr_strings.h>
#include <http_protocol.h>

#include <string.h>

/* ---- identity ---- */

/* The value of an expression; NULL where it is not set or empty. */
static const char *evaluate(request_rec *r, const ap_expr_info_t *expression, const char *what)
{
    const char *error = NULL, *text;

    if (expression == NULL)
        return NULL;
    text = ap_expr_str_exec(r, expression, &error);
    if (error != NULL) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "%s cannot be evaluated: %s", what, error);
        return NULL;
    }
    return text != NULL && *text != '\0' ? text : NULL;
}

/* The same for what is stored in documents; NULL besides where that cannot be. */
static const char *evaluate_text(request_rec *r, const ap_expr_info_t *expression, const char *what)
{
    const char *text = evaluate(r, expression, what);

    if (text == NULL || gp_text_is_plain(text))
        return text;
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, "%s is not plain UTF-8: taken as absent", what);
    return NULL;
}

/* Whether a key can be that of an owner. */
static int is_storable(const char *key)
{
    apr_size_t length = strlen(key);

    return length >= 1 && length <= GP_OWNER_MAX && gp_text_is_plain(key);
}

int gp_caller_identify(request_rec *r, gp_caller *caller, gp_problem *problem)
{
    const gp_config *config = gp_config_get(r);
    const char *principal, *scopes, *roles;

    memset(caller, 0, sizeof *caller);
    principal = config->user ? evaluate(r, config->user, "GraphProfileUser") : r->user;
    if (principal == NULL || *principal == '\0') {
        problem->challenge = "Bearer";
        return gp_problem_set(problem, GP_UNAUTHENTICATED, NULL, NULL);
    }
    if (!is_storable(principal))
        return gp_problem_set(problem, GP_FORBIDDEN, NULL,
                              "The id of the authenticated user cannot be kept: it must be UTF-8 "
                              "without control characters, of %d bytes at most.",
                              GP_OWNER_MAX);
    caller->id = principal;
    caller->name = evaluate_text(r, config->user_name, "GraphProfileUserName");
    caller->application = evaluate_text(r, config->application, "GraphProfileApplication");
    scopes = evaluate(r, config->scopes, "GraphProfileScopes");
    roles = evaluate(r, config->roles, "GraphProfileRoles");
    /* Tokens of users bear roles, too: only the lack of scopes tells an application. */
    caller->is_application = config->scopes != NULL && scopes == NULL && roles != NULL;
    if (config->scopes != NULL || config->roles != NULL)
        caller->permissions = scopes ? scopes : roles ? roles : "";
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "caller: %s %s, permissions: %s",
                  caller->is_application ? "application" : "user", caller->id,
                  caller->permissions ? caller->permissions : "not checked here");
    return 1;
}

gp_actor gp_caller_actor(const gp_caller *caller)
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

typedef enum { REACH_OWN, REACH_OTHER, REACH_APPLICATION } reach;

/* Graph's table for positions, least privileged first; any one of a row will do. */
static const struct {
    gp_access access;
    reach reach;
    const char *permissions;
} table[] = {
    {GP_ACCESS_READ, REACH_OWN,
     "User.Read User.ReadWrite User.ReadBasic.All User.Read.All User.ReadWrite.All"},
    {GP_ACCESS_READ, REACH_OTHER, "User.ReadBasic.All User.Read.All User.ReadWrite.All"},
    {GP_ACCESS_READ, REACH_APPLICATION, "User.Read.All User.ReadWrite.All"},
    {GP_ACCESS_WRITE, REACH_OWN, "User.ReadWrite User.ReadWrite.All"},
    {GP_ACCESS_WRITE, REACH_OTHER, "User.ReadWrite.All"},
    {GP_ACCESS_WRITE, REACH_APPLICATION, "User.ReadWrite.All"},
};

static const char *permissions_for(gp_access access, reach how_far)
{
    apr_size_t i;

    for (i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].access == access && table[i].reach == how_far)
            return table[i].permissions;
    }
    return "";
}

/* Takes the next permission off a list: separated by spaces, by commas, or a JSON array. */
static const char *next_permission(const char **list, apr_size_t *length)
{
    static const char separators[] = " ,\t\"[]";
    const char *start = *list + strspn(*list, separators);

    *length = strcspn(start, separators);
    *list = start + *length;
    return *length > 0 ? start : NULL;
}

/* Whether one of the permissions that are granted is one of those that will do. */
static int is_granted(const char *granted, const char *wanted)
{
    const char *have, *want, *rest;
    apr_size_t have_length, want_length;

    while ((have = next_permission(&granted, &have_length)) != NULL) {
        for (rest = wanted; (want = next_permission(&rest, &want_length)) != NULL;) {
            if (have_length == want_length && memcmp(have, want, have_length) == 0)
                return 1;
        }
    }
    return 0;
}

static int refuse(request_rec *r, const char *wanted, gp_problem *problem)
{
    problem->challenge =
        apr_psprintf(r->pool, "Bearer error=\"insufficient_scope\", scope=\"%s\"", wanted);
    return gp_problem_set(problem, GP_FORBIDDEN, NULL,
                          "Insufficient privileges to complete the operation. It takes one of: %s.",
                          wanted);
}

/* Whether the caller has one of the permissions for this; without any configured, by who it is. */
static int is_permitted(const gp_caller *caller, gp_access access, reach how_far)
{
    if (caller->permissions == NULL)
        return how_far == REACH_OWN || access == GP_ACCESS_READ;
    return is_granted(caller->permissions, permissions_for(access, how_far));
}

/* Organization, federatedOrganizations and everyone: who is authenticated belongs to them. */
#define AUDIENCES_OF_CALLERS (8u | 16u | 32u)

int gp_caller_permit(request_rec *r, const gp_caller *caller, gp_access access,
                     const gp_route *route, const char **owner, gp_viewer *viewer,
                     gp_problem *problem)
{
    const char *key = route->user;
    int found = 1, own;
    reach how_far;

    if (caller->is_application && key == NULL)
        return gp_problem_set(problem, GP_BAD_REQUEST, NULL,
                              "/me request is only valid with delegated authentication flow.");
    if (key != NULL && !is_storable(key))
        return gp_problem_set(problem, GP_NOT_FOUND, NULL, "There can be no user with this id.");
    *owner = key ? key : caller->id;
    if (strcmp(*owner, caller->id) != 0 && strchr(*owner, '@') != NULL) {
        found = gp_store_find_person(r, key, owner, problem);
        if (!found && problem->error != GP_NOT_FOUND)
            return 0;
    }
    own = found && strcmp(*owner, caller->id) == 0;
    how_far = caller->is_application ? REACH_APPLICATION : own ? REACH_OWN : REACH_OTHER;
    /* Permission before existence, so that who has none does not learn of users. */
    if (!is_permitted(caller, access, how_far))
        return refuse(r, permissions_for(access, how_far), problem);
    viewer->sees_all = own || caller->is_application;
    viewer->audiences = AUDIENCES_OF_CALLERS;
    viewer->id = caller->id;
    return found;
}
