/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_ENTITY_H
#define GP_ENTITY_H

#include "base/buffer.h"
#include "document/position.h"

/** How the positions of one answer are written. */
typedef struct {
    const char *base_url; /* of the service root; not used without metadata */
    const char *owner;    /* as answers name the owner */
    const gp_shape *shape;
} gp_entity_form;

/**
 * Write the beginning of an answer: the opening brace and, unless no metadata is asked for, @odata.context
 * with its comma (OData protocol 4.01 section 10).
 * @param pool    for temporary memory
 * @param suffix  what follows the collection in the context URL: "/$entity", or "" for a collection
 */
void gp_entity_open(apr_pool_t *pool, gp_buffer *body, const gp_entity_form *form,
                    const char *suffix);

/**
 * Write the context URL of a collection as a member, with its comma, unless no metadata is asked for.
 * @param property  the property that holds the collection; "": the collection is the whole answer
 * @param suffix    as of gp_entity_open
 */
void gp_entity_add_context(apr_pool_t *pool, gp_buffer *body, const gp_entity_form *form,
                           const char *property, const char *suffix);

/**
 * Write a position after its opening brace, and after the context if there is one: control information, then
 * the stored document, of which only the selected properties are written.
 * @param pool  for temporary memory
 */
void gp_entity_write(apr_pool_t *pool, gp_buffer *body, const gp_entity_form *form,
                     const gp_position *position);

/** @return an upper limit of the bytes that the two functions above write, apart from the URLs of
 *          gp_entity_urls_size and from ids and URLs of unusual length */
apr_size_t gp_entity_size(const gp_position *position);

/** @return how many bytes the URLs of a position take: 0 unless full metadata is asked for
 *  @param pool  for temporary memory */
apr_size_t gp_entity_urls_size(apr_pool_t *pool, const gp_entity_form *form,
                               const gp_position *position);

#endif
