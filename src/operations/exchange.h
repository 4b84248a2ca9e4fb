/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_EXCHANGE_H
#define GP_EXCHANGE_H

#include "http/caller.h"
#include "odata/query.h"
#include "document/reader.h"
#include "http/reply.h"

/** What the steps that operations share find out about a request. */
typedef struct {
    gp_request *request;
    gp_problem *problem; /* of the request */
    apr_pool_t *pool;    /* of all that the answer is made from: gone before the answer is sent */
    const gp_config *config;
    int max_version; /* that the client takes, in hundredths */
    gp_query query;
    gp_accepted accepted;
    gp_shape shape; /* of what is answered */
    gp_prefer prefer;
    gp_reader *reader; /* of the body, where there is one */
    gp_caller caller;
    gp_viewer viewer;
    const char *owner;     /* whose positions */
    char id[GP_UUID_SIZE]; /* of which position, where the path names one */
} gp_exchange;

/** The ETags of a conditional request. */
typedef struct {
    gp_etags if_match, if_none_match;
} gp_conditions;

/*
 * Each step returns zero where the request fails: then the problem is set, and gp_exchange_fail ends the
 * request.
 */

/** Begin: what is known without looking at more than the headers. Cannot fail. */
void gp_exchange_open(request_rec *r, gp_exchange *x);

/**
 * Agree upon versions, query options, isolation, and the format of the answer.
 * @param offered  a set of gp_offer; 0: the answer has no body
 */
int gp_exchange_agree(request_rec *r, gp_exchange *x, gp_operation operation, unsigned offered);

/** Begin a request for a user's positions: all of the above, and who calls, whether they may, and whose
 *  positions these are. */
int gp_exchange_open_positions(request_rec *r, gp_exchange *x, gp_operation operation,
                               gp_access access, unsigned offered);

/** @return the owner as answers name them. A name is not resolved for anonymous callers: they get it back
 *          as they sent it. */
const char *gp_exchange_owner(const gp_exchange *x);

/**
 * Read the body.
 * @param pool    receives it
 * @param answer  receives what the handler must return where this fails
 * @return NULL where it failed; the request is ended then
 */
gp_value *gp_exchange_read_body(request_rec *r, apr_pool_t *pool, gp_exchange *x,
                                gp_reading reading, int *answer);

/**
 * Whether a document may be stored. A stored document that exceeds the limit, since that was lowered, may be
 * changed as long as it does not grow.
 * @param length  of the document, in bytes
 * @param before  of the document that it replaces; 0: it is new
 */
int gp_exchange_fits(const gp_exchange *x, apr_size_t length, apr_size_t before);

/** Before a write, reserve the memory of its answer, unless the client wants none of the position. */
int gp_exchange_reserve_written(request_rec *r, const gp_exchange *x, const gp_position *position);

/**
 * End a request that failed. What it was to be answered from is freed, since the client may be slow to read
 * the error, too.
 * @param x  NULL: it failed before gp_exchange_open
 * @return what the handler must return
 */
int gp_exchange_fail(request_rec *r, gp_exchange *x);

/** Read If-Match and If-None-Match. */
int gp_conditions_read(request_rec *r, gp_conditions *sent, gp_problem *problem);

/** Whether a write may go on upon a position with this ETag. */
int gp_conditions_meet(const gp_conditions *sent, const char *etag, gp_problem *problem);

/**
 * The same for what has no ETag, which is everything but a position: none matches, and only "*" stands for
 * what is there (RFC 9110 sections 13.1.1 and 13.1.2). A read with If-None-Match goes on.
 */
int gp_conditions_meet_untagged(request_rec *r, gp_problem *problem);

#endif
