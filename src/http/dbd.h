/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_DBD_H
#define GP_DBD_H

#include "graphprofile.h"
#include "store/run.h"

/** register_hooks: record the pool of each connection that mod_dbd opens. */
void gp_dbd_register(void);

/**
 * Check mod_dbd before using it.
 * @param pool  scratch memory
 * @return false if it is not loaded, or if its data has another layout than this file expects
 */
bool gp_dbd_is_known(apr_pool_t *pool, server_rec *server);

/** child_init: create the data that the requests of this process share, and register every host with a service
 * root. */
void gp_dbd_init(apr_pool_t *child, server_rec *server);

/**
 * The database for a request, from the configuration of its virtual host. It is made at the first call, which must
 * come after authentication, because it takes the user's share.
 * @return in r->pool; never NULL
 */
gp_store *gp_dbd_store(request_rec *r);

#endif
