/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_REPLY_H
#define GP_REPLY_H

#include "odata/header_accept.h"
#include "odata/header_etag.h"
#include "odata/header_prefer.h"
#include "request.h"
#include "store/store.h"

/** child_init: make what bounds the memory of answers. */
void gp_reply_init(apr_pool_t *child, server_rec *server);

/**
 * Reserve memory for the answer before anything is written, since no answer may fail after that. It waits
 * for earlier answers to be sent, GraphProfileQueueTimeout at the most. Once reserved, a request may
 * reserve another size.
 * @param size     bytes of the answer, at the most
 * @param problem  GP_UNAVAILABLE: clients do not read the answers that they have asked for
 * @return non-zero on success
 */
int gp_reply_reserve(request_rec *r, apr_size_t size, gp_problem *problem);

/** @return how many bytes the answer with an entity takes at the most */
apr_size_t gp_reply_entity_size(request_rec *r, const char *owner, const gp_position *position,
                                const gp_shape *shape);

/* Each of these answers the request; what it returns is what the handler returns. A pool that it takes is
 * that of what it answers from, which is copied into the answer: it destroys the pool before it sends, so
 * that a client that does not read holds no more than the answer. */

/** A position that was asked for: 200. */
int gp_reply_entity(request_rec *r, apr_pool_t *pool, const char *owner,
                    const gp_position *position, const gp_shape *shape);

/**
 * A position that was written: the entity, or 204 where the client prefers little.
 * @param status  HTTP_CREATED or HTTP_OK
 */
int gp_reply_written(request_rec *r, apr_pool_t *pool, int status, const char *owner,
                     const gp_position *position, const gp_prefer *prefer, const gp_shape *shape);

/** A position that the client has already, by this tag: 304. */
int gp_reply_not_modified(request_rec *r, const gp_etag *etag);

/** A position that was deleted: 204. */
int gp_reply_deleted(request_rec *r);

/** A page of positions. */
typedef struct {
    const char *owner;
    const gp_result *rows;  /* of gp_store_list */
    int count;              /* how many of them to answer: gp_reply_fitting */
    const char *total;      /* how many there are on all pages, in digits; NULL: not asked for */
    const char *next;       /* the query string of the next page; NULL: this is the last one */
    const char *preference; /* by which the client limited the page; NULL: none */
    int max_page_size;      /* the limit that was applied */
} gp_listing;

/**
 * How many rows a page takes: as many as GP_PAGE_BYTES_MAX lets, and one at least.
 * @param most  how many in any case
 */
int gp_reply_fitting(request_rec *r, const gp_listing *listing, int most, const gp_shape *shape);

/** @return how many bytes the answer with a page takes at the most */
apr_size_t gp_reply_list_size(request_rec *r, const gp_listing *listing, const gp_shape *shape);

int gp_reply_list(request_rec *r, apr_pool_t *pool, const gp_listing *listing,
                  const gp_shape *shape);

/** A number of positions, as text. */
int gp_reply_count(request_rec *r, const char *count);

/** The service document, or $metadata in the media type agreed on. */
int gp_reply_service(request_rec *r, const gp_shape *shape);
int gp_reply_metadata(request_rec *r, gp_offer media, const gp_shape *shape);

/** OPTIONS: 204 with what is allowed. */
int gp_reply_options(request_rec *r, gp_resource resource);

/** Adds the headers that tell in which media type a resource takes bodies. */
void gp_reply_accepted(gp_resource resource, apr_table_t *headers);

/** The headers that every answer under the root bears. */
void gp_reply_headers(request_rec *r, apr_table_t *headers);

#endif
