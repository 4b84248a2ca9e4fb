/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The namespace of the model's types, and the alias that $metadata declares for it.
 */
#include "namespace.h"

#include <string.h>

bool gp_namespace_qualifies(const char *own, const char *name, apr_size_t length)
{
    static const char *const namespaces[] = {GP_NAMESPACE ".", GP_NAMESPACE_ALIAS "."};
    apr_size_t i;

    for (i = 0; i < sizeof namespaces / sizeof namespaces[0]; i++) {
        apr_size_t prefix = strlen(namespaces[i]);

        if (length == prefix + strlen(own) && memcmp(name, namespaces[i], prefix) == 0
            && memcmp(name + prefix, own, length - prefix) == 0)
            return true;
    }
    return false;
}

bool gp_namespace_is_prefix(const char *text)
{
    return strcmp(text, GP_NAMESPACE ".") == 0 || strcmp(text, GP_NAMESPACE_ALIAS ".") == 0;
}
