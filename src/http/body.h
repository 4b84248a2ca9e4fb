/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_BODY_H
#define GP_BODY_H

#include "graphprofile.h"

#include "base/buffer.h"
#include "document/reader.h"

/**
 * Read the request body into a reader, to its end or until a problem ends the reading.
 * @param pool  for the data until the reader has consumed it
 * @param limit  bytes, counted after input filters have decoded them
 * @return OK if the whole body was read (gp_reader_finish tells if it is valid); otherwise the
 *         value for the handler to return, with the problem set if the module must answer
 */
int gp_body_read(request_rec *r, apr_pool_t *pool, apr_off_t limit, gp_reader *reader,
                 gp_problem *problem);

/** The same into a text. @param text  receives it, in the pool */
int gp_body_read_text(request_rec *r, apr_pool_t *pool, apr_off_t limit, gp_buffer *text,
                      gp_problem *problem);

#endif
