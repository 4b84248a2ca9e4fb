/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_SELECT_H
#define GP_SELECT_H

#include "document/model.h"
#include "base/problem.h"

/** Which properties of a type an answer has. */
typedef struct gp_selection gp_selection;
struct gp_selection {
    const gp_type *type;       /* NULL: of a primitive value, which is there as a whole */
    int is_whole;              /* every property, and whatever is not declared */
    int has_members;           /* the members that are not declared, of an open type */
    gp_selection **properties; /* by place in the type; NULL: left out */
    const char *text; /* of the whole selection: its paths, as the context URL lists them */
};

/**
 * Read a $select (OData URL conventions 4.01 section 5.1.3): properties, paths, "*", and nested
 * $select in parentheses.
 * @param text     percent-decoded UTF-8
 * @param problem  receives what is wrong, with the position in characters from 1
 * @return from the pool; or NULL
 */
const gp_selection *gp_select_parse(apr_pool_t *pool, const char *text, gp_problem *problem);

#endif
