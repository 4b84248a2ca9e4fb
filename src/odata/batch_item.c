/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The common part of the two readers of batches: the list of requests, their methods and headers.
 */
#include "batch_item.h"
#include "base/text.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>
#include <strings.h>

const char *const GP_ITEM_NAMES[GP_ITEM_HEADERS] = {
    [GP_ITEM_ACCEPT] = "Accept",
    [GP_ITEM_ACCEPT_LANGUAGE] = "Accept-Language",
    [GP_ITEM_CLIENT_REQUEST_ID] = "client-request-id",
    [GP_ITEM_CONTENT_ENCODING] = "Content-Encoding",
    [GP_ITEM_CONTENT_TYPE] = "Content-Type",
    [GP_ITEM_IF_MATCH] = "If-Match",
    [GP_ITEM_IF_NONE_MATCH] = "If-None-Match",
    [GP_ITEM_ISOLATION] = "Isolation",
    [GP_ITEM_ODATA_ISOLATION] = "OData-Isolation",
    [GP_ITEM_ODATA_MAXVERSION] = "OData-MaxVersion",
    [GP_ITEM_ODATA_VERSION] = "OData-Version",
    [GP_ITEM_PREFER] = "Prefer",
};

void gp_batch_body_open(apr_pool_t *pool, gp_batch_body *body, int most)
{
    body->items = apr_palloc(pool, sizeof *body->items * (apr_size_t)most);
    body->count = 0;
}

gp_batch_item *gp_batch_body_add(gp_batch_body *body, int most)
{
    gp_batch_item *item;

    if (body->count == most)
        return NULL;
    item = &body->items[body->count++];
    memset(item, 0, sizeof *item);
    return item;
}

const char *gp_batch_excess(apr_pool_t *pool, int most)
{
    return apr_psprintf(pool, "A batch has at most %d requests.", most);
}

const char *gp_batch_method(apr_pool_t *pool, const char *method)
{
    char *copy, *at;

    if (method == NULL || *method == '\0' || method[gp_text_span(method, "")] != '\0')
        return NULL;
    copy = apr_pstrdup(pool, method);
    for (at = copy; *at != '\0'; at++)
        *at = (char)apr_toupper(*at);
    return copy;
}

gp_item_header gp_batch_header(const char *name, apr_size_t length)
{
    int i;

    for (i = 0; i < GP_ITEM_HEADERS; i++) {
        if (strlen(GP_ITEM_NAMES[i]) == length && strncasecmp(name, GP_ITEM_NAMES[i], length) == 0)
            break;
    }
    return (gp_item_header)i;
}
