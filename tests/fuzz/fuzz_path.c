/* SPDX-License-Identifier: Apache-2.0 */
/* Paths below a root. The one spelling that a path is brought to means the same, and stays as it is. */
#include "odata/route.h"
#include "fuzz.h"

/* The user of a path that has been written; a slash within a key is written as %2F. */
static int is_same_user(const char *written, const char *user)
{
    if (user == NULL || strchr(user, '/') == NULL)
        return are_same(written, user);
    return written != NULL && strchr(written, '/') == NULL && strstr(written, "%2F") != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = open_input(data, &size);
    char *path = apr_pstrcat(pool, "/", text, NULL), *args = strchr(path, '?');
    gp_route route, again;
    const char *one;

    if (args != NULL)
        *args++ = '\0';
    route = gp_route_parse(pool, path);
    gp_route_resolve(pool, &route, args);
    if (route.resource != GP_RESOURCE_NONE) {
        one = gp_route_path(pool, &route);
        again = gp_route_parse(pool, one);
        /* A key may look like what is none, in parentheses. */
        if (route.resource != GP_RESOURCE_UNKNOWN && (route.id == NULL || *route.id != '$')) {
            must(again.resource == route.resource);
            must(is_same_user(again.user, route.user) && are_same(again.id, route.id));
            must(strcmp(gp_route_path(pool, &again), one) == 0);
        }
        must(is_same_user(again.user, route.user));
    }
    return close_input(text);
}
