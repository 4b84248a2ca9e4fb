/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The URLs of the requests in a batch. A URL outside of the service root is refused here, before httpd sees it.
 */
#include "batch_url.h"
#include "base/buffer.h"
#include "base/text.h"
#include "route.h"

#include <apr_strings.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The characters that need no encoding in a path or a query (RFC 3986 section 3.3), in addition to letters and
 * digits. */
#define PLAIN "-._~!$&'()*+,;=:@/"

/* Sets the problem. Returns NULL. */
static const char *refuse(gp_problem *problem, gp_error error, const char *message)
{
    gp_problem_set(problem, error, "url", "%s", message);
    return NULL;
}

/* ---- encoding ---- */

static int escaped_byte(const char *at)
{
    int high = *at == '%' ? gp_hex_value((unsigned char)at[1]) : -1;
    int low = high >= 0 ? gp_hex_value((unsigned char)at[2]) : -1;

    return low >= 0 ? high << 4 | low : -1;
}

static void add_encoded(gp_buffer *buffer, const char *at, const char *end, const char *plain)
{
    while (at < end) {
        apr_size_t length = gp_text_span(at, plain);
        char escape[4];

        if (length > (apr_size_t)(end - at))
            length = (apr_size_t)(end - at);
        if (length == 0 && escaped_byte(at) >= 0)
            length = 3;
        if (length > 0) {
            gp_buffer_add(buffer, at, length);
            at += length;
            continue;
        }
        snprintf(escape, sizeof escape, "%%%02X", (unsigned char)*at++);
        gp_buffer_puts(buffer, escape);
    }
}

/* Decodes a path; NULL: it contains U+0000. */
static const char *decode(apr_pool_t *pool, const char *path)
{
    char *decoded = apr_palloc(pool, strlen(path) + 1), *out = decoded;

    for (; *path != '\0'; path++) {
        int byte = escaped_byte(path);

        if (byte == 0)
            return NULL;
        *out = *path;
        if (byte > 0) {
            *out = (char)byte;
            path += 2;
        }
        out++;
    }
    *out = '\0';
    return decoded;
}

/* ---- the end of the root ---- */

/* Returns the text after a prefix that ends with a whole segment; NULL: the text does not begin with it. */
static const char *behind(const char *text, const char *prefix)
{
    apr_size_t length = strlen(prefix);

    if (strncmp(text, prefix, length) != 0)
        return NULL;
    return text[length] == '\0' || text[length] == '/' || text[length] == '?' ? text + length
                                                                              : NULL;
}

/* Returns the host of an absolute URL and the text after it; NULL: it is not absolute. */
static const char *authority_of(const char *url)
{
    if (strncasecmp(url, "https://", 8) == 0)
        return url + 8;
    return strncasecmp(url, "http://", 7) == 0 ? url + 7 : NULL;
}

static apr_size_t authority_length(const char *authority)
{
    return strcspn(authority, "/?#");
}

static bool is_same_host(const char *authority, const char *other)
{
    apr_size_t length = authority_length(authority);

    return other != NULL && authority_length(other) == length
           && strncasecmp(authority, other, length) == 0;
}

/* Returns the path of the root's public URL: that of the Location, unless a proxy replaces it. */
static const char *public_path(const gp_batch_root *root)
{
    const char *authority = authority_of(root->base_url);

    return authority != NULL ? authority + authority_length(authority) : root->path;
}

static const char *without_root(const char *path, const gp_batch_root *root)
{
    const char *rest = behind(path, public_path(root));

    return rest != NULL ? rest : behind(path, root->path);
}

/* Returns true if a path names a resource without the root in front of it: the root itself may be /users. */
static bool is_resource(apr_pool_t *pool, const char *url)
{
    const char *path = decode(pool, apr_pstrmemdup(pool, url, strcspn(url, "?")));

    return path != NULL && gp_route_parse(pool, path).resource != GP_RESOURCE_NONE;
}

/* Returns the part below the root, as it was sent; NULL: the problem is set. */
static const char *below_root(apr_pool_t *pool, const char *url, const gp_batch_root *root,
                              gp_problem *problem)
{
    const char *authority = authority_of(url), *rest;

    if (authority == NULL && url[0] == '/' && url[1] == '/')
        return refuse(problem, GP_BAD_REQUEST, "The url names another host.");
    if (authority == NULL) {
        url = *url == '/' ? url : apr_pstrcat(pool, "/", url, NULL);
        rest = is_resource(pool, url) ? NULL : without_root(url, root);
        return rest != NULL ? rest : url;
    }
    if (!is_same_host(authority, authority_of(root->base_url))
        && !is_same_host(authority, root->host))
        return refuse(problem, GP_BAD_REQUEST, "The url names another host.");
    rest = without_root(authority + authority_length(authority), root);
    return rest != NULL ? rest
                        : refuse(problem, GP_NOT_FOUND, "The url is outside of this service.");
}

/* ---- the interface ---- */

/* Returns true if a path has a segment of dots, in any spelling: it leads upwards or to itself. */
static bool has_dots(const char *path)
{
    while (*path != '\0') {
        apr_size_t length = strcspn(path, "/\\");

        if (length > 0 && length <= 2 && strspn(path, ".") >= length)
            return true;
        path += length + (path[length] != '\0');
    }
    return false;
}

const char *gp_batch_url_resolve(apr_pool_t *pool, const char *url, const gp_batch_root *root,
                                 gp_problem *problem)
{
    const char *rest, *query, *path;
    gp_buffer resolved;

    if (!gp_text_is_plain(url))
        return refuse(problem, GP_BAD_REQUEST, "The url contains control characters.");
    rest = below_root(pool, url, root, problem);
    if (rest == NULL)
        return NULL;
    query = rest + strcspn(rest, "?");
    gp_buffer_open(&resolved, pool, strlen(rest) + 16);
    gp_buffer_puts(&resolved, query == rest ? "/" : "");
    add_encoded(&resolved, rest, query, PLAIN);
    path = decode(pool, gp_buffer_text(&resolved));
    if (path == NULL || has_dots(path))
        return refuse(problem, GP_BAD_REQUEST, "The path of the url cannot be requested.");
    if (*query == '?') {
        gp_buffer_puts(&resolved, "?");
        add_encoded(&resolved, query + 1, query + strlen(query), PLAIN "?");
    }
    return gp_buffer_text(&resolved);
}
