/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_REPLY_H
#define GP_REPLY_H

#include "accept.h"
#include "header.h"
#include "request.h"
#include "store.h"

/** A position as it is answered; all of it lives as long as the request. */
typedef struct {
    const char *owner;
    const char *id;
    const char *etag;
    const char *document;
} gp_entity;

/* Each of these answers the request; what it returns is what the handler returns. */

/** A position that was asked for: 200. */
int gp_reply_entity(request_rec *r, const gp_entity *entity, const gp_shape *shape);

/**
 * A position that was written: the entity, or 204 where the client prefers little.
 * @param status  HTTP_CREATED or HTTP_OK
 */
int gp_reply_written(request_rec *r, int status, const gp_entity *entity, const gp_prefer *prefer,
                     const gp_shape *shape);

/** A position that the client has already, by this tag: 304. */
int gp_reply_not_modified(request_rec *r, const gp_etag *etag);

/** A position that was deleted: 204. */
int gp_reply_deleted(request_rec *r);

/** A page of positions. */
typedef struct {
    const char *owner;
    const gp_result *rows;  /* of gp_store_list */
    int count;              /* how many of them to answer */
    const char *total;      /* how many there are on all pages, in digits; NULL: not asked for */
    const char *next;       /* the query string of the next page; NULL: this is the last one */
    const char *preference; /* by which the client limited the page; NULL: none */
    int max_page_size;      /* the limit that was applied */
} gp_listing;

int gp_reply_list(request_rec *r, const gp_listing *listing, const gp_shape *shape);

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
