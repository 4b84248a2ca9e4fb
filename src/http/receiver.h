/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_RECEIVER_H
#define GP_RECEIVER_H

#include "graphprofile.h"
#include "operations/exchange.h"

/** The receiver's own part of an exchange. */
typedef struct {
    request_rec *r;            /* NULL: of an item of a batch that has not been looked up */
    ap_conf_vector_t *config;  /* of the path as sent, before that of the owner's path */
    gp_exchange *batch;        /* that carries the request; NULL: it came by itself */
    const gp_batch_item *sent; /* of such a request */
    apr_time_t begun;          /* when it was looked up */
    apr_size_t reserved;       /* of a batch: bytes that its requests have asked for */
} gp_received;

static inline gp_received *gp_received_of(const gp_exchange *x)
{
    return x->request;
}

/**
 * Open an exchange, without a request.
 * @param pool      of the answer
 * @param receiver  NULL: that of requests that come by themselves
 */
void gp_receiver_open(gp_exchange *x, apr_pool_t *pool, const gp_receiver *receiver);

/** Let an opened exchange be about a request that is ours. */
void gp_receiver_take(gp_exchange *x, request_rec *r);

/* What both kinds of receivers have in common: see gp_receiver. */
bool gp_receiver_identify(gp_exchange *x);
gp_rules gp_receiver_apply_rules(gp_exchange *x, bool is_shown);
void gp_receiver_revert_rules(gp_exchange *x);
const char *gp_receiver_base_url(gp_exchange *x);
void gp_receiver_random(gp_exchange *x, void *bytes, apr_size_t length);
void gp_receiver_audit(gp_exchange *x, const char *id, const char *before, const char *after);

#endif
