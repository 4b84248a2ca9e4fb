/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who calls, whether they may, and whose positions they see. Authentication is httpd's; this room maps
 * what it left to a principal and has permission.c judge. A wrong answer here is a breach, so every
 * way out that is not the last one refuses.
 */
#include "caller.h"
#include "config.h"
#include "request.h"
#include "base/limits.h"
#include "base/text.h"

#include <apr_strings.h>
#include <http_protocol.h>

#include <string.h>

/* ---- identity ---- */

/* Sets *text to the value of an expression, NULL where it is not set or empty. One that fails must not
 * be taken for one that is empty: without scopes a user would become an application. */
static int evaluate(request_rec *r, const ap_expr_info_t *expression, const char **text,
                    gp_problem *problem)
{
    const char *error = NULL;

    *text = NULL;
    if (expression == NULL)
        return 1;
    *text = ap_expr_str_exec(r, expression, &error);
    if (error != NULL) /* which httpd has logged, with its place */
        return gp_problem_set(problem, GP_INTERNAL_ERROR, NULL, NULL);
    if (*text != NULL && **text == '\0')
        *text = NULL;
    return 1;
}

/* The same for what is stored in documents; NULL besides where that cannot be. */
static int evaluate_text(request_rec *r, const ap_expr_info_t *expression, const char *what,
                         const char **text, gp_problem *problem)
{
    if (!evaluate(r, expression, text, problem))
        return 0;
    if (*text != NULL && !gp_text_is_plain(*text)) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                      "%s is not UTF-8 without control characters and is not stored", what);
        *text = NULL;
    }
    return 1;
}

/* Whether a key can be that of an owner. */
static int is_storable(const char *key)
{
    apr_size_t length = strlen(key);

    return length >= 1 && length <= GP_OWNER_MAX && gp_text_is_plain(key);
}

/* Whether a request may be made by nobody: to read what a user shows to everyone. */
static int is_public(const gp_config *config, gp_access access, const gp_route *route)
{
    return config->anonymous == 1 && access == GP_ACCESS_READ && route->user != NULL;
}

int gp_caller_identify(request_rec *r, gp_access access, const gp_route *route, gp_caller *caller,
                       gp_problem *problem)
{
    const gp_config *config = gp_config_get(r);
    const char *principal = r->user, *scopes, *roles;

    memset(caller, 0, sizeof *caller);
    if (config->user != NULL && !evaluate(r, config->user, &principal, problem))
        return 0;
    if (principal == NULL || *principal == '\0') { /* "": whom mod_auth_openidc lets pass */
        if (is_public(config, access, route))
            return 1;
        problem->challenge = "Bearer";
        return gp_problem_set(problem, GP_UNAUTHENTICATED, NULL, NULL);
    }
    if (!is_storable(principal))
        return gp_problem_set(problem, GP_FORBIDDEN, NULL,
                              "The id of the authenticated user cannot be kept: it must be UTF-8 "
                              "without control characters, of %d bytes at most.",
                              GP_OWNER_MAX);
    caller->id = principal;
    gp_request_get(r)->is_caller_known = 1;
    if (!evaluate_text(r, config->user_name, "GraphProfileUserName", &caller->name, problem)
        || !evaluate_text(r, config->application, "GraphProfileApplication", &caller->application,
                          problem)
        || !evaluate(r, config->scopes, &scopes, problem)
        || !evaluate(r, config->roles, &roles, problem))
        return 0;
    /* Tokens of users bear roles, too: only the lack of scopes tells an application. */
    caller->is_application = config->scopes != NULL && scopes == NULL && roles != NULL;
    if (config->scopes != NULL || config->roles != NULL)
        caller->permissions = scopes ? scopes : roles ? roles : "";
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "caller: %s %s, permissions: %s",
                  caller->is_application ? "application" : "user", caller->id,
                  caller->permissions ? caller->permissions : "not checked here");
    return 1;
}

int gp_caller_may_know_ids(const gp_viewer *viewer)
{
    return viewer->sees_all;
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

static int refuse(request_rec *r, const gp_caller *caller, const char *wanted, gp_problem *problem)
{
    if (caller->permissions == NULL)
        return gp_problem_set(problem, GP_FORBIDDEN, NULL,
                              "Only their owner may change positions.");
    problem->challenge =
        apr_psprintf(r->pool, "Bearer error=\"insufficient_scope\", scope=\"%s\"", wanted);
    return gp_problem_set(problem, GP_FORBIDDEN, NULL,
                          "Insufficient privileges to complete the operation. It takes one of: %s.",
                          wanted);
}

/* Of allowedAudiences: what takes in everybody, and whoever is authenticated. */
#define AUDIENCES_OF_ANYBODY ((unsigned)GP_AUDIENCE_EVERYONE)
#define AUDIENCES_OF_CALLERS                                                                       \
    (GP_AUDIENCE_ORGANIZATION | GP_AUDIENCE_FEDERATED_ORGANIZATIONS | AUDIENCES_OF_ANYBODY)

/* Whose positions a key means: an id's, or, with "@", a user principal name's. */
static int find_owner(request_rec *r, const gp_caller *caller, const gp_viewer *viewer,
                      const char *key, const char **owner, gp_problem *problem)
{
    *owner = key;
    if (strchr(key, '@') == NULL || (caller->id != NULL && strcmp(key, caller->id) == 0))
        return 1;
    return gp_store_find_person(r, r->pool, key, viewer, owner, problem);
}

/* What a caller sees of an owner's positions before it is known whose they are. */
static gp_viewer view_of(const gp_caller *caller)
{
    gp_viewer viewer = {caller->is_application,
                        caller->id ? AUDIENCES_OF_CALLERS : AUDIENCES_OF_ANYBODY, caller->id};

    return viewer;
}

/* Looks into the table of permissions, and lets an owner see all. @param owner  NULL: there is none */
static int judge(request_rec *r, const gp_caller *caller, gp_access access, const char *owner,
                 gp_viewer *viewer, gp_problem *problem)
{
    int own = owner != NULL && strcmp(owner, caller->id) == 0;
    gp_reach how_far = caller->is_application ? GP_REACH_APPLICATION
                       : own                  ? GP_REACH_OWN
                                              : GP_REACH_OTHER;

    if (!gp_permission_suffices(caller->permissions, access, how_far))
        return refuse(r, caller, gp_permission_wanted(access, how_far), problem);
    if (own)
        viewer->sees_all = 1;
    return 1;
}

int gp_caller_permit(request_rec *r, const gp_caller *caller, gp_access access,
                     const gp_route *route, const char **owner, gp_viewer *viewer,
                     gp_problem *problem)
{
    const char *key = route->user ? route->user : caller->id;
    int found;

    if (caller->is_application && route->user == NULL)
        return gp_problem_set(problem, GP_BAD_REQUEST, NULL,
                              "/me request is only valid with delegated authentication flow.");
    if (!is_storable(key))
        return gp_problem_set(problem, GP_NOT_FOUND, NULL, "There can be no user with this id.");
    *viewer = view_of(caller);
    found = find_owner(r, caller, viewer, key, owner, problem);
    if (!found && problem->error != GP_NOT_FOUND)
        return 0;
    if (caller->id == NULL) {
        /* Whom there is they are not told: who is unknown has no positions. */
        gp_problem_open(problem, r->pool);
        return 1;
    }
    /* Permission before existence, so that a caller without it does not learn of users. */
    return judge(r, caller, access, found ? *owner : NULL, viewer, problem) && found;
}

int gp_caller_permit_again(request_rec *r, const gp_caller *caller, gp_access access,
                           const char *owner, gp_viewer *viewer, gp_problem *problem)
{
    *viewer = view_of(caller);
    return caller->id == NULL || judge(r, caller, access, owner, viewer, problem);
}
