/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_NUMBER_H
#define GP_NUMBER_H

#include "datum.h"

/** How a computation ended. */
typedef enum { GP_COMPUTED_VALUE, GP_DIVIDED_BY_ZERO, GP_OVERFLOWED } gp_computation;

/** The operators of arithmetic. */
typedef enum {
    GP_ARITHMETIC_ADD,
    GP_ARITHMETIC_SUB,
    GP_ARITHMETIC_MUL,
    GP_ARITHMETIC_DIV,
    GP_ARITHMETIC_DIVBY,
    GP_ARITHMETIC_MOD
} gp_arithmetic;

/**
 * Read a number as JSON and OData write it: an integer or decimal if 64 bits hold its digits and it has no
 * exponent, else a double; INF, -INF and NaN are doubles.
 * @param text  not terminated
 * @return false: it is none
 */
bool gp_number_read(gp_datum *out, const char *text, apr_size_t length);

/** Compare two numbers. */
gp_comparison gp_number_compare(const gp_datum *left, const gp_datum *right);

/** @return a number as a double */
double gp_number_double(const gp_datum *number);

/**
 * Compute (OData URL conventions 4.01 section 5.1.1.2): of integers an integer, or a decimal for divby; of
 * decimals a decimal, or a double where its 18 digits do not hold it; else a double.
 */
gp_computation gp_number_compute(gp_datum *out, gp_arithmetic op, const gp_datum *left,
                                 const gp_datum *right);

/**
 * Compute with dates, date-times and durations (sections 5.1.1.2.1 to 5.1.1.2.5).
 * @param is_null  receives whether it is null, since the operands do not go together
 */
gp_computation gp_duration_compute(gp_datum *out, gp_arithmetic op, const gp_datum *left,
                                   const gp_datum *right, bool *is_null);

/** The same number, or duration, with the other sign. */
gp_computation gp_number_negate(gp_datum *out, const gp_datum *number);

/** Round to a whole number. @param direction  negative: floor; positive: ceiling; 0: half away from zero */
gp_datum gp_number_round(const gp_datum *number, int direction);

/** @return whether a number, its fraction cut off, is within these bounds: then it is in *out */
bool gp_number_whole(apr_int64_t *out, const gp_datum *number, apr_int64_t least, apr_int64_t most);

#define GP_NUMBER_TEXT_SIZE 48

/** Write a number as OData does. @return its length */
int gp_number_write(char out[GP_NUMBER_TEXT_SIZE], const gp_datum *number);

#endif
