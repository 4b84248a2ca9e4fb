/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_REQUEST_H
#define GP_REQUEST_H

#include "config.h"
#include "base/problem.h"
#include "odata/route.h"
#include "store/run.h"
#include "base/uuid.h"

/** r->handler of a claimed request; lower case, because SetHandler lower-cases. */
#define GP_HANDLER "graphprofile"

/** The module's data about one request under a service root. */
typedef struct {
    gp_route route;                /* GP_RESOURCE_NONE: not claimed */
    char request_id[GP_UUID_SIZE]; /* unique for each request */
    const char *client_request_id; /* from the client if it is a GUID; otherwise request_id */
    gp_problem problem;            /* the reason of a failure; GP_OK: none */
    gp_cost cost;                  /* the use of the database so far */
    gp_store *store;               /* gp_dbd_store; NULL: not used yet */
    bool is_caller_known;          /* httpd has authenticated the caller */
    apr_off_t length;              /* bytes of an answer out of which a Range was cut; 0: unknown */
    const char *base_url;          /* set by public_url.c; NULL: not yet */
    const ap_conf_vector_t
        *own_config; /* while lookup.c looks up another path: that of this one; else NULL */
} gp_request;

/**
 * The data about a request, made at the first call.
 * @return from r->pool; never NULL
 */
gp_request *gp_request_get(request_rec *r);

/** @return true if the module has claimed a request (claim.h) */
bool gp_request_is_ours(const request_rec *r);

/** @return true if the module answers a request that it has claimed: no SetHandler and no later rewriting has given it
 *          to another handler */
bool gp_request_is_answered_here(const request_rec *r);

/** @return the name under which a request takes its share of a child's resources: its user, or else its
 *           client's address; from r->pool */
const char *gp_request_caller(request_rec *r);

#endif
