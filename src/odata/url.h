/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GP_URL_H
#define GP_URL_H

#include "base/buffer.h"
#include "route.h"

/** Append the path of an owner's profile, relative to the service root, as a context URL names it. */
void gp_url_add_profile(gp_buffer *buffer, const char *owner);

/** Append the path of an owner's collection, relative to the service root, as in a context URL. */
void gp_url_add_collection(gp_buffer *buffer, const char *owner);

/**
 * Append the path of a position, relative to the service root. An owner's id with a slash, such as a Kerberos
 * name, becomes a parameter alias in the query string (gp_route_resolve), because httpd rejects %2F in a path.
 */
void gp_url_add_position(gp_buffer *buffer, const char *owner, const char *id);

/**
 * Append the path of a profile, or of its positions, as one that can be requested (as gp_url_add_position).
 * @param behind  the rest of the path after the profile: "" or "/positions"
 */
void gp_url_add_profile_path(gp_buffer *buffer, const char *owner, const char *behind);

/**
 * @param base_url  public URL of the service root, without a trailing slash
 * @return the absolute URL of a position, from the pool
 */
const char *gp_url_position(apr_pool_t *pool, const char *base_url, const char *owner,
                            const char *id);

/**
 * @param route  of this page: the next page has the same form
 * @param options  the query string of the next page (gp_query_next); it contains the path's alias
 * @return the absolute URL of the next page, from the pool
 */
const char *gp_url_next_page(apr_pool_t *pool, const char *base_url, const gp_route *route,
                             const char *options);

#endif
