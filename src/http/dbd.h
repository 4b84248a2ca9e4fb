/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_DBD_H
#define GP_DBD_H

#include "graphprofile.h"
#include "store/run.h"

/** register_hooks: note of each connection of mod_dbd which pool it is of. */
void gp_dbd_register(void);

/**
 * Check mod_dbd before it is used.
 * @param pool  scratch memory
 * @return false if it is not loaded, or lays out its data otherwise than this file reads it
 */
bool gp_dbd_is_known(apr_pool_t *pool, server_rec *server);

/** child_init: make what the requests of this process share, and register every host that has a service root. */
void gp_dbd_init(apr_pool_t *child, server_rec *server);

/**
 * The database as a request uses it, from the configuration of its virtual host. Made at the first call, which must
 * come after authentication: it takes the user's share.
 * @return in r->pool; never NULL
 */
gp_store *gp_dbd_store(request_rec *r);

#endif
