/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_BATCH_BODY_H
#define GP_BATCH_BODY_H

#include "base/problem.h"

/** The headers of a request in a batch that are used. All others are ignored: headers that identify the caller
 * or the path of the request are those of the batch, which proxies have checked; proxies do not see headers in
 * a JSON text. */
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

/** One request of a batch. All texts are valid UTF-8. */
typedef struct {
    const char *id;                       /* not empty, unique in the batch */
    const char *method;                   /* in capitals */
    const char *url;                      /* not empty, as it was sent */
    const char *headers[GP_ITEM_HEADERS]; /* NULL: not sent; without control characters */
    const char *group;                    /* atomicityGroup; NULL: none */
    bool is_conditional;                  /* it has an `if` */
    const char *body; /* NULL: none; a decoded string, or any other value as JSON */
    apr_size_t length;
    bool body_is_text; /* the body is a string */
    int *dependencies; /* indices of preceding requests */
    int dependency_count;
} gp_batch_item;

/** The requests of a batch, in order. */
typedef struct {
    gp_batch_item *items;
    int count;
} gp_batch_body;

/**
 * Read the body of a batch (OData JSON 4.01 section 19, Microsoft Graph "JSON batching"): {"requests":[{"id",
 * "method","url","headers"?,"body"?,"dependsOn"?,..}]}. Unknown members are ignored.
 * @param pool  receives the requests. Bodies that are not strings are not copied from the text.
 * @param text  must outlive the requests
 * @param most  the maximum number of requests
 * @return false on failure: the problem is set, and no request of the batch may run
 */
bool gp_batch_body_read(apr_pool_t *pool, const char *text, apr_size_t length, int most,
                        gp_batch_body *body, gp_problem *problem);

#endif
