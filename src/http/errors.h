/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ERRORS_H
#define GP_ERRORS_H

#include "graphprofile.h"

/** insert_error_filter: for a request under a service root, has the filter below make the body. */
void gp_errors_insert_filter(request_rec *r);

/**
 * Ends a request with its problem: whatever answers it then, an ErrorDocument too, the headers that
 * belong to it go along.
 * @return the status, for the handler to return
 */
int gp_errors_answer(request_rec *r);

/** register_hooks: the output filter that replaces httpd's error page by Graph's error body. */
void gp_errors_register(void);

#endif
