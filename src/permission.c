/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which permissions it takes to do what: Graph's table for positions, and how a token spells those it
 * grants. What is not in the table is not permitted.
 */
#include "permission.h"

#include <stddef.h>
#include <string.h>

static const struct {
    gp_access access;
    gp_reach how_far;
    int unasked; /* whether it is permitted where no token is asked */
    const char *wanted;
} table[] = {
    /* clang-format off */
    {GP_ACCESS_READ,  GP_REACH_OWN,         1, "User.Read User.ReadWrite User.ReadBasic.All"
                                               " User.Read.All User.ReadWrite.All"},
    {GP_ACCESS_READ,  GP_REACH_OTHER,       1, "User.ReadBasic.All User.Read.All User.ReadWrite.All"},
    {GP_ACCESS_READ,  GP_REACH_APPLICATION, 0, "User.Read.All User.ReadWrite.All"},
    {GP_ACCESS_WRITE, GP_REACH_OWN,         1, "User.ReadWrite User.ReadWrite.All"},
    {GP_ACCESS_WRITE, GP_REACH_OTHER,       0, "User.ReadWrite.All"},
    {GP_ACCESS_WRITE, GP_REACH_APPLICATION, 0, "User.ReadWrite.All"},
    /* clang-format on */
};

#define ROWS (sizeof table / sizeof table[0])

/* The number of a row; ROWS where there is none. */
static size_t find(gp_access access, gp_reach how_far)
{
    size_t i;

    for (i = 0; i < ROWS; i++) {
        if (table[i].access == access && table[i].how_far == how_far)
            break;
    }
    return i;
}

/* Takes the next permission off a list. NULL: there is none. */
static const char *next_permission(const char **list, size_t *length)
{
    static const char separators[] = " ,\t\"[]";
    const char *start = *list + strspn(*list, separators);

    *length = strcspn(start, separators);
    *list = start + *length;
    return *length > 0 ? start : NULL;
}

const char *gp_permission_wanted(gp_access access, gp_reach how_far)
{
    size_t row = find(access, how_far);

    return row < ROWS ? table[row].wanted : "";
}

int gp_permission_suffices(const char *granted, gp_access access, gp_reach how_far)
{
    size_t row = find(access, how_far), have_length, want_length;
    const char *have, *want, *rest;

    if (row == ROWS)
        return 0;
    if (granted == NULL)
        return table[row].unasked;
    while ((have = next_permission(&granted, &have_length)) != NULL) {
        for (rest = table[row].wanted; (want = next_permission(&rest, &want_length)) != NULL;) {
            if (have_length == want_length && memcmp(have, want, have_length) == 0)
                return 1;
        }
    }
    return 0;
}
