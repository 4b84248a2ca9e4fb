/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The permissions that each access requires: Graph's table for positions, and the spellings of
 * granted permissions in a token. An access outside of the table is not permitted.
 */
#include "permission.h"

#include <stddef.h>
#include <string.h>

static const struct {
    gp_access access;
    gp_reach how_far;
    int unasked; /* true if it is permitted when permissions are not checked */
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

/* Returns the index of a row; ROWS if there is none. */
static size_t find(gp_access access, gp_reach how_far)
{
    size_t i;

    for (i = 0; i < ROWS; i++) {
        if (table[i].access == access && table[i].how_far == how_far)
            break;
    }
    return i;
}

/* The rest of a list of permissions: names and separators, or a JSON array of strings. */
typedef struct {
    const char *rest;
    int is_array;
} list;

static list open_list(const char *text)
{
    list names = {text, *text == '['};

    return names;
}

/* Takes the next name from a list. NULL: there is none. In an array, a name is all text between
 * quotes. A name with escapes matches no permission. */
static const char *next_name(list *names, size_t *length)
{
    static const char separators[] = " ,\t";
    const char *start, *end;

    if (!names->is_array) {
        start = names->rest + strspn(names->rest, separators);
        *length = strcspn(start, separators);
        names->rest = start + *length;
        return *length > 0 ? start : NULL;
    }
    start = strchr(names->rest, '"');
    if (start == NULL)
        return NULL;
    for (end = ++start; *end != '"' && *end != '\0'; end++) {
        if (*end == '\\' && end[1] != '\0')
            end++;
    }
    *length = (size_t)(end - start);
    names->rest = *end == '"' ? end + 1 : end;
    return start;
}

const char *gp_permission_wanted(gp_access access, gp_reach how_far)
{
    size_t row = find(access, how_far);

    return row < ROWS ? table[row].wanted : "";
}

int gp_permission_suffices(const char *granted, gp_access access, gp_reach how_far)
{
    size_t row = find(access, how_far), have_length, want_length;
    const char *have, *want;
    list granted_names, wanted_names;

    if (row == ROWS)
        return 0;
    if (granted == NULL)
        return table[row].unasked;
    granted_names = open_list(granted);
    while ((have = next_name(&granted_names, &have_length)) != NULL) {
        wanted_names = open_list(table[row].wanted);
        while ((want = next_name(&wanted_names, &want_length)) != NULL) {
            if (have_length == want_length && memcmp(have, want, have_length) == 0)
                return 1;
        }
    }
    return 0;
}
