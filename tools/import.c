/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graphprofile import [FILE]: turns lines into rows. There are two threads: this one reads the next batch
 * while the other writes the preceding one. No transaction is open while the program waits for input.
 */
#include "commands.h"
#include "merge.h"
#include "removal.h"
#include "source.h"

#include <pthread.h>
#include <stdlib.h>

/* The writing thread. It has one batch at a time. */
typedef struct {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    gp_merge *merge;
    gp_chunk *chunk; /* to be written; NULL: none */
    int is_ended;    /* no more batches follow */
    int has_failed;
} writer;

static void *write_chunks(void *baton)
{
    writer *w = baton;

    pthread_mutex_lock(&w->mutex);
    for (;;) {
        gp_chunk *chunk;
        int written;

        while (w->chunk == NULL && !w->is_ended)
            pthread_cond_wait(&w->changed, &w->mutex);
        if (w->chunk == NULL)
            break;
        chunk = w->chunk;
        pthread_mutex_unlock(&w->mutex);
        written = gp_merge_write(w->merge, chunk);
        pthread_mutex_lock(&w->mutex);
        w->has_failed |= !written;
        w->chunk = NULL;
        pthread_cond_signal(&w->changed);
    }
    pthread_mutex_unlock(&w->mutex);
    return NULL;
}

static void writer_start(writer *w, gp_merge *merge)
{
    w->merge = merge;
    w->chunk = NULL;
    w->is_ended = w->has_failed = 0;
    pthread_mutex_init(&w->mutex, NULL);
    pthread_cond_init(&w->changed, NULL);
    if (pthread_create(&w->thread, NULL, write_chunks, w) != 0)
        abort();
}

static void writer_give(writer *w, gp_chunk *chunk)
{
    pthread_mutex_lock(&w->mutex);
    w->chunk = chunk;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->mutex);
}

/* Waits until the writer is idle. Returns zero if it has failed. */
static int writer_wait(writer *w)
{
    int is_well;

    pthread_mutex_lock(&w->mutex);
    while (w->chunk != NULL)
        pthread_cond_wait(&w->changed, &w->mutex);
    is_well = !w->has_failed;
    pthread_mutex_unlock(&w->mutex);
    return is_well;
}

static void writer_end(writer *w)
{
    pthread_mutex_lock(&w->mutex);
    w->is_ended = 1;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->mutex);
    pthread_join(w->thread, NULL);
}

/* Reports a written batch. Rows that the database refused count towards --max-errors, too. */
static void finish(gp_load *load, gp_report *report, gp_chunk *chunk)
{
    gp_report_chunk(report, chunk);
    if (load->errors < report->counts.refused)
        load->errors = report->counts.refused;
    gp_chunk_clear(chunk);
}

/* Reads and writes all lines. Returns zero if the database failed. */
static int run(gp_load *load, gp_merge *merge, gp_report *report)
{
    gp_chunk *filling = gp_chunk_make(), *writing = gp_chunk_make(), *swapped;
    int more, is_well;
    writer w;

    writer_start(&w, merge);
    do {
        more = gp_load_fill(load, filling);
        is_well = writer_wait(&w);
        if (!is_well)
            break;
        finish(load, report, writing);
        swapped = writing;
        writing = filling;
        filling = swapped;
        writer_give(&w, writing);
    } while (more);
    is_well = writer_wait(&w);
    writer_end(&w);
    if (is_well)
        finish(load, report, writing);
    return is_well;
}

/* Runs --replace, but only if every line up to the end of the input was read without a problem. */
static int remove_rest(gp_merge *merge, apr_pool_t *pool, int is_complete, gp_report *report)
{
    if (!merge->options->replaces)
        return GP_EXIT_DONE;
    if (is_complete && report->counts.refused == 0)
        return gp_removal_run(merge, pool, report);
    gp_report_error(report, "no position was deleted, because some lines were refused or not read");
    return GP_EXIT_REFUSED;
}

static int fail(gp_merge *merge, gp_report *report)
{
    gp_report_error(report, "the database: %s", merge->session.message);
    return GP_EXIT_FAILED;
}

static int import(apr_pool_t *pool, gp_load *load, gp_merge *merge, gp_report *report)
{
    int status, is_complete;

    if (!gp_merge_open(merge, merge->options))
        return fail(merge, report);
    if (!run(load, merge, report)) {
        fail(merge, report);
        gp_report_error(report, "earlier batches are committed; run the same command again");
        gp_report_summary(report, 0);
        return GP_EXIT_FAILED;
    }
    is_complete = gp_source_close(load, report);
    status = remove_rest(merge, pool, is_complete, report);
    gp_report_summary(report, 0);
    if (load->failed != 0)
        return GP_EXIT_FAILED;
    return status == GP_EXIT_DONE && report->counts.refused > 0 ? GP_EXIT_REFUSED : status;
}

int gp_import(apr_pool_t *pool, const gp_options *options)
{
    gp_merge *merge = apr_pcalloc(pool, sizeof *merge);
    gp_import_terms terms;
    gp_report report;
    gp_load load;
    int status;

    gp_report_open(&report, options->is_json, options->is_dry);
    if (!gp_source_open(pool, options, &terms, &load, &report))
        return GP_EXIT_FAILED;
    merge->options = options;
    status = import(pool, &load, merge, &report);
    gp_postgres_close(&merge->session);
    return status;
}
