/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Controls pages of other origins, as browsers announce them: which answers they may read (CORS),
 * and that they cannot write in a user's name without the user's knowledge (CSRF). It does not
 * affect clients other than browsers, and identifies no caller.
 */
#include "origin.h"
#include "headers.h"
#include "request.h"

#include <apr_strings.h>
#include <http_request.h>

#include <string.h>

/* Seconds for which a browser may cache the answer to a preflight; Chromium caps it at two
 * hours. */
#define MAX_AGE "7200"

/* The headers that Graph exposes, as far as the module sends them, and those that OData adds. */
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

/* Returns the value of Access-Control-Allow-Origin for an origin; NULL: it must not read the
 * answer. */
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

bool gp_origin_may_read(const request_rec *r)
{
    const apr_array_header_t *origins = origins_of(r);

    return origins != NULL && allowed(origins, header(r, "Origin")) != NULL;
}

int gp_origin_announce(request_rec *r)
{
    if (!gp_request_is_ours(r))
        return DECLINED;
    /* An earlier call may have allowed an origin that the present configuration does not allow. */
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
    apr_table_setn(headers, "Access-Control-Allow-Methods",
                   gp_route_allow(r->pool, resource, gp_config_disabled(gp_config_get(r))));
    /* Clients may send headers of their own. The asterisk does not include Authorization. */
    apr_table_setn(headers, "Access-Control-Allow-Headers", "Authorization, *");
    apr_table_setn(headers, "Access-Control-Max-Age", MAX_AGE);
}
