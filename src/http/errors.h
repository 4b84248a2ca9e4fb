/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ERRORS_H
#define GP_ERRORS_H

#include "graphprofile.h"
#include "operations/exchange.h"

/** insert_error_filter: for a request under a service root, let the filter below make the error body. */
void gp_errors_insert_filter(request_rec *r);

/**
 * End a request with its problem (gp_request.problem), and log it. The caller returns the status, so that httpd
 * asks the filter below, or an ErrorDocument, for the body. Either body gets the headers of the answer.
 * @return the status, for the handler to return
 */
int gp_errors_answer(request_rec *r, const gp_answer *answer);

/**
 * Make the body of an error: of the problem that a request failed with, or of a status that another module raised, which
 * is logged then.
 * @param r       with the error's status; r->headers_out receives the headers that go with it
 * @param length  receives the body's, bytes
 * @return the body, from r->pool
 */
const char *gp_errors_make(request_rec *r, apr_size_t *length);

/** register_hooks: the output filter that replaces httpd's error page with Graph's error body. */
void gp_errors_register(void);

#endif
