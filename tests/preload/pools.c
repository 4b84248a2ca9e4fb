/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loaded before APR, for valgrind: memory from a pool counts as undefined, like memory from malloc.
 * APR maps its memory itself and reuses it, so valgrind would otherwise consider it initialized.
 */
#include <apr_pools.h>

#include <dlfcn.h>
#include <valgrind/memcheck.h>

void *apr_palloc(apr_pool_t *pool, apr_size_t size)
{
    static void *(*real)(apr_pool_t *, apr_size_t);
    void *memory;

    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "apr_palloc");
    memory = real(pool, size);
    if (memory != NULL)
        VALGRIND_MAKE_MEM_UNDEFINED(memory, size);
    return memory;
}
