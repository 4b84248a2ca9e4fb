/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ORPHAN_H
#define GP_ORPHAN_H

#include "gate.h"
#include "connection.h"

/** child_init: prepare for abandoned connections of this process. @return false: no mutex; none can be adopted */
bool gp_orphan_init(apr_pool_t *child);

/**
 * Adopt a connection whose backend outlives its deadline (gp_connection_is_outlived). It returns to its pool when the
 * backend has ended. Its places in the gates stay taken until then, so there are never more backends than the pool has
 * connections.
 * @param gate   of its pool
 * @param class  of its cost class, if it has a place there, too; or NULL
 * @return false: not adopted; the caller keeps the connection
 */
bool gp_orphan_adopt(gp_connection *connection, gp_gate *gate, gp_gate *class);

/**
 * Give a connection back to its pool, by the thread that may block for that, when its backend has ended what it was
 * late with. Its place in the gate stays taken until then.
 */
void gp_orphan_return(gp_connection *connection, gp_gate *gate);

#endif
