/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_OPERATIONS_ANSWER_H
#define GP_OPERATIONS_ANSWER_H

#include "exchange.h"
#include "odata/entity.h"

/*
 * Answers as values, in x->answer. Their memory is in x->pool, because x->work is destroyed before an answer is
 * sent: a client that reads slowly holds no more memory than its answer. Functions that return bool return true,
 * so that an operation can end with them.
 */

/** Begin a successful answer. It has no body unless gp_answer_open_body follows. */
void gp_answer_open(gp_exchange *x, int status);

/**
 * Open the body, in reserved memory if there is any.
 * @param expected  bytes
 */
void gp_answer_open_body(gp_exchange *x, const char *content_type, apr_size_t expected);

/** @return the media type of an answer in OData's JSON */
const char *gp_answer_json_type(const gp_exchange *x);

/** @return the form in which this answer contains positions */
gp_entity_form gp_answer_form(gp_exchange *x, const char *owner);

/**
 * Answer a position that was read. @param owner  as answers name the owner
 * @return false if no memory could be reserved (gp_receiver.reserve)
 */
bool gp_answer_position(gp_exchange *x, const char *owner, const gp_position *position);

/** Reserve memory for the answer to a write, before the write, unless the client wants no representation. */
bool gp_answer_reserve_written(gp_exchange *x, const gp_position *position);

/**
 * Answer a write with the position, or with 204 if the client prefers a minimal answer.
 * @param status  with the position: 201 or 200
 */
bool gp_answer_written(gp_exchange *x, int status, const gp_position *position);

/** Answer 304: the client already has the representation with this tag. */
bool gp_answer_not_modified(gp_exchange *x, const gp_etag *known);

/** Add the headers that list the media types of the resource's request bodies. */
void gp_answer_accepted(gp_exchange *x);

/** Answer a failed request, with x->problem or x->refusal. */
void gp_answer_fail(gp_exchange *x);

#endif
