/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_SELECTION_H
#define GP_SELECTION_H

#include "model.h"

/** Which properties of a type an answer has. */
typedef struct gp_selection gp_selection;
struct gp_selection {
    const gp_type *type;       /* NULL: of a primitive value, which is there as a whole */
    bool is_whole;             /* every property, and whatever is not declared */
    bool has_members;          /* the members that are not declared, of an open type */
    gp_selection **properties; /* by place in the type; NULL: left out */
    const char *text; /* of the whole selection: its paths, as the context URL lists them */
};

#endif
