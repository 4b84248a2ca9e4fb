/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The URLs that answers contain. The public URL of the service root comes from the caller.
 */
#include "url.h"
#include "base/uri.h"

#include <string.h>

#define OWNER_ALIAS "@u"

void gp_url_add_profile(gp_buffer *buffer, const char *owner)
{
    gp_buffer_puts(buffer, "users");
    gp_uri_add_key(buffer, owner);
    gp_buffer_puts(buffer, "/profile");
}

void gp_url_add_collection(gp_buffer *buffer, const char *owner)
{
    gp_url_add_profile(buffer, owner);
    gp_buffer_puts(buffer, "/positions");
}

/* Adds the path of a resource in a profile, or of the profile itself. @param id  NULL: none */
static void add_path(gp_buffer *buffer, const char *owner, const char *behind, const char *id)
{
    int has_slash = strchr(owner, '/') != NULL;

    if (has_slash)
        gp_buffer_puts(buffer, "users(" OWNER_ALIAS ")/profile");
    else
        gp_url_add_profile(buffer, owner);
    gp_buffer_puts(buffer, behind);
    if (id != NULL)
        gp_uri_add_key(buffer, id);
    if (has_slash) {
        gp_buffer_puts(buffer, "?" OWNER_ALIAS "=");
        gp_uri_add_value(buffer, owner);
    }
}

void gp_url_add_position(gp_buffer *buffer, const char *owner, const char *id)
{
    add_path(buffer, owner, "/positions", id);
}

void gp_url_add_profile_path(gp_buffer *buffer, const char *owner, const char *behind)
{
    add_path(buffer, owner, behind, NULL);
}

const char *gp_url_position(apr_pool_t *pool, const char *base_url, const char *owner,
                            const char *id)
{
    gp_buffer url;

    gp_buffer_open(&url, pool, 256);
    gp_buffer_puts(&url, base_url);
    gp_buffer_puts(&url, "/");
    gp_url_add_position(&url, owner, id);
    return gp_buffer_text(&url);
}

const char *gp_url_next_page(apr_pool_t *pool, const char *base_url, const gp_route *route,
                             const char *options)
{
    gp_buffer url;

    gp_buffer_open(&url, pool, 256);
    gp_buffer_puts(&url, base_url);
    gp_buffer_puts(&url, route->user ? "/users" : "/me");
    if (route->alias != NULL) {
        gp_buffer_puts(&url, "(");
        gp_buffer_puts(&url, route->alias);
        gp_buffer_puts(&url, ")");
    } else if (route->user != NULL) {
        gp_uri_add_key(&url, route->user);
    }
    gp_buffer_puts(&url, "/profile/positions?");
    gp_buffer_puts(&url, options);
    return gp_buffer_text(&url);
}
