/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The input that check and import share, and the settings with which its lines are read.
 */
#include "source.h"

#include <errno.h>
#include <string.h>

int gp_source_open(apr_pool_t *pool, const gp_options *options, gp_import_terms *terms,
                   gp_load *load, gp_report *report)
{
    gp_input *input = gp_input_open(pool, options->operand, (apr_size_t)options->max_line);

    if (input == NULL) {
        gp_report_error(report, "%s: %s", options->operand, strerror(errno));
        return 0;
    }
    memset(terms, 0, sizeof *terms);
    terms->position.validation = options->validation;
    terms->position.default_audience = options->default_audience;
    terms->position.keeps_id = 1;
    terms->position.keeps_created_by = options->keeps_created_by;
    terms->source = options->source;
    terms->application = options->application;
    terms->is_owner_name = options->is_owner_name;
    terms->max_document = (apr_size_t)options->max_document;
    gp_load_open(load, pool, input, terms);
    load->chunk_lines = options->batch;
    load->max_errors = options->max_errors;
    return 1;
}

int gp_source_close(const gp_load *load, gp_report *report)
{
    if (load->failed != 0)
        gp_report_error(report, "the input cannot be read: %s", strerror(load->failed));
    else if (load->is_stopped)
        gp_report_error(report,
                        "stopped at line %" APR_INT64_T_FMT ", because --max-errors was reached",
                        gp_input_number(load->input));
    return load->failed == 0 && !load->is_stopped;
}
