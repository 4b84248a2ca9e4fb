/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ENTITY_H
#define GP_ENTITY_H

#include "base/buffer.h"
#include "document/position.h"

/** The form of the positions in one answer. */
typedef struct {
    const char *base_url; /* of the service root; unused without metadata */
    const char *owner;    /* as answers name the owner */
    const gp_shape *shape;
} gp_entity_form;

/**
 * Write the beginning of an answer: the opening brace and, unless the client wants no metadata,
 * @odata.context with its comma (OData protocol 4.01 section 10).
 * @param pool  for temporary memory
 * @param suffix  the end of the context URL after the collection: "/$entity", or "" for a collection
 */
void gp_entity_open(apr_pool_t *pool, gp_buffer *body, const gp_entity_form *form,
                    const char *suffix);

/**
 * Write the context URL of a collection as a member, with its comma, unless the client wants no metadata.
 * @param property  the property that contains the collection; "": the collection is the whole answer
 * @param suffix  as for gp_entity_open
 */
void gp_entity_add_context(apr_pool_t *pool, gp_buffer *body, const gp_entity_form *form,
                           const char *property, const char *suffix);

/**
 * Write a position after its opening brace, and after the context if there is one: control information, then
 * the selected properties of the stored document.
 * @param pool  for temporary memory
 */
void gp_entity_write(apr_pool_t *pool, gp_buffer *body, const gp_entity_form *form,
                     const gp_position *position);

/** @return an upper limit of the bytes that the two functions above write, except the URLs of
 *           gp_entity_urls_size and ids and URLs of unusual length */
apr_size_t gp_entity_size(const gp_position *position);

/**
 * @return the bytes of a position's URLs: 0 without full metadata
 * @param pool  for temporary memory
 */
apr_size_t gp_entity_urls_size(apr_pool_t *pool, const gp_entity_form *form,
                               const gp_position *position);

#endif
