/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CLAIM_H
#define GP_CLAIM_H

#include "graphprofile.h"

/** translate_name: claim the requests for paths that the module serves, so that no other module maps them to a
 * file or a proxy. */
int gp_claim_translate(request_rec *r);

/** map_to_storage and type_checker: a claimed request has no file, so its type must not be derived from a file
 * name. */
int gp_claim_skip_file(request_rec *r);

#endif
