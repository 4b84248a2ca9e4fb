/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_READY_H
#define GP_READY_H

#include "graphprofile.h"

/** handler: answer `SetHandler graphprofile-ready`; decline all others. */
int gp_ready_handler(request_rec *r);

#endif
