/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers without a version in the database: their ETag is a digest of the body.
 */
#include "tagged.h"
#include "answer.h"

#include <apr_escape.h>
#include <apr_sha1.h>

/* The bytes of the digest in the ETag. */
#define ETAG_BYTES 16

static const char *digest(apr_pool_t *pool, const gp_buffer *text)
{
    unsigned char sum[APR_SHA1_DIGESTSIZE];
    apr_sha1_ctx_t context;

    apr_sha1_init(&context);
    apr_sha1_update(&context, text->data, (unsigned)text->length);
    apr_sha1_final(sum, &context);
    return apr_pescape_hex(pool, sum, ETAG_BYTES, 0);
}

bool gp_tagged_finish(gp_exchange *x, const gp_conditions *sent)
{
    const char *etag = digest(x->pool, &x->answer.body);
    const gp_etag *known;

    if (!gp_conditions_meet_read(x, sent, etag, &known))
        return false;
    if (known != NULL) {
        x->answer.content_type = NULL;
        return gp_answer_not_modified(x, known);
    }
    apr_table_setn(x->answer.headers, "ETag", gp_etag_quote(x->pool, etag, x->accepted.level));
    return true;
}
