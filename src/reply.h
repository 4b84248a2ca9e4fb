/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_REPLY_H
#define GP_REPLY_H

#include "header.h"
#include "position.h"
#include "request.h"

/**
 * Answer a position that was created: 201 with the entity, or 204 where the client prefers little.
 * @return what the handler returns
 */
int gp_reply_created(request_rec *r, const char *owner, const gp_position *position,
                     const gp_prefer *prefer);

/** Answer OPTIONS: 204 with what is allowed. */
int gp_reply_options(request_rec *r, gp_resource resource);

/** The headers that every answer under the root bears. @param headers  err_headers_out or the like */
void gp_reply_headers(apr_table_t *headers, const gp_request *request);

#endif
