/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trace of a request, as notes. They are set when the request is claimed, before
 * authentication, so that log lines of other modules about the request can show them, too.
 */
#include "trace.h"
#include "odata/header_traceparent.h"

#include <apr_strings.h>

#define ID     "graphprofile-trace-id"
#define PARENT "graphprofile-traceparent"

void gp_trace_note(request_rec *r)
{
    gp_trace trace;

    if (!gp_header_traceparent(apr_table_get(r->headers_in, "traceparent"), &trace))
        return;
    apr_table_set(r->notes, ID, trace.id);
    apr_table_set(r->notes, PARENT, trace.parent);
}

const char *gp_trace_id(const request_rec *r)
{
    return apr_table_get(r->notes, ID);
}

int gp_trace_log(request_rec *r)
{
    const char *id = NULL, *parent = NULL;
    const request_rec *last = r;

    for (; r != NULL; r = r->next) {
        last = r;
        if (id == NULL) {
            id = gp_trace_id(r);
            parent = apr_table_get(r->notes, PARENT);
        }
    }
    if (id != NULL && gp_trace_id(last) == NULL) {
        apr_table_setn(last->notes, ID, id);
        apr_table_setn(last->notes, PARENT, parent);
    }
    return DECLINED;
}
