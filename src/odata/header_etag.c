/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entity tags (RFC 9110 section 8.8.3): reading If-Match and If-None-Match, writing ETag.
 */
#include "header_etag.h"
#include "header_field.h"

#include <apr_strings.h>

#include <string.h>

/* Each representation has its own tag (RFC 9110 section 8.8.3); minimal has no suffix. */
static const char *const level_suffixes[] = {
    [GP_METADATA_MINIMAL] = "", [GP_METADATA_NONE] = "-none", [GP_METADATA_FULL] = "-full"};

/* The suffixes that compressing filters add to a tag. */
static const char *const coding_suffixes[] = {"-gzip", "-br", "-zstd"};

/* Removes the first of the suffixes that the token ends with. */
static const char *strip(apr_pool_t *pool, const char *token, const char *const *suffixes,
                         int count)
{
    apr_size_t length = strlen(token);
    int i;

    for (i = 0; i < count; i++) {
        apr_size_t suffix = strlen(suffixes[i]);

        if (suffix > 0 && length > suffix && strcmp(token + length - suffix, suffixes[i]) == 0)
            return apr_pstrmemdup(pool, token, length - suffix);
    }
    return token;
}

bool gp_header_etags(apr_pool_t *pool, const char *value, gp_etags *etags)
{
    const char *at = value, *start, *end;

    memset(etags, 0, sizeof *etags);
    if (value == NULL)
        return true;
    etags->is_sent = true;
    etags->tags = apr_array_make(pool, 1, sizeof(gp_etag));
    at = gp_field_skip(at);
    if (*at == '*') {
        etags->any = true;
        return *gp_field_skip(at + 1) == '\0';
    }
    while (*(at += strspn(at, " \t,")) != '\0') {
        const char *whole;
        gp_etag *tag;

        start = at;
        if ((at[0] == 'W' || at[0] == 'w') && at[1] == '/')
            at += 2;
        if (*at++ != '"')
            return false;
        end = strchr(at, '"');
        if (end == NULL)
            return false;
        tag = apr_array_push(etags->tags);
        tag->sent = apr_pstrmemdup(pool, start, (apr_size_t)(end + 1 - start));
        whole = apr_pstrmemdup(pool, at, (apr_size_t)(end - at));
        tag->token =
            strip(pool, whole, coding_suffixes, sizeof coding_suffixes / sizeof coding_suffixes[0]);
        tag->is_coded = tag->token != whole;
        tag->position = strip(pool, tag->token, level_suffixes,
                              sizeof level_suffixes / sizeof level_suffixes[0]);
        at = gp_field_skip(end + 1);
        if (*at != ',' && *at != '\0')
            return false;
    }
    return etags->tags->nelts > 0;
}

bool gp_etags_match(const gp_etags *etags, const char *etag)
{
    int i;

    for (i = 0; !etags->any && etags->is_sent && i < etags->tags->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(etags->tags, i, gp_etag).position, etag) == 0)
            return true;
    }
    return etags->any;
}

const char *gp_etag_quote(apr_pool_t *pool, const char *etag, gp_metadata_level level)
{
    return apr_pstrcat(pool, "\"", etag, level_suffixes[level], "\"", NULL);
}

const gp_etag *gp_etags_find(apr_pool_t *pool, const gp_etags *etags, const char *etag,
                             gp_metadata_level level)
{
    const char *token = apr_pstrcat(pool, etag, level_suffixes[level], NULL);
    gp_etag *any;
    int i;

    for (i = 0; !etags->any && etags->is_sent && i < etags->tags->nelts; i++) {
        const gp_etag *tag = &APR_ARRAY_IDX(etags->tags, i, gp_etag);

        if (strcmp(tag->token, token) == 0)
            return tag;
    }
    if (!etags->any)
        return NULL;
    any = apr_pcalloc(pool, sizeof *any);
    any->sent = gp_etag_quote(pool, etag, level);
    any->token = token;
    any->position = etag;
    return any;
}
