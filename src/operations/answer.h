/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_OPERATIONS_ANSWER_H
#define GP_OPERATIONS_ANSWER_H

#include "exchange.h"
#include "odata/entity.h"

/*
 * Answers as values, in x->answer. What they hold lies in x->pool, because x->work is destroyed before an answer
 * is sent: a client that reads slowly holds no more memory than its answer. Functions that return bool return
 * true, so that an operation can end with them.
 */

/** Begin a successful answer. It has no body unless gp_answer_open_body follows. */
void gp_answer_open(gp_exchange *x, int status);

/**
 * Open the body: in the memory that was reserved for it, if any was.
 * @param expected  bytes
 */
void gp_answer_open_body(gp_exchange *x, const char *content_type, apr_size_t expected);

/** @return the media type of an answer in OData's JSON */
const char *gp_answer_json_type(const gp_exchange *x);

/** @return how positions of this answer are written */
gp_entity_form gp_answer_form(gp_exchange *x, const char *owner);

/** Answer a position that was read. @param owner  as answers name the owner
 *  @return false: there is no memory for it (gp_receiver.reserve) */
bool gp_answer_position(gp_exchange *x, const char *owner, const gp_position *position);

/** Before a write, reserve memory for its answer, unless the client wants no representation of the position. */
bool gp_answer_reserve_written(gp_exchange *x, const gp_position *position);

/**
 * Answer a position that was written: with it, or with 204 if the client prefers a minimal answer.
 * @param status  of the former: 201 or 200
 */
bool gp_answer_written(gp_exchange *x, int status, const gp_position *position);

/** The representation that the client has already, by this tag: 304. */
bool gp_answer_not_modified(gp_exchange *x, const gp_etag *known);

/** Add the headers that say in which media type the resource takes bodies. */
void gp_answer_accepted(gp_exchange *x);

/** End a request that failed: with x->problem, or with x->refusal. */
void gp_answer_fail(gp_exchange *x);

#endif
