/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_STORE_H
#define GP_STORE_H

#include "graphprofile.h"

#include "position.h"

/** An owner's key may have this many bytes: it stands in an index, whose entries PostgreSQL bounds. */
#define GP_OWNER_MAX 2048

/**
 * Store a new position, exactly once, whatever breaks on the way: where the connection is lost it is
 * made sure whether the row is there, by its ETag, which nobody else could have written.
 * @param owner      whose it is: plain UTF-8 text, 1 to GP_OWNER_MAX bytes
 * @param principal  who is logged as the writer, whatever the document says
 * @param problem    receives why not: GP_CONFLICT where the owner has a position of this id already
 * @return non-zero where it is stored and committed. Otherwise it is not, unless the problem is
 *         GP_UNAVAILABLE or GP_GATEWAY_TIMEOUT, where that can be unknown.
 */
int gp_store_create(request_rec *r, const char *owner, const char *principal,
                    const gp_position *position, gp_problem *problem);

#endif
