/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_REFUSAL_H
#define GP_REFUSAL_H

#include "graphprofile.h"
#include "base/problem.h"

/**
 * Log a request that fails with a problem of the module: one line, at level error where the fault is the
 * server's, else info. It names the error code, the codes and targets of the details, and the request-id. It
 * holds no value that the client sent, and of names in the body only those that the model declares.
 */
void gp_refusal_log(request_rec *r, const gp_problem *problem, const char *request_id);

/** The same for a status that another module raised, such as the 401 of an authentication module. */
void gp_refusal_log_foreign(request_rec *r, const char *request_id);

#endif
