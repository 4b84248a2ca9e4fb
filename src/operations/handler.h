/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HANDLER_H
#define GP_HANDLER_H

#include "http/graphprofile.h"

/** handler: answers what gp_request_translate claimed; declines everything else. */
int gp_handler(request_rec *r);

#endif
