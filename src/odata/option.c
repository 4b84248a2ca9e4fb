/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state that the readers of $select and $expand share, and the handling of errors and of parts that this service
 * does not implement.
 */
#include "option.h"

#include <apr_strings.h>

#include <string.h>

bool gp_option_open(gp_option *option, const char *name, const char *text, apr_size_t most)
{
    option->name = name;
    option->missing = NULL;
    if (strlen(text) > most)
        return gp_problem_set(option->problem, GP_BAD_REQUEST, name,
                              "It is longer than %" APR_SIZE_T_FMT " bytes.", most);
    gp_lexer_open(&option->lexer, option->pool, text);
    return true;
}

bool gp_option_finish(gp_option *option)
{
    if (option->lexer.token.kind != GP_TOKEN_END)
        return gp_option_expected(option, "a comma or the end");
    return option->missing == NULL
           || gp_problem_set(option->problem, GP_NOT_IMPLEMENTED, option->name, "%s",
                             option->missing);
}

bool gp_option_refuse(gp_option *option, int at, const char *what)
{
    return gp_problem_set(option->problem, GP_BAD_REQUEST, option->name, "At position %d: %s", at,
                          what);
}

bool gp_option_expected(gp_option *option, const char *what)
{
    return gp_option_refuse(option, option->lexer.token.at,
                            gp_lexer_expected(&option->lexer, what));
}

bool gp_option_miss(gp_option *option, int at, const char *what)
{
    if (option->missing == NULL)
        option->missing =
            apr_psprintf(option->pool, "At position %d: %s is not implemented.", at, what);
    return true;
}
