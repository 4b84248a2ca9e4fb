/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Range (RFC 9110 section 14). httpd's own filter cuts the parts out of an answer. This file hides
 * Range from all methods except GET, and reports the length of the answer if no part could be cut out.
 */
#include "range.h"
#include "request.h"

#include <apr_strings.h>
#include <util_filter.h>

#include <string.h>

#define FILTER "GRAPHPROFILE_LENGTH"

/*
 * RFC 9110 section 14.2 defines Range only for GET. httpd's filter looks at the status instead, so it
 * would answer a committed change with 416, or with a part.
 */
void gp_range_ignore(request_rec *r)
{
    if (strcmp(r->method, "GET") == 0)
        return;
    apr_table_unset(r->headers_in, "Range");
    apr_table_unset(r->headers_in, "If-Range");
    apr_table_unset(r->headers_in, "Request-Range"); /* older versions of httpd read it */
}

/* Records the length of an answer in a single brigade: httpd cuts parts only out of such an answer. */
static apr_status_t note_length(ap_filter_t *filter, apr_bucket_brigade *brigade)
{
    apr_off_t length;

    if (!APR_BRIGADE_EMPTY(brigade) && APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(brigade))
        && apr_brigade_length(brigade, 0, &length) == APR_SUCCESS && length >= 0)
        gp_request_get(filter->r)->length = length;
    ap_remove_output_filter(filter);
    return ap_pass_brigade(filter->next, brigade);
}

void gp_range_prepare(request_rec *r)
{
    if (apr_table_get(r->headers_in, "Range") != NULL)
        ap_add_output_filter(FILTER, NULL, r, r->connection);
}

void gp_range_explain(request_rec *r)
{
    gp_request *request = gp_request_get(r);

    gp_problem_set(&request->problem, GP_INVALID_RANGE, "Range", NULL);
    if (request->length > 0) /* RFC 9110 section 15.5.17 */
        apr_table_setn(r->err_headers_out, "Content-Range",
                       apr_psprintf(r->pool, "bytes */%" APR_OFF_T_FMT, request->length));
}

void gp_range_register(void)
{
    /* After the filters that change the content, such as mod_deflate, and before the one that cuts the
     * parts. */
    ap_register_output_filter(FILTER, note_length, NULL, AP_FTYPE_PROTOCOL - 1);
}
