/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identifies the caller. httpd authenticates; the directives say where it left the principal, the scopes and the
 * roles. Permission is decided in src/operations/access.c.
 */
#include "caller.h"
#include "config.h"
#include "request.h"
#include "base/limits.h"
#include "base/text.h"

#include <apr_strings.h>
#include <http_protocol.h>

#include <string.h>

/* Sets *text to the value of an expression, NULL where it is not set or empty. One that fails must not
 * be taken for one that is empty: without scopes a user would become an application. */
static bool evaluate(request_rec *r, const ap_expr_info_t *expression, const char **text,
                     gp_problem *problem)
{
    const char *error = NULL;

    *text = NULL;
    if (expression == NULL)
        return true;
    *text = ap_expr_str_exec(r, expression, &error);
    if (error != NULL) /* which httpd has logged, with its place */
        return gp_problem_set(problem, GP_INTERNAL_ERROR, NULL, NULL);
    if (*text != NULL && **text == '\0')
        *text = NULL;
    return true;
}

/* The same for what is stored in documents; NULL besides where that cannot be. */
static bool evaluate_text(request_rec *r, const ap_expr_info_t *expression, const char *what,
                          const char **text, gp_problem *problem)
{
    if (!evaluate(r, expression, text, problem))
        return false;
    if (*text != NULL && !gp_text_is_plain(*text)) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                      "%s is not UTF-8 without control characters and is not stored", what);
        *text = NULL;
    }
    return true;
}

bool gp_caller_identify(request_rec *r, gp_caller *caller, gp_problem *problem)
{
    const gp_config *config = gp_config_get(r);
    const char *principal = r->user, *scopes, *roles;

    memset(caller, 0, sizeof *caller);
    if (config->user != NULL && !evaluate(r, config->user, &principal, problem))
        return false;
    if (principal == NULL
        || *principal == '\0') /* "": mod_auth_openidc lets unauthenticated callers pass */
        return true;
    caller->id = principal;
    gp_request_get(r)->is_caller_known = true;
    if (!evaluate_text(r, config->user_name, "GraphProfileUserName", &caller->name, problem))
        return false;
    if (!evaluate_text(r, config->application, "GraphProfileApplication", &caller->application,
                       problem))
        return false;
    if (!evaluate(r, config->scopes, &scopes, problem))
        return false;
    if (!evaluate(r, config->roles, &roles, problem))
        return false;
    /* Tokens of users bear roles, too: only the lack of scopes tells an application. */
    caller->is_application = config->scopes != NULL && scopes == NULL && roles != NULL;
    if (config->scopes != NULL || config->roles != NULL)
        caller->permissions = scopes ? scopes : roles ? roles : "";
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "caller: %s %s, permissions: %s",
                  caller->is_application ? "application" : "user", caller->id,
                  caller->permissions ? caller->permissions : "not checked here");
    return true;
}
