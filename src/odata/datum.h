/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_DATUM_H
#define GP_DATUM_H

#include "document/model.h"

#include <stdbool.h>

/** The kind of an expression's value. */
typedef enum {
    GP_KIND_NULL,
    GP_KIND_STRING,
    GP_KIND_BOOLEAN,
    GP_KIND_INTEGER, /* Edm.Int64 and smaller */
    GP_KIND_DECIMAL,
    GP_KIND_DOUBLE,
    GP_KIND_DATE,
    GP_KIND_DATETIME,
    GP_KIND_TIME, /* Edm.TimeOfDay */
    GP_KIND_DURATION,
    GP_KIND_ENUM,
    GP_KIND_COMPLEX,
    GP_KIND_ANY,    /* an undeclared member of an open type: its kind differs between positions */
    GP_KIND_MISSING /* something that is not implemented: valid everywhere, never evaluated */
} gp_kind;

/** The value of an expression for one position. Its kind is neither GP_KIND_ANY nor GP_KIND_MISSING. */
typedef struct {
    gp_kind kind;
    bool is_collection;         /* GP_KIND_COMPLEX: a JSON array; otherwise an object */
    const gp_enum *enumeration; /* GP_KIND_ENUM */
    union {
        bool boolean;
        unsigned flags; /* GP_KIND_ENUM */
        double number;  /* GP_KIND_DOUBLE */
        struct {
            apr_int64_t
                coefficient; /* GP_KIND_INTEGER and GP_KIND_DECIMAL: coefficient / 10^scale */
            int scale;       /* 0 to GP_DECIMAL_DIGITS */
        } exact;
        struct {
            apr_int64_t ticks; /* of 100 ns: since 1970 in UTC, since midnight, or a duration */
            int offset;        /* GP_KIND_DATETIME: minutes, as written in the literal */
        } time;
        struct {
            const char *bytes; /* UTF-8; GP_KIND_COMPLEX: JSON; not NUL-terminated */
            apr_size_t length;
        } text;
    } as;
} gp_datum;

/** digits: of a decimal after its point. */
#define GP_DECIMAL_DIGITS 18

/** null */
extern const gp_datum gp_datum_null;

static inline gp_datum gp_datum_boolean(bool boolean)
{
    gp_datum made = {.kind = GP_KIND_BOOLEAN, .as.boolean = boolean};

    return made;
}

static inline gp_datum gp_datum_integer(apr_int64_t integer)
{
    gp_datum made = {.kind = GP_KIND_INTEGER, .as.exact = {integer, 0}};

    return made;
}

static inline gp_datum gp_datum_double(double number)
{
    gp_datum made = {.kind = GP_KIND_DOUBLE, .as.number = number};

    return made;
}

static inline gp_datum gp_datum_string(const char *bytes, apr_size_t length)
{
    gp_datum made = {.kind = GP_KIND_STRING, .as.text = {bytes, length}};

    return made;
}

/** @param kind  GP_KIND_DATE to GP_KIND_DURATION */
static inline gp_datum gp_datum_time(gp_kind kind, apr_int64_t ticks)
{
    gp_datum made = {.kind = kind, .as.time = {ticks, 0}};

    return made;
}

/** @return true if a value is a number */
static inline bool gp_datum_is_number(const gp_datum *datum)
{
    return datum->kind == GP_KIND_INTEGER || datum->kind == GP_KIND_DECIMAL
           || datum->kind == GP_KIND_DOUBLE;
}

/** The result of a comparison. */
typedef enum {
    GP_LESS,
    GP_SAME,
    GP_GREATER,
    GP_UNLIKE /* the kinds cannot be compared, or one of the values is NaN or null */
} gp_comparison;

/**
 * Compare two values (OData URL conventions 4.01 section 5.1.1.1): numbers by value, strings by code point, false
 * before true, members of enumerations by value. A date compares with a date-time as its midnight in UTC. A string
 * compares with a date, a date-time, a time, a duration or an enumeration if it spells one, because undeclared
 * members are strings. Objects and collections cannot be compared.
 */
gp_comparison gp_datum_compare(const gp_datum *left, const gp_datum *right);

/** @return true if eq holds: null equals only null, NaN equals nothing */
bool gp_datum_equals(const gp_datum *left, const gp_datum *right);

/**
 * Compare two values for $orderby: null comes first, then strings, then everything else by value.
 * @return negative, zero or positive
 */
int gp_datum_order(const gp_datum *left, const gp_datum *right);

/**
 * Read a string as a value of another kind.
 * @param kind  GP_KIND_DATE to GP_KIND_ENUM
 * @param enumeration  of GP_KIND_ENUM; otherwise NULL
 * @return false if the string does not spell a value of the kind
 */
bool gp_datum_spell(gp_datum *out, gp_kind kind, const gp_enum *enumeration, const char *text,
                    apr_size_t length);

#endif
