/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_STATUS_H
#define GP_STATUS_H

#include "graphprofile.h"

#include <ap_mpm.h>

#include <stdatomic.h>

/** What is counted of the database. status.c has the name of each. */
typedef enum {
    /* Gauges: what is so just now. They are a child's own and end with it. */
    GP_STATUS_IN_USE,    /* connections on which a statement runs */
    GP_STATUS_PLACES,    /* connections that the pools can hold */
    GP_STATUS_ABANDONED, /* connections that are kept until their backends end */
    GP_STATUS_WAITING,   /* requests that wait for one */
    GP_STATUS_OPEN,      /* circuit breakers that refuse requests: counted when looked at */
    /* Counters: since the server was started. */
    GP_STATUS_STATEMENTS,
    GP_STATUS_BATCHES,        /* of several statements in one transaction */
    GP_STATUS_BATCHED,        /* statements in them */
    GP_STATUS_UNDONE,         /* batches that failed, so that their statements ran alone */
    GP_STATUS_TIME,           /* microseconds that they took */
    GP_STATUS_WAIT,           /* microseconds that requests waited for connections */
    GP_STATUS_QUEUE_TIMEOUTS, /* waits that ended without one */
    GP_STATUS_TIMEOUTS,       /* statements that a deadline ended */
    GP_STATUS_RETRIES,        /* statements that ran once more */
    GP_STATUS_CONNECTS,       /* connections made */
    GP_STATUS_RECONNECTS,     /* and those made anew after they broke */
    GP_STATUS_OPENED,         /* how often a circuit breaker opened */
    GP_STATUS_NUMBERS         /* how many there are */
} gp_status_number;

/** Count. Costs an atomic addition; any thread of a child may. @param amount  may be negative */
void gp_status_add(gp_status_number number, apr_int64_t amount);

/**
 * child_init: where one more circuit breaker of this child tells until when it refuses (gp_gate_publish).
 * The first 16 of a child are shown. @return never NULL
 */
atomic_llong *gp_status_breaker(void);

/** register_hooks: the section of mod_status's page. */
void gp_status_register(void);

/** post_config: the memory that children count in; kept over restarts. */
int gp_status_create(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *server);

/** child_init: takes a part of it for this child. */
void gp_status_init(apr_pool_t *child, server_rec *server);

/** child_status: a child has ended, however it did. */
void gp_status_child(server_rec *server, pid_t pid, ap_generation_t generation, int place,
                     mpm_child_status state);

/** log_transaction: counts a request that was ours, and leaves notes for the access log. */
int gp_status_log(request_rec *r);

#endif
