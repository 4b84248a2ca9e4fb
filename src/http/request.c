/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module's data about a request, in addition to httpd's own record. Unclaimed requests may have it, too:
 * errors.c answers some of them.
 */
#include "request.h"
#include "random.h"

#include <apr_strings.h>

#include <string.h>

gp_request *gp_request_get(request_rec *r)
{
    gp_request *request = ap_get_module_config(r->request_config, &graphprofile_module);
    const char *sent;
    char *client_id;
    unsigned char random[16];

    if (request != NULL)
        return request;
    request = apr_pcalloc(r->pool, sizeof *request);
    gp_problem_open(&request->problem, r->pool);
    gp_random_make(r, random, sizeof random);
    gp_uuid_format_v4(request->request_id, random);
    request->client_request_id = request->request_id;
    sent = apr_table_get(r->headers_in, "client-request-id");
    client_id = apr_palloc(r->pool, GP_UUID_SIZE);
    if (sent != NULL && gp_uuid_parse(client_id, sent, strlen(sent)))
        request->client_request_id = client_id;
    ap_set_module_config(r->request_config, &graphprofile_module, request);
    return request;
}

const char *gp_request_caller(request_rec *r)
{
    return r->user != NULL && *r->user != '\0'
               ? apr_pstrcat(r->pool, "user ", r->user, NULL)
               : apr_pstrcat(r->pool, "address ", r->useragent_ip, NULL);
}

bool gp_request_is_ours(const request_rec *r)
{
    const gp_request *request = ap_get_module_config(r->request_config, &graphprofile_module);

    return request != NULL && request->route.resource != GP_RESOURCE_NONE;
}

bool gp_request_is_answered_here(const request_rec *r)
{
    return r->handler != NULL && strcmp(r->handler, GP_HANDLER) == 0 && gp_request_is_ours(r);
}
