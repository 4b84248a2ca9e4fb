/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_BODY_H
#define GP_BODY_H

#include "graphprofile.h"

#include "document/reader.h"

/**
 * Read the request body into a reader, to its end or to the first thing that ends the reading.
 * @param pool   for what is read, until the reader has taken it
 * @param limit  bytes, counted after input filters have decoded them
 * @return OK where all of it was read (gp_reader_finish tells whether it is right); else what the
 *         handler must return, with the problem set where the answer is ours to make
 */
int gp_body_read(request_rec *r, apr_pool_t *pool, apr_off_t limit, gp_reader *reader,
                 gp_problem *problem);

#endif
