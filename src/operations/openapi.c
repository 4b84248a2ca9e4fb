/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Describe the service for generators of clients.
 *
 *     GET {root}/openapi.json
 *
 *     200  OpenAPI 3.0.3 in JSON, ETag
 *     304  the client has this document, by If-None-Match
 *     412  If-Match does not hold
 */
#include "answer.h"
#include "odata/openapi.h"
#include "operations.h"
#include "tagged.h"

/* The approximate size of the document in bytes. */
#define EXPECTED 32768

static bool begin(gp_exchange *x)
{
    gp_conditions *sent = apr_palloc(x->work, sizeof *sent);

    x->state = sent;
    if (!gp_exchange_agree(x, GP_OFFER_JSON))
        return false;
    x->accepted.level = GP_METADATA_MINIMAL; /* there is only one representation */
    return gp_conditions_read(x, sent);
}

static bool finish(gp_exchange *x)
{
    const gp_openapi_terms terms = {x->receiver->base_url(x), x->settings.top_is_page,
                                    x->settings.disabled, x->settings.has_batch};
    gp_buffer text;

    gp_buffer_open(&text, x->work, EXPECTED);
    gp_openapi_write(&text, &terms);
    if (!x->receiver->reserve(x, text.length))
        return false;
    gp_answer_open(x, GP_HTTP_OK);
    gp_answer_open_body(x, "application/json;charset=utf-8", text.length);
    gp_buffer_add(&x->answer.body, text.data, text.length);
    return gp_tagged_finish(x, x->state);
}

const gp_operation_steps gp_operation_openapi = {begin, NULL, finish, NULL};
