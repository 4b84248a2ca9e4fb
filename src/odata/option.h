/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_OPTION_H
#define GP_OPTION_H

#include "lexer.h"
#include "base/problem.h"

#include <stdbool.h>

/** The state of reading one query option that is a list of names: $select, $expand. Expressions have gp_parser. */
typedef struct {
    apr_pool_t *pool; /* the caller sets the pool and the problem */
    gp_problem *problem;
    const char *name; /* such as $select: the target of problems */
    gp_lexer lexer;
    const char *missing; /* the first part of OData that is not implemented; NULL: none */
} gp_option;

/**
 * Start to read an option.
 * @param most  the greatest length of its text, in bytes
 * @return false: it is longer, and the problem is set
 */
bool gp_option_open(gp_option *option, const char *name, const char *text, apr_size_t most);

/**
 * End the reading: the text must end here, and must not contain a part that is not implemented. Illegal text is
 * reported first (400); a part that is not implemented is reported only in legal text (501).
 * @return false: the problem is set
 */
bool gp_option_finish(gp_option *option);

/** Set the problem (400) with a position. @return false, always */
bool gp_option_refuse(gp_option *option, int at, const char *what);

/** Set the problem: another token was expected, such as "a comma". @return false, always */
bool gp_option_expected(gp_option *option, const char *what);

/** Record a legal part that is not implemented, and continue. @return true, always */
bool gp_option_miss(gp_option *option, int at, const char *what);

#endif
