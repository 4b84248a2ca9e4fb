/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request headers that have a grammar of their own. Each is read into a struct or a verdict; none of
 * them can fail a request here.
 */
#include "header.h"
#include "text.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A piece of a header's text. */
typedef struct {
    const char *start;
    apr_size_t length;
} piece;

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t");
}

/* Reads a token (RFC 9110 section 5.6.2); its length is 0 where there is none. */
static piece read_token(const char **at)
{
    piece token = {*at, gp_text_span(*at, "!#$%&'*+-.^_`|~")};

    *at += token.length;
    return token;
}

/* Reads "= value" behind a name, quoted or not, without its quotes; empty where there is none. */
static piece read_value(const char **at)
{
    piece value;

    value.start = "";
    value.length = 0;
    *at = skip_space(*at);
    if (**at != '=')
        return value;
    *at = skip_space(*at + 1);
    if (**at != '"')
        return read_token(at);
    value.start = ++*at;
    while (**at != '\0' && **at != '"')
        *at += **at == '\\' && (*at)[1] != '\0' ? 2 : 1;
    value.length = (apr_size_t)(*at - value.start);
    if (**at == '"')
        ++*at;
    return value;
}

static int is(piece text, const char *expected)
{
    return text.length == strlen(expected) && strncasecmp(text.start, expected, text.length) == 0;
}

gp_media gp_header_content_type(const char *value)
{
    const char *at = value;
    piece type, subtype;

    if (value == NULL)
        return GP_MEDIA_MISSING;
    at = skip_space(at);
    type = read_token(&at);
    if (*at++ != '/')
        return GP_MEDIA_OTHER;
    subtype = read_token(&at);
    if (!is(type, "application") || !is(subtype, "json"))
        return GP_MEDIA_OTHER;
    for (at = skip_space(at); *at == ';'; at = skip_space(at)) {
        piece name, parameter;

        at = skip_space(at + 1);
        name = read_token(&at);
        parameter = read_value(&at);
        if (is(name, "charset") && !is(parameter, "utf-8") && !is(parameter, "us-ascii"))
            return GP_MEDIA_OTHER_CHARSET;
    }
    return *at == '\0' ? GP_MEDIA_JSON : GP_MEDIA_OTHER;
}

/* Moves behind the preference's parameters to the next preference. */
static const char *skip_parameters(const char *at)
{
    for (at = skip_space(at); *at == ';'; at = skip_space(at)) {
        at = skip_space(at + 1);
        read_token(&at);
        read_value(&at);
    }
    return at;
}

/* A positive whole number, as far as an int goes; 0 where it is none. */
static int read_count(piece text)
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

gp_prefer gp_header_prefer(const char *value)
{
    gp_prefer prefer = {GP_RETURN_UNSAID, 0};
    const char *at = value ? value : "";
    int met = 0;

    while (*(at += strspn(at, " \t,")) != '\0') {
        piece name = read_token(&at), parameter;

        if (name.length == 0) { /* not a preference: skip to the next comma */
            at += strcspn(at, ",");
            continue;
        }
        parameter = read_value(&at);
        if (is(name, "return") && !met) {
            met = 1;
            if (is(parameter, "minimal"))
                prefer.returns = GP_RETURN_MINIMAL;
            else if (is(parameter, "representation"))
                prefer.returns = GP_RETURN_REPRESENTATION;
        }
        if ((is(name, "odata.maxpagesize") || is(name, "maxpagesize")) && prefer.max_page_size == 0)
            prefer.max_page_size = read_count(parameter);
        at = skip_parameters(at);
        at += strcspn(at, ",");
    }
    return prefer;
}

/* ---- Accept ---- */

/* A media range as it was read: what it means for us, and how much it counts. */
typedef struct {
    unsigned media; /* the set of offers that it matches */
    gp_metadata_level level;
    int weight;    /* 0 to 1000; 0: it refuses what it matches */
    int precision; /* 2: a type, 1: type and wildcard, 0: all, -1: stands for no range */
    int place;     /* in the header */
} range;

/* A weight (RFC 9110 section 12.4.2) in thousandths; what is none counts as one. */
static int read_weight(piece text)
{
    char digits[6] = "";
    double weight;

    if (text.length == 0 || text.length >= sizeof digits)
        return 1000;
    memcpy(digits, text.start, text.length);
    if (digits[strspn(digits, "0123456789.")] != '\0')
        return 1000;
    weight = strtod(digits, NULL);
    return weight >= 1 ? 1000 : weight <= 0 ? 0 : (int)(weight * 1000 + 0.5);
}

static int read_level(piece text, gp_metadata_level *level)
{
    if (is(text, "minimal"))
        *level = GP_METADATA_MINIMAL;
    else if (is(text, "none"))
        *level = GP_METADATA_NONE;
    else if (is(text, "full"))
        *level = GP_METADATA_FULL;
    else
        return 0;
    return 1;
}

/* Reads the parameters behind a range. Zero where one of them asks for a format there is not. */
static int read_parameters(const char **at, range *found)
{
    int known = 1;

    for (*at = skip_space(*at); **at == ';'; *at = skip_space(*at)) {
        piece name, value;

        *at = skip_space(*at + 1);
        name = read_token(at);
        value = read_value(at);
        if (is(name, "q"))
            found->weight = read_weight(value);
        else if (is(name, "odata.metadata") || is(name, "metadata"))
            known = known && read_level(value, &found->level);
        else if (is(name, "odata")) /* odata=verbose: version 2 */
            known = 0;
    }
    return known;
}

static unsigned media_of(piece type, piece subtype)
{
    if (is(type, "*") && is(subtype, "*"))
        return GP_OFFER_JSON | GP_OFFER_XML | GP_OFFER_TEXT;
    if (is(type, "application") && is(subtype, "*"))
        return GP_OFFER_JSON | GP_OFFER_XML;
    if (is(type, "text") && is(subtype, "*"))
        return GP_OFFER_TEXT;
    if (is(type, "application") && is(subtype, "json"))
        return GP_OFFER_JSON;
    if (is(type, "application") && is(subtype, "xml"))
        return GP_OFFER_XML;
    if (is(type, "text") && is(subtype, "plain"))
        return GP_OFFER_TEXT;
    return 0;
}

/* Reads the next media range and moves behind its comma. */
static range read_range(const char **at)
{
    range found = {0, GP_METADATA_MINIMAL, 1000, 2, 0};
    piece type = read_token(at), subtype = {"", 0};

    if (**at == '/') {
        ++*at;
        subtype = read_token(at);
    }
    found.media = media_of(type, subtype);
    if (is(subtype, "*"))
        found.precision = is(type, "*") ? 0 : 1;
    if (!read_parameters(at, &found))
        found.media = 0;
    /* Refusing one level says nothing of JSON with another. */
    if (found.weight == 0 && found.level != GP_METADATA_MINIMAL)
        found.media = 0;
    *at += strcspn(*at, ",");
    return found;
}

/* Of the ranges that match an offer the most specific one speaks for it (RFC 9110 section 12.5.1);
 * of several for the same type, which differ in the level, the one that is liked best. */
static int overrules(const range *found, const range *before)
{
    if (found->precision != before->precision)
        return found->precision > before->precision;
    return found->weight > before->weight;
}

/* Whether what one range speaks for is liked better than what another one does. */
static int outweighs(const range *one, const range *other)
{
    if (one->weight != other->weight)
        return one->weight > other->weight;
    if (one->precision != other->precision)
        return one->precision > other->precision;
    return one->place < other->place;
}

#define OFFERS 3 /* the values of gp_offer, one bit each */

/* Finds the range that speaks for each offer. */
static void match_offers(const char *value, range matches[OFFERS])
{
    const range none = {0, GP_METADATA_MINIMAL, 0, -1, 0};
    const char *at = value;
    int i, place;

    for (i = 0; i < OFFERS; i++)
        matches[i] = none;
    for (place = 0; *(at += strspn(at, " \t,")) != '\0'; place++) {
        range found = read_range(&at);

        found.place = place;
        for (i = 0; i < OFFERS; i++) {
            if (found.media & (1u << i) && overrules(&found, &matches[i]))
                matches[i] = found;
        }
    }
}

int gp_header_accept(const char *value, unsigned offered, gp_accepted *accepted)
{
    range matches[OFFERS];
    int i, best = -1;

    if (value == NULL || value[strspn(value, " \t,")] == '\0')
        value = "*/*";
    match_offers(value, matches);
    for (i = 0; i < OFFERS; i++) {
        if (offered & (1u << i) && matches[i].weight > 0
            && (best < 0 || outweighs(&matches[i], &matches[best])))
            best = i;
    }
    if (best < 0)
        return 0;
    accepted->media = (gp_offer)(1u << best);
    accepted->level = matches[best].level;
    return 1;
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
    at = skip_space(at);
    if (*at == '*') {
        etags->any = 1;
        return *skip_space(at + 1) == '\0';
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
        at = skip_space(end + 1);
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

static int read_scheme(piece text, gp_address *origin)
{
    if (origin->scheme != NULL || (!is(text, "https") && !is(text, "http")))
        return 0;
    origin->scheme = is(text, "https") ? "https" : "http";
    return 1;
}

static int read_port(piece text, gp_address *origin)
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

static int read_host(apr_pool_t *pool, piece text, gp_address *origin)
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
        piece digits = {port + 1, strlen(port + 1)};

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
        piece name, value;

        at = skip_space(at);
        name = read_token(&at);
        value = read_value(&at);
        if (name.length == 0 || value.length == 0)
            return 0;
        if (value.start[-1] == '"' && at[-1] != '"') /* a quotation that nobody ends */
            return 0;
        if (is(name, "proto") && !read_scheme(value, origin))
            return 0;
        if (is(name, "host") && !read_host(pool, value, origin))
            return 0;
        at = skip_space(at);
        if (*at != ';')
            return *at == '\0';
    }
}

int gp_header_forwarded(apr_pool_t *pool, const gp_forwarded *header, const char *value,
                        gp_address *origin)
{
    piece whole = {value, strlen(value)};

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
