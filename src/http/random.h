/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_RANDOM_H
#define GP_RANDOM_H

#include "graphprofile.h"

/** Make at most 512 random bytes. Ends the process if the system has none, as httpd's own code does. */
void gp_random_make(request_rec *r, void *bytes, apr_size_t length);

#endif
