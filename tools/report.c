/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The output of check and import, as text or JSON. Problems go to standard error, so that standard output
 * holds only the outcome. Text from the input may contain control characters, which are escaped: a terminal
 * would obey them.
 */
#include "report.h"

#include <apr_strings.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void gp_report_open(gp_report *report, int is_json, int is_dry)
{
    memset(report, 0, sizeof *report);
    report->is_json = is_json;
    report->is_dry = is_dry;
    report->is_terminal = isatty(STDERR_FILENO) && !is_json;
    report->start = report->shown = apr_time_now();
}

static double seconds_of(const gp_report *report)
{
    return (double)(apr_time_now() - report->start) / APR_USEC_PER_SEC;
}

/* ---- problems ---- */

static void clear_progress(gp_report *report)
{
    if (report->has_line)
        fputs("\r\033[K", stderr);
    report->has_line = 0;
}

static void put_plain(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            fprintf(stderr, "\\x%02x", (unsigned)(unsigned char)*text);
        else
            putc(*text, stderr);
    }
}

static void print_text(apr_int64_t line, const gp_detail *detail)
{
    fprintf(stderr, "line %" APR_INT64_T_FMT ": ", line);
    put_plain(detail->target);
    fprintf(stderr, ": %s: ", detail->code);
    put_plain(detail->message);
    putc('\n', stderr);
}

static void print_json(apr_pool_t *pool, apr_int64_t line, const gp_detail *detail)
{
    gp_buffer text;

    gp_buffer_open(&text, pool, 256);
    gp_buffer_puts(&text, apr_psprintf(pool, "{\"line\":%" APR_INT64_T_FMT ",\"code\":", line));
    gp_buffer_puts_json(&text, detail->code);
    gp_buffer_puts(&text, ",\"target\":");
    gp_buffer_puts_json(&text, detail->target);
    gp_buffer_puts(&text, ",\"message\":");
    gp_buffer_puts_json(&text, detail->message);
    gp_buffer_puts(&text, "}\n");
    fputs(gp_buffer_text(&text), stderr);
}

static void print_refusal(const gp_report *report, apr_pool_t *pool, const gp_refusal *refusal)
{
    int i;

    for (i = 0; i < refusal->details->nelts; i++) {
        const gp_detail *detail = &((const gp_detail *)refusal->details->elts)[i];

        if (report->is_json)
            print_json(pool, refusal->line, detail);
        else
            print_text(refusal->line, detail);
    }
    if (refusal->count > refusal->details->nelts && !report->is_json)
        fprintf(stderr, "line %" APR_INT64_T_FMT ": and %d more problems\n", refusal->line,
                refusal->count - refusal->details->nelts);
}

static int by_line(const void *left, const void *right)
{
    apr_int64_t a = ((const gp_refusal *)left)->line, b = ((const gp_refusal *)right)->line;

    return a < b ? -1 : a > b;
}

/* ---- progress ---- */

/* Shows the progress once a second. The remaining time is estimated from the share of the input that has
 * been read. */
static void show_progress(gp_report *report, double share)
{
    apr_time_t now = apr_time_now();
    double seconds = seconds_of(report);

    if (!report->is_terminal || now - report->shown < APR_USEC_PER_SEC)
        return;
    report->shown = now;
    fprintf(stderr, "\r\033[K%" APR_INT64_T_FMT " lines, %.0f/s, %" APR_INT64_T_FMT " refused",
            report->counts.lines, (double)report->counts.lines / seconds, report->counts.refused);
    if (share > 0)
        fprintf(stderr, ", %.0f %%, about %.0f s left", 100 * share, seconds / share - seconds);
    fflush(stderr);
    report->has_line = 1;
}

void gp_report_chunk(gp_report *report, gp_chunk *chunk)
{
    gp_refusal *refusals = (gp_refusal *)chunk->refusals->elts;
    const gp_import_row *rows = (const gp_import_row *)chunk->rows->elts;
    gp_counts *counts = &report->counts;
    int i;

    if (chunk->refusals->nelts > 0)
        clear_progress(report);
    qsort(refusals, (size_t)chunk->refusals->nelts, sizeof *refusals, by_line);
    for (i = 0; i < chunk->refusals->nelts; i++)
        print_refusal(report, chunk->pool, &refusals[i]);
    for (i = 0; i < chunk->rows->nelts; i++) {
        counts->created += rows[i].state == GP_ROW_NEW;
        counts->changed += rows[i].state == GP_ROW_CHANGED;
        counts->same += rows[i].state == GP_ROW_SAME;
    }
    counts->refused += chunk->refusals->nelts;
    counts->lines += chunk->lines;
    show_progress(report, chunk->share);
}

void gp_report_error(gp_report *report, const char *format, ...)
{
    va_list arguments;

    clear_progress(report);
    fputs("graphprofile: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    putc('\n', stderr);
}

/* ---- the outcome ---- */

static void summarize_check(const gp_report *report)
{
    const gp_counts *counts = &report->counts;

    printf(report->is_json ? "{\"lines\":%" APR_INT64_T_FMT ",\"refused\":%" APR_INT64_T_FMT "}\n"
                           : "%" APR_INT64_T_FMT " lines, %" APR_INT64_T_FMT " with problems\n",
           counts->lines, counts->refused);
}

void gp_report_summary(gp_report *report, int is_check)
{
    const gp_counts *counts = &report->counts;
    double seconds = seconds_of(report);

    clear_progress(report);
    if (is_check) {
        summarize_check(report);
        return;
    }
    printf(report->is_json ? "{\"dryRun\":%s,\"lines\":%" APR_INT64_T_FMT
                             ",\"created\":%" APR_INT64_T_FMT ",\"changed\":%" APR_INT64_T_FMT
                             ",\"unchanged\":%" APR_INT64_T_FMT ",\"refused\":%" APR_INT64_T_FMT
                             ",\"removed\":%" APR_INT64_T_FMT ",\"seconds\":%.3f}\n"
                           : "%s%" APR_INT64_T_FMT " lines: %" APR_INT64_T_FMT
                             " created, %" APR_INT64_T_FMT " changed, %" APR_INT64_T_FMT
                             " unchanged, %" APR_INT64_T_FMT " refused, %" APR_INT64_T_FMT
                             " removed in %.1f s\n",
           report->is_json ? (report->is_dry ? "true" : "false")
                           : (report->is_dry ? "dry run, nothing was written: " : ""),
           counts->lines, counts->created, counts->changed, counts->same, counts->refused,
           counts->removed, seconds);
}
