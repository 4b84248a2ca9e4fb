/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_DISPATCH_H
#define GP_DISPATCH_H

#include "http/graphprofile.h"

/** handler: answers what gp_request_translate claimed; declines everything else. */
int gp_handler(request_rec *r);

#endif
