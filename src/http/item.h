/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ITEM_H
#define GP_ITEM_H

#include "operations/exchange.h"

/* Open the exchange of a request within a batch: see gp_receiver. */
void gp_item_open(gp_exchange *batch, gp_exchange *item);

#endif
