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
#include "conditions.h"
#include "odata/openapi.h"
#include "operations.h"

#include <apr_escape.h>
#include <apr_sha1.h>

/* The approximate size of the document in bytes. */
#define EXPECTED 32768

/* The bytes of the digest in the ETag. */
#define ETAG_BYTES 16

static bool begin(gp_exchange *x)
{
    gp_conditions *sent = apr_palloc(x->work, sizeof *sent);

    x->state = sent;
    if (!gp_exchange_agree(x, GP_OFFER_JSON))
        return false;
    x->accepted.level = GP_METADATA_MINIMAL; /* there is only one representation */
    return gp_conditions_read(x, sent);
}

/* Makes the ETag of a text: equal texts have equal tags in all processes. */
static const char *digest(apr_pool_t *pool, const gp_buffer *text)
{
    unsigned char sum[APR_SHA1_DIGESTSIZE];
    apr_sha1_ctx_t context;

    apr_sha1_init(&context);
    apr_sha1_update(&context, text->data, (unsigned)text->length);
    apr_sha1_final(sum, &context);
    return apr_pescape_hex(pool, sum, ETAG_BYTES, 0);
}

static bool finish(gp_exchange *x)
{
    const gp_openapi_terms terms = {x->receiver->base_url(x), x->settings.top_is_page};
    const gp_etag *known;
    const char *etag;
    gp_buffer text;

    gp_buffer_open(&text, x->work, EXPECTED);
    gp_openapi_write(&text, &terms);
    etag = digest(x->pool, &text);
    if (!gp_conditions_meet_read(x, x->state, etag, &known))
        return false;
    if (known != NULL)
        return gp_answer_not_modified(x, known);
    if (!x->receiver->reserve(x, text.length))
        return false;
    gp_answer_open(x, GP_HTTP_OK);
    apr_table_setn(x->answer.headers, "ETag", gp_etag_quote(x->pool, etag, x->accepted.level));
    gp_answer_open_body(x, "application/json;charset=utf-8", text.length);
    gp_buffer_add(&x->answer.body, text.data, text.length);
    return true;
}

const gp_operation_steps gp_operation_openapi = {begin, NULL, finish};
