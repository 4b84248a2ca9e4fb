/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module's section of mod_status's page: the counters of all children, as lines for programs (?auto) or as a
 * table for readers. Times are in microseconds for programs and in seconds for readers.
 */
#include "status_page.h"
#include "totals.h"
#include "base/version.h"

#include <apr_lib.h>
#include <http_protocol.h>
#include <mod_status.h>

static void show_lines(request_rec *r, const gp_totals *totals)
{
    int i, class;

    ap_rputs("GraphProfileVersion: " GP_VERSION "\n", r);
    ap_rprintf(r, "GraphProfileProcesses: %d\n", totals->children);
    for (i = 0; i < GP_OPERATIONS; i++) {
        const char *name = gp_operation_name((gp_operation)i);

        for (class = 0; class < GP_STATUS_CLASSES; class ++)
            ap_rprintf(r, "GraphProfile%c%s%dxx: %" APR_INT64_T_FMT "\n", apr_toupper(*name),
                       name + 1, class + 2, totals->requests[i][class]);
    }
    for (i = 0; i < GP_COUNTERS; i++)
        ap_rprintf(r, "GraphProfile%s: %" APR_INT64_T_FMT "\n",
                   gp_counter_describe((gp_counter)i)->key, totals->database[i]);
}

/* The markup around the cells of a row: of a table, or of a list if mod_status shows no tables. */
typedef struct {
    const char *begin, *part, *end;
} marks;

static void show_requests(request_rec *r, const gp_totals *totals, const marks *row)
{
    int i, class;

    ap_rvputs(r, row->begin, "requests", NULL);
    for (class = 0; class < GP_STATUS_CLASSES; class ++)
        ap_rprintf(r, "%s%dxx", row->part, class + 2);
    ap_rputs(row->end, r);
    for (i = 0; i < GP_OPERATIONS; i++) {
        ap_rvputs(r, row->begin, gp_operation_name((gp_operation)i), NULL);
        for (class = 0; class < GP_STATUS_CLASSES; class ++)
            ap_rprintf(r, "%s%" APR_INT64_T_FMT, row->part, totals->requests[i][class]);
        ap_rputs(row->end, r);
    }
}

static void show_database(request_rec *r, const gp_totals *totals, const marks *row)
{
    int i;

    ap_rvputs(r, row->begin, "serving processes", row->part, NULL);
    ap_rprintf(r, "%d%s", totals->children, row->end);
    for (i = 0; i < GP_COUNTERS; i++) {
        const gp_counter_description *description = gp_counter_describe((gp_counter)i);

        ap_rvputs(r, row->begin, description->words, row->part, NULL);
        if (description->is_time)
            ap_rprintf(r, "%.3f s", (double)totals->database[i] / APR_USEC_PER_SEC);
        else
            ap_rprintf(r, "%" APR_INT64_T_FMT, totals->database[i]);
        ap_rputs(row->end, r);
    }
}

static void show_page(request_rec *r, const gp_totals *totals, int in_table)
{
    static const marks table = {"<tr><td>", "</td><td>", "</td></tr>\n"},
                       list = {"<dt>", " ", "</dt>\n"};
    const marks *row = in_table ? &table : &list;
    const char *begin = in_table ? "<table border=\"0\">\n" : "<dl>\n",
               *end = in_table ? "</table>\n" : "</dl>\n";

    ap_rputs("<hr />\n<h1>GraphProfile</h1>\n<p>mod_graphprofile " GP_VERSION
             "; counters of all processes and hosts since the start of the server</p>\n",
             r);
    ap_rvputs(r, "<h2>Requests by operation and status</h2>\n", begin, NULL);
    show_requests(r, totals, row);
    ap_rvputs(r, end, "<h2>Database</h2>\n", begin, NULL);
    show_database(r, totals, row);
    ap_rputs(end, r);
}

static int show(request_rec *r, int flags)
{
    gp_totals totals;

    gp_totals_get(&totals);
    if (flags & AP_STATUS_SHORT)
        show_lines(r, &totals);
    else
        show_page(r, &totals, !(flags & AP_STATUS_NOTABLE));
    return OK;
}

void gp_status_page_register(void)
{
    APR_OPTIONAL_HOOK(ap, status_hook, show, NULL, NULL, APR_HOOK_MIDDLE);
}
