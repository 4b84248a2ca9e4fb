/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_REPORT_H
#define GP_REPORT_H

#include "chunk.h"

/** The exit statuses of the program. */
enum {
    GP_EXIT_DONE = 0,
    GP_EXIT_REFUSED = 1, /* lines, or a removal, were refused; all else was done */
    GP_EXIT_USAGE = 2,
    GP_EXIT_FAILED = 3 /* the input or the database failed: what was committed stays */
};

/** How a summary counts lines and rows. */
typedef struct {
    apr_int64_t lines, created, changed, same, refused, removed;
} gp_counts;

/** What a run tells: problems and progress to standard error, its outcome to standard output. */
typedef struct {
    int is_json;
    int is_dry;      /* say what would be done */
    int is_terminal; /* standard error is one: it has a progress line */
    int has_line;    /* the progress line is shown */
    apr_time_t start, shown;
    gp_counts counts;
} gp_report;

void gp_report_open(gp_report *report, int is_json, int is_dry);

/** Count a chunk that is done, and print its refusals in the order of lines. */
void gp_report_chunk(gp_report *report, gp_chunk *chunk);

/** Print an error of the run itself, such as one of the database. */
void gp_report_error(gp_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Print what check or import has done.
 *  @param is_check  only count the lines */
void gp_report_summary(gp_report *report, int is_check);

#endif
