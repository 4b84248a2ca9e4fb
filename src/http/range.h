/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_RANGE_H
#define GP_RANGE_H

#include "graphprofile.h"

/** Remove Range and its conditions from a request whose method they do not apply to: any but GET. */
void gp_range_ignore(request_rec *r);

/** Prepare an answer of 200, before it is passed to the filters, for a Range that cannot be met. */
void gp_range_prepare(request_rec *r);

/** Make the problem and the Content-Range of a 416, which httpd's range filter has raised. */
void gp_range_explain(request_rec *r);

/** Registers the filter of gp_range_prepare. */
void gp_range_register(void);

#endif
