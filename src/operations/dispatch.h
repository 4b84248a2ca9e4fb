/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_DISPATCH_H
#define GP_DISPATCH_H

#include "exchange.h"

/**
 * Perform a request and set x->answer. Destroy x->work before sending the answer.
 * @param x  with its first part set (exchange.h)
 */
void gp_dispatch(gp_exchange *x);

/** @return true if a request should begin before others run: its statement can be submitted, or it has none */
bool gp_dispatch_begins_early(const gp_exchange *x);

/**
 * The same step by step, for several requests at a time: what comes before the first statement, the statements, and
 * the rest (operations.h).
 * @return false: the request has failed, and x->answer says so
 */
bool gp_dispatch_begin(gp_exchange *x);
void gp_dispatch_submit(gp_exchange *x); /* may be left out; if not, gp_dispatch_run must follow */
bool gp_dispatch_run(gp_exchange *x);
bool gp_dispatch_finish(gp_exchange *x);

#endif
