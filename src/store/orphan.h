/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ORPHAN_H
#define GP_ORPHAN_H

#include "gate.h"
#include "connection.h"

/** child_init: where orphans of this process are kept. @return false: there can be none */
bool gp_orphan_init(apr_pool_t *child);

/**
 * Take over a connection whose backend outlives its deadline (gp_connection_is_outlived). It goes back to its
 * pool when the backend has ended, and until then its places in the gates stay taken: so backends that
 * cannot be ended are never more than the pool has connections.
 * @param gate   of its pool
 * @param class  of its cost class, where it has a place, too; or NULL
 * @return false: it was not taken over
 */
bool gp_orphan_adopt(gp_connection *connection, gp_gate *gate, gp_gate *class);

#endif
