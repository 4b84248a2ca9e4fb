/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enumeration types: reading a value, and the one form in which it is stored.
 */
#include "enumeration.h"
#include "namespace.h"
#include "base/nearest.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

/* The most digits of an Int64. */
#define INT64_DIGITS 19

bool gp_enum_is_named(const gp_enum *enumeration, const char *name, apr_size_t length)
{
    return gp_namespace_qualifies(enumeration->name, name, length);
}

const char *gp_enum_none(const gp_enum *enumeration)
{
    int i;

    for (i = 0; i < enumeration->count; i++) {
        if (enumeration->members[i].value == 0)
            return enumeration->members[i].name;
    }
    return NULL;
}

/* The members of an enumeration as a set. The bit of a member is its index, because a member may have the value
 * 0. */
#define MEMBER(index) (1u << (index))

static bool is_sentinel(const gp_enum *enumeration, int index)
{
    return enumeration->sentinel != NULL
           && strcmp(enumeration->members[index].name, enumeration->sentinel) == 0;
}

const char *gp_enum_describe(apr_pool_t *pool, const gp_enum *enumeration)
{
    const char *list = "";
    int i;

    for (i = 0; i < enumeration->count; i++) {
        const char *name = enumeration->members[i].name;

        if (!is_sentinel(enumeration, i))
            list = apr_pstrcat(pool, list, *list ? ", " : "", name, NULL);
    }
    return apr_psprintf(pool, "a " GP_NAMESPACE ".%s (%s of %s)", enumeration->name,
                        enumeration->is_flags ? "one or more, comma-separated," : "one", list);
}

/* Finds a member by name. Returns 0 if there is none, or for the sentinel. */
static unsigned find_name(const gp_enum *enumeration, const char *name, apr_size_t length)
{
    int i;

    for (i = 0; i < enumeration->count; i++) {
        const char *member = enumeration->members[i].name;

        if (strncmp(member, name, length) == 0 && member[length] == '\0')
            return is_sentinel(enumeration, i) ? 0 : MEMBER(i);
    }
    return 0;
}

/* Reads an Int64 that is not negative, of at most 19 digits, with or without a plus sign (OData ABNF
 * int64Value). */
static bool read_number(const char *text, apr_size_t length, apr_uint64_t *number)
{
    const char *end = text + length;

    if (length > 0 && *text == '+')
        text++;
    if (text == end || end - text > INT64_DIGITS)
        return false;
    for (*number = 0; text < end; text++) {
        if (!apr_isdigit(*text))
            return false;
        *number = *number * 10 + (apr_uint64_t)(*text - '0');
    }
    return true;
}

/* Finds the members that a number stands for. Returns 0 if the number, or one of its bits, belongs to no member
 * or to the sentinel. */
static unsigned find_number(const gp_enum *enumeration, const char *text, apr_size_t length)
{
    apr_uint64_t number, rest;
    unsigned found = 0;
    int i;

    if (!read_number(text, length, &number))
        return 0;
    rest = number;
    for (i = 0; i < enumeration->count; i++) {
        unsigned value = enumeration->members[i].value;

        if (is_sentinel(enumeration, i))
            continue;
        if (number == value)
            return MEMBER(i);
        if (enumeration->is_flags && value != 0 && (number & value) == value) {
            found |= MEMBER(i);
            rest &= ~(apr_uint64_t)value;
        }
    }
    return rest == 0 ? found : 0;
}

bool gp_enum_is_sentinel(const gp_enum *enumeration, const char *text, apr_size_t length)
{
    apr_uint64_t number;
    int i;

    for (i = 0; i < enumeration->count; i++) {
        const char *name = enumeration->members[i].name;

        if (is_sentinel(enumeration, i))
            return (strncmp(name, text, length) == 0 && name[length] == '\0')
                   || (read_number(text, length, &number)
                       && number == enumeration->members[i].value);
    }
    return false;
}

/* One part of a text: the whole text, or the text between two commas of flags, without spaces at its ends. */
typedef struct {
    const char *start;
    apr_size_t length;
    unsigned members; /* the members that it names; 0: none */
} part;

/* Reads the part at the start of a text that ends at `end`. Returns the start of the next part; NULL after the
 * last. */
static const char *read_part(const gp_enum *enumeration, const char *text, const char *end,
                             part *read)
{
    const char *comma = enumeration->is_flags ? memchr(text, ',', (apr_size_t)(end - text)) : NULL;
    const char *stop = comma ? comma : end;

    while (enumeration->is_flags && text < stop && *text == ' ')
        text++;
    while (enumeration->is_flags && stop > text && stop[-1] == ' ')
        stop--;
    read->start = text;
    read->length = (apr_size_t)(stop - text);
    read->members = find_name(enumeration, text, read->length);
    if (read->members == 0)
        read->members = find_number(enumeration, text, read->length);
    return comma ? comma + 1 : NULL;
}

/* Finds the members that a text names, one or several. Returns 0 if one of its parts, stored in `last`, names no
 * member. */
static unsigned find_members(const gp_enum *enumeration, const char *text, apr_size_t length,
                             part *last)
{
    const char *end = text + length;
    unsigned named = 0;

    while (text != NULL) {
        text = read_part(enumeration, text, end, last);
        if (last->members == 0)
            return 0;
        named |= last->members;
    }
    return named;
}

const char *gp_enum_nearest(const gp_enum *enumeration, const char *text, apr_size_t length)
{
    gp_nearest nearest;
    part unknown;
    int i;

    if (find_members(enumeration, text, length, &unknown) != 0)
        return NULL;
    gp_nearest_open(&nearest, unknown.start, unknown.length);
    for (i = 0; i < enumeration->count; i++) {
        if (!is_sentinel(enumeration, i))
            gp_nearest_offer(&nearest, enumeration->members[i].name);
    }
    return nearest.name;
}

unsigned gp_enum_parse(apr_pool_t *pool, const gp_enum *enumeration, const char *text,
                       apr_size_t length, const char **canonical)
{
    part last;
    unsigned named = find_members(enumeration, text, length, &last), value = 0;
    const char *joined = NULL;
    int i;

    if (named == 0)
        return GP_ENUM_INVALID;
    for (i = 0; i < enumeration->count; i++) {
        const gp_enum_member *member = &enumeration->members[i];

        if ((named & MEMBER(i)) == 0)
            continue;
        value |= member->value;
        if (canonical != NULL)
            joined = joined ? apr_pstrcat(pool, joined, ",", member->name, NULL) : member->name;
    }
    if (canonical != NULL)
        *canonical = joined;
    return value;
}
