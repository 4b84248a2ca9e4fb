/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HANDLER_H
#define GP_HANDLER_H

#include "graphprofile.h"

/** handler: answer the requests that gp_claim_translate claimed; decline all others. */
int gp_handler(request_rec *r);

#endif
