/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_HEADERS_H
#define GP_HEADERS_H

#include "graphprofile.h"

/** Set the headers that every answer under the service root has. */
void gp_headers_set(request_rec *r, apr_table_t *headers);

/** Add the name of a request header to the Vary of an answer, once. */
void gp_headers_vary(request_rec *r, apr_table_t *headers, const char *name);

/** Set X-Content-Type-Options, so that no browser treats stored text as a page. */
void gp_headers_forbid_sniffing(apr_table_t *headers);

/**
 * Begin the answer of an administrator's page (SetHandler), which allows only GET and must not be cached.
 * @param handler  its name
 * @return OK; DECLINED: the request is for another handler; HTTP_METHOD_NOT_ALLOWED
 */
int gp_headers_open_page(request_rec *r, const char *handler);

#endif
