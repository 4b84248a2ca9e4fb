/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_NUMBER_H
#define GP_NUMBER_H

#include "datum.h"

/** The result of a computation. */
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
 * Read a number in the syntax of JSON and OData: an integer or decimal if its digits fit into 64 bits and
 * it has no exponent, otherwise a double; INF, -INF and NaN are doubles.
 * @param text  not NUL-terminated
 * @return false if it is not a number
 */
bool gp_number_read(gp_datum *out, const char *text, apr_size_t length);

/** Compare two numbers. */
gp_comparison gp_number_compare(const gp_datum *left, const gp_datum *right);

/** @return a number as a double */
double gp_number_double(const gp_datum *number);

/**
 * Compute (OData URL conventions 4.01 section 5.1.1.2). Integers yield an integer, or a decimal for divby;
 * decimals yield a decimal, or a double if 18 digits are not enough; all else yields a double.
 */
gp_computation gp_number_compute(gp_datum *out, gp_arithmetic op, const gp_datum *left,
                                 const gp_datum *right);

/**
 * Compute with dates, date-times and durations (sections 5.1.1.2.1 to 5.1.1.2.5).
 * @param is_null  receives true if the result is null, because the operands do not fit
 */
gp_computation gp_duration_compute(gp_datum *out, gp_arithmetic op, const gp_datum *left,
                                   const gp_datum *right, bool *is_null);

/** Negate a number or a duration. */
gp_computation gp_number_negate(gp_datum *out, const gp_datum *number);

/** Round to a whole number. @param direction  negative: floor; positive: ceiling; 0: half away from zero */
gp_datum gp_number_round(const gp_datum *number, int direction);

/** @return true if a number without its fraction is within these bounds: then it is in *out */
bool gp_number_whole(apr_int64_t *out, const gp_datum *number, apr_int64_t least, apr_int64_t most);

#define GP_NUMBER_TEXT_SIZE 48

/** Write a number as OData does. @return its length */
int gp_number_write(char out[GP_NUMBER_TEXT_SIZE], const gp_datum *number);

#endif
