/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ENUMERATION_H
#define GP_ENUMERATION_H

#include <apr_pools.h>
#include <stdbool.h>

typedef struct {
    const char *name;
    unsigned value;
} gp_enum_member;

/** An enumeration type. With is_flags members combine: "family,contacts". */
typedef struct {
    const char *name;
    bool is_flags;
    int count;
    const gp_enum_member *members;
    const char *sentinel; /* the member that stands for later ones, never valid on input; or NULL */
} gp_enum;

/** @return true if a name is the enumeration's, qualified by the namespace or by its alias
 *  (gp_namespace_qualifies) */
bool gp_enum_is_named(const gp_enum *enumeration, const char *name, apr_size_t length);

/** @return how a message names a value of the enumeration, with all members that can be sent */
const char *gp_enum_describe(apr_pool_t *pool, const gp_enum *enumeration);

/** @return the name of the member whose value is 0, which for flags means none of them; NULL: there is no
 *  such member */
const char *gp_enum_none(const gp_enum *enumeration);

/** The answer of gp_enum_parse where the text is no valid value. */
#define GP_ENUM_INVALID ((unsigned)-1)

/**
 * Read an enumeration value (OData ABNF enumValue): a member's name or number, or several joined by
 * commas where they are flags. A number of flags may stand for several members.
 * @param canonical  receives the value in the one form that is stored: flags in declared order, once
 *                   each, joined by "," without spaces; from the pool. May be NULL.
 * @return the numeric value; GP_ENUM_INVALID where a name or a bit is unknown or is the sentinel's
 */
unsigned gp_enum_parse(apr_pool_t *pool, const gp_enum *enumeration, const char *text,
                       apr_size_t length, const char **canonical);

/** @return the member that a part of a text, as gp_enum_parse reads it, was probably meant to be: for the first
 *  part that is no member (gp_nearest_open); NULL if nothing is near. The sentinel is never suggested. */
const char *gp_enum_nearest(const gp_enum *enumeration, const char *text, apr_size_t length);

/** @return true if a text is the name or the number of the enumeration's sentinel */
bool gp_enum_is_sentinel(const gp_enum *enumeration, const char *text, apr_size_t length);

#endif
