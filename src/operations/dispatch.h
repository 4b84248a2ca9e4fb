/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_DISPATCH_H
#define GP_DISPATCH_H

#include "exchange.h"

/**
 * Carry out a request: x->answer is then to be sent, after x->work is destroyed.
 * @param x  whose first part is set (exchange.h)
 */
void gp_dispatch(gp_exchange *x);

#endif
