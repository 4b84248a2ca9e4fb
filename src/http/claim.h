/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_CLAIM_H
#define GP_CLAIM_H

#include "graphprofile.h"

/** translate_name: claims the requests for paths that the module serves, so that nothing maps them to a file or a
 *  proxy. */
int gp_claim_translate(request_rec *r);

/** map_to_storage and type_checker: a claimed request has no file, and no type to be guessed from a file's
 *  name. */
int gp_claim_skip_file(request_rec *r);

#endif
