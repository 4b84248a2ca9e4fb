/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ERRORS_H
#define GP_ERRORS_H

#include "graphprofile.h"
#include "operations/exchange.h"

/** insert_error_filter: for a request under a service root, has the filter below make the body. */
void gp_errors_insert_filter(request_rec *r);

/**
 * End a request with the problem that it failed with (gp_request.problem), and log it. Returning the status lets
 * httpd ask the filter below, or an ErrorDocument, for the body; the headers of the answer go along with either.
 * @return the status, for the handler to return
 */
int gp_errors_answer(request_rec *r, const gp_answer *answer);

/** register_hooks: the output filter that replaces httpd's error page by Graph's error body. */
void gp_errors_register(void);

#endif
