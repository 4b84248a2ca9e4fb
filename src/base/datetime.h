/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_DATETIME_H
#define GP_DATETIME_H

#include <apr_time.h>
#include <stdbool.h>

#define GP_DATETIME_SIZE 29 /* 28 characters and the NUL */

/**
 * Check an Edm.Date: YYYY-MM-DD, a real day of the Gregorian calendar, years 0001 to 9999 (OData JSON 4.0
 * section 7.1). Graph's sentinel 0001-01-01 is valid.
 */
bool gp_date_is_valid(const char *text, apr_size_t length);

/**
 * Check an Edm.DateTimeOffset: date "T" hh:mm[:ss[.1 to 12 digits]] and "Z" or an offset (OData ABNF
 * dateTimeOffsetValue). T and Z may be in either case; a leap second is valid.
 */
bool gp_datetime_is_valid(const char *text, apr_size_t length);

/**
 * Convert an Edm.DateTimeOffset to the form that gp_datetime_format writes, so that texts compare as times.
 * @param out  receives the time in UTC. Digits of a second beyond the seventh are cut off. A time outside
 *             of the years 0001 to 9999 becomes the first or the last valid time. Unchanged on failure.
 * @return false if the text is not a valid Edm.DateTimeOffset
 */
bool gp_datetime_to_utc(char out[GP_DATETIME_SIZE], const char *text, apr_size_t length);

/** @return the time that a text in the form of gp_datetime_format states, to the microsecond */
apr_time_t gp_datetime_read(const char text[GP_DATETIME_SIZE]);

/** Write a time as Graph does: UTC, seven digits of a second, Z. The length is always 28 characters, so
 * the texts sort in the order of the times (years 0001 to 9999). */
void gp_datetime_format(char out[GP_DATETIME_SIZE], apr_time_t time);

#endif
