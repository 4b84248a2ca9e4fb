/* SPDX-License-Identifier: Apache-2.0 */
/* Paths below a root. The one spelling that a path is brought to means the same, and stays as it is. */
#include "../../src/route.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = open_input(data, &size);
    char *path = apr_pstrcat(pool, "/", text, NULL);
    gp_route route = gp_route_parse(pool, path), again;
    const char *one;

    gp_route_resolve(pool, &route, strchr(text, '?'));
    if (route.resource != GP_RESOURCE_NONE) {
        one = gp_route_path(pool, &route);
        again = gp_route_parse(pool, one);
        /* A key may look like what is none, in parentheses. */
        if (route.resource != GP_RESOURCE_UNKNOWN && (route.id == NULL || *route.id != '$')) {
            must(again.resource == route.resource);
            must(are_same(again.user, route.user) && are_same(again.id, route.id));
            must(strcmp(gp_route_path(pool, &again), one) == 0);
        }
        must(are_same(again.user, route.user));
    }
    return close_input(text);
}
