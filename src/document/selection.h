/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_SELECTION_H
#define GP_SELECTION_H

#include "model.h"

/** The properties of a type that an answer contains. */
typedef struct gp_selection gp_selection;
struct gp_selection {
    const gp_type *type;       /* NULL: of a primitive value, which is always whole */
    bool is_whole;             /* every property, also undeclared ones */
    bool has_members;          /* the undeclared members of an open type */
    gp_selection **properties; /* by index in the type; NULL: left out */
    const char *text;          /* the paths of the whole selection, as the context URL lists them */
};

#endif
