/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_REQUEST_H
#define GP_REQUEST_H

#include "config.h"
#include "base/problem.h"
#include "odata/route.h"
#include "store/run.h"
#include "base/uuid.h"

/** r->handler of a request that is ours; lower case, since SetHandler lower-cases. */
#define GP_HANDLER "graphprofile"

/** What the module knows of one request under a service root. */
typedef struct {
    gp_route route;                /* GP_RESOURCE_NONE: not ours to answer */
    char request_id[GP_UUID_SIZE]; /* made for each request */
    const char *client_request_id; /* the client's, if it is a GUID; else request_id */
    gp_problem problem;            /* why the handler gave up; GP_OK where it did not */
    gp_cost cost;                  /* what it has taken of the database so far */
    gp_store *store;               /* gp_dbd_store; NULL: not asked for yet */
    bool is_caller_known;          /* httpd has authenticated the caller */
    apr_off_t length;              /* bytes of an answer that a Range was taken of; 0: not known */
    const char *base_url;          /* kept by public_url.c; NULL: not yet */
} gp_request;

/**
 * What is known of a request, made when first asked for.
 * @return from r->pool; never NULL
 */
gp_request *gp_request_get(request_rec *r);

/** @return whether the module has claimed a request (claim.h) */
bool gp_request_is_ours(const request_rec *r);

/** @return whose share of what a child has a request takes: its user, else its client's address; from r->pool */
const char *gp_request_caller(request_rec *r);

#endif
