/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_REQUEST_H
#define GP_REQUEST_H

#include "config.h"
#include "base/problem.h"
#include "odata/route.h"
#include "base/uuid.h"

/** r->handler of a request that is ours; lower case, since SetHandler lower-cases. */
#define GP_HANDLER "graphprofile"

/** What a request took of the database, in microseconds. */
typedef struct {
    apr_interval_time_t wait; /* for connections */
    apr_interval_time_t time; /* on them */
    int rows;                 /* that its statements gave */
} gp_cost;

/** What the module knows of one request under a service root. */
typedef struct {
    gp_route route;                /* GP_RESOURCE_NONE: not ours to answer */
    char request_id[GP_UUID_SIZE]; /* made for each request */
    const char *client_request_id; /* the client's, if it is a GUID; else request_id */
    gp_problem problem;            /* why the handler gave up; GP_OK where it did not */
    gp_cost cost;                  /* so far */
    int is_caller_known;           /* httpd has authenticated the caller */
    apr_off_t length;              /* bytes of an answer that a Range was taken of; 0: not known */
    const char *base_url;          /* the answer of gp_request_base_url; NULL: not asked yet */
} gp_request;

/**
 * What is known of a request, made when first asked for.
 * @return from r->pool; never NULL
 */
gp_request *gp_request_get(request_rec *r);

/** @return non-zero where a request is claimed: it is ours to answer */
int gp_request_is_ours(const request_rec *r);

/** @return whose share of what a child has a request takes: its user, else its client's address; from r->pool */
const char *gp_request_caller(request_rec *r);

/** Adds the name of a request header to the Vary of an answer, once. */
void gp_request_vary(request_rec *r, apr_table_t *headers, const char *name);

/** Adds X-Content-Type-Options to an answer: no browser takes text that somebody stored for a page. */
void gp_request_forbid_sniffing(apr_table_t *headers);

/** translate_name: claims what is ours, so that nothing maps it to a file or a proxy. */
int gp_request_translate(request_rec *r);

/** map_to_storage and type_checker: what is claimed has no file, nor a type to be guessed from a
 *  file's name. */
int gp_request_claimed(request_rec *r);

/**
 * The public URL of the service root, without a trailing slash: GraphProfileBaseURL; else what the
 * headers of GraphProfileForwarded tell, where mod_remoteip trusts the proxy; what neither tells is the
 * host's ServerName, with the port of the connection where that has none. It never comes from the Host
 * header.
 */
const char *gp_request_base_url(request_rec *r);

/** Random bytes, 512 at the most; ends the process where the system has none, as httpd's own code does. */
void gp_request_random(request_rec *r, void *bytes, apr_size_t length);

#endif
