/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request headers that have a grammar: each of them gets the whole input. Entity tags that were read
 * match themselves, and the module can read what it sends.
 */
#include "odata/header_accept.h"
#include "odata/header_content_type.h"
#include "odata/header_etag.h"
#include "odata/header_forwarded.h"
#include "odata/header_prefer.h"
#include "odata/header_version.h"
#include "fuzz.h"

#define TOKEN "0123456789abcdef0123456789abcdef"

static void check_etags(const char *text)
{
    static const gp_metadata_level levels[] = {GP_METADATA_MINIMAL, GP_METADATA_NONE,
                                               GP_METADATA_FULL};
    gp_etags etags;
    size_t i;

    if (gp_header_etags(pool, text, &etags)) {
        must(etags.is_sent);
        must(etags.any || etags.tags != NULL);
        for (i = 0; !etags.any && i < (size_t)etags.tags->nelts; i++)
            must(gp_etags_match(&etags, APR_ARRAY_IDX(etags.tags, i, gp_etag).position));
        must(!etags.any || gp_etags_match(&etags, TOKEN));
    }
    for (i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        const char *quoted = gp_etag_quote(pool, TOKEN, levels[i]);

        must(gp_header_etags(pool, apr_pstrcat(pool, "W/", quoted, ", \"x\"", NULL), &etags));
        must(gp_etags_match(&etags, TOKEN));
        must(gp_etags_find(pool, &etags, TOKEN, levels[i]) != NULL);
    }
}

static void check_forwarded(const char *text)
{
    static const gp_address unknown;
    const gp_forwarded *header;

    for (header = gp_forwarded_headers; header->name != NULL; header++) {
        gp_address address = unknown;

        if (!gp_header_forwarded(pool, header, text, &address))
            continue;
        /* No answer may contain text that could end a header, a string or the host in a URL. */
        must(address.host == NULL || strpbrk(address.host, " /\\\"'<>?#@,\r\n\t") == NULL);
        must(address.prefix == NULL || strpbrk(address.prefix, " \\\"<>?#%\r\n\t") == NULL);
        must(address.port >= 0 && address.port <= 65535);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = open_input(data, &size);
    gp_accepted accepted;
    gp_prefer prefer;

    check_etags(text);
    check_forwarded(text);
    gp_header_content_type(text);
    prefer = gp_header_prefer(text);
    must(prefer.page_size >= 0 && (prefer.page_size > 0) == (prefer.page_preference != NULL));
    must(gp_header_version(text) >= -1);
    if (gp_header_accept(text, GP_OFFER_JSON | GP_OFFER_XML, &accepted))
        must(accepted.media == GP_OFFER_JSON || accepted.media == GP_OFFER_XML);
    return close_input(text);
}
