/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_BATCH_ITEM_H
#define GP_BATCH_ITEM_H

#include "base/problem.h"

/*
 * The requests of a batch, as both forms of a batch contain them: JSON (batch_body.h) and multipart/mixed
 * (batch_multipart.h).
 */

/** The headers of a request in a batch that are used. All others are ignored: headers that identify the caller
 * or the path of the request are those of the batch, which proxies have checked; proxies do not see headers in
 * the body of a batch. */
typedef enum {
    GP_ITEM_ACCEPT,
    GP_ITEM_ACCEPT_LANGUAGE,
    GP_ITEM_CLIENT_REQUEST_ID,
    GP_ITEM_CONTENT_ENCODING,
    GP_ITEM_CONTENT_TYPE,
    GP_ITEM_IF_MATCH,
    GP_ITEM_IF_NONE_MATCH,
    GP_ITEM_ISOLATION,
    GP_ITEM_ODATA_ISOLATION,
    GP_ITEM_ODATA_MAXVERSION,
    GP_ITEM_ODATA_VERSION,
    GP_ITEM_PREFER,
    GP_ITEM_HEADERS /* the number of headers */
} gp_item_header;

/** Their names. */
extern const char *const GP_ITEM_NAMES[GP_ITEM_HEADERS];

/** One request of a batch. All texts except the body are valid UTF-8. */
typedef struct {
    /* Unique in the batch; in multipart/mixed, in its change set, or among the requests outside of change sets. "": none, in
     * multipart/mixed only. At most GP_BATCH_ID_MAX bytes. */
    const char *id;
    const char *method;                   /* in capitals */
    const char *url;                      /* not empty, as it was sent */
    const char *headers[GP_ITEM_HEADERS]; /* NULL: not sent; without control characters */
    /* atomicityGroup, at most GP_BATCH_ID_MAX bytes, or a name of its change set; NULL: none */
    const char *group;
    bool shares_group;   /* another request has the same group */
    bool is_conditional; /* it has an `if` */
    const char *body; /* NULL: none; a decoded string of JSON, or any other value as it was sent */
    apr_size_t length;
    bool body_is_text; /* the body is a string of JSON */
    int *dependencies; /* indices of preceding requests */
    int dependency_count;
} gp_batch_item;

/** The requests of a batch, in order. */
typedef struct {
    gp_batch_item *items;
    int count;
} gp_batch_body;

/** How the message of each malformed batch begins. */
#define GP_BATCH_INVALID "Invalid batch payload format. "

/** Open a batch without requests. @param most  the maximum number of requests */
void gp_batch_body_open(apr_pool_t *pool, gp_batch_body *body, int most);

/** Add a request without members. @return NULL: the batch has the maximum already */
gp_batch_item *gp_batch_body_add(gp_batch_body *body, int most);

/** @return the message for a batch with more requests than the maximum */
const char *gp_batch_excess(apr_pool_t *pool, int most);

/** @return a copy of a method in capitals; NULL: it is no method
 *  @param method  NULL: none */
const char *gp_batch_method(apr_pool_t *pool, const char *method);

/** @return the header with this name, in any case; GP_ITEM_HEADERS: it is not used
 *  @param name  not NUL-terminated */
gp_item_header gp_batch_header(const char *name, apr_size_t length);

#endif
