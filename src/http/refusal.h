/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_REFUSAL_H
#define GP_REFUSAL_H

#include "graphprofile.h"
#include "base/problem.h"

/**
 * Log a request that fails with a problem of the module. The one line has level error if the server is at
 * fault, otherwise info. It names the error code, the codes and targets of the details, and the request-id.
 * It contains no value that the client sent, and only those names in the body that the model declares.
 */
void gp_refusal_log(request_rec *r, const gp_problem *problem, const char *request_id);

/** Log a request that fails with a status of another module, such as the 401 of an authentication module. */
void gp_refusal_log_foreign(request_rec *r, const char *request_id);

#endif
