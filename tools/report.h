/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_REPORT_H
#define GP_REPORT_H

#include "chunk.h"

/** The exit statuses of the program. */
enum {
    GP_EXIT_DONE = 0,
    GP_EXIT_REFUSED = 1, /* lines, or a removal, were refused; everything else was done */
    GP_EXIT_USAGE = 2,
    GP_EXIT_FAILED = 3 /* the input or the database failed; committed batches stay */
};

/** The names under which a summary counts lines and rows. */
typedef struct {
    apr_int64_t lines, created, changed, same, refused, removed;
} gp_counts;

/** The report of a run: problems and progress go to standard error, the outcome to standard
 * output. */
typedef struct {
    int is_json;
    int is_dry;      /* report what a real run would do */
    int is_terminal; /* standard error is a terminal: show a progress line */
    int has_line;    /* the progress line is on the screen */
    apr_time_t start, shown;
    gp_counts counts;
} gp_report;

void gp_report_open(gp_report *report, int is_json, int is_dry);

/** Count a finished batch, and print its refusals in the order of lines. */
void gp_report_chunk(gp_report *report, gp_chunk *chunk);

/** Print an error of the run itself, such as one of the database. */
void gp_report_error(gp_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * Print the outcome of check or import.
 * @param is_check  count lines only
 */
void gp_report_summary(gp_report *report, int is_check);

#endif
