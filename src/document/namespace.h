/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_NAMESPACE_H
#define GP_NAMESPACE_H

#include <apr.h>
#include <stdbool.h>

#define GP_NAMESPACE       "microsoft.graph"
#define GP_NAMESPACE_ALIAS "graph" /* as declared in $metadata */

/** @return true if a name is `own`, qualified by the namespace or by its alias (for workPosition:
 *  microsoft.graph.workPosition, graph.workPosition)
 *  @param name  not NUL-terminated */
bool gp_namespace_qualifies(const char *own, const char *name, apr_size_t length);

/** @return true if a text is the namespace or its alias, followed by a dot */
bool gp_namespace_is_prefix(const char *text);

#endif
