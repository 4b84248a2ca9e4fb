/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The valid values of each primitive type. Every number accepted here is also valid in PostgreSQL's
 * jsonb, because the view position_flat (sql/0002) reads documents as jsonb.
 */
#include "primitive.h"
#include "base/limits.h"
#include "base/datetime.h"

#include <apr_strings.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool gp_scalar_is(const gp_scalar *scalar, const char *text)
{
    return scalar->length == strlen(text) && memcmp(scalar->bytes, text, scalar->length) == 0;
}

/* Checks the exponent of a number, from its letter on; NULL: it has none. */
static bool is_exponent_valid(const char *text)
{
    long exponent = text ? strtol(text + 1, NULL, 10) : 0; /* LONG_MIN has no absolute value */

    return exponent >= -GP_EXPONENT_MAX && exponent <= GP_EXPONENT_MAX;
}

bool gp_primitive_number_is_valid(apr_pool_t *pool, const gp_scalar *scalar)
{
    const char *text, *mantissa;
    double value;

    if (scalar->length > GP_NUMBER_MAX)
        return false;
    text = apr_pstrmemdup(pool, scalar->bytes, scalar->length);
    value = strtod(text, NULL);
    /* jsonb checks the exponent even if the value is zero. */
    if (!is_exponent_valid(strpbrk(text, "eE")))
        return false;
    if (value != 0)
        return isfinite(value);
    /* A number that is written as non-zero but reads as zero is too small. */
    mantissa = apr_pstrmemdup(pool, text, strcspn(text, "eE"));
    return strpbrk(mantissa, "123456789") == NULL;
}

static bool is_int32(apr_pool_t *pool, const gp_scalar *scalar)
{
    const char *text;
    long value;

    if (scalar->length > GP_NUMBER_MAX)
        return false;
    text = apr_pstrmemdup(pool, scalar->bytes, scalar->length);
    errno = 0;
    value = strtol(text, NULL, 10);
    return text[strspn(text, "-0123456789")] == '\0' && errno == 0 && value >= -2147483647L - 1
           && value <= 2147483647L;
}

static bool is_special_double(const gp_scalar *scalar)
{
    return gp_scalar_is(scalar, "NaN") || gp_scalar_is(scalar, "INF")
           || gp_scalar_is(scalar, "-INF");
}

static gp_fit fit_if(bool valid)
{
    return valid ? GP_FITS : GP_WRONG_VALUE;
}

/* Checks a string for a type whose values are written as strings. */
static gp_fit check_string(apr_pool_t *pool, const gp_property *property, gp_scalar *scalar)
{
    switch (property->edm) {
    case GP_EDM_STRING:
        return GP_FITS;
    case GP_EDM_DOUBLE:
        return is_special_double(scalar) ? GP_FITS : GP_WRONG_KIND;
    case GP_EDM_DATE:
        return fit_if(gp_date_is_valid(scalar->bytes, scalar->length));
    case GP_EDM_DATETIMEOFFSET:
        return fit_if(gp_datetime_is_valid(scalar->bytes, scalar->length));
    case GP_EDM_ENUM:
        if (gp_enum_parse(pool, property->enumeration, scalar->bytes, scalar->length,
                          &scalar->bytes)
            == GP_ENUM_INVALID)
            return GP_WRONG_VALUE;
        scalar->length = strlen(scalar->bytes);
        return GP_FITS;
    default:
        return GP_WRONG_KIND;
    }
}

gp_fit gp_primitive_check(apr_pool_t *pool, const gp_property *property, gp_scalar *scalar)
{
    switch (scalar->kind) {
    case GP_VALUE_STRING:
        return check_string(pool, property, scalar);
    case GP_VALUE_BOOLEAN:
        return property->edm == GP_EDM_BOOLEAN ? GP_FITS : GP_WRONG_KIND;
    case GP_VALUE_NUMBER:
        if (property->edm == GP_EDM_INT32)
            return fit_if(is_int32(pool, scalar));
        if (property->edm == GP_EDM_DOUBLE)
            return fit_if(gp_primitive_number_is_valid(pool, scalar));
        return GP_WRONG_KIND;
    default:
        return GP_WRONG_KIND;
    }
}
