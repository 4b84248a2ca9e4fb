/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters of all children in Prometheus' text format (version 0.0.4), in base units: seconds, not
 * microseconds. No label has a value that a client can choose. docs/monitoring.md describes each metric.
 */
#include "metrics.h"
#include "headers.h"
#include "totals.h"
#include "base/version.h"

#include <http_protocol.h>

#define HANDLER "graphprofile-metrics"
#define PREFIX  "graphprofile_"

/* One counter of the store. Rows of one metric are adjacent; only the first has a type and a help text. */
typedef struct {
    gp_counter counter;
    const char *name; /* after the prefix */
    const char *type, *help;
    const char *labels; /* "": none */
} row;

static const row rows[] = {
    {GP_COUNTER_IN_USE, "db_connections", "gauge", "Database connections held by requests.",
     "{state=\"in_use\"}"},
    {GP_COUNTER_ABANDONED, "db_connections", NULL, NULL, "{state=\"abandoned\"}"},
    {GP_COUNTER_CAPACITY, "db_connections_max", "gauge",
     "The most database connections that all processes can hold.", ""},
    {GP_COUNTER_WAITING, "db_requests_waiting", "gauge",
     "Requests that wait for a database connection.", ""},
    {GP_COUNTER_OPEN, "db_breakers_open", "gauge", "Processes that cannot reach their database.",
     ""},
    {GP_COUNTER_OPENED, "db_breaker_openings_total", "counter",
     "Times that a process could not reach its database.", ""},
    {GP_COUNTER_STATEMENTS, "db_statements_total", "counter", "SQL statements.", ""},
    {GP_COUNTER_TIME, "db_statement_seconds_total", "counter", "Time in SQL statements.", ""},
    {GP_COUNTER_WAIT, "db_wait_seconds_total", "counter",
     "Time that requests waited for a database connection.", ""},
    {GP_COUNTER_QUEUE_TIMEOUTS, "db_queue_timeouts_total", "counter",
     "Requests that got no database connection in time.", ""},
    {GP_COUNTER_TIMEOUTS, "db_statement_timeouts_total", "counter",
     "SQL statements that exceeded their time limit.", ""},
    {GP_COUNTER_RETRIES, "db_statement_retries_total", "counter", "SQL statements that ran again.",
     ""},
    {GP_COUNTER_CONNECTS, "db_connects_total", "counter", "Database connections opened.", ""},
    {GP_COUNTER_RECONNECTS, "db_reconnects_total", "counter",
     "Database connections opened again after they broke.", ""},
    {GP_COUNTER_UNDONE, "db_batches_undone_total", "counter",
     "Failed batches of SQL statements, whose statements then ran alone.", ""},
};

static void show_head(request_rec *r, const char *name, const char *type, const char *help)
{
    ap_rvputs(r, "# HELP " PREFIX, name, " ", help, "\n# TYPE " PREFIX, name, " ", type, "\n",
              NULL);
}

static void show_seconds(request_rec *r, apr_int64_t microseconds)
{
    ap_rprintf(r, "%" APR_INT64_T_FMT ".%06" APR_INT64_T_FMT, microseconds / APR_USEC_PER_SEC,
               microseconds % APR_USEC_PER_SEC);
}

static void show_database(request_rec *r, const gp_totals *totals)
{
    size_t i;

    for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const row *one = &rows[i];
        apr_int64_t value = totals->database[one->counter];

        if (one->type != NULL)
            show_head(r, one->name, one->type, one->help);
        ap_rvputs(r, PREFIX, one->name, one->labels, " ", NULL);
        if (gp_counter_describe(one->counter)->is_time)
            show_seconds(r, value);
        else
            ap_rprintf(r, "%" APR_INT64_T_FMT, value);
        ap_rputs("\n", r);
    }
}

static void show_requests(request_rec *r, const gp_totals *totals)
{
    int operation, class;

    show_head(r, "requests_total", "counter", "Requests answered, by class of HTTP status.");
    for (operation = 0; operation < GP_OPERATIONS; operation++)
        for (class = 0; class < GP_STATUS_CLASSES; class ++)
            ap_rprintf(
                r, PREFIX "requests_total{operation=\"%s\",status=\"%dxx\"} %" APR_INT64_T_FMT "\n",
                gp_operation_name((gp_operation)operation), class + 2,
                totals->requests[operation][class]);
}

/* Writes the rows of a histogram of requests. Prometheus' buckets are cumulative. */
static void show_duration(request_rec *r, const char *operation,
                          const apr_int64_t durations[GP_DURATION_BOUNDS + 1], apr_int64_t sum)
{
    static const char *const name = PREFIX "request_duration_seconds";
    apr_int64_t count = 0;
    int i;

    for (i = 0; i < GP_DURATION_BOUNDS; i++) {
        count += durations[i];
        ap_rprintf(r, "%s_bucket{operation=\"%s\",le=\"%g\"} %" APR_INT64_T_FMT "\n", name,
                   operation, (double)gp_totals_bound(i) / APR_USEC_PER_SEC, count);
    }
    count += durations[i];
    ap_rprintf(r, "%s_bucket{operation=\"%s\",le=\"+Inf\"} %" APR_INT64_T_FMT "\n", name, operation,
               count);
    ap_rprintf(r, "%s_sum{operation=\"%s\"} ", name, operation);
    show_seconds(r, sum);
    ap_rprintf(r, "\n%s_count{operation=\"%s\"} %" APR_INT64_T_FMT "\n", name, operation, count);
}

static void show_durations(request_rec *r, const gp_totals *totals)
{
    int operation;

    show_head(r, "request_duration_seconds", "histogram",
              "Time from the arrival of a request until its answer was sent.");
    for (operation = 0; operation < GP_OPERATIONS; operation++)
        show_duration(r, gp_operation_name((gp_operation)operation), totals->durations[operation],
                      totals->duration_sums[operation]);
}

static void show_batches(request_rec *r, const gp_totals *totals)
{
    static const char *const name = PREFIX "db_batch_size";
    apr_int64_t count = 0;
    int i;

    show_head(r, "db_batch_size", "histogram",
              "SQL statements in each transaction that committed several.");
    for (i = 0; i < GP_COUNTER_SIZES; i++) {
        count += totals->batch_sizes[i];
        ap_rprintf(r, "%s_bucket{le=\"%d\"} %" APR_INT64_T_FMT "\n", name, gp_counter_size(i),
                   count);
    }
    count += totals->batch_sizes[i];
    ap_rprintf(r,
               "%s_bucket{le=\"+Inf\"} %" APR_INT64_T_FMT "\n%s_sum %" APR_INT64_T_FMT
               "\n%s_count %" APR_INT64_T_FMT "\n",
               name, count, name, totals->database[GP_COUNTER_BATCHED], name, count);
}

int gp_metrics_handler(request_rec *r)
{
    gp_totals totals;
    int status = gp_headers_open_page(r, HANDLER);

    if (status != OK)
        return status;
    ap_set_content_type(r, "text/plain; version=0.0.4; charset=utf-8");
    gp_totals_get(&totals);
    show_head(r, "build_info", "gauge", "The version of mod_graphprofile.");
    ap_rputs(PREFIX "build_info{version=\"" GP_VERSION "\"} 1\n", r);
    show_head(r, "processes", "gauge", "Processes that serve requests.");
    ap_rprintf(r, PREFIX "processes %d\n", totals.children);
    show_requests(r, &totals);
    show_durations(r, &totals);
    show_database(r, &totals);
    show_batches(r, &totals);
    return OK;
}
