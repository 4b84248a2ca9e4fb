/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_NAMES_H
#define GP_NAMES_H

#include <apr_pools.h>

/** A table keyed by names that clients choose. An operation costs the logarithm of the number of
 * names, whatever the names are. The hash tables of APR (times 33, unseeded) do not have this
 * property: a client can choose names that collide and make them slow. */
typedef struct gp_names gp_names;

/** @return an empty table, allocated from the pool */
gp_names *gp_names_make(apr_pool_t *pool);

/**
 * Add a name if the table lacks it.
 * @param name  not NUL-terminated; not copied
 * @param value  not NULL
 * @return NULL if the name was added; otherwise its present value, which stays
 */
void *gp_names_add(gp_names *names, const char *name, apr_size_t length, void *value);

/** @return the value of a name; NULL if the table lacks it */
void *gp_names_get(const gp_names *names, const char *name, apr_size_t length);

#endif
