/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_RANGE_H
#define GP_RANGE_H

#include "graphprofile.h"

/** Remove Range and its conditions from a request whose method is not GET, because they do not
 * apply. */
void gp_range_ignore(request_rec *r);

/** Prepare an answer of 200, before it reaches the filters, for a Range that cannot be satisfied. */
void gp_range_prepare(request_rec *r);

/** Set the problem and the Content-Range for a 416 that httpd's range filter raised. */
void gp_range_explain(request_rec *r);

/** Register the filter of gp_range_prepare. */
void gp_range_register(void);

#endif
