/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TRACE_H
#define GP_TRACE_H

#include "graphprofile.h"

/** Record the trace of a claimed request (traceparent, W3C) as the notes graphprofile-trace-id and
 * graphprofile-traceparent for ErrorLogFormat and LogFormat. A malformed header sets no note. */
void gp_trace_note(request_rec *r);

/** @return the trace id of a claimed request; NULL: none */
const char *gp_trace_id(const request_rec *r);

/** log_transaction, before mod_log_config: set the notes of the request after an internal redirect, such as to
 * an ErrorDocument. */
int gp_trace_log(request_rec *r);

#endif
