/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_TRACE_H
#define GP_TRACE_H

#include "graphprofile.h"

/** Note which trace a claimed request belongs to (traceparent, W3C): as graphprofile-trace-id and
 *  graphprofile-traceparent for ErrorLogFormat and LogFormat. A malformed header leaves no note. */
void gp_trace_note(request_rec *r);

/** @return the trace id of a claimed request; NULL: it belongs to none */
const char *gp_trace_id(const request_rec *r);

/** log_transaction, before mod_log_config: an internal redirect, such as an ErrorDocument, has notes of its own. */
int gp_trace_log(request_rec *r);

#endif
