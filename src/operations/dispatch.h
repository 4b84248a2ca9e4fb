/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_DISPATCH_H
#define GP_DISPATCH_H

#include "exchange.h"

/**
 * Perform a request and set x->answer. Destroy x->work before sending the answer.
 * @param x  with its first part set (exchange.h)
 */
void gp_dispatch(gp_exchange *x);

#endif
