/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_READY_H
#define GP_READY_H

#include "graphprofile.h"

/** handler: answers `SetHandler graphprofile-ready`; declines everything else. */
int gp_ready_handler(request_rec *r);

#endif
