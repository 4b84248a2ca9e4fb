/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages of other origins, as browsers tell them: what they may read (CORS), and that they do not
 * write in somebody's name without their knowing (CSRF). Whoever is no browser is not concerned:
 * nothing here says who calls.
 */
#include "origin.h"
#include "headers.h"
#include "request.h"

#include <apr_strings.h>
#include <http_request.h>

#include <string.h>

/* How long a browser may remember the answer to a preflight, seconds; Chromium takes two hours. */
#define MAX_AGE "7200"

/* What Graph exposes, as far as it is sent here, and what OData adds. */
#define EXPOSED                                                                                    \
    "ETag, Location, OData-EntityId, OData-Version, Preference-Applied, request-id, "              \
    "client-request-id, Retry-After, Allow, WWW-Authenticate"

static const char *header(const request_rec *r, const char *name)
{
    return apr_table_get(r->headers_in, name);
}

/* ---- reading ---- */

#define ALLOW_ORIGIN   "Access-Control-Allow-Origin"
#define EXPOSE_HEADERS "Access-Control-Expose-Headers"

/* What Access-Control-Allow-Origin says to an origin; NULL: it may not read. */
static const char *allowed(const apr_array_header_t *origins, const char *origin)
{
    int i;

    for (i = 0; i < origins->nelts; i++) {
        const char *one = APR_ARRAY_IDX(origins, i, const char *);

        if (strcmp(one, "*") == 0 || (origin != NULL && strcmp(one, origin) == 0))
            return one;
    }
    return NULL;
}

static const apr_array_header_t *origins_of(const request_rec *r)
{
    const apr_array_header_t *origins = gp_config_get(r)->allow_origin;

    return origins != NULL && origins->nelts > 0 ? origins : NULL;
}

void gp_origin_share(request_rec *r, apr_table_t *headers)
{
    const apr_array_header_t *origins = origins_of(r);
    const char *origin;

    if (origins == NULL)
        return;
    origin = allowed(origins, header(r, "Origin"));
    if (origin == NULL || strcmp(origin, "*") != 0)
        gp_headers_vary(r, headers, "Origin");
    if (origin == NULL)
        return;
    apr_table_setn(headers, ALLOW_ORIGIN, origin);
    apr_table_setn(headers, EXPOSE_HEADERS, EXPOSED);
}

int gp_origin_announce(request_rec *r)
{
    if (!gp_request_is_ours(r))
        return DECLINED;
    /* An earlier call may have allowed what the configuration now does not. */
    apr_table_unset(r->err_headers_out, ALLOW_ORIGIN);
    apr_table_unset(r->err_headers_out, EXPOSE_HEADERS);
    gp_origin_share(r, r->err_headers_out);
    return DECLINED;
}

/* ---- preflights ---- */

static bool is_preflight(const request_rec *r)
{
    const apr_array_header_t *origins = origins_of(r);

    return r->method_number == M_OPTIONS && origins != NULL
           && header(r, "Access-Control-Request-Method") != NULL && header(r, "Origin") != NULL
           && allowed(origins, header(r, "Origin")) != NULL;
}

int gp_origin_admit_preflight(request_rec *r)
{
    return gp_request_is_ours(r) && is_preflight(r) ? OK : DECLINED;
}

void gp_origin_preflight(request_rec *r, gp_resource resource, apr_table_t *headers)
{
    if (!is_preflight(r))
        return;
    apr_table_setn(headers, "Access-Control-Allow-Methods", gp_route_allow(r->pool, resource));
    /* Clients send headers of their own. The asterisk does not stand for this one. */
    apr_table_setn(headers, "Access-Control-Allow-Headers", "Authorization, *");
    apr_table_setn(headers, "Access-Control-Max-Age", MAX_AGE);
}
