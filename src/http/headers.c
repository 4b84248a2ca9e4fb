/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The headers of answers.
 */
#include "headers.h"
#include "request.h"
#include "timing.h"

#include <apr_strings.h>
#include <http_protocol.h>

#include <string.h>

void gp_headers_vary(request_rec *r, apr_table_t *headers, const char *name)
{
    const char *vary = apr_table_get(headers, "Vary");
    char *lower = apr_pstrdup(r->pool, name);

    ap_str_tolower(lower); /* ap_find_token would find Accept in Accept-Encoding */
    if (vary == NULL || !ap_find_list_item(r->pool, vary, lower))
        apr_table_mergen(headers, "Vary", name);
}

void gp_headers_forbid_sniffing(apr_table_t *headers)
{
    apr_table_setn(headers, "X-Content-Type-Options", "nosniff");
}

void gp_headers_set(request_rec *r, apr_table_t *headers)
{
    const gp_request *request = gp_request_get(r);

    apr_table_setn(headers, "OData-Version", "4.0");
    apr_table_setn(headers, "request-id", request->request_id);
    apr_table_setn(headers, "client-request-id", request->client_request_id);
    gp_headers_forbid_sniffing(headers);
    gp_timing_announce(r, headers);
    /* A cache must not show one user's answer to another user. */
    apr_table_setn(headers, "Cache-Control", "private, no-cache");
    if (apr_table_get(headers, "Vary") == NULL) {
        apr_table_setn(headers, "Vary", "Accept, Authorization, Cookie, OData-MaxVersion, Prefer");
        return;
    }
    gp_headers_vary(r, headers, "Accept");
    gp_headers_vary(r, headers, "Authorization");
    gp_headers_vary(r, headers, "Cookie");
    gp_headers_vary(r, headers, "OData-MaxVersion");
    gp_headers_vary(r, headers, "Prefer");
}

int gp_headers_open_page(request_rec *r, const char *handler)
{
    if (r->handler == NULL || strcmp(r->handler, handler) != 0)
        return DECLINED;
    gp_headers_forbid_sniffing(r->err_headers_out); /* also for httpd's own pages */
    r->allowed = AP_METHOD_BIT << M_GET;
    if (r->method_number != M_GET)
        return HTTP_METHOD_NOT_ALLOWED;
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    return OK;
}
