/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TEMPORAL_H
#define GP_TEMPORAL_H

#include "datum.h"

#include <apr_time.h>

/** ticks: of 100 nanoseconds. */
#define GP_TICKS_SECOND APR_INT64_C(10000000)
#define GP_TICKS_MINUTE (60 * GP_TICKS_SECOND)
#define GP_TICKS_DAY    (1440 * GP_TICKS_MINUTE)

/*
 * Each of these functions reads the unquoted syntax of OData's ABNF. Years have four digits or more and may be
 * negative; the calendar is Gregorian for all years; year 0000 is the year before 0001. The text is not
 * NUL-terminated. They return false if it is invalid, or more than about 12,000 years from 1970.
 */

/** YYYY-MM-DD */
bool gp_temporal_date(gp_datum *out, const char *text, apr_size_t length);

/** date "T" hh:mm[:ss[.1 to 12 digits]] and "Z" or an offset; T and Z in either case. Digits after the seventh
 * of a second are cut off; a leap second becomes the next second. */
bool gp_temporal_datetime(gp_datum *out, const char *text, apr_size_t length);

/** hh:mm[:ss[.1 to 12 digits]] */
bool gp_temporal_time(gp_datum *out, const char *text, apr_size_t length);

/** [-]P[nD][T[nH][nM][n[.n]S]] */
bool gp_temporal_duration(gp_datum *out, const char *text, apr_size_t length);

/** @return true if ticks are within the range that is read: then the sum of two of them fits the type */
bool gp_temporal_is_in_range(apr_int64_t ticks);

/** @return the beginning, in UTC, of the day of a time */
apr_int64_t gp_temporal_midnight(apr_int64_t ticks);

/** A time in calendar fields, in UTC and in the offset of the literal. */
typedef struct {
    int year, month, day, hour, minute, second;
    int fraction; /* ticks */
} gp_calendar;

/** @param datum  a GP_KIND_DATE, GP_KIND_DATETIME or GP_KIND_TIME; for the last, only the time is set */
void gp_temporal_calendar(gp_calendar *out, const gp_datum *datum);

/** @return a time of APR as a date-time */
gp_datum gp_temporal_at(apr_time_t time);

#define GP_TEMPORAL_TEXT_SIZE 64

/**
 * Write a GP_KIND_DATE to GP_KIND_DURATION as OData does; a date-time in UTC with seven digits of a second.
 * @return its length
 */
int gp_temporal_write(char out[GP_TEMPORAL_TEXT_SIZE], const gp_datum *datum);

#endif
