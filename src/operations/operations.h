/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_OPERATIONS_H
#define GP_OPERATIONS_H

#include "http/graphprofile.h"

/*
 * What a request can do, one file each, which says the request's syntax and what it answers. Each answers
 * the request; what it returns is what the handler returns.
 */

int gp_operation_create(request_rec *r);
int gp_operation_list(request_rec *r);
int gp_operation_count(request_rec *r);
int gp_operation_read(request_rec *r);
int gp_operation_update(request_rec *r);
int gp_operation_delete(request_rec *r);
int gp_operation_service(request_rec *r);
int gp_operation_metadata(request_rec *r);

#endif
