/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_SCAN_H
#define GP_SCAN_H

#include <apr_pools.h>

#include <stdbool.h>

/** Part of a JSON text, from its first byte to the byte after its last. start is NULL if the part is
 * missing. */
typedef struct {
    const char *start, *end;
} gp_span;

/** The names of members that a scan looks for, as a tree: each node is a member of its parent. */
typedef struct gp_wanted gp_wanted;
struct gp_wanted {
    const char *name; /* of the root: NULL */
    apr_size_t length;
    int slot;            /* receives the value; -1: only its members are wanted */
    gp_wanted **members; /* sorted by length and name, so that a look-up takes logarithmic time */
    int count, size;     /* of the members, and of the allocated memory for them */
};

/** @return the root of an empty tree */
gp_wanted *gp_wanted_make(apr_pool_t *pool);

/** @return the node of a member; it is made if it is missing. @param name  not copied */
gp_wanted *gp_wanted_add(apr_pool_t *pool, gp_wanted *parent, const char *name, apr_size_t length);

/**
 * Find members of a JSON value without making a tree of it. The scan ends after the last wanted member, so the
 * rest of the text need not be JSON.
 * @param value  with or without white space; canonical documents (value.h) are scanned fastest
 * @param slots  receives the values of the tree's members. A slot is empty if the member is missing, or if a
 *               value on the path to it is not an object. Of members with one name, the first counts.
 * @return false if the scanned text is not JSON
 */
bool gp_scan(gp_span value, const gp_wanted *root, gp_span *slots);

/**
 * Read the next item of a JSON array.
 * @param at  in: the start of the array, or the end of the preceding item; out: the end of the item
 * @param item  receives the item; empty at the end
 * @return false if the scanned text is not JSON
 */
bool gp_scan_item(const char **at, const char *end, gp_span *item);

/** @return the first byte of a JSON value, which shows its type; 0 if the value is missing */
static inline char gp_span_type(gp_span value)
{
    return value.start != NULL && value.start < value.end ? *value.start : '\0';
}

/**
 * Decode a JSON string.
 * @param value  with its quotes
 * @param length  receives the number of bytes
 * @return the text itself if it has no escapes, otherwise a copy in the pool; not NUL-terminated
 */
const char *gp_scan_string(apr_pool_t *pool, gp_span value, apr_size_t *length);

#endif
