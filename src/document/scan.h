/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_SCAN_H
#define GP_SCAN_H

#include <apr_pools.h>

#include <stdbool.h>

/** Part of a JSON text, from its first byte to behind its last one. start is NULL: it is not there. */
typedef struct {
    const char *start, *end;
} gp_span;

/** The names of members that a scan looks for, as a tree: each node is a member of its parent. */
typedef struct gp_wanted gp_wanted;
struct gp_wanted {
    const char *name; /* of the root: NULL */
    apr_size_t length;
    int slot; /* receives the value; -1: only members of it are wanted */
    gp_wanted **
        members; /* in the order of their lengths and names, so that a look-up takes logarithmic time */
    int count, size; /* of the members, and of the room for them */
};

/** @return the root of an empty tree */
gp_wanted *gp_wanted_make(apr_pool_t *pool);

/** @return the node of a member; it is made if it is not there yet. @param name  not copied */
gp_wanted *gp_wanted_add(apr_pool_t *pool, gp_wanted *parent, const char *name, apr_size_t length);

/**
 * Find members of a JSON value without making a tree of it. It reads as far as it must: behind the last member
 * that is wanted nothing is looked at, so that not all of the text needs to be JSON.
 * @param value  with white space or without; canonical documents (value.h) are scanned fastest
 * @param slots  those of the tree are set: to the value of the member, or to nothing if there is none or
 *               something on the way to it is not an object. Of members of one name the first counts.
 * @return false: what was looked at is not JSON
 */
bool gp_scan(gp_span value, const gp_wanted *root, gp_span *slots);

/**
 * Read the next item of a JSON array.
 * @param at    in: the array's start, or behind the item before; out: behind the item
 * @param item  receives the item; nothing at the end
 * @return false: what was looked at is not JSON
 */
bool gp_scan_item(const char **at, const char *end, gp_span *item);

/** @return the first byte of a JSON value, which tells its type; 0: it is not there */
static inline char gp_span_type(gp_span value)
{
    return value.start != NULL && value.start < value.end ? *value.start : '\0';
}

/**
 * Decode a JSON string.
 * @param value   with its quotes
 * @param length  receives the number of bytes
 * @return the text itself where nothing in it is escaped, else a copy in the pool; not terminated
 */
const char *gp_scan_string(apr_pool_t *pool, gp_span value, apr_size_t *length);

#endif
