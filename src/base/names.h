/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_NAMES_H
#define GP_NAMES_H

#include <apr_pools.h>

/** A table by names that clients choose. A name costs the logarithm of the number of names, whatever they
 *  are: nobody can choose names that make the table slow, as names can be chosen that collide in the hash
 *  tables of APR (times 33, which no seed changes). */
typedef struct gp_names gp_names;

/** @return an empty table, in the pool */
gp_names *gp_names_make(apr_pool_t *pool);

/**
 * Add a name unless it is there.
 * @param name   not NUL-terminated; not copied
 * @param value  not NULL
 * @return NULL where the name was added; else the value that it has, which stays
 */
void *gp_names_add(gp_names *names, const char *name, apr_size_t length, void *value);

/** @return the value of a name; NULL: it is not there */
void *gp_names_get(const gp_names *names, const char *name, apr_size_t length);

#endif
