/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identifies the caller. httpd authenticates; the directives name the variables with the principal, the scopes
 * and the roles. src/operations/access.c decides permissions.
 */
#include "caller.h"
#include "config.h"
#include "request.h"
#include "base/limits.h"
#include "base/text.h"

#include <apr_strings.h>
#include <http_protocol.h>

#include <string.h>

/* Evaluates an expression into *text; NULL if it is unset or empty. A failed evaluation must not count as empty:
 * a user without scopes would become an application. */
static bool evaluate(request_rec *r, const ap_expr_info_t *expression, const char **text,
                     gp_problem *problem)
{
    const char *error = NULL;

    *text = NULL;
    if (expression == NULL)
        return true;
    *text = ap_expr_str_exec(r, expression, &error);
    if (error != NULL) /* httpd has logged it, with its position */
        return gp_problem_set(problem, GP_INTERNAL_ERROR, NULL, NULL);
    if (*text != NULL && **text == '\0')
        *text = NULL;
    return true;
}

/* Evaluates an expression whose text is stored in documents. A text that cannot be stored becomes NULL. */
static bool evaluate_text(request_rec *r, const ap_expr_info_t *expression, const char *what,
                          const char **text, gp_problem *problem)
{
    if (!evaluate(r, expression, text, problem))
        return false;
    if (*text != NULL && !gp_text_is_plain(*text)) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r,
                      "%s is not stored: it is not UTF-8, or contains control characters", what);
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
        || *principal == '\0') /* "": mod_auth_openidc admits unauthenticated callers */
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
    /* A user's token may have roles, too: only the lack of scopes identifies an application. */
    caller->is_application = config->scopes != NULL && scopes == NULL && roles != NULL;
    if (config->scopes != NULL || config->roles != NULL)
        caller->permissions = scopes ? scopes : roles ? roles : "";
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "caller: %s %s, permissions: %s",
                  caller->is_application ? "application" : "user", caller->id,
                  caller->permissions ? caller->permissions : "not checked here");
    return true;
}
