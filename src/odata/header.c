/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request headers that have a grammar of their own: Prefer, entity tags, and what proxies forward. Each
 * is read into a struct; none of these functions can fail a request itself. accept.c has those that
 * negotiate.
 */
#include "header.h"
#include "field.h"
#include "base/text.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Moves behind the preference's parameters to the next preference. */
static const char *skip_parameters(const char *at)
{
    for (at = gp_field_skip(at); *at == ';'; at = gp_field_skip(at)) {
        at = gp_field_skip(at + 1);
        gp_field_token(&at);
        gp_field_value(&at);
    }
    return at;
}

/* A positive whole number, as far as an int goes; 0 where it is none. */
static int read_count(gp_piece text)
{
    apr_size_t i;
    int count = 0;

    for (i = 0; i < text.length; i++) {
        if (text.start[i] < '0' || text.start[i] > '9')
            return 0;
        count = count > 100000000 ? count : count * 10 + (text.start[i] - '0');
    }
    return count;
}

/* The preferences that this service knows; maxpagesize counts more than its name in OData 4.0. */
enum { RETURN, MAXPAGESIZE, ODATA_MAXPAGESIZE, PREFERENCES };

static const char *const preferences[PREFERENCES] = {
    [RETURN] = "return",
    [MAXPAGESIZE] = "maxpagesize",
    [ODATA_MAXPAGESIZE] = "odata.maxpagesize",
};

/* Collects the value of each preference where it stands first; start is NULL where it does not stand. */
static void collect_preferences(const char *at, gp_piece values[PREFERENCES])
{
    while (*(at += strspn(at, " \t,")) != '\0') {
        gp_piece name = gp_field_token(&at), value = gp_field_value(&at);
        int i;

        for (i = 0; i < PREFERENCES; i++) {
            if (gp_field_is(name, preferences[i]) && values[i].start == NULL)
                values[i] = value;
        }
        if (name.length > 0)
            at = skip_parameters(at);
        at += strcspn(at, ",");
    }
}

gp_prefer gp_header_prefer(const char *value)
{
    gp_piece values[PREFERENCES] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
    gp_prefer prefer = {GP_RETURN_UNSAID, NULL, 0};
    int i;

    collect_preferences(value ? value : "", values);
    if (gp_field_is(values[RETURN], "minimal"))
        prefer.returns = GP_RETURN_MINIMAL;
    else if (gp_field_is(values[RETURN], "representation"))
        prefer.returns = GP_RETURN_REPRESENTATION;
    for (i = MAXPAGESIZE; i <= ODATA_MAXPAGESIZE && prefer.page_size == 0; i++) {
        prefer.page_size = read_count(values[i]);
        prefer.page_preference = prefer.page_size > 0 ? preferences[i] : NULL;
    }
    return prefer;
}

/* ---- entity tags ---- */

/* Each representation has a tag of its own (RFC 9110 section 8.8.3); minimal is the plain one. */
static const char *const level_suffixes[] = {
    [GP_METADATA_MINIMAL] = "", [GP_METADATA_NONE] = "-none", [GP_METADATA_FULL] = "-full"};

/* What compressing filters put behind a tag. */
static const char *const coding_suffixes[] = {"-gzip", "-br", "-zstd"};

/* Without the first of the suffixes that stands at its end. */
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

int gp_header_etags(apr_pool_t *pool, const char *value, gp_etags *etags)
{
    const char *at = value, *start, *end;

    memset(etags, 0, sizeof *etags);
    if (value == NULL)
        return 1;
    etags->is_sent = 1;
    etags->tags = apr_array_make(pool, 1, sizeof(gp_etag));
    at = gp_field_skip(at);
    if (*at == '*') {
        etags->any = 1;
        return *gp_field_skip(at + 1) == '\0';
    }
    while (*(at += strspn(at, " \t,")) != '\0') {
        const char *whole;
        gp_etag *tag;

        start = at;
        if ((at[0] == 'W' || at[0] == 'w') && at[1] == '/')
            at += 2;
        if (*at++ != '"')
            return 0;
        end = strchr(at, '"');
        if (end == NULL)
            return 0;
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
            return 0;
    }
    return etags->tags->nelts > 0;
}

int gp_etags_match(const gp_etags *etags, const char *etag)
{
    int i;

    for (i = 0; !etags->any && etags->is_sent && i < etags->tags->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(etags->tags, i, gp_etag).position, etag) == 0)
            return 1;
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

/* ---- forwarded headers ---- */

/* X-Forwarded-Port stands behind X-Forwarded-Host, whose port it replaces. */
const gp_forwarded gp_forwarded_headers[] = {
    {"X-Forwarded-Proto", GP_FORWARDED_PROTO}, {"X-Forwarded-Host", GP_FORWARDED_HOST},
    {"X-Forwarded-Port", GP_FORWARDED_PORT},   {"X-Forwarded-Prefix", GP_FORWARDED_PREFIX},
    {"Forwarded", GP_FORWARDED_RFC7239},       {NULL, 0},
};

static int read_scheme(gp_piece text, gp_address *origin)
{
    if (origin->scheme != NULL || (!gp_field_is(text, "https") && !gp_field_is(text, "http")))
        return 0;
    origin->scheme = gp_field_is(text, "https") ? "https" : "http";
    return 1;
}

static int read_port(gp_piece text, gp_address *origin)
{
    origin->port = text.length <= 5 ? read_count(text) : 0;
    return origin->port > 0 && origin->port <= 65535;
}

/* Whether that is an IPv6 address in brackets; a zone or an address yet to come (IPvFuture) is not. */
static int is_ipv6(const char *text, apr_size_t length)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr unused;

    if (length < 2 || length - 2 >= sizeof address || *text != '[' || text[length - 1] != ']')
        return 0;
    apr_cpystrn(address, text + 1, length - 1);
    return inet_pton(AF_INET6, address, &unused) == 1;
}

static int read_host(apr_pool_t *pool, gp_piece text, gp_address *origin)
{
    char *host = apr_pstrmemdup(pool, text.start, text.length), *at;
    const char *port = host + strcspn(host, *host == '[' ? "]" : ":");
    apr_size_t length;

    port += *port == ']';
    length = (apr_size_t)(port - host);
    if (origin->host != NULL || length == 0 || length > 253)
        return 0;
    if (!is_ipv6(host, length) && gp_text_span(host, "-._") != length)
        return 0;
    if (*port != '\0') {
        gp_piece digits = {port + 1, strlen(port + 1)};

        if (*port != ':' || !read_port(digits, origin))
            return 0;
    }
    host[length] = '\0';
    for (at = host; *at != '\0'; at++)
        *at = (char)apr_tolower(*at);
    origin->host = host;
    return 1;
}

/* A path as RFC 3986 spells it, less escapes and segments that mean another path. */
static int read_prefix(apr_pool_t *pool, const char *text, gp_address *origin)
{
    apr_size_t length = strlen(text);

    if (*text != '/' || gp_text_span(text, "/-._~!$&'()*+;=:@") != length
        || strstr(text, "//") != NULL || strstr(text, "/.") != NULL)
        return 0;
    origin->prefix = apr_pstrmemdup(pool, text, text[length - 1] == '/' ? length - 1 : length);
    return 1;
}

/* One element: parameters with semicolons between, each at most once as far as we know them. */
static int read_rfc7239(apr_pool_t *pool, const char *at, gp_address *origin)
{
    for (;; at++) {
        gp_piece name, value;

        at = gp_field_skip(at);
        name = gp_field_token(&at);
        value = gp_field_value(&at);
        if (name.length == 0 || value.length == 0)
            return 0;
        if (value.start[-1] == '"' && at[-1] != '"') /* a quotation that nobody ends */
            return 0;
        if (gp_field_is(name, "proto") && !read_scheme(value, origin))
            return 0;
        if (gp_field_is(name, "host") && !read_host(pool, value, origin))
            return 0;
        at = gp_field_skip(at);
        if (*at != ';')
            return *at == '\0';
    }
}

int gp_header_forwarded(apr_pool_t *pool, const gp_forwarded *header, const char *value,
                        gp_address *origin)
{
    gp_piece whole = {value, strlen(value)};

    switch (header->bit) {
    case GP_FORWARDED_PROTO:
        return read_scheme(whole, origin);
    case GP_FORWARDED_HOST:
        return read_host(pool, whole, origin);
    case GP_FORWARDED_PORT:
        return read_port(whole, origin);
    case GP_FORWARDED_PREFIX:
        return read_prefix(pool, value, origin);
    default:
        return read_rfc7239(pool, value, origin);
    }
}
