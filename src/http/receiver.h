/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_RECEIVER_H
#define GP_RECEIVER_H

#include "graphprofile.h"
#include "operations/exchange.h"

/** The httpd side of an exchange. */
typedef struct {
    request_rec *r;            /* NULL: an item of a batch that has not been looked up */
    ap_conf_vector_t *config;  /* of the path as sent, before that of the owner's path */
    gp_exchange *batch;        /* the batch that contains the request; NULL: none */
    const gp_batch_item *sent; /* the item in that batch */
    apr_time_t begun;          /* the time of its look-up */
    apr_size_t reserved;       /* bytes of its answer; of a batch, those of all its items */
} gp_received;

static inline gp_received *gp_received_of(const gp_exchange *x)
{
    return x->request;
}

/**
 * Open an exchange without a request.
 * @param pool  of the answer
 * @param receiver  NULL: that of a request outside of a batch
 */
void gp_receiver_open(gp_exchange *x, apr_pool_t *pool, const gp_receiver *receiver);

/** Attach a claimed request to an opened exchange. */
void gp_receiver_take(gp_exchange *x, request_rec *r);

/* The common part of both receivers: see gp_receiver. */
bool gp_receiver_identify(gp_exchange *x);
gp_rules gp_receiver_apply_rules(gp_exchange *x, bool is_shown);
void gp_receiver_revert_rules(gp_exchange *x);
const char *gp_receiver_base_url(gp_exchange *x);
void gp_receiver_random(gp_exchange *x, void *bytes, apr_size_t length);
void gp_receiver_audit(gp_exchange *x, const char *id, const char *before, const char *after);

#endif
