/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ENUMERATION_H
#define GP_ENUMERATION_H

#include <apr_pools.h>
#include <stdbool.h>

typedef struct {
    const char *name;
    unsigned value;
} gp_enum_member;

/** An enumeration type. If is_flags is set, members can be combined: "family,contacts". */
typedef struct {
    const char *name;
    bool is_flags;
    int count;
    const gp_enum_member *members;
    const char *sentinel; /* stands for members of later versions, invalid on input; or NULL */
} gp_enum;

/** @return true if a name is that of the enumeration, qualified by the namespace or by its alias
 *           (gp_namespace_qualifies) */
bool gp_enum_is_named(const gp_enum *enumeration, const char *name, apr_size_t length);

/** @return the description of the enumeration's values for messages, with all members that clients can
 *           send */
const char *gp_enum_describe(apr_pool_t *pool, const gp_enum *enumeration);

/** @return the name of the member whose value is 0 (for flags: no flag set); NULL if there is no such
 *           member */
const char *gp_enum_none(const gp_enum *enumeration);

/** The result of gp_enum_parse for an invalid text. */
#define GP_ENUM_INVALID ((unsigned)-1)

/**
 * Read an enumeration value (OData ABNF enumValue): the name or number of a member, or for flags several,
 * separated by commas. A number of flags may stand for several members.
 * @param canonical  receives the value in the one form that is stored: flags in declared order, once each,
 *                   joined by "," without spaces; from the pool. May be NULL.
 * @return the numeric value; GP_ENUM_INVALID if a name or a bit is unknown or belongs to the sentinel
 */
unsigned gp_enum_parse(apr_pool_t *pool, const gp_enum *enumeration, const char *text,
                       apr_size_t length, const char **canonical);

/** @return the member that the first unknown part of a text, as gp_enum_parse reads it, was probably meant
 *           to be (gp_nearest_open); NULL if none is near. The sentinel is never suggested. */
const char *gp_enum_nearest(const gp_enum *enumeration, const char *text, apr_size_t length);

/** @return true if a text is the name or the number of the enumeration's sentinel */
bool gp_enum_is_sentinel(const gp_enum *enumeration, const char *text, apr_size_t length);

#endif
