/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graphprofile check [FILE]: prints every problem in the lines of an import, without a database. It cannot
 * check what only the database knows: unknown users, positions of other sources, and the number of
 * positions of an owner.
 */
#include "commands.h"
#include "source.h"

int gp_check(apr_pool_t *pool, const gp_options *options)
{
    gp_chunk *chunk = gp_chunk_make();
    gp_import_terms terms;
    gp_report report;
    gp_load load;
    int more;

    gp_report_open(&report, options->is_json, 0);
    if (!gp_source_open(pool, options, &terms, &load, &report))
        return GP_EXIT_FAILED;
    do {
        more = gp_load_fill(&load, chunk);
        gp_report_chunk(&report, chunk);
        gp_chunk_clear(chunk);
    } while (more);
    gp_source_close(&load, &report);
    gp_report_summary(&report, 1);
    if (load.failed != 0)
        return GP_EXIT_FAILED;
    return report.counts.refused > 0 ? GP_EXIT_REFUSED : GP_EXIT_DONE;
}
