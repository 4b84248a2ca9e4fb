/* SPDX-License-Identifier: Apache-2.0 */
/* Paths below a root. The canonical spelling of a path has the same meaning, and is its own canonical
 * spelling. */
#include "odata/route.h"
#include "fuzz.h"

/* Compares the user with that of a written path, in which a slash within a key is %2F. */
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
        /* A key in parentheses may look like a reserved segment. */
        if (route.resource != GP_RESOURCE_UNKNOWN && (route.id == NULL || *route.id != '$')) {
            must(again.resource == route.resource);
            must(is_same_user(again.user, route.user) && are_same(again.id, route.id));
            must(strcmp(gp_route_path(pool, &again), one) == 0);
        }
        must(is_same_user(again.user, route.user));
    }
    return close_input(text);
}
